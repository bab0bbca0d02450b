"""Which items came as old when nothing known was left in their source: no date makes news of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Begin to tell; of what a site brought when it moved before, nobody knows any more."""
    op.add_column("sighting", sa.Column("moved", sa.Boolean(), nullable=False, server_default=sa.false()))
