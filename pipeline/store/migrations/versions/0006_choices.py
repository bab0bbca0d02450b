"""What each reader chose: topics per recipient, and an edition of the mail for each choice in use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Names

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the choices; everybody so far gets everything."""
    op.add_column("recipient", sa.Column("topics", Names(), nullable=True))
    op.add_column("delivery", sa.Column("choice", sa.Text(), nullable=True))
    op.create_table(
        "tailored",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["digest.key"], name="fk_tailored_digest", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", "language", "choice", name="pk_tailored"),
    )
