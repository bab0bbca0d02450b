"""How long a delivery has been tried for, how often its fate was unknown, and whose address is refused in a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Begin to count; what waits now gets its whole time once more."""
    op.add_column("delivery", sa.Column("waited", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("doubts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("recipient", sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"))
