"""The tables: what was seen, made and owed.

One text for SQLite and PostgreSQL. Every change here is a migration beside this file; a test compares
the two.
"""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.store.columns import Moment, Names, Versions

HEAD = "0011"
"""The newest migration; a database beyond it was made by a newer digikooste."""

APPLICATION_ID = 0x6B6F6F73
"""SQLite's ``application_id`` of our files ("koos"): another program's database is never touched."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

host = sa.Table(
    "host",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text),
    sa.Column("token", sa.BigInteger, nullable=False, default=0),
    sa.Column("leased_until", Moment),
    sa.Column("next_start", Moment),
    sa.Column("not_before", Moment),
)

source = sa.Table(
    "source",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("title", sa.Text),
    sa.Column("baseline_from", Moment),
    sa.Column("last_try", Moment),
    sa.Column("last_good", Moment),
    sa.Column("last_items", sa.Integer),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("failing_since", Moment),
    sa.Column("error_code", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("not_before", Moment),
    sa.Column("next_due", Moment),
    sa.Column("asks", sa.Text),
    sa.Column("gone", sa.Text),
    sa.Column("moved_to", sa.Text),
    sa.Column("moved_times", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("moved_first", Moment),
    sa.Column("moved_last", Moment),
    sa.Column("document", sa.Text),
)

request = sa.Table(
    "request",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("checked", Moment, nullable=False),
)

reading = sa.Table(
    "reading",
    metadata,
    sa.Column("request", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.Text, nullable=False),
    sa.Column("read_as", sa.Text, nullable=False),
    sa.Index("ix_reading_source", "source"),
)

item = sa.Table(
    "item",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", sa.Text, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("published", Moment),
    sa.Column("duration", sa.Integer),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("card", sa.Boolean, nullable=False),
    sa.Column("card_tries", sa.Integer, nullable=False, default=0),
    sa.Column("short", sa.Boolean),
    sa.Column("live", sa.Boolean),
    sa.Column("reading", sa.Integer),
    sa.Column("addresses", Versions),
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("item", sa.BigInteger, sa.ForeignKey("item.id"), nullable=False),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("item", sa.BigInteger, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("publisher_id", sa.Text),
    sa.Column("url_key", sa.Text, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("baseline", sa.Boolean, nullable=False),
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("unavailable", sa.Boolean, nullable=False),
    sa.Column("place", sa.Integer),
    sa.Column("moved", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Index("ix_sighting_item", "item"),
)

digest = sa.Table(
    "digest",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("starts", Moment, nullable=False),
    sa.Column("ends", Moment, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("made", Moment, nullable=False),
    sa.Column("frozen", Moment),
    sa.Column("published", Moment),
    sa.Column("web_only", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("settled", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.CheckConstraint("state IN ('draft', 'frozen')", name="state"),
)

pick = sa.Table(
    "pick",
    metadata,
    sa.Column("digest", sa.Text, sa.ForeignKey("digest.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("item", sa.BigInteger, sa.ForeignKey("item.id"), primary_key=True),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Index("ix_pick_item", "item"),
)

edition = sa.Table(
    "edition",
    metadata,
    sa.Column("digest", sa.Text, sa.ForeignKey("digest.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("html", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("page", sa.LargeBinary, nullable=False),
    sa.Column("page_text", sa.LargeBinary, nullable=False),
)

tailored = sa.Table(
    "tailored",
    metadata,
    sa.Column("digest", sa.Text, sa.ForeignKey("digest.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("choice", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("html", sa.LargeBinary, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("address_key", sa.Text, nullable=False, unique=True),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("consent_at", Moment, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("changed", Moment, nullable=False),
    sa.Column("topics", Names),
    sa.Column("why", sa.Text),
    sa.Column("refusals", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.CheckConstraint("state IN ('active', 'left', 'suppressed')", name="state"),
)

forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

asking = sa.Table(
    "asking",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("topics", Names),
    sa.Column("at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_try", Moment),
    sa.Column("sent", Moment),
    sa.Index("ix_asking_next_try", "next_try"),
    sa.Index("ix_asking_who", "who"),
    sa.CheckConstraint("kind IN ('join', 'edit')", name="kind"),
)

bounce = sa.Table(
    "bounce",
    metadata,
    sa.Column("recipient", sa.BigInteger, sa.ForeignKey("recipient.id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, sa.ForeignKey("digest.key"), nullable=False),
    sa.Column("recipient", sa.BigInteger, sa.ForeignKey("recipient.id"), nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created", Moment, nullable=False),
    sa.Column("last_try", Moment),
    sa.Column("next_try", Moment),
    sa.Column("reply", sa.Text, nullable=False, default=""),
    sa.Column("choice", sa.Text),
    sa.Column("held", Moment),
    sa.Column("waited", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("doubts", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.UniqueConstraint("digest", "recipient"),
    sa.Index("ix_delivery_state", "state", "next_try"),
    sa.Index("ix_delivery_recipient", "recipient"),
    sa.CheckConstraint("state IN ('pending', 'sending', 'accepted', 'refused', 'unknown', 'cancelled')", name="state"),
)

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("first_at", Moment, nullable=False),
    sa.Column("last_at", Moment, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("resolved", Moment),
    sa.Column("mailed", sa.Text),
    sa.Column("posted", sa.Text),
)

skipped = sa.Table(
    "skipped",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("digest", sa.Text, sa.ForeignKey("digest.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("params", sa.Text, nullable=False),
    sa.Column("marks", sa.Text, nullable=False),
)

dropped = sa.Table(
    "dropped",
    metadata,
    sa.Column("item", sa.BigInteger, sa.ForeignKey("item.id"), primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
)

summons = sa.Table(
    "summons",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("made", Moment, nullable=False),
    sa.Column("sent", Moment),
)

desk_session = sa.Table(
    "desk_session",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("began", Moment, nullable=False),
    sa.Column("seen", Moment, nullable=False),
)

spent = sa.Table(
    "spent",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

_version = sa.Table(
    "alembic_version",
    sa.MetaData(naming_convention={"pk": "alembic_version_pkc"}),
    sa.Column("version_num", sa.String(32), primary_key=True),
)
"""Alembic's own table, as Alembic makes it."""


def create(connection: sa.Connection) -> None:
    """Make every table in an empty database, as if each migration had been: a tenth of the time, without Alembic."""
    metadata.create_all(connection, checkfirst=False)
    _version.create(connection)
    connection.execute(_version.insert().values(version_num=HEAD))
