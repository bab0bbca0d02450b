"""Looking a database over without changing anything in it: for doctor, and before it is trusted."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import faults, schema
from pipeline.store.database import open_as_it_is, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """``version`` is the schema's (None: no tables yet), ``newest`` the last moment that was written down."""

    name: str
    version: str | None
    newest: datetime | None

    @property
    def is_current(self) -> bool:
        """Whether the next command finds it as it needs it."""
        return self.version == schema.HEAD


def inspect(place: str | Path) -> Inspection:
    """Look over the SQLite file, every page of it, or the PostgreSQL database; changes nothing.

    Raises StoreError, one sentence, when it cannot be used.
    """
    with contextlib.closing(open_as_it_is(place, patience=_PATIENCE)) as database:
        if database.engine.dialect.name == "sqlite":
            _check_every_page(Path(place))
        version = version_of(database)
        with database.read() as connection:
            newest = max(_moments(connection, version), default=None)
        return Inspection(name=database.name, version=version, newest=newest)


def _check_every_page(path: Path) -> None:
    address = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as connection:
            answers = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(path), error, patience=_PATIENCE)) from error
    if answers != ["ok"]:
        raise StoreError(faults.damaged(str(path), "; ".join(answers)))
    if orphans is not None:
        raise StoreError(faults.damaged(str(path), f"a row of {orphans[0]} belongs to nothing in {orphans[2]}"))


def _moments(connection: sa.Connection, version: str | None) -> Iterator[datetime]:
    """The last moments of what is done most often."""
    if version is None:
        return
    for column in (schema.source.c.last_try, schema.digest.c.made, schema.delivery.c.last_try):
        found = connection.execute(sa.select(sa.func.max(column))).scalar()
        if found is not None:
            yield found
