"""Which digests count: a frozen one that somebody was owed, or that is public, has shown its items."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pipeline.store import schema

DRAFT = "draft"
FROZEN = "frozen"


def counts() -> sa.ColumnElement[bool]:
    """Whether a row of ``digest`` has shown its items.

    Not a draft, which may still change, and not a digest that nobody was owed and that is not public: the
    next compose of any period takes its place.
    """
    digest, delivery = schema.digest, schema.delivery
    is_owed = sa.exists().where(delivery.c.digest == digest.c.key)
    return sa.and_(
        digest.c.state == FROZEN, sa.or_(digest.c.published.is_not(None), digest.c.web_only.is_(sa.true()), is_owed)
    )


def items() -> sa.Select[Any]:
    """The numbers of the items that were shown, in any section."""
    digest, pick = schema.digest, schema.pick
    return sa.select(pick.c.item).join(digest, digest.c.key == pick.c.digest).where(counts())
