"""What visitors asked for on the web, until the mail that answers it has been handed over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Moment, Names

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the table; its address is emptied once the mail is on its way."""
    op.create_table(
        "asking",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topics", Names(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try", Moment(), nullable=True),
        sa.Column("sent", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('join', 'edit')", name="ck_asking_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_asking"),
    )
    op.create_index("ix_asking_next_try", "asking", ["next_try"])
    op.create_index("ix_asking_who", "asking", ["who"])
