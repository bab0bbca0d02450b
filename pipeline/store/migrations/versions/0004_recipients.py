"""Deliveries are asked for by recipient: whether a newer letter took their place."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add an index."""
    op.create_index("ix_delivery_recipient", "delivery", ["recipient"], unique=False)
