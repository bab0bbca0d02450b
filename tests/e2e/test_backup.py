"""A backup is whole or not there; a restored workspace sends nothing twice, and says what it cannot know."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import stat
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import inbox
from tests.counts import FULL, in_full
from tests.e2e.desk import Desk, Entry, Page, Web, mail_section, messages, rss
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.demo.inbox import Inbox

SLOT = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
"""Monday after eight in Helsinki: the next digest is due."""
FIRST = rss(Entry("Ensimmäinen"))
SECOND = rss(Entry("Ensimmäinen"), Entry("Toinen", published=SLOT))


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """One for all tests: the workspaces that they copy know its address."""
    server = Web()
    with closing(server):
        yield server


@pytest.fixture(scope="module")
def inbox_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with inbox.serve(tmp_path_factory.mktemp("inbox")) as running:
        yield running


@pytest.fixture(scope="module")
def gone_out(tmp_path_factory: pytest.TempPathFactory, web: Web, inbox_of_all: Inbox) -> Stage:
    """Three recipients to whom 2026-W47 has gone out."""

    def prepare(desk: Desk) -> None:
        web.pages["/feed.xml"] = Page(FIRST)
        desk.feeds("/feed.xml", mail=mail_section(inbox_of_all))
        for name in ("maija", "pekka", "anna"):
            desk.do("recipients", "add", f"{name}@example.fi")
        assert desk.do("run").code == 0

    return Stage.made(tmp_path_factory.mktemp("stage") / "gone-out", web, inbox_of_all, prepare)


@pytest.fixture(scope="module")
def made_since(tmp_path_factory: pytest.TempPathFactory, gone_out: Stage) -> Stage:
    """And 2026-W48 is made, but has not gone out."""

    def prepare(desk: Desk) -> None:
        shutil.copytree(gone_out.folder, desk.folder, dirs_exist_ok=True)
        desk.web.pages["/feed.xml"] = Page(SECOND)
        desk.now = SLOT
        desk.do("collect")
        assert desk.do("compose").code == 0

    return Stage.made(tmp_path_factory.mktemp("stage") / "made-since", gone_out.web, gone_out.box, prepare)


@pytest.fixture
def weekly(gone_out: Stage, tmp_path: Path) -> Desk:
    """A workspace whose letter has gone out to three recipients."""
    return gone_out.copy(tmp_path / "workspace")


@pytest.fixture
def owing(made_since: Stage, tmp_path: Path) -> Desk:
    """One that owes the next letter to them, at its time."""
    desk = made_since.copy(tmp_path / "workspace")
    desk.now = SLOT
    return desk


@pytest.fixture
def box(inbox_of_all: Inbox) -> Arrived:
    """What arrives from now on."""
    return Arrived(inbox_of_all)


class Arrived:
    """The letters that arrived since the test began."""

    def __init__(self, box: Inbox) -> None:
        self._box = box
        self._before = len(box.delivered)

    def __len__(self) -> int:
        return len(self._box.delivered) - self._before

    def names(self) -> list[str]:
        """Their Message-IDs."""
        return [str(message["Message-ID"]) for message in messages(self._box)[self._before :]]


def restored(desk: Desk, backup: Path, *options: str) -> Desk:
    """Another workspace, restored from ``backup``."""
    folder = desk.folder.with_name(f"restored-{len(list(desk.folder.parent.iterdir()))}")
    folder.mkdir()
    other = Desk(folder, desk.web)
    other.now = desk.now
    result = other.do("restore", str(backup), *options)
    assert result.code == 0, result.said
    return other


def backup(desk: Desk, *arguments: str) -> Path:
    result = desk.do("backup", "--json", *arguments)
    assert result.code == 0, result.said
    return Path(result.json()["file"])


# --- What a backup is -------------------------------------------------------------------------------


def test_a_backup_is_one_private_file_with_all_that_cannot_be_made_again(weekly: Desk) -> None:
    """Database, secret, sources.yaml, own templates and notes; nothing else, and nobody else may read it."""
    (weekly.folder / "templates").mkdir()
    (weekly.folder / "templates" / "letter.css").write_text("/* ours */")
    (weekly.folder / "notes").mkdir()
    (weekly.folder / "notes" / "2026-W47.fi.txt").write_text("Hei!")
    (weekly.folder / "templates" / "stray.css").symlink_to("/etc/passwd")

    file = backup(weekly)

    with zipfile.ZipFile(file) as archive:
        names = sorted(archive.namelist())
    assert names == [
        "manifest.json",
        "notes/2026-W47.fi.txt",
        "sources.yaml",
        "templates/letter.css",
        "var/digikooste.db",
        "var/secret.key",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.parent == weekly.folder / "var" / "backups"
    assert [one.name for one in (weekly.folder / "var").glob(".*")] == []


def test_old_backups_of_this_workspace_are_removed(weekly: Desk, tmp_path: Path) -> None:
    """``--keep`` counts only what this workspace wrote there."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    stranger = folder / "digikooste-00000000-20200101T000000Z.zip"
    stranger.write_text("of another workspace")
    for _ in range(4):
        weekly.later(minutes=1)
        last = backup(weekly, str(folder), "--keep", "2")

    kept = sorted(folder.glob("*.zip"))
    assert len(kept) == 3
    assert {stranger, last} < set(kept)


def test_a_backup_never_replaces_another(weekly: Desk) -> None:
    file = backup(weekly)
    before = file.read_bytes()
    again = weekly.do("backup")
    assert (again.code, before) == (1, file.read_bytes())
    assert f"{file} is there already" in again.err


def test_without_a_database_there_is_nothing_to_keep(desk: Desk) -> None:
    desk.write("[]")
    result = desk.do("backup")
    assert result.code == 1
    assert "there is no database here yet" in result.err
    assert not (desk.folder / "var").exists()


# --- Restored ---------------------------------------------------------------------------------------


def test_a_restored_workspace_goes_on(weekly: Desk, box: Arrived) -> None:
    """What was settled stays settled; the next digest goes to everybody, signed by the same secret."""
    other = restored(weekly, backup(weekly))

    assert other.do("deliver").code == 0
    assert len(box) == 0
    assert (other.folder / "var" / "secret.key").read_bytes() == (weekly.folder / "var" / "secret.key").read_bytes()
    assert stat.S_IMODE((other.folder / "var" / "digikooste.db").stat().st_mode) == 0o600
    weekly.web.pages["/feed.xml"] = Page(SECOND)
    other.now = SLOT
    assert other.do("run").code == 0
    assert len(box) == 3
    assert [one.name for one in (other.folder / "var").glob(".*")] == []


def test_what_was_owed_in_a_backup_is_held(owing: Desk, box: Arrived) -> None:
    """It went out after the backup was made: the restored workspace sends it to nobody until it is told to."""
    file = backup(owing)
    assert owing.do("deliver").code == 0
    assert len(box) == 3

    other = restored(owing, file)

    assert (other.do("deliver").code, len(box)) == (0, 3)
    listed = other.do("deliveries", "held", "--json").json()["held"]
    assert [(one["digest"], one["letters"]) for one in listed] == [("2026-W48", 3)]
    assert "recipient 1  m***@example.fi" in other.do("deliveries", "held").out
    assert "3 letters may have gone out already" in other.do("status").out
    assert other.do("deliveries", "drop", "2026-W48").code == 0
    assert (other.do("deliver").code, len(box)) == (0, 3)
    assert "may have gone out" not in other.do("status").out


def test_what_is_held_can_be_sent_after_all(owing: Desk, box: Arrived) -> None:
    """Under the same Message-IDs as if nothing had happened; not to who has left meanwhile."""
    file = backup(owing)
    owing.do("deliver")

    other = restored(owing, file)
    other.do("recipients", "remove", "anna@example.fi")
    result = other.do("deliveries", "release", "2026-W48")

    assert "2 letters released" in result.out
    assert other.do("deliver").code == 0
    assert (len(box), len(set(box.names()))) == (5, 3)


def test_a_digest_that_the_backup_missed_is_held_when_it_is_made(weekly: Desk, box: Arrived) -> None:
    """It may have been made and sent after the backup; the one of the week after goes out by itself."""
    file = backup(weekly)
    weekly.now = SLOT
    other = restored(weekly, file)
    weekly.web.pages["/feed.xml"] = Page(SECOND)

    result = other.do("run")

    assert (result.code, len(box)) == (0, 0)
    assert "3 letters are held, for they may have gone out before the restore" in result.out
    other.now = SLOT.replace(day=30)
    weekly.web.pages["/feed.xml"] = Page(
        rss(Entry("Ensimmäinen"), Entry("Toinen", published=SLOT), Entry("Kolmas", published=other.now))
    )
    assert (other.do("run").code, len(box)) == (0, 3)


def test_a_workspace_that_moved_holds_nothing(owing: Desk, box: Arrived) -> None:
    """``--moved``: the old place was stopped first, so what was owed is owed."""
    other = restored(owing, backup(owing), "--moved")
    assert (other.do("deliver").code, len(box)) == (0, 3)


def test_a_bare_database_is_restored_too(weekly: Desk, tmp_path: Path, box: Arrived) -> None:
    """As SQLite's own command makes it; the operator hears that the secret is missing."""
    bare = tmp_path / "copy.db"
    with closing(sqlite3.connect(weekly.folder / "var" / "digikooste.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(bare),))
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "sources.yaml").write_text((weekly.folder / "sources.yaml").read_text())
    other = Desk(folder, weekly.web)

    result = other.do("restore", str(bare))

    assert result.code == 0
    assert "No secret came with it" in result.out
    assert (other.do("deliver").code, len(box)) == (0, 0)


# --- Refused ----------------------------------------------------------------------------------------


def test_a_place_with_a_database_is_left_alone(weekly: Desk) -> None:
    file = backup(weekly)
    before = (weekly.folder / "var" / "digikooste.db").read_bytes()
    result = weekly.do("restore", str(file))
    assert result.code == 1
    assert "is there already, and nothing was changed" in result.err
    assert before == (weekly.folder / "var" / "digikooste.db").read_bytes()


def test_a_damaged_backup_is_refused(weekly: Desk, tmp_path: Path) -> None:
    """Wherever a byte changed and wherever it ends; nothing but a lock is left in the place."""
    file = backup(weekly)
    whole = file.read_bytes()
    folder = tmp_path / "empty"
    folder.mkdir()
    other = Desk(folder, weekly.web)
    for where in (0.02, 0.5, 0.9):
        body = bytearray(whole)
        body[int(len(body) * where)] ^= 0xFF
        file.write_bytes(body)
        result = other.do("restore", str(file))
        assert (result.code, "damaged" in result.err) == (1, True), result.said
    for cut in (0, 4, 1000, len(whole) - 1):
        file.write_bytes(whole[:cut])
        result = other.do("restore", str(file))
        assert (result.code, "Traceback" in result.said) == (1, False), result.said
    assert {one.name for one in folder.rglob("*") if one.is_file()} == {"restore.lock"}
    file.write_bytes(whole)
    assert other.do("restore", str(file)).code == 0


def test_a_backup_writes_nothing_outside_its_place(weekly: Desk, tmp_path: Path) -> None:
    """One that somebody has made up is refused by the names in it."""
    file = backup(weekly)
    evil = tmp_path / "evil.zip"
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(evil, "w") as bad:
        manifest = json.loads(good.read("manifest.json"))
        for name in good.namelist():
            if name != "manifest.json":
                bad.writestr(name, good.read(name))
        manifest["files"]["templates/../../escaped"] = manifest["files"]["sources.yaml"]
        bad.writestr("templates/../../escaped", good.read("sources.yaml"))
        bad.writestr("manifest.json", json.dumps(manifest))
    folder = tmp_path / "empty"
    folder.mkdir()

    result = Desk(folder, weekly.web).do("restore", str(evil))

    assert result.code == 1
    assert "none of a workspace's files" in result.err
    assert not (tmp_path / "escaped").exists()


def test_another_secret_is_not_overwritten(weekly: Desk, tmp_path: Path) -> None:
    """Links of letters that went out from here would be dead: the operator decides."""
    file = backup(weekly)
    folder = tmp_path / "empty"
    (folder / "var").mkdir(parents=True)
    (folder / "var" / "secret.key").write_text("another")
    result = Desk(folder, weekly.web).do("restore", str(file))
    assert result.code == 1
    assert "is another secret than the backup's" in result.err
    assert not (folder / "var" / "digikooste.db").exists()


# --- By processes -----------------------------------------------------------------------------------


@in_full
def test_a_backup_beside_a_delivery(weekly: Desk, box: Arrived, tmp_path: Path) -> None:
    """Taken while letters go out; restored, nothing that was delivered is sent again by itself."""
    people = tmp_path / "people.txt"
    people.write_text("".join(f"reader{number}@example.fi\n" for number in range(100)))
    weekly.do("recipients", "import", str(people))
    weekly.web.pages["/feed.xml"] = Page(SECOND)
    weekly.now = SLOT
    weekly.do("collect")
    weekly.do("compose")
    delivering = weekly.start("deliver")
    try:
        until = time.monotonic() + 60
        while len(box) < 10 and time.monotonic() < until:
            time.sleep(0.01)
        file = backup(weekly)
    finally:
        delivering.communicate(timeout=60)
    everything = box.names()
    assert len(everything) == 103

    other = restored(weekly, file)
    result = other.process("deliver")

    assert result.code == 0, result.said
    assert box.names() == everything
    assert len(set(everything)) == len(everything)


KILLS = 20 if FULL else 2


def test_a_killed_backup_leaves_nothing_half(weekly: Desk) -> None:
    """Kill -9 at any moment: what has a backup's name is whole, and the next one tidies up."""
    folder = weekly.folder / "var" / "backups"
    for number in range(KILLS):
        weekly.later(minutes=1)
        process = weekly.start("backup")
        time.sleep(0.5 + 0.5 * number / KILLS)  # the moment of the kill, another one each time
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    weekly.later(minutes=1)
    last = backup(weekly)

    names = {one.name for one in folder.iterdir()}
    assert all(name.endswith(".zip") or name == "digikooste-forgotten" for name in names), names
    assert [one.name for one in (weekly.folder / "var").glob(".backup*")] == []
    with zipfile.ZipFile(last) as archive:
        assert archive.testzip() is None


def test_a_killed_restore_starts_over(weekly: Desk, tmp_path: Path) -> None:
    """Kill -9 at any moment: there is a whole database or none, and in the end it is there."""
    file = backup(weekly)
    folder = tmp_path / "empty"
    folder.mkdir()
    other = Desk(folder, weekly.web)
    for number in range(KILLS):
        if (folder / "var" / "digikooste.db").exists():
            break
        process = other.start("restore", str(file))
        time.sleep(0.5 + 0.5 * number / KILLS)  # the moment of the kill, another one each time
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    if not (folder / "var" / "digikooste.db").exists():
        assert other.do("restore", str(file)).code == 0

    assert len(other.do("recipients", "list", "--json").json()["recipients"]) == 3
