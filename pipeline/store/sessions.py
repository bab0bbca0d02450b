"""Who is signed in at the editors' desk, and which links were used: only hashes of what a browser or a mail holds."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.store import schema
from pipeline.store.upsert import upsert

if TYPE_CHECKING:
    from pipeline.store.database import Database

IDLE = timedelta(hours=2)
"""A session that is not used so long has ended."""
LONGEST = timedelta(hours=12)
"""No session lasts longer than a working day."""
_KEPT = timedelta(days=60)
"""Used links are remembered longer than any of them is valid."""
_TOUCH = timedelta(minutes=1)
"""How exactly it is known when a session was last used: a page is no reason to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is signed in; ``id`` is the hash under which it stands here."""

    id: str
    who: str
    began: datetime


class Sessions:
    """The doorkeeper's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, who: str, *, now: datetime) -> str:
        """Sign somebody in and return what their browser is to hold; nobody can tell it from what stands here."""
        token = secrets.token_urlsafe(32)
        table = schema.desk_session
        with self._database.write() as connection:
            connection.execute(table.delete().where(sa.or_(table.c.began <= now - LONGEST, table.c.seen <= now - IDLE)))
            connection.execute(table.insert().values(id=_hash(token), who=who, began=now, seen=now))
        return token

    def find(self, token: str, *, now: datetime) -> Session | None:
        """Whoever holds this token, while the session lasts; using it keeps it from falling asleep."""
        table = schema.desk_session
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == _hash(token))).one_or_none()
        if row is None or now - row.began >= LONGEST or now - row.seen >= IDLE:
            return None
        if now - row.seen >= _TOUCH:
            with self._database.write() as connection:
                connection.execute(table.update().where(table.c.id == row.id).values(seen=now))
        return Session(id=row.id, who=row.who, began=row.began)

    def end(self, token: str) -> None:
        """Sign this browser out."""
        table = schema.desk_session
        with self._database.write() as connection:
            connection.execute(table.delete().where(table.c.id == _hash(token)))

    def end_all(self, who: str | None = None) -> int:
        """Sign everybody out, or everybody who is signed in as ``who``; answers how many."""
        table = schema.desk_session
        query = table.delete() if who is None else table.delete().where(table.c.who == who)
        with self._database.write() as connection:
            return connection.execute(query).rowcount

    def spend(self, link: str, *, now: datetime) -> bool:
        """Use a link up; False when it was used before."""
        table = schema.spent
        with self._database.write() as connection:
            known = connection.execute(sa.select(table.c.at).where(table.c.token == _hash(link))).first()
            if known is None:
                connection.execute(table.delete().where(table.c.at < now - _KEPT))
                upsert(connection, table, [{"token": _hash(link), "at": now}])
            return known is None

    def is_spent(self, link: str) -> bool:
        """Whether a link was used before."""
        table = schema.spent
        with self._database.read() as connection:
            return connection.execute(sa.select(table.c.at).where(table.c.token == _hash(link))).first() is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
