"""A store is opened whole or refused by name; nothing is ever replaced by an empty one."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import Store, schema
from tests.counts import FULL
from tests.store.collector import Collector, article, feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.store.postgresql import Cluster

PATIENCE = 0.2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "digikooste.db"


def refused(place: Path | str, patience: float = PATIENCE) -> str:
    """The sentence with which ``place`` is refused; a file is left as it was, with nothing beside it."""
    before = contents(place)
    with pytest.raises(StoreError) as caught:
        Store(place, patience=patience)
    assert contents(place) == before
    return str(caught.value)


def contents(place: Path | str) -> dict[str, bytes]:
    """Every file beside the database, by name."""
    if isinstance(place, str):
        return {}
    return {file.name: file.read_bytes() for file in place.parent.iterdir() if file.is_file()}


# --- Made new ---------------------------------------------------------------------------------------


def test_a_store_is_made_where_there_is_none(fresh: Path | str) -> None:
    """With all its tables, and a random id of its own that stays."""
    with Store(fresh) as store:
        born_as = store.workspace_id()
        assert Collector(store).reads(feed(), article("a")).new == 1
    with Store(fresh) as again:
        assert again.workspace_id() == born_as
        assert Collector(again).titles(feed()) == ["A"]

    assert len(born_as) == 16


def test_the_file_is_its_owners_alone(path: Path) -> None:
    """Addresses are in it: mode 0600 whatever the umask, in a folder of mode 0700, its journal too."""
    before = os.umask(0)
    try:
        with Store(path) as store:
            Collector(store).reads(feed(), article("a"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)

    assert set(modes) >= {"digikooste.db", "digikooste.db-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_file_is_ours_durable_and_in_wal_mode(path: Path) -> None:
    """A reader never waits for a writer, and what was committed survives a power cut."""
    with Store(path) as store, store._database.read() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "application_id", "trusted_schema")
        answers = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked]

    assert answers == ["wal", 2, 1, schema.APPLICATION_ID, 0]


def test_a_new_file_leaves_no_drafts_behind(path: Path) -> None:
    """It is made under another name and put into place whole."""
    Store(path).close()

    assert [file.name for file in path.parent.iterdir()] == ["digikooste.db"]


@pytest.mark.parametrize("attempt", range(3 if FULL else 1))
def test_many_processes_make_one_store_together(fresh: Path | str, attempt: int) -> None:
    """Started at the same moment, all of them work, on one database with one id."""
    script = textwrap.dedent("""
        import sys
        import alembic.command
        from pipeline.store import Store
        from tests.store.collector import Collector, article, feed

        print("ready", flush=True)
        sys.stdin.readline()
        with Store(sys.argv[1]) as store:
            print(store.workspace_id())
    """)
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(talking(script, str(fresh))) for _ in range(3)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        answers = [answer(process) for process in processes]

    assert [code for code, _ in answers] == [0, 0, 0], answers
    assert len({said for _, said in answers}) == 1


@contextlib.contextmanager
def talking(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def answer(process: subprocess.Popen[str]) -> tuple[int, str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    said = process.stdout.read()
    return process.wait(), said


# --- The tables -------------------------------------------------------------------------------------


def test_the_migrations_make_what_a_new_database_has(fresh: Path | str, store: Store) -> None:
    """Every column, key, index and check of a database that grew since the first version, by any means of telling."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    as_the_first_version(fresh)

    with Store(fresh) as grown:
        for one in (grown, store):
            with one._database.read() as connection:
                options = {"compare_type": True, "compare_server_default": True}
                context = MigrationContext.configure(connection, opts=options)
                assert compare_metadata(context, schema.metadata) == []
        assert tables(store) == tables(grown)


def tables(store: Store) -> dict[str, object]:
    """Everything that the database says of its tables; columns by name, for those added later stand last."""
    inspector = sa.inspect(store._database.engine)

    def told(table: str) -> object:
        return {
            "columns": {one["name"]: {**one, "type": str(one["type"])} for one in inspector.get_columns(table)},
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=str),
            "indexes": sorted(inspector.get_indexes(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "checks": sorted(inspector.get_check_constraints(table), key=str),
        }

    return {table: told(table) for table in sorted(inspector.get_table_names())}


def test_head_is_the_newest_migration() -> None:
    """Or new tables would be looked for in old databases."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    from pipeline.store.database import MIGRATIONS  # noqa: PLC0415

    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [schema.HEAD]


def test_an_older_database_is_brought_up_to_date(fresh: Path | str) -> None:
    """Made by the first version: everything in it is kept, and new things can be recorded."""
    as_the_first_version(fresh)

    with Store(fresh) as store:
        with store._database.read() as connection:
            assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == schema.HEAD
        assert store.workspace_id() == "0123456789abcdef"
        assert [one.address for one in store.recipients.all()] == ["maija@example.fi"]
        assert store.readings.statuses()["blog"].failures == 0
        assert Collector(store).reads(feed(), article("a")).new == 1


def as_the_first_version(place: Path | str) -> None:
    from alembic import command, config  # noqa: PLC0415

    from pipeline.store import database  # noqa: PLC0415

    if isinstance(place, str):
        opened = database._server(place, PATIENCE)
    else:
        place.parent.mkdir()
        with contextlib.closing(sqlite3.connect(place)) as connection:
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        opened = database._file(place, str(place), PATIENCE)
    settings = config.Config()
    settings.set_main_option("script_location", str(database.MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    with contextlib.closing(opened), opened.write() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        for statement in (
            "INSERT INTO meta VALUES ('workspace', '0123456789abcdef')",
            "INSERT INTO source (id, scope, failures) VALUES ('blog', 'scope', 0)",
            "INSERT INTO recipient VALUES (1, 'maija@example.fi', 'maija@example.fi', 'fi', 'active', :at, '', :at)",
        ):
            connection.execute(sa.text(statement), {"at": "2026-11-01 09:00:00"} if ":at" in statement else {})


# --- Refused ----------------------------------------------------------------------------------------


def made(path: Path) -> Path:
    """A database with something in every page, settled into one file."""
    with Store(path) as store:
        Collector(store).reads(feed(), *(article(f"a{number}", summary="sana " * 50) for number in range(300)))
    return path


def test_an_empty_file_is_refused(path: Path) -> None:
    """SQLite would take 0 bytes for a new database, and everybody would get everything again."""
    path.parent.mkdir()
    path.touch()

    said = refused(path)

    assert said.startswith(f"{path}: the database is empty (0 bytes)")
    assert "Put a backup in its place" in said


@pytest.mark.parametrize("garbage", [b"\x00" * 4096, b"not a database at all\n" * 200, b"SQLite format 3\x00"])
def test_a_file_that_is_no_database_is_refused(path: Path, garbage: bytes) -> None:
    """A disk that lost its content, a wrong file, a cut one."""
    path.parent.mkdir()
    path.write_bytes(garbage)

    assert refused(path).startswith(f"{path}: this is not an SQLite database.")


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    """Its tables are none of ours to migrate."""
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE item (id INTEGER)")
        connection.commit()

    assert refused(path).startswith(f"{path}: this database belongs to another program.")


@pytest.mark.parametrize("journal", ["wal", "delete"])
@pytest.mark.parametrize("page", [1, 2, 30])
def test_a_damaged_page_is_refused(path: Path, page: int, journal: str) -> None:
    """The first page holds the list of the tables, the others their rows; not even the journal's mode is changed."""
    made(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    with path.open("r+b") as file:
        header = 100 if page == 1 else 0
        file.seek((page - 1) * 4096 + header)
        file.write(b"\xa5" * (4096 - header))

    said = refused(path)

    assert said.startswith(f"{path}: the database is damaged")
    assert "Put a backup in its place" in said


def test_a_truncated_file_is_refused(path: Path) -> None:
    """A copy that was interrupted."""
    made(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)

    assert refused(path).startswith(f"{path}: the database is damaged")


def test_a_newer_schema_is_refused(place: Path | str) -> None:
    """An older program would write rows that the newer one misreads."""
    with Store(place) as store:
        name = store.name
        with store._database.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    said = refused(place)

    assert said.startswith(f"{name}: this database was made by a newer digikooste (schema 9999")
    assert "restore an older backup" in said


def test_a_folder_in_the_place_of_the_file_is_refused(path: Path) -> None:
    """By its name."""
    path.mkdir(parents=True)

    assert str(path) in refused(path)


def test_a_folder_that_cannot_be_made_is_named(path: Path) -> None:
    """A file stands where the folder should be."""
    path.parent.touch()

    with pytest.raises(StoreError, match="cannot make the database here") as caught:
        Store(path)

    assert str(path) in str(caught.value)


def test_a_file_that_may_not_be_written_is_refused(public_folder: Path) -> None:
    """Another user's database: who owns it is the question to ask."""
    path = made(public_folder / "digikooste.db")
    path.chmod(0o444)
    public_folder.chmod(0o555)

    with nobody_special():
        said = refused(path)

    assert said.startswith(f"{path}: the database cannot be written. Check who owns the file and its folder")


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of this machine reaches; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="digikooste-"))
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@contextlib.contextmanager
def nobody_special() -> Iterator[None]:
    """Give up being root for a while, who may write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_restored_backup_is_opened(path: Path) -> None:
    """``VACUUM INTO`` leaves a file without a journal; it is ours, and goes on in WAL mode."""
    made(path)
    backup = path.with_name("backup.db")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    path.unlink()
    shutil.copyfile(backup, path)

    with Store(path) as store:
        assert len(Collector(store).candidates(feed())) == 300
        with store._database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_a_database_left_by_a_kill_is_opened(path: Path) -> None:
    """Its journal holds what was committed."""
    script = textwrap.dedent("""
        import os, signal, sys
        from pipeline.store import Store
        from tests.store.collector import Collector, article, feed

        Collector(Store(sys.argv[1])).reads(feed(), article("a"))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert path.with_name(path.name + "-wal").stat().st_size > 0

    with Store(path) as store:
        assert Collector(store).titles(feed()) == ["A"]


# --- While it is open -------------------------------------------------------------------------------


def test_a_writer_that_does_not_end_is_named(place: Path | str) -> None:
    """Waiting has an end, the sentence says how long it was, reading goes on, and afterwards so does writing."""
    script = textwrap.dedent("""
        import sys
        from pipeline.store import Store

        with Store(sys.argv[1]) as store, store._database.write():
            print("writing", flush=True)
            sys.stdin.readline()
    """)
    with talking(script, str(place)) as other, Store(place, patience=PATIENCE) as store:
        assert other.stdout is not None
        assert other.stdout.readline() == "writing\n"
        started = time.monotonic()
        with pytest.raises(StoreError) as caught:
            store.outbox.recover()
        waited = time.monotonic() - started

        assert store.outbox.owed() == 0
        assert answer(other)[0] == 0
        assert store.outbox.recover() == 0

    assert str(caught.value) == (
        f"{store.name}: another process has been writing to the database for over 0.2 s. "
        "End it or try again later; nothing was written."
    )
    assert PATIENCE * 0.9 <= waited < 200 * PATIENCE


def test_a_full_disk_undoes_the_whole_recording(path: Path) -> None:
    """The sentence names the disk; what was there before is there still, and with room the next one is right."""
    with Store(path) as store:
        collector = Collector(store)
        collector.reads(feed(), article("a"))
        many = [article(f"b{number}", summary="sana " * 50) for number in range(500)]
        allow_pages(store, 60)

        with pytest.raises(StoreError) as caught:
            collector.reads(feed(), *many)

        assert (
            str(caught.value) == f"{path}: the disk is full or failing; make room and run again. Nothing was written."
        )
        assert collector.titles(feed()) == ["A"]
        allow_pages(store, 1_000_000)
        assert collector.reads(feed(), article("a"), *many).new == 500


def allow_pages(store: Store, count: int) -> None:
    """Let the file grow to ``count`` pages: SQLite then answers as on a full disk."""
    with store._database.read() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")


def test_a_view_does_not_change_under_its_reader(place: Path | str) -> None:
    """What is read in several statements belongs together, though another process writes in between."""
    count = sa.select(sa.func.count()).select_from(schema.item)
    with Store(place) as reader, Store(place) as writer:
        with reader._database.read() as connection:
            before = connection.execute(count).scalar_one()
            Collector(writer).reads(feed(), article("a"))
            after = connection.execute(count).scalar_one()
        with reader._database.read() as connection:
            later = connection.execute(count).scalar_one()

    assert (before, after, later) == (0, 0, 1)


def test_an_exception_undoes_what_was_written(store: Store) -> None:
    """Whatever it is, a signal's too."""

    def stopped_half_way() -> None:
        with store._database.write() as connection:
            connection.execute(schema.meta.insert().values(name="half", value="x"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped_half_way()
    with store._database.read() as connection:
        names = connection.execute(sa.select(schema.meta.c.name)).scalars().all()

    assert names == ["workspace"]


# --- PostgreSQL alone -------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_database_with_other_tables_is_refused(cluster: Cluster) -> None:
    """Digikooste moves into no other program's database."""
    name = cluster.create()
    with cluster.administration(name) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")

    assert "holds other tables already" in refused(cluster.address(name))
    cluster.drop(name)


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    """One line, with what to do."""
    said = refused(f"postgresql://kooste:salaisuus@/kooste?host={tmp_path}", patience=1)

    assert said.startswith("postgresql://kooste:***@/kooste")
    assert "cannot be reached" in said
    assert "salaisuus" not in said
    assert "\n" not in said


@pytest.mark.postgresql
def test_options_of_the_address_are_kept(cluster: Cluster) -> None:
    """Such as the schema that the database's keeper gave us."""
    name = cluster.create()
    with cluster.administration(name) as connection:
        connection.execute("CREATE SCHEMA kooste")
        connection.execute("CREATE TABLE public.customers (id INTEGER)")

    with Store(cluster.address(name) + "&options=-csearch_path%3Dkooste") as store:
        assert Collector(store).reads(feed(), article("a")).new == 1
    with cluster.administration(name) as connection:
        assert connection.execute("SELECT count(*) FROM kooste.item").fetchone() == (1,)
    cluster.drop(name)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mysql://user@host/name", "only postgresql:// is known"),
        ("://", "write postgresql://user@host/name"),
    ],
)
def test_another_kind_of_address_is_refused(address: str, words: str) -> None:
    """With what to write instead."""
    assert words in refused(address)
