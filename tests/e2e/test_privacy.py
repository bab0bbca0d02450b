"""What is kept about a person can be read and can be forgotten, and no log names anybody."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import inbox
from pipeline.store import Store
from tests.e2e.desk import Desk, Entry, Page, Web, mail_section, rss
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.demo.inbox import Inbox

SLOT = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
MAIJA = "Maija.Mehilainen@example.fi"
EARS = (b"mehilainen", b"Mehilainen")


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """One for all tests: the workspace that they copy knows its address."""
    server = Web()
    with closing(server):
        yield server


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with inbox.serve(tmp_path_factory.mktemp("inbox")) as running:
        yield running


@pytest.fixture(scope="module")
def gone_out(tmp_path_factory: pytest.TempPathFactory, web: Web, box: Inbox) -> Stage:
    """Two recipients, of whom one was refused in words that repeat the address."""

    def prepare(desk: Desk) -> None:
        web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen")))
        desk.feeds("/feed.xml", mail=mail_section(box))
        desk.do("recipients", "add", MAIJA, "--origin", f"asked by phone, {MAIJA}")
        desk.do("recipients", "add", "anna.mehilainen@example.org")
        box.refuse(MAIJA, f"550 5.1.1 <{MAIJA}>: no such user {MAIJA.lower()} here")
        desk.do("run")

    stage = Stage.made(tmp_path_factory.mktemp("stage") / "gone-out", web, box, prepare)
    assert stage.letters == 1
    return stage


@pytest.fixture
def weekly(gone_out: Stage, tmp_path: Path) -> Desk:
    return gone_out.copy(tmp_path / "workspace")


def holding(folder: Path, *ears: bytes) -> list[str]:
    """The files below ``folder`` in which one of ``ears`` stands, byte for byte."""
    files = (one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())
    return [str(one.relative_to(folder)) for one in files if any(ear in one.read_bytes() for ear in ears)]


# --- Logs -------------------------------------------------------------------------------------------


def test_no_log_names_anybody(desk: Desk, web: Web, box: Inbox) -> None:
    """Refused, put off, suppressed: command, books, pages and notices say recipient numbers and masked addresses."""
    web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen")))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="operator: yllapito@example.net")
    people = [f"lukija{number}.mehilainen@example.fi" for number in range(5)]
    (desk.folder / "people.txt").write_text("\n".join(people))
    said = [desk.do("recipients", "import", "people.txt")]
    (desk.folder / "people.txt").unlink()
    box.refuse(people[0], f"550 5.1.1 <{people[0]}>: User unknown; ask {people[1]}")
    box.refuse(people[1], f"550 5.7.1 {people[1]} may not be written to")
    box.refuse(people[2], f"451 4.2.0 <{people[2]}> is asleep")
    said += [desk.process("run")]
    desk.now = SLOT
    web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen"), Entry("Toinen", published=SLOT)))
    said += [desk.do("run"), desk.do("status"), desk.do("deliveries", "held")]

    everything = "".join(one.said for one in said)
    assert "Recipient 1: The mail server" in everything
    assert "l***@example.fi" in everything
    assert "mehilainen" not in everything
    assert holding(desk.folder / "output", b"mehilainen") == []
    assert holding(desk.folder / "var", b"mehilainen") == ["digikooste.db"]
    with Store(desk.folder / "var" / "digikooste.db") as store, store._database.read() as connection:
        for table in ("delivery", "notice"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # a table's name
            assert "mehilainen" not in str(rows)
    to_operator = [one.file.read_text() for one in box.delivered if one.recipients == ("yllapito@example.net",)]
    assert to_operator
    assert "mehilainen" not in "".join(to_operator)


def test_an_import_does_not_print_addresses(desk: Desk) -> None:
    """A mistake is named by its line; the address itself only on request."""
    desk.write("[]")
    file = desk.folder / "people.csv"
    file.write_text("address,language\nmaija.mehilainen@example..fi,fi\nmatti mehilainen,fi\nfi,anna@mehilainen.fi\n")
    quiet, loud = (
        desk.do("recipients", "import", str(file)),
        desk.do("recipients", "import", "--show-addresses", str(file)),
    )
    assert [one.code for one in (quiet, loud)] == [1, 1]
    assert f"{file}:2: 'm***@example..fi' is no mail address" in quiet.err
    assert f"{file}:3: 'm***' is no mail address" in quiet.err
    assert "maija.mehilainen" not in quiet.said
    assert "matti mehilainen" not in quiet.said
    assert "'maija.mehilainen@example..fi'" in loud.err


# --- What is kept -----------------------------------------------------------------------------------


def test_everything_that_is_kept_can_be_read(weekly: Desk) -> None:
    """Consent, origin, language, every delivery with the server's words; nobody else's."""
    result = weekly.do("recipients", "export", MAIJA.lower())

    found = result.json()
    assert found["address"] == MAIJA.lower()
    (person,) = found["kept"]["recipient"]
    assert (person["address"], person["language"]) == (MAIJA, "fi")
    assert person["origin"] == f"asked by phone, {MAIJA}"
    assert person["consent_at"].startswith("2026-11-18T09:00")
    (delivery,) = found["kept"]["delivery"]
    assert (delivery["digest"], delivery["state"]) == ("2026-W47", "refused")
    assert "anna" not in result.out


def test_of_a_stranger_nothing_is_kept(weekly: Desk) -> None:
    result = weekly.do("recipients", "export", "nobody@example.fi")
    assert (result.code, result.out) == (1, "")
    assert "Nothing is kept about nobody@example.fi." in result.err


# --- Forgotten --------------------------------------------------------------------------------------


def test_who_is_forgotten_is_in_no_file(weekly: Desk) -> None:
    """In no table, free page, journal or page, though another process has the database open."""
    with closing(Store(weekly.folder / "var" / "digikooste.db")) as other:
        other.recipients.all()
        weekly.do("recipients", "add", "third@example.fi", "--origin", f"friend of {MAIJA}")
        assert holding(weekly.folder / "var", b"Maija.Mehilainen")
        result = weekly.do("recipients", "forget", MAIJA)
        assert result.code == 0, result.said
        assert holding(weekly.folder, b"Maija.Meh", b"maija.meh", b"MAIJA.MEH") == []

    assert "Forgotten: M***@example.fi." in result.out
    people = weekly.do("recipients", "list", "--json").json()["recipients"]
    assert [one["address"] for one in people] == ["anna.mehilainen@example.org", "third@example.fi"]
    assert people[1]["origin"] == "friend of (forgotten)"
    assert weekly.do("recipients", "export", MAIJA).json()["kept"] == {}


def test_who_is_forgotten_is_not_brought_back(weekly: Desk, box: Inbox) -> None:
    """Neither by hand nor by an import; by their own wish they come back."""
    weekly.do("recipients", "forget", MAIJA)
    (weekly.folder / "people.txt").write_text(f"{MAIJA.lower()}\nnew@example.fi\n")

    imported = weekly.do("recipients", "import", "people.txt")
    added = weekly.do("recipients", "add", MAIJA)

    assert "1 recipient added" in imported.out
    assert "1 person had asked to be forgotten: skipped." in imported.out
    assert added.code == 1
    assert "has asked to be forgotten, so nobody was added" in added.err
    assert "is back" in weekly.do("recipients", "add", "--anew", MAIJA).out
    assert weekly.do("recipients", "add", MAIJA).out.startswith(f"{MAIJA} gets the letter already")


def test_a_number_is_never_given_twice(weekly: Desk) -> None:
    """Old links and returns carry numbers: those of who was forgotten must not act on somebody else."""
    weekly.do("recipients", "add", "last@example.fi")
    weekly.do("recipients", "forget", "last@example.fi")
    weekly.do("recipients", "add", "next@example.fi")
    numbers = [one["number"] for one in weekly.do("recipients", "list", "--json").json()["recipients"]]
    assert numbers == [1, 2, 4]


def test_a_restored_backup_forgets_again(weekly: Desk) -> None:
    """Made before the wish; restored elsewhere, with nothing but what lies beside it, or with var/ still there."""
    file = Path(weekly.do("backup", "--json").json()["file"])
    forgotten = weekly.do("recipients", "forget", MAIJA)
    assert f"  {file}" in forgotten.out

    elsewhere = Desk(weekly.folder.with_name("elsewhere"), weekly.web)
    elsewhere.folder.mkdir()
    for desk in (elsewhere, weekly):
        (desk.folder / "var" / "digikooste.db").unlink(missing_ok=True)
        result = desk.do("restore", str(file))
        assert result.code == 0, result.said
        assert "Forgotten again, as they had been since it was made: 1 person." in result.out
        people = desk.do("recipients", "list", "--json").json()["recipients"]
        assert [one["address"] for one in people] == ["anna.mehilainen@example.org"]
    shutil.rmtree(weekly.folder / "var" / "backups")
    assert holding(weekly.folder / "var", b"aija.Mehil") == []


def test_a_lost_database_brings_nobody_back(weekly: Desk) -> None:
    """Even started anew with an empty one: the hash lies beside it."""
    weekly.do("recipients", "forget", MAIJA)
    (weekly.folder / "var" / "digikooste.db").unlink()
    added = weekly.do("recipients", "add", MAIJA)
    assert (added.code, "has asked to be forgotten" in added.err) == (1, True)


def test_copies_can_be_removed_with_them(weekly: Desk, tmp_path: Path) -> None:
    for folder in (weekly.folder / "var" / "backups", tmp_path / "elsewhere"):
        weekly.later(minutes=1)
        assert weekly.do("backup", str(folder)).code == 0
    result = weekly.do("recipients", "forget", "--delete-copies", MAIJA)
    assert "2 backups removed." in result.out
    assert list(tmp_path.rglob("*.zip")) == []
    assert weekly.do("recipients", "forget", "never@example.fi").out.startswith("Nothing was kept about n***")


# --- Kept for a while -------------------------------------------------------------------------------


def test_deliveries_are_dropped_when_they_are_old(weekly: Desk, box: Inbox) -> None:
    """After mail.keep_deliveries; the digest stays sent, so nothing goes out again and no item comes twice."""
    weekly.feeds("/feed.xml", mail=mail_section(box, "keep_deliveries: 100"))
    weekly.now += timedelta(days=101)
    weekly.web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen"), Entry("Toinen", published=weekly.now)))

    assert weekly.do("run").code == 0

    with Store(weekly.folder / "var" / "digikooste.db") as store:
        old = store.digests.status("2026-W47")
        assert old is not None
        assert (dict(old.deliveries), old.settled, old.replaceable, old.attempted) == ({}, 2, False, True)
    kept = weekly.do("recipients", "export", "anna.mehilainen@example.org").json()["kept"]["delivery"]
    assert [one["digest"] for one in kept] == ["2027-W08"]
    subjects = [one for one in weekly.do("status", "--json").json()["digests"] if one["key"] == "2026-W47"]
    assert subjects[0]["settled"] == 2
    count = len(box.delivered)
    assert weekly.do("deliver").code == 0
    assert len(box.delivered) == count
