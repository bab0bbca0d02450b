"""The commands around the weekly path: each does what its help says, and what looks changes nothing."""

from __future__ import annotations

import hashlib
import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.archive import hoist
from pipeline.demo import stage
from tests.e2e.desk import LONG_AGO, NOW, Entry, Page, mail_section, messages, rss

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")
CHECKOUT = Path(__file__).parents[2]


def fingerprint(folder: Path) -> dict[str, str]:
    """What every file of a workspace holds, but for SQLite's shared memory."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def test_preview_shows_the_next_letter_and_changes_nothing(desk: Desk, web: Web) -> None:
    """From the store alone: the same before, and the same letter that compose then makes."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    desk.do("collect")
    before, asked = fingerprint(desk.folder), len(web.requests)

    finnish, swedish = desk.do("preview"), desk.do("preview", "--language", "sv")
    html, page = desk.do("preview", "--format", "html"), desk.do("preview", "--format", "page")

    assert fingerprint(desk.folder) == before
    assert len(web.requests) == asked
    assert ARTICLE.title in finnish.out
    assert "Vecka 47" in swedish.out
    assert html.out.lstrip().lower().startswith("<!doctype html")
    assert '<html lang="fi"' in page.out
    desk.do("compose")
    written = (desk.folder / "output" / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    published, sheets = hoist(page.out, "../")
    assert published.strip() == written.strip()
    assert all((desk.folder / "output" / name).read_bytes() == body for name, body in sheets.items())
    assert desk.do("preview").out.strip() == finnish.out.strip(), "a frozen digest is shown as it is"


def test_preview_before_anything_was_collected_says_what_to_do(desk: Desk) -> None:
    """No database is made by looking."""
    desk.feeds("/feed.xml")

    result = desk.do("preview")

    assert result.code == 1
    assert "digikooste collect" in result.err
    assert not (desk.folder / "var").exists()


def test_the_editors_note_stands_on_top_of_its_own_edition(desk: Desk, web: Web, box: Inbox) -> None:
    """notes/2026-W47.fi.txt is on top of the Finnish letter and page alone, with its marks shown and not obeyed."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("recipients", "add", "svea@example.fi", "--language", "sv")
    (desk.folder / "notes").mkdir()
    note = desk.folder / "notes" / "2026-W47.fi.txt"
    note.write_bytes(b"\xff\xfe")
    assert desk.do("run").code == 1
    note.write_text("ä" * 4001, encoding="utf-8")
    assert "a note of 4001 characters; write at most 4000" in desk.do("run").err
    note.write_text("Hyvää alkanutta viikkoa!\n\nTerveisin <b>Aino</b>\n", encoding="utf-8")
    assert "Hyvää alkanutta viikkoa!" in desk.do("preview").out

    assert desk.do("run").code == 0

    finnish, swedish = (one.get_body(("plain",)).get_content() for one in messages(box))  # type: ignore[union-attr]
    assert finnish.index("Hyvää alkanutta viikkoa!") < finnish.index(ARTICLE.title)
    assert "Hyvää" not in swedish
    page = (desk.folder / "output" / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;Aino&lt;/b&gt;" in page


def test_send_test_leaves_no_trace(desk: Desk, web: Web, box: Inbox) -> None:
    """One message under a Message-ID of its own; the digest is still to be made, and goes to everybody."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("collect")
    before = fingerprint(desk.folder)

    result = desk.do("send-test", "editor@example.fi", "--language", "en")

    assert result.code == 0, result.said
    assert fingerprint(desk.folder) == before
    desk.do("run")
    test, real = messages(box)
    assert str(test["To"]) == "editor@example.fi"
    assert str(test["Subject"]).startswith("Week 47")
    assert str(real["To"]) == "maija@example.fi"
    assert test["Message-ID"] != real["Message-ID"]


def test_recipients_come_and_go(desk: Desk) -> None:
    """Added, listed with consent and origin, gone, and back only by asking again in person."""
    desk.feeds("/feed.xml")
    assert "Added maija@example.fi (fi)" in desk.do("recipients", "add", "maija@example.fi").out
    assert "gets the letter already" in desk.do("recipients", "add", "MAIJA@example.fi").out
    asked = desk.do(
        "recipients", "add", "svea@example.fi", "-l", "sv", "--consent", "2026-01-02", "--origin", "seminar"
    )
    assert asked.code == 0
    desk.do("recipients", "remove", "maija@example.fi")

    listed = desk.do("recipients", "list", "--json").json()["recipients"]

    assert [(one["address"], one["state"], one["origin"]) for one in listed] == [
        ("maija@example.fi", "left", "added by hand"),
        ("svea@example.fi", "active", "seminar"),
    ]
    assert listed[1]["consent"].startswith("2026-01-02")
    assert "1 active recipient." in desk.do("recipients", "list").out
    assert desk.do("recipients", "remove", "nobody@example.fi").code == 1
    assert desk.do("recipients", "add", "no address").code == 1


def test_an_import_names_its_mistakes_by_line_and_revives_nobody(desk: Desk) -> None:
    """All or nothing; those who left stay away; plain lists and CSV with a header both work."""
    desk.feeds("/feed.xml")
    desk.do("recipients", "add", "left@example.fi")
    desk.do("recipients", "remove", "left@example.fi")
    people = desk.folder / "people.csv"
    people.write_text(
        "address;language;consent\na@example.fi;sv;2026-10-01\nb@example;xx;\nc;fi;soon\n", encoding="utf-8"
    )

    broken = desk.do("recipients", "import", str(people))

    assert broken.code == 1
    assert f"{people}:3: 'xx' is no language" in broken.err
    assert f"{people}:4:" in broken.err
    assert len(desk.do("recipients", "list", "--json").json()["recipients"]) == 1
    people.write_text("a@example.fi\n# a remark\n\nleft@example.fi\nA@example.fi\n", encoding="utf-8")
    done = desk.do("recipients", "import", str(people), "--origin", "old list")
    assert "1 recipient added, 0 known already, 1 who left stay away." in done.out
    states = {one["address"]: one["state"] for one in desk.do("recipients", "list", "--json").json()["recipients"]}
    assert states == {"left@example.fi": "left", "a@example.fi": "active"}


def test_a_body_that_is_known_is_not_parsed_again(desk: Desk, web: Web) -> None:
    """A server without validators sends the same body: its hash is enough, until the source's settings change."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE), headers={"ETag": ""})
    desk.feeds("/feed.xml")
    assert "1 item," in desk.do("collect").err
    assert "feed: unchanged" in desk.do("collect").err
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(text + "    language: sv\n", encoding="utf-8")
    assert "1 item, 0 new" in desk.do("collect").err


def test_status_shows_how_everything_stands(desk: Desk, web: Web, box: Inbox) -> None:
    """Sources with their state and error in words, digests, deliveries and the next slot; as a table and as JSON."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", "/missing", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    assert [one["state"] for one in desk.do("status", "--json").json()["sources"]] == ["new", "new"]
    desk.do("run")

    found, table = desk.do("status", "--json").json(), desk.do("status").out

    good, failing = found["sources"]
    assert (good["state"], good["items"]) == ("good", 1)
    assert failing["state"] == "failing"
    assert "/missing" in failing["error"]
    assert found["digests"][0]["deliveries"] == {"accepted": 1}
    assert found["next_slot"].startswith("2026-11-23T06:00")
    assert found["outbox"] == {"pending": 0, "sending": 0, "unknown": 0, "last_accepted": desk.now.isoformat()}
    assert failing["next_due"] > desk.now.isoformat()
    assert "2026-W47" in table
    assert "missing" in table
    assert "0 deliveries owed, the last one accepted " in table
    assert "(schedule: mon 08:00, Europe/Helsinki; times here: " in table


def test_status_tells_what_the_outbox_holds(desk: Desk, web: Web, box: Inbox) -> None:
    """How many wait and in what state, when they are tried again, and which letters were never made."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    box.refuse("maija@example.fi", "451 4.3.0 later")
    assert desk.do("run").code == 3

    found, table = desk.do("status", "--json").json(), desk.do("status").out
    assert (found["owed"], found["outbox"]["pending"]) == (1, 1)
    assert found["next"]["delivery"] == (desk.now + timedelta(minutes=5)).isoformat()
    assert "1 delivery owed (1 pending)." in table
    assert "delivery 20" in table

    desk.feeds("/feed.xml")
    assert "no mail server is set (mail.host)" in desk.do("status").out


def test_status_makes_no_database(desk: Desk) -> None:
    """Looking around in a new workspace leaves it new."""
    desk.feeds("/feed.xml")
    assert desk.do("status").code == 0
    assert not (desk.folder / "var").exists()


def test_everything_failed_is_a_notice_until_it_is_over(desk: Desk, web: Web) -> None:
    """Said once, kept in status, and gone with the first run that reaches something."""
    desk.feeds("/feed.xml")
    assert "Notice: " in desk.do("run").out
    assert "Notice: " not in desk.do("run").out
    (notice,) = desk.do("status", "--json").json()["notices"]
    assert notice["code"] == "nothing-reached"
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    assert "Over: " in desk.do("run").out
    assert desk.do("status", "--json").json()["notices"] == []


def test_a_site_where_nothing_known_is_left_is_a_new_baseline(desk: Desk, web: Web) -> None:
    """Every URL changed: the newcomers are known, not news, unless they are dated after the newest known one."""
    web.pages["/feed.xml"] = Page(rss(Entry("Yksi", LONG_AGO), Entry("Kaksi", LONG_AGO)))
    desk.feeds("/feed.xml", digest="at_least: 0")
    desk.do("run")
    desk.later(days=7)
    moved = [Entry(f"Siirretty {n}", LONG_AGO, f"https://uusi.example.fi/{n}") for n in range(3)]
    web.pages["/feed.xml"] = Page(rss(*moved, Entry("Todella uusi", desk.now, "https://uusi.example.fi/uusi")))

    result = desk.do("run")

    assert "nothing known was left" in result.out
    shown = desk.do("preview").out
    assert "Todella uusi" in shown
    assert "Siirretty" not in shown


def test_init_makes_a_workspace_that_works(desk: Desk, tmp_path: Path) -> None:
    """A commented sources.yaml that loads as it is; a second init overwrites nothing."""
    folder = tmp_path / "new"
    folder.mkdir()
    first = desk.do("init", "--workspace", str(folder))
    assert first.code == 0, first.said
    assert (folder / "sources.yaml").exists()
    assert desk.do("status", "--workspace", str(folder)).code == 0
    before = fingerprint(folder)
    assert desk.do("init", "--workspace", str(folder)).code == 1
    assert fingerprint(folder) == before


def test_the_demo_does_the_whole_job_without_a_network(desk: Desk) -> None:
    """Three letters in an inbox, three editions on the page, and the command says where to look.

    An earlier demo in the same folder is replaced; anything else is left alone.
    """
    earlier = desk.folder / "demo"
    earlier.mkdir()
    (earlier / stage.MARK).touch()
    (earlier / "sources.yaml").write_text("of an earlier demo", encoding="utf-8")
    result = desk.process("demo", "--workspace", "demo")

    assert result.code == 0, result.said
    assert "of an earlier demo" not in (earlier / "sources.yaml").read_text(encoding="utf-8")
    letters = sorted((desk.folder / "demo" / "inbox").glob("*.eml"))
    assert len(letters) == 3
    for letter in letters:
        assert str(letter) in result.out
    assert sorted(path.name for path in (desk.folder / "demo" / "output").iterdir() if path.is_dir())
    (desk.folder / "mine").mkdir()
    (desk.folder / "mine" / "file").write_text("mine", encoding="utf-8")
    assert desk.process("demo", "--workspace", "mine").code == 1
    assert (desk.folder / "mine" / "file").exists()


def test_progress_is_a_bar_on_a_terminal(desk: Desk, web: Web) -> None:
    """On a terminal the steps are a bar; the plain lines are for logs."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    leader, follower = pty.openpty()
    environ = {**os.environ, "DIGIKOOSTE_NOW": NOW.isoformat(), "TERM": "xterm", "COLUMNS": "80"}
    command = [sys.executable, "-m", "pipeline", "collect"]
    with subprocess.Popen(command, cwd=desk.folder, env=environ, stdout=follower, stderr=follower) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # Linux: the last holder of the other end has gone
                break
            if not chunk:
                break
            shown += chunk
    os.close(leader)
    assert process.returncode == 0
    assert "Reading sources" in shown.decode()
    assert "INFO feed:" not in shown.decode()


def test_python_m_pipeline_and_the_command_are_the_same() -> None:
    """Both ways in answer with the same words."""
    command = Path(sys.executable).with_name("digikooste")
    both = [
        subprocess.run([*start, "--help"], capture_output=True, text=True, check=True, cwd=CHECKOUT).stdout
        for start in ([sys.executable, "-m", "pipeline"], [str(command)])
    ]
    assert both[0] == both[1]
    assert "The weekly learning letter" in both[0]
