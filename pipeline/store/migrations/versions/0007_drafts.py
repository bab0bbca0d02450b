"""What editors do to a draft: its revisions, what they dropped, who was written to, and who is signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables; a draft that exists goes on as it was composed."""
    op.create_table(
        "draft",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["digest.key"], name="fk_draft_digest", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_draft"),
    )
    op.create_table(
        "revision",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "number", name="pk_revision"),
    )
    op.create_table(
        "dropped",
        sa.Column("item", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name="fk_dropped_item"),
        sa.PrimaryKeyConstraint("item", name="pk_dropped"),
    )
    op.create_table(
        "summons",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("made", Moment(), nullable=False),
        sa.Column("sent", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "revision", "kind", "address", name="pk_summons"),
    )
    op.create_table(
        "desk_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("began", Moment(), nullable=False),
        sa.Column("seen", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_desk_session"),
    )
    op.create_table(
        "spent",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_spent"),
    )
