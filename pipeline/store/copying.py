"""Copies of an SQLite file: taken while it is used, compared with it, and whole or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import faults, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.store.database import Database

UPGRADES_KEPT = 3
"""Copies from before upgrades that are kept."""
_UPGRADE = "digikooste.db.schema-"
_PATIENCE = 30.0


def copy(database: Database, target: Path) -> Mapping[str, int]:
    """Write a verified copy of the database to ``target``, which must not exist; answer its rows by table.

    Readers go on; writers wait while the pages are copied (about a second for 100 MB). VACUUM INTO leaves
    out what was deleted. The copy is read through, its indexes and references are checked, and its rows
    counted against the original's. Raises StoreError, and leaves nothing behind then.
    """
    if database.engine.dialect.name != "sqlite":
        raise StoreError(
            f"{database.name}: this is PostgreSQL; its own pg_dump makes the backup, and pg_restore uses it."
        )
    with database.write() as connection:
        return _copy(connection, Path(str(database.engine.url.database)), target)


def before_upgrade(connection: sa.Connection, version: str, folder: Path) -> None:
    """Copy the file as it stands before its tables change, to ``folder``; raises StoreError, and nothing changes then.

    Called within the transaction of the upgrade, so that it is this very state.
    """
    target = folder / f"{_UPGRADE}{version}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}"
        _copy(connection, Path(str(connection.engine.url.database)), draft)
        draft.replace(target)
        settle(folder)
        for old in upgrades(folder)[:-UPGRADES_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, StoreError) as error:
        reason = str(error) if isinstance(error, StoreError) else f"{folder}: {error.strerror}."
        raise StoreError(f"Nothing was upgraded, for the copy to go back to could not be made. {reason}") from error


def upgrades(folder: Path) -> tuple[Path, ...]:
    """The copies from before upgrades that stand in ``folder``, the oldest first."""
    return tuple(sorted(folder.glob(f"{_UPGRADE}*"), key=lambda file: file.stat().st_mtime))


def verify(path: Path) -> Mapping[str, int]:
    """Read a copy through and return its rows by table; raises StoreError where it is damaged or another program's."""
    try:
        address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            if owner != schema.APPLICATION_ID:
                raise StoreError(f"{path}: this is not a database of digikooste.")
            (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if answer != "ok":
                raise StoreError(faults.damaged(str(path), answer))
            astray = connection.execute("PRAGMA foreign_key_check").fetchone()
            if astray is not None:
                raise StoreError(faults.damaged(str(path), f"rows of {astray[0]} refer to others that are missing"))
            return dict(_counted(connection))
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(path), error, patience=_PATIENCE)) from error


def version_of(path: Path) -> str:
    """The schema that a copy has, or '' where it says none."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as found:
            row = found.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(path), error, patience=_PATIENCE)) from error
    return str(row[0]) if row else ""


def settle(folder: Path) -> None:
    """Write the folder's own entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(connection: sa.Connection, source: Path, target: Path) -> Mapping[str, int]:
    """Copy ``source`` while ``connection`` keeps every other writer out."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        try:
            expected = {name: _rows(connection, name) for name in sa.inspect(connection).get_table_names()}
            with contextlib.closing(sqlite3.connect(source, timeout=_PATIENCE, isolation_level=None)) as reader:
                reader.execute("VACUUM INTO ?", (str(target),))
            found = _same(target, expected)
            _sync(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(target), error, patience=_PATIENCE)) from error
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}.") from error
    return found


def _same(target: Path, expected: Mapping[str, int]) -> Mapping[str, int]:
    found = verify(target)
    if dict(found) != expected:
        raise StoreError(f"{target}: the copy does not hold what the database holds, so it was thrown away.")
    return found


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rows(connection: sa.Connection, name: str) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()


def _counted(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (name,) in names.fetchall():
        quoted = name.replace('"', '""')
        (number,) = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - a table's own name
        yield name, number
