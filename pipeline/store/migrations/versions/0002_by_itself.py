"""What serving by itself needs to remember: when to come again, what was moved, told and skipped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns to sources and notices, and the table of periods without a digest."""
    for column in (
        sa.Column("next_due", Moment(), nullable=True),
        sa.Column("asks", sa.Text(), nullable=True),
        sa.Column("gone", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("moved_times", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("moved_first", Moment(), nullable=True),
        sa.Column("moved_last", Moment(), nullable=True),
    ):
        op.add_column("source", column)
    for name in ("mailed", "posted"):
        op.add_column("notice", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "skipped",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_skipped")),
    )
