"""How each digest stands: draft or frozen, gone out or still replaceable, and what it has shown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

DRAFT = "draft"
FROZEN = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStatus:
    """One digest's standing. ``deliveries`` counts by state; ``attempted`` is True once one was tried.

    ``settled`` deliveries are over for so long that nothing more is kept of them.

    ``replaceable``: frozen with an empty outbox, not published and not web-only, so that the next
    compose of any period takes its place and its items are free again.
    """

    key: str
    state: str
    made: datetime
    frozen: datetime | None
    published: datetime | None
    languages: tuple[str, ...]
    items: int
    deliveries: Mapping[str, int]
    attempted: bool
    replaceable: bool
    settled: int = 0


def has_shown() -> sa.ColumnElement[bool]:
    """Whether a row of ``digest`` has shown its items.

    Not a draft, which may still change, nor a digest that is replaceable.
    """
    digest = schema.digest
    return sa.and_(digest.c.state == FROZEN, ~is_replaceable())


def is_replaceable() -> sa.ColumnElement[bool]:
    """Whether a row of ``digest`` is frozen, but nobody was owed it, and it is not public."""
    digest, delivery = schema.digest, schema.delivery
    return sa.and_(
        digest.c.state == FROZEN,
        digest.c.published.is_(None),
        digest.c.web_only.is_(sa.false()),
        digest.c.settled == 0,
        ~sa.exists().where(delivery.c.digest == digest.c.key),
    )


def shown_items() -> sa.Select[Any]:
    """The numbers of the items that were shown, in any section."""
    digest, pick = schema.digest, schema.pick
    return sa.select(pick.c.item).join(digest, digest.c.key == pick.c.digest).where(has_shown())


def statuses(connection: sa.Connection, key: str | None = None) -> tuple[DigestStatus, ...]:
    """Every digest, or the one of ``key``; the newest first."""
    digest, delivery, edition, pick = schema.digest, schema.delivery, schema.edition, schema.pick

    def chosen(query: sa.Select[Any], name: sa.ColumnElement[str]) -> sa.CursorResult[Any]:
        return connection.execute(query if key is None else query.where(name == key))

    deliveries: defaultdict[str, dict[str, int]] = defaultdict(dict)
    attempted: set[str] = set()
    which = (delivery.c.digest, delivery.c.state)
    counts = (sa.func.count().label("number"), sa.func.max(delivery.c.attempts).label("attempts"))
    for row in chosen(sa.select(*which, *counts).group_by(*which), delivery.c.digest):
        deliveries[row.digest][row.state] = row.number
        if row.attempts:
            attempted.add(row.digest)
    languages: defaultdict[str, list[str]] = defaultdict(list)
    speaking = sa.select(edition.c.digest, edition.c.language).order_by(edition.c.language)
    for row in chosen(speaking, edition.c.digest):
        languages[row.digest].append(row.language)
    holding = sa.select(pick.c.digest, sa.func.count().label("number")).group_by(pick.c.digest)
    items = {row.digest: row.number for row in chosen(holding, pick.c.digest)}
    query = sa.select(digest, is_replaceable().label("replaceable")).order_by(digest.c.ends.desc())
    return tuple(
        DigestStatus(
            key=row.key,
            state=row.state,
            made=row.made,
            frozen=row.frozen,
            published=row.published,
            languages=tuple(languages[row.key]),
            items=items.get(row.key, 0),
            deliveries=deliveries[row.key],
            attempted=row.key in attempted or row.settled > 0,
            replaceable=bool(row.replaceable),
            settled=row.settled,
        )
        for row in chosen(query, digest.c.key)
    )
