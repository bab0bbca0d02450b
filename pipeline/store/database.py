"""Opening the database: never a wrong one, never over a broken one, every fault a sentence."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_SECONDS = 30
CHECKED_UP_TO = 32 * 2**20
"""Files up to this many bytes get SQLite's quick_check at every opening (about 1 ms a MiB)."""

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_ADVISORY_LOCK = schema.APPLICATION_ID


class Database:
    """An engine with two ways in: ``read`` (a snapshot) and ``write`` (one writer at a time)."""

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view; raises StoreError."""
        with self._explained(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction, the only writer while it lasts; all of it or nothing. Raises StoreError.

        SQLite: BEGIN IMMEDIATE, so that a reader never has to be upgraded. PostgreSQL: an advisory lock
        gives the same order, which lets both databases hand out numbers as max + 1.
        """
        engine = self.engine.execution_options(immediate=True)
        with self._explained(), engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            yield connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise StoreError(_sentence(self.name, str(error.orig))) from error
        except sqlite3.Error as error:
            raise StoreError(_sentence(self.name, str(error))) from error


def open_database(place: str | Path) -> Database:
    """Open the SQLite file or the ``postgresql://`` address; make or migrate the tables when due.

    Raises StoreError naming the database when it is empty, corrupt, another program's, made by a
    newer digikooste, or cannot be reached; nothing is replaced.
    """
    is_address = isinstance(place, str) and "://" in place
    database = _open_server(str(place)) if is_address else _open_file(Path(place))
    try:
        _migrate_if_due(database)
    except BaseException:
        database.close()
        raise
    return database


def _open_server(address: str) -> Database:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError as error:
        raise StoreError("DIGIKOOSTE_DATABASE is not a database address; write postgresql://user@host/name.") from error
    if url.get_backend_name() != "postgresql":
        raise StoreError(f"DIGIKOOSTE_DATABASE names {url.get_backend_name()}; only postgresql:// is known.")
    try:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": LOCK_SECONDS, "options": f"-c lock_timeout={LOCK_SECONDS}s"},
        )
    except ImportError as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'digikooste[postgresql]'.") from error
    return Database(engine, url.render_as_string(hide_password=True))


def _open_file(path: Path) -> Database:
    if not path.exists():
        _create(path)
    _refuse_foreign(path)
    database = Database(_file_engine(path), str(path))
    if path.stat().st_size <= CHECKED_UP_TO:
        _refuse_corrupt(database)
    return database


def _file_engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": LOCK_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _create(path: Path) -> None:
    """Make a new database under another name and link it into place, so that no half one is ever seen."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.execute("PRAGMA user_version = 0")
            connection.commit()
        draft.chmod(0o600)
        database = Database(_file_engine(draft), str(path))
        try:
            _migrate_if_due(database)
        finally:
            database.close()
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with contextlib.suppress(FileExistsError):  # another process made it first: theirs is as good
            os.link(draft, path)
    except OSError as error:
        raise StoreError(f"{path}: cannot make the database here: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise StoreError(_sentence(str(path), str(error))) from error
    finally:
        for leftover in (draft, *(draft.with_name(draft.name + end) for end in ("-wal", "-shm", "-journal"))):
            with contextlib.suppress(OSError):
                leftover.unlink()


def _refuse_foreign(path: Path) -> None:
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except OSError as error:
        raise StoreError(f"{path}: cannot read the database: {error.strerror}.") from error
    restore = "Put a backup in its place, or move it away to start with an empty one."
    if not header:
        raise StoreError(f"{path}: the database is empty (0 bytes), so what was sent is not known. {restore}")
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise StoreError(f"{path}: this is not an SQLite database. {restore}")
    if int.from_bytes(header[68:72], "big") != schema.APPLICATION_ID:
        raise StoreError(f"{path}: this database belongs to another program. Name another folder, or move it away.")


def _refuse_corrupt(database: Database) -> None:
    with database.read() as connection:
        answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if answer != "ok":
        database.close()
        raise StoreError(_sentence(database.name, f"malformed: {answer}"))


def _migrate_if_due(database: Database) -> None:
    """Bring the tables up to HEAD; Alembic is imported only when there is something to do."""
    with database.read() as connection:
        version = _version(connection)
    if version == schema.HEAD:
        return
    if version is not None and version > schema.HEAD:
        raise StoreError(
            f"{database.name}: this database was made by a newer digikooste (schema {version}, this one "
            f"knows {schema.HEAD}). Install that version again, or restore an older backup."
        )
    from alembic import command, config  # noqa: PLC0415  # 0.3 s, needed once in a database's life

    settings = config.Config()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    settings.set_main_option("path_separator", "os")
    with database.write() as connection:
        if _version(connection) == schema.HEAD:  # another process was faster
            return
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        known = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == "workspace"))
        if known.scalar() is None:
            connection.execute(schema.meta.insert().values(name="workspace", value=secrets.token_hex(8)))


def _version(connection: sa.Connection) -> str | None:
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables and connection.dialect.name == "postgresql":
            raise StoreError(
                "The PostgreSQL database of DIGIKOOSTE_DATABASE holds other tables already. "
                "Give digikooste one of its own."
            )
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _sentence(name: str, fault: str) -> str:
    """A database's own words as what happened and what to do."""
    words = fault.lower()
    if "locked" in words or "lock timeout" in words:
        return (
            f"{name}: another process has been writing to the database for over {LOCK_SECONDS} s. "
            "End it or try again later; nothing was written."
        )
    if "disk is full" in words or "no space left" in words or "disk i/o" in words:
        return f"{name}: the disk is full or failing; make room and run again. Nothing was written."
    if "malformed" in words or "not a database" in words or "corrupt" in words:
        return f"{name}: the database is damaged ({fault.strip()}). Put a backup in its place; nothing was written."
    if "readonly" in words or "read-only" in words or "unable to open" in words:
        return f"{name}: the database cannot be written. Check who owns the file and its folder."
    return f"{name}: the database refused: {fault.strip()}"
