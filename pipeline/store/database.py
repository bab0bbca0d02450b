"""Opening the database: never a wrong one, never over a broken one, every fault a sentence."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import copying, faults, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_SECONDS = 30.0
"""How long another process's writing is waited for."""
CHECKED_UP_TO = 32 * 2**20
"""Files up to this many bytes get SQLite's quick_check at every opening (about 1 ms a MiB)."""

MIGRATIONS = Path(__file__).with_name("migrations")

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_ADVISORY_LOCK = schema.APPLICATION_ID


class Database:
    """An engine with two ways in: ``read`` (a snapshot) and ``write`` (one writer at a time).

    ``patience`` is how many seconds another writer is waited for.
    """

    def __init__(self, engine: sa.Engine, name: str, *, patience: float) -> None:
        self.engine = engine
        self.name = name
        self._patience = patience
        is_server = engine.dialect.name == "postgresql"
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ") if is_server else engine
        self._writing = engine.execution_options(immediate=True)

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view; raises StoreError."""
        with self._explained(), self._reading.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction, the only writer while it lasts; all of it or nothing. Raises StoreError.

        SQLite: BEGIN IMMEDIATE, so that a reader never has to be upgraded. PostgreSQL: an advisory lock
        gives the same order, which lets both databases hand out numbers as max + 1.
        """
        with self._explained(), self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            yield connection

    @contextlib.contextmanager
    def unguarded(self) -> Iterator[Any]:
        """The driver's own connection outside any transaction. Raises StoreError."""
        with self._explained(), contextlib.closing(self.engine.raw_connection()) as connection:
            yield connection.driver_connection

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise StoreError(faults.sentence(self.name, error.orig or error, patience=self._patience)) from error
        except sqlite3.Error as error:
            raise StoreError(faults.sentence(self.name, error, patience=self._patience)) from error


def open_database(place: str | Path, *, patience: float = LOCK_SECONDS) -> Database:
    """Open the SQLite file or the ``postgresql://`` address; make or migrate the tables when due.

    Raises StoreError naming the database when it is empty, corrupt, another program's, made by a
    newer digikooste, or cannot be reached; nothing is replaced then, and no byte of a file changed.
    """
    if isinstance(place, str) and "://" in place:
        return _migrated(_server(place, patience))
    path = Path(place)
    if not path.exists():
        _create(path, patience)
    _refuse_foreign(path)
    _refuse_corrupt(path, patience)
    database = _migrated(_file(path, str(path), patience))
    _use_wal(database)
    return database


def open_as_it_is(place: str | Path, *, patience: float = LOCK_SECONDS) -> Database:
    """Open a database that is there, and make or migrate nothing; raises StoreError as ``open_database`` does."""
    if isinstance(place, str) and "://" in place:
        return _server(place, patience)
    _refuse_foreign(Path(place))
    return _file(Path(place), str(place), patience)


def version_of(database: Database) -> str | None:
    """The schema that a database has, None for one without tables; raises StoreError for one that is too new."""
    with database.read() as connection:
        version = _version(connection)
    if version is not None and version > schema.HEAD:
        raise StoreError(
            f"{database.name}: this database was made by a newer digikooste (schema {version}, this one "
            f"knows {schema.HEAD}). Install that version again, or restore an older backup."
        )
    return version


def _server(address: str, patience: float) -> Database:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError as error:
        raise StoreError("DIGIKOOSTE_DATABASE is not a database address; write postgresql://user@host/name.") from error
    if url.get_backend_name() != "postgresql":
        raise StoreError(f"DIGIKOOSTE_DATABASE names {url.get_backend_name()}; only postgresql:// is known.")
    given = url.normalized_query.get("options", ())
    options = " ".join([*given, f"-c lock_timeout={patience * 1000:.0f}"])
    try:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": math.ceil(patience), "options": options},
        )
    except ImportError as error:
        raise StoreError("PostgreSQL needs the extra: pip install 'digikooste[postgresql]'.") from error
    return Database(engine, url.render_as_string(hide_password=True), patience=patience)


def _file(path: Path, name: str, patience: float) -> Database:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": patience})

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own connection
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: it may be an address
        connection.execute("PRAGMA trusted_schema = OFF")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return Database(engine, name, patience=patience)


def _create(path: Path, patience: float) -> None:
    """Make a new database under another name and link it into place, so that no half one is ever seen."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.touch(mode=0o600, exist_ok=False)
        with contextlib.closing(sqlite3.connect(draft)) as connection:
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        _migrated(_file(draft, str(path), patience)).close()
        with contextlib.suppress(FileExistsError):  # another process made it first: theirs is as good
            os.link(draft, path)
        copying.settle(path.parent)  # a power cut must not lose the file with what was sent
    except OSError as error:
        raise StoreError(f"{path}: cannot make the database here: {error.strerror}.") from error
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(path), error, patience=patience)) from error
    finally:
        for leftover in (draft, draft.with_name(f"{draft.name}-journal")):
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


def _refuse_corrupt(path: Path, patience: float) -> None:
    """Look the file over before anything is written to it, even the mode of its journal."""
    if path.stat().st_size > CHECKED_UP_TO:
        return
    address = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=patience)) as connection:
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise StoreError(faults.sentence(str(path), error, patience=patience)) from error
    if answer != "ok":
        raise StoreError(faults.damaged(str(path), answer))


def _use_wal(database: Database) -> None:
    """Let readers and the writer not wait for each other; a file keeps its mode, a restored backup lacks it."""
    with database.unguarded() as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _migrated(database: Database) -> Database:
    try:
        _migrate_if_due(database)
    except BaseException:
        database.close()
        raise
    return database


def _migrate_if_due(database: Database) -> None:
    """Bring the tables up to HEAD: a new database gets them as they are now, an older one by its migrations."""
    if version_of(database) == schema.HEAD:
        return
    with database.write() as connection:
        version = _version(connection)
        if version is None:
            schema.create(connection)
        elif version != schema.HEAD:  # or another process was faster
            if connection.dialect.name == "sqlite":
                copying.before_upgrade(connection, version, Path(database.name).parent / "backups")
            _migrate(connection)
        known = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == "workspace"))
        if known.scalar() is None:
            connection.execute(schema.meta.insert().values(name="workspace", value=secrets.token_hex(8)))


def _migrate(connection: sa.Connection) -> None:
    from alembic import command, config  # noqa: PLC0415  # 0.3 s, needed some times in a database's life

    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


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
