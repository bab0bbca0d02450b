"""What keeps people and letters safe: who was forgotten, what came back, what waits for a person's word."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Moment

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add two tables, and columns to recipients, deliveries and digests."""
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_forgotten"),
    )
    op.create_table(
        "bounce",
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["recipient"], ["recipient.id"], name="fk_bounce_recipient"),
        sa.PrimaryKeyConstraint("recipient", "digest", name="pk_bounce"),
    )
    op.add_column("recipient", sa.Column("why", sa.Text(), nullable=True))
    op.add_column("delivery", sa.Column("held", Moment(), nullable=True))
    op.add_column("digest", sa.Column("settled", sa.Integer(), nullable=False, server_default="0"))
