"""What a page or a listing tells of an item beyond its title: Short, live, time to read, other languages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Pairs

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns to items."""
    for column in (
        sa.Column("short", sa.Boolean(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("reading", sa.Integer(), nullable=True),
        sa.Column("addresses", Pairs(), nullable=True),
    ):
        op.add_column("item", column)
