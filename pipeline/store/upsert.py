"""Words of SQL for many rows: insert, insert or update (each dialect in its own way), long IN lists cut up, dicts."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import sqlalchemy as sa

CHUNK = 10_000
"""Values in one IN list; SQLite takes 32,766 and PostgreSQL 65,535."""


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut ``values`` into lists short enough for one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows`` (all with the same columns), if there are any."""
    if rows:
        connection.execute(table.insert(), list(rows))


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows`` (all with the same columns), updating the ones whose primary key exists."""
    if rows:
        connection.execute(_upsertion(connection.dialect.name, table, tuple(rows[0])), list(rows))


@cache  # half a millisecond each, for the few that there are
def _upsertion(dialect: str, table: sa.Table, names: tuple[str, ...]) -> sa.Executable:
    values: sqlite.Insert | postgresql.Insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: values.excluded[name] for name in names if name not in key}
    if not changed:
        return values.on_conflict_do_nothing(index_elements=key)
    return values.on_conflict_do_update(index_elements=key, set_=changed)


def dicts(result: sa.CursorResult[Any]) -> Iterator[dict[str, Any]]:
    """Each row as a dict to be changed; five times as fast as ``Row._asdict``, which asks for the names every time."""
    names = tuple(result.keys())
    return (dict(zip(names, row, strict=True)) for row in result.all())
