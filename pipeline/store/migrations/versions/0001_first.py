"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pipeline.store.columns import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "digest",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("starts", Moment(), nullable=False),
        sa.Column("ends", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made", Moment(), nullable=False),
        sa.Column("frozen", Moment(), nullable=True),
        sa.Column("published", Moment(), nullable=True),
        sa.Column("web_only", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'frozen')", name=op.f("ck_digest_state")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_digest")),
    )
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("next_start", Moment(), nullable=True),
        sa.Column("not_before", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published", Moment(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("first_seen", Moment(), nullable=False),
        sa.Column("card", sa.Boolean(), nullable=False),
        sa.Column("card_tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_index(op.f("ix_item_key"), "item", ["key"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "notice",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("resolved", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("code", "subject", name=op.f("pk_notice")),
    )
    op.create_table(
        "reading",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("read_as", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request", "source", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_source", "reading", ["source"], unique=False)
    op.create_table(
        "recipient",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("consent_at", Moment(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("changed", Moment(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'left', 'suppressed')", name=op.f("ck_recipient_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("address_key", name=op.f("uq_recipient_address_key")),
    )
    op.create_table(
        "request",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("checked", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_request")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("baseline_from", Moment(), nullable=True),
        sa.Column("last_try", Moment(), nullable=True),
        sa.Column("last_good", Moment(), nullable=True),
        sa.Column("last_items", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", Moment(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("not_before", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_table(
        "alias",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_alias_item")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alias")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", Moment(), nullable=False),
        sa.Column("last_try", Moment(), nullable=True),
        sa.Column("next_try", Moment(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'accepted', 'refused', 'unknown', 'cancelled')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(["digest"], ["digest.key"], name=op.f("fk_delivery_digest")),
        sa.ForeignKeyConstraint(["recipient"], ["recipient.id"], name=op.f("fk_delivery_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("digest", "recipient", name=op.f("uq_delivery_digest_recipient")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
    )
    op.create_index("ix_delivery_state", "delivery", ["state", "next_try"], unique=False)
    op.create_table(
        "edition",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.Column("page_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["digest.key"], name=op.f("fk_edition_digest"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", "language", name=op.f("pk_edition")),
    )
    op.create_table(
        "pick",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["digest.key"], name=op.f("fk_pick_digest"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_pick_item")),
        sa.PrimaryKeyConstraint("digest", "item", name=op.f("pk_pick")),
    )
    op.create_index("ix_pick_item", "pick", ["item"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("item", sa.BigInteger(), nullable=False),
        sa.Column("publisher_id", sa.Text(), nullable=True),
        sa.Column("url_key", sa.Text(), nullable=False),
        sa.Column("first_seen", Moment(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("unavailable", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item"], ["item.id"], name=op.f("fk_sighting_item")),
        sa.PrimaryKeyConstraint("source", "item", name=op.f("pk_sighting")),
    )
    op.create_index("ix_sighting_item", "sighting", ["item"], unique=False)
