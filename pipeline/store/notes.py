"""What an operator should hear: kept once per subject, told once per way of telling, resolved when it is over."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.store import schema
from pipeline.store.upsert import chunks, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipeline.store.database import Database

_OPEN = "open"
_OVER = "over"
_LAST_MAIL = "operator-mailed"
KEPT = timedelta(days=400)
"""How long a notice that is over is remembered."""


_RHYTHM = 21
"""Items from which a source's rhythm is told."""


class Way(StrEnum):
    """How an operator is told; each way is told of each notice by itself."""

    MAIL = "mailed"
    WEBHOOK = "posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to hear, about one subject (a source, a digest), since when, and until when if it is over."""

    code: str
    subject: str
    params: Mapping[str, str | int]
    first_at: datetime
    last_at: datetime
    times: int
    resolved: datetime | None = None


class Notices:
    """The notices that are open, and those whose end is still to be told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, code: str, subject: str, params: Mapping[str, str | int], *, now: datetime) -> bool:
        """Keep a notice; True when it is news (not open already). An open one takes the new parameters.

        One that comes back before its end was told anywhere goes on as if it had never been over.
        """
        table = schema.notice
        here = (table.c.code == code) & (table.c.subject == subject)
        said = json.dumps(dict(params), ensure_ascii=False)
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(here)).one_or_none()
            if row is not None and (row.resolved is None or _OPEN in {row.mailed, row.posted}):
                connection.execute(
                    table.update().where(here).values(params=said, last_at=now, times=table.c.times + 1, resolved=None)
                )
                return row.resolved is not None
            connection.execute(table.delete().where(here))
            connection.execute(
                table.insert().values(code=code, subject=subject, params=said, first_at=now, last_at=now, times=1)
            )
        return True

    def resolve(self, code: str, subject: str, *, now: datetime) -> bool:
        """Close a notice; True when one was open."""
        table = schema.notice
        here = (table.c.code == code) & (table.c.subject == subject) & table.c.resolved.is_(None)
        with self._database.read() as connection:  # asked often, true seldom: no write for nothing
            if connection.execute(sa.select(table.c.code).where(here)).first() is None:
                return False
        with self._database.write() as connection:
            return connection.execute(table.update().where(here).values(resolved=now)).rowcount == 1

    def open(self) -> tuple[Notice, ...]:
        """Every notice that is not over, the newest first."""
        table = schema.notice
        return self._select(table.c.resolved.is_(None), table.c.last_at.desc())

    def untold(self, way: Way) -> tuple[Notice, ...]:
        """What has not been told this way: open ones, and the end of those whose beginning was; the oldest first."""
        table = schema.notice
        told = table.c[way.value]
        begun = table.c.resolved.is_(None) & told.is_(None)
        ended = table.c.resolved.is_not(None) & (told == _OPEN)
        return self._select(begun | ended, table.c.first_at)

    def told(self, way: Way, notices: Sequence[Notice], *, now: datetime) -> None:
        """Remember that these were told this way."""
        table = schema.notice
        with self._database.write() as connection:
            for one in notices:
                connection.execute(
                    table.update()
                    .where(table.c.code == one.code, table.c.subject == one.subject)
                    .values({way.value: _OPEN if one.resolved is None else _OVER})
                )
            if way is Way.MAIL:
                upsert(connection, schema.meta, [{"name": _LAST_MAIL, "value": now.isoformat()}])

    def last_mail(self) -> datetime | None:
        """When the operator was last told by mail."""
        with self._database.read() as connection:
            said = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == _LAST_MAIL)).scalar()
        return None if said is None else datetime.fromisoformat(said)

    def rhythms(self, sources: Collection[str]) -> dict[str, list[datetime]]:
        """When the last items of each source came, the newest last: by their own date, else when they were seen.

        What its baseline held without a date tells nothing.
        """
        item, sighting = schema.item, schema.sighting
        came = sa.case(
            (item.c.published.is_not(None), item.c.published), (~sighting.c.baseline, sighting.c.first_seen)
        ).label("came")
        rank = sa.func.row_number().over(partition_by=sighting.c.source, order_by=came.desc()).label("rank")
        found: dict[str, list[datetime]] = defaultdict(list)
        with self._database.read() as connection:
            for chunk in chunks(sources):
                ranked = (
                    sa.select(sighting.c.source, came, rank)
                    .join(item, item.c.id == sighting.c.item)
                    .where(sighting.c.source.in_(chunk), came.is_not(None))
                    .subquery()
                )
                for row in connection.execute(
                    sa.select(ranked).where(ranked.c.rank <= _RHYTHM).order_by(ranked.c.source, ranked.c.came)
                ):
                    found[row.source].append(row.came)
        return found

    def fade(self, codes: Collection[str], *, before: datetime, now: datetime) -> int:
        """Close what last happened before a moment, without a word: an event has no end to be told."""
        table = schema.notice
        here = table.c.code.in_(list(codes)) & table.c.resolved.is_(None) & (table.c.last_at < before)
        with self._database.write() as connection:
            return connection.execute(
                table.update().where(here).values(resolved=now, mailed=_OVER, posted=_OVER)
            ).rowcount

    def forget(self, *, now: datetime) -> int:
        """Drop the notices that were over long ago."""
        table = schema.notice
        with self._database.write() as connection:
            return connection.execute(table.delete().where(table.c.resolved < now - KEPT)).rowcount

    def _select(self, which: sa.ColumnElement[bool], order: sa.ColumnElement[datetime]) -> tuple[Notice, ...]:
        with self._database.read() as connection:
            return tuple(
                Notice(
                    code=row.code,
                    subject=row.subject,
                    params=json.loads(row.params),
                    first_at=row.first_at,
                    last_at=row.last_at,
                    times=row.times,
                    resolved=row.resolved,
                )
                for row in connection.execute(sa.select(schema.notice).where(which).order_by(order))
            )
