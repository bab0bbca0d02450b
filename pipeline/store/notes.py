"""What an operator should hear: kept once per subject, resolved when it is over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to hear, about one subject (a source, a digest), since when."""

    code: str
    subject: str
    params: Mapping[str, str | int]
    first_at: datetime
    last_at: datetime
    times: int


class Notices:
    """The notices that are open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, code: str, subject: str, params: Mapping[str, str | int], *, now: datetime) -> bool:
        """Keep a notice; True when it is news (not open already)."""
        table = schema.notice
        here = (table.c.code == code) & (table.c.subject == subject)
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(here)).one_or_none()
            if row is not None and row.resolved is None:
                connection.execute(table.update().where(here).values(last_at=now, times=table.c.times + 1))
                return False
            connection.execute(table.delete().where(here))
            connection.execute(
                table.insert().values(
                    code=code,
                    subject=subject,
                    params=json.dumps(dict(params), ensure_ascii=False),
                    first_at=now,
                    last_at=now,
                    times=1,
                )
            )
        return True

    def resolve(self, code: str, subject: str, *, now: datetime) -> bool:
        """Close a notice; True when one was open."""
        table = schema.notice
        with self._database.write() as connection:
            changed = connection.execute(
                table.update()
                .where(table.c.code == code, table.c.subject == subject, table.c.resolved.is_(None))
                .values(resolved=now)
            ).rowcount
        return changed == 1

    def open(self) -> tuple[Notice, ...]:
        """Every notice that is not over, the newest first."""
        table = schema.notice
        with self._database.read() as connection:
            return tuple(
                Notice(
                    code=row.code,
                    subject=row.subject,
                    params=json.loads(row.params),
                    first_at=row.first_at,
                    last_at=row.last_at,
                    times=row.times,
                )
                for row in connection.execute(
                    sa.select(table).where(table.c.resolved.is_(None)).order_by(table.c.last_at.desc())
                )
            )
