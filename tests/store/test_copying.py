"""A copy of the database is whole, verified and its owner's alone, or it is not there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import StoreError
from pipeline.store import Store, copying, schema
from tests.store.collector import Collector, article, feed
from tests.store.letters import join
from tests.store.test_opening import as_the_first_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "digikooste.db"


def test_a_copy_holds_what_the_database_holds(path: Path, tmp_path: Path) -> None:
    """Every row, read back through the copy; only its owner may read it."""
    target = tmp_path / "copy.db"
    with Store(path) as store:
        Collector(store).reads(feed(), *(article(f"a{number}") for number in range(50)))
        join(store, "maija@example.fi")
        counts = copying.copy(store._database, target)

    assert (counts["item"], counts["recipient"]) == (50, 1)
    assert copying.verify(target) == counts
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with Store(target) as copied:
        assert [one.address for one in copied.recipients.all()] == ["maija@example.fi"]


def test_a_copy_is_of_one_moment(path: Path, tmp_path: Path) -> None:
    """Taken while another connection writes without a pause, each copy is verified against its own moment."""
    with Store(path) as store, Store(path) as other:
        collector, stop = Collector(other), threading.Event()

        def write() -> None:
            number = 0
            while not stop.is_set():
                collector.reads(feed(), article(f"a{number}"))
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            counts = [copying.copy(store._database, tmp_path / f"{number}.db")["item"] for number in range(5)]
        finally:
            stop.set()
            writer.join()

    assert counts == sorted(counts)


def test_a_copy_replaces_nothing(path: Path, tmp_path: Path) -> None:
    """What stands in its place already is kept, and named."""
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with Store(path) as store, pytest.raises(StoreError, match=r"copy\.db: cannot be written: File exists"):
        copying.copy(store._database, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("place", ["folder/that/is/not/there/copy.db", "/dev/full/copy.db"])
def test_a_copy_that_cannot_be_written_leaves_nothing(path: Path, tmp_path: Path, place: str) -> None:
    with Store(path) as store, pytest.raises(StoreError, match="cannot be written"):
        copying.copy(store._database, tmp_path / place)


@pytest.mark.parametrize("page", [1, 5])
def test_a_damaged_copy_is_refused(path: Path, tmp_path: Path, page: int) -> None:
    """A page of it overwritten is found, wherever it stands."""
    target = tmp_path / "copy.db"
    with Store(path) as store:
        Collector(store).reads(feed(), *(article(f"a{number}") for number in range(300)))
        copying.copy(store._database, target)
    with target.open("r+b") as file:
        file.seek(page * 4096 + 2048)
        file.write(b"\xa5" * 2048)

    with pytest.raises(StoreError, match="the database is damaged"):
        copying.verify(target)


def test_a_row_that_refers_to_nothing_is_found(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with Store(path) as store:
        copying.copy(store._database, target)
    with contextlib.closing(sqlite3.connect(target)) as connection:
        connection.execute("INSERT INTO alias VALUES ('key', 99)")
        connection.commit()

    with pytest.raises(StoreError, match="rows of alias refer to others that are missing"):
        copying.verify(target)


def test_a_database_of_another_program_is_no_copy(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE something (id)")
    with pytest.raises(StoreError, match="not a database of digikooste"):
        copying.verify(other)


# --- Before an upgrade ------------------------------------------------------------------------------


def test_an_upgrade_copies_the_database_as_it_was(path: Path) -> None:
    """The copy has the schema from before, and everything in it; a database that is new needs none."""
    as_the_first_version(path)

    with Store(path):
        pass

    (copy,) = copying.upgrades(path.parent / "backups")
    assert copy.name == "digikooste.db.schema-0001"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copying.version_of(copy) == "0001"
    assert copying.verify(copy)["recipient"] == 1
    with Store(path.with_name("new.db")):
        pass
    assert len(list((path.parent / "backups").iterdir())) == 1


def test_an_upgrade_that_cannot_be_copied_does_not_happen(path: Path) -> None:
    """The sentence says what stands in the way; the database keeps its schema, and the next try goes through."""
    as_the_first_version(path)
    (path.parent / "backups").write_text("a file where the folder belongs")

    with pytest.raises(StoreError) as caught:
        Store(path)

    assert str(caught.value).startswith("Nothing was upgraded, for the copy to go back to could not be made. ")
    assert str(path.parent / "backups") in str(caught.value)
    assert copying.version_of(path) == "0001"
    (path.parent / "backups").unlink()
    with Store(path):
        pass
    assert copying.version_of(path.parent / "backups" / "digikooste.db.schema-0001") == "0001"


def test_few_copies_from_before_upgrades_are_kept(path: Path) -> None:
    """The oldest go, whatever schema they have; the newest is the one that was just made."""
    as_the_first_version(path)
    folder = path.parent / "backups"
    folder.mkdir()
    for number in range(5):
        older = folder / f"digikooste.db.schema-900{number}"
        older.write_text("")
        os.utime(older, (number, number))

    with Store(path):
        pass

    kept = ["digikooste.db.schema-9003", "digikooste.db.schema-9004", "digikooste.db.schema-0001"]
    assert [one.name for one in copying.upgrades(folder)] == kept


def test_the_schema_is_the_newest_one(path: Path) -> None:
    with Store(path):
        pass
    assert copying.version_of(path) == schema.HEAD
