"""Words of SQL for many rows: insert, insert or update (which each dialect says its own way), long IN lists cut up."""

from __future__ import annotations

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
    if not rows:
        return
    values = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: values.excluded[name] for name in rows[0] if name not in key}
    connection.execute(
        values.on_conflict_do_update(index_elements=key, set_=changed)
        if changed
        else values.on_conflict_do_nothing(index_elements=key),
        list(rows),
    )
