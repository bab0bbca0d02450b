"""What is kept of a document between two readings, to tell what was revised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column to sources."""
    op.add_column("source", sa.Column("document", sa.Text(), nullable=True))
