"""Approval: a draft waits for its editors, is changed by command, and leaves exactly as it was approved."""

from __future__ import annotations

import json
import os
import pty
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.counts import FULL
from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.e2e.steward import Steward

if TYPE_CHECKING:
    from email.message import EmailMessage

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

SLOT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
"""Monday 08:00 in Helsinki: the slot of 2026-W47."""
KEY = "2026-W47"
EDITORS = ("maija@example.fi", "pekka@example.fi")
TITLES = ("Saavutettavuus alkaa otsikosta", "Kuvatekstit kuntoon", "Selkeä kieli säästää aikaa")
HOUR = timedelta(hours=1)
JOBS = ("collect", "drafts", "compose", "editors", "deliver", "housekeeping")


@pytest.fixture
def waiting(desk: Desk, web: Web, box: Inbox) -> Desk:
    """A workspace with two editors, two readers, and three articles of the last days, an hour before its slot."""
    entries = [
        Entry(title, SLOT - timedelta(days=number + 1), link=f"https://blog.example.fi/juttu-{number}")
        for number, title in enumerate(TITLES)
    ]
    web.pages["/feed.xml"] = Page(rss(*entries))
    _write(desk, box)
    desk.now = SLOT - HOUR
    for reader, language in (("anna@example.fi", "fi"), ("bengt@example.fi", "sv")):
        assert desk.do("recipients", "add", reader, "-l", language).code == 0
    return desk


def _write(desk: Desk, box: Inbox, more: str = "") -> None:
    digest = (
        f"schedule: mon 08:00\nat_least: 0\nlanguages: [fi, sv]\napproval: required\neditors: [{', '.join(EDITORS)}]\n"
    )
    desk.feeds("/feed.xml", digest=digest + more, mail=mail_section(box))


def _to(box: Inbox, address: str) -> list[EmailMessage]:
    return [one for one in messages(box) if one["To"] == address]


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _draft(desk: Desk) -> dict[str, Any]:
    facts: dict[str, Any] = desk.do("draft", KEY, "--json").json()
    return facts


def _titles(facts: dict[str, Any]) -> list[str]:
    return [item["title"] for section in facts["sections"] for item in section["items"]]


def test_what_was_approved_is_what_arrives(waiting: Desk, box: Inbox) -> None:
    """Serve makes a draft and mails it to its editors; commands change it; approval sends exactly that."""
    with Steward(waiting) as steward:
        steward.wake(SLOT, *JOBS)
        assert [one["To"] for one in messages(box)] == list(EDITORS)
        first = _text(_to(box, "maija@example.fi")[0])
        assert all(title in first for title in TITLES)
        assert f"digikooste approve {KEY}" in first
        assert f"Draft {KEY}: 3 items; waits for an editor until" in waiting.do("status").out
        facts = _draft(waiting)
        items = {item["title"]: str(item["item"]) for section in facts["sections"] for item in section["items"]}
        edited = waiting.do(
            "edit", KEY, "--by", "Maija", "--drop", items[TITLES[0]], "--pin", items[TITLES[2]],
            "--retitle", items[TITLES[2]], "Selkeä kieli voittaa", "--note", "Lue **tämä** ensin.", "--json",
        )  # fmt: skip
        assert [*_titles(edited.json())] == ["Selkeä kieli voittaa", TITLES[1]]
        assert [one["change"] for one in edited.json()["history"]] == [
            "composed",
            "noted",
            "dropped",
            "pinned",
            "retitled",
        ]
        assert {one["who"] for one in edited.json()["history"][1:]} == {"Maija"}
        approved = waiting.do("approve", KEY, "--revision", "5", "--by", "Maija")
        assert approved.code == 0, approved.said
        steward.wake(SLOT + HOUR, *JOBS)
    (finnish,) = _to(box, "anna@example.fi")
    assert "Selkeä kieli voittaa" in _text(finnish)
    assert "Lue tämä ensin." in _text(finnish)
    assert TITLES[0] not in _text(finnish)
    assert finnish["Subject"].startswith("Viikko 47: Selkeä kieli voittaa · Kuvatekstit")
    assert "Lue tämä ensin" not in _text(_to(box, "bengt@example.fi")[0])
    assert "Maija hyväksyi kirjeen" in _text(_to(box, "pekka@example.fi")[-1])


def test_what_an_editor_dropped_stays_dropped_until_restored(waiting: Desk) -> None:
    """Neither a draft that is made anew nor the next letter holds it; restored, it is news again."""
    waiting.now = SLOT
    assert waiting.do("run").code == 0
    items = {one["title"]: str(one["item"]) for section in _draft(waiting)["sections"] for one in section["items"]}
    waiting.do("edit", KEY, "--drop", items[TITLES[0]])
    waiting.do("compose", "--draft", "--again")
    assert sorted(_titles(_draft(waiting))) == sorted(TITLES[1:])
    assert waiting.do("approve", KEY).code == 0
    waiting.now = SLOT + timedelta(days=7)
    waiting.do("compose")
    assert "there would be no letter" in waiting.do("preview").said
    again = waiting.do("edit", KEY, "--restore", items[TITLES[0]])
    assert "is frozen already" in again.err


def test_nobody_changes_what_somebody_else_has_changed_meanwhile(waiting: Desk) -> None:
    """A change or an approval that was made for an older revision is refused, and says so."""
    waiting.now = SLOT
    waiting.do("run")
    assert waiting.do("edit", KEY, "--note", "Maijan sanat", "--revision", "1").code == 0
    late = waiting.do("edit", KEY, "--note", "Pekan sanat", "--revision", "1")
    assert late.code == 1
    assert "was changed meanwhile: it is at revision 2" in late.err
    assert "you looked at 1" in waiting.do("approve", KEY, "--revision", "1").err
    assert _draft(waiting)["notes"]["fi"] == "Maijan sanat"


@pytest.mark.parametrize("rule", ["send", "skip"])
def test_silence_is_answered_once(waiting: Desk, box: Inbox, rule: str) -> None:
    """One reminder before the deadline, then the rule, once, over every restart; the operator hears of it."""
    _write(waiting, box, f"deadline: 4 h\nreminder: 1 h\nif_silent: {rule}\n")
    for hours in (0, 2.99, 3, 3, 4, 4):
        with Steward(waiting) as steward:  # started anew each time, as after a kill
            steward.wake(SLOT + hours * HOUR, *(JOBS if hours == 0 else JOBS[1:5]))
    mails = [one["Subject"] for one in _to(box, "maija@example.fi")]
    title = "Digiviestinnän viikkokooste, Viikko 47"
    ending = f"Lähetetty ilman hyväksyntää: {title}" if rule == "send" else f"Jäi lähettämättä: {title}"
    assert mails == [f"Hyväksyttävänä: {title}", f"Muistutus: {title} odottaa hyväksyntää", ending]
    assert len(_to(box, "anna@example.fi")) == (1 if rule == "send" else 0)
    assert any(one["code"] == "silence" for one in waiting.do("status", "--json").json()["notices"])
    if rule == "skip":
        assert "nobody approved its draft by the deadline" in waiting.do("status").out
        with Steward(waiting) as steward:
            steward.wake(SLOT + timedelta(days=7), *JOBS)
        following = waiting.do("draft", "2026-W48", "--json").json()
        assert sorted(_titles(following)) == sorted(TITLES)


def test_a_held_draft_leaves_only_when_approved(waiting: Desk, box: Inbox) -> None:
    """Not at the deadline; when the next letter is due it gives way, and its items go into that one."""
    _write(waiting, box, "if_silent: send\n")
    with Steward(waiting) as steward:
        steward.wake(SLOT, *JOBS)
        held = waiting.do("hold", KEY, "--reason", "Odotetaan johtajan lupaa", "--json").json()
        assert held["held"] == "Odotetaan johtajan lupaa"
        steward.wake(SLOT + 5 * HOUR, *JOBS)
        assert _to(box, "anna@example.fi") == []
        steward.wake(SLOT + timedelta(days=7), *JOBS)
    assert sorted(_titles(waiting.do("draft", "2026-W48", "--json").json())) == sorted(TITLES)
    assert "There is no draft 2026-W47" in waiting.do("draft", KEY).err


def test_without_approval_a_draft_that_was_left_gives_way_too(desk: Desk, web: Web, box: Inbox) -> None:
    """What was kept as a draft and forgotten, or held, is in the next letter: nothing waits for ever."""
    web.pages["/feed.xml"] = Page(rss(Entry("Yksi", SLOT - HOUR)))
    desk.now = SLOT
    desk.feeds("/feed.xml", digest="at_least: 0", mail=mail_section(box))
    desk.do("recipients", "add", "anna@example.fi")
    desk.do("collect")
    desk.do("compose", "--draft")
    desk.do("hold", KEY)
    assert "is held" in desk.do("run").out
    desk.do("edit", KEY, "--release")
    assert "`digikooste compose` freezes it" in desk.do("status").out
    desk.later(days=7)
    assert "the next letter takes its items" in desk.do("status").out

    result = desk.do("run")

    assert f"The draft {KEY} was never approved and gives way to 2026-W48" in result.out
    assert "Yksi" in str(messages(box)[0].get_body(("plain",)))
    assert desk.do("approve", KEY).code == 1
    assert len(messages(box)) == 1


def test_a_draft_takes_the_page_of_the_letter_that_it_replaces_away(desk: Desk, web: Web) -> None:
    """A trial of last week, or this week's letter before it has left: output/ holds no letter that is none any more."""
    web.pages["/feed.xml"] = Page(rss(Entry("Yksi", SLOT - HOUR)))
    desk.now = SLOT
    desk.feeds("/feed.xml", digest="at_least: 0")
    desk.do("run")
    assert (desk.folder / "output" / KEY / "fi.html").exists()

    desk.do("compose", "--draft", "--again")

    assert not (desk.folder / "output" / KEY).exists()
    assert KEY not in (desk.folder / "output" / "index.html").read_text()
    desk.do("compose")
    assert (desk.folder / "output" / KEY / "fi.html").exists()
    desk.later(days=7)
    desk.do("compose", "--draft")
    assert not (desk.folder / "output" / KEY).exists()


def test_a_letter_that_nothing_is_left_of_is_taken_back(desk: Desk, web: Web, box: Inbox) -> None:
    """Made again without its only source: no letter leaves, and its page goes."""
    web.pages["/feed.xml"] = Page(rss(Entry("Yksi", SLOT - HOUR)))
    desk.now = SLOT
    desk.feeds("/feed.xml", digest="at_least: 0", mail=mail_section(box))
    desk.do("recipients", "add", "anna@example.fi")
    desk.do("collect")
    desk.do("compose")
    web.pages["/toinen.xml"] = Page(rss())
    desk.feeds("/toinen.xml", digest="at_least: 0", mail=mail_section(box))

    again = desk.do("compose", "--again")

    assert f"in {KEY}: no letter. The one that was made is taken back." in again.out
    assert not (desk.folder / "output" / KEY).exists()
    desk.do("deliver")
    assert messages(box) == []


def test_no_deadline_passes_by_a_clock_that_leapt(waiting: Desk, box: Inbox) -> None:
    """400 days ahead and back again: the draft still waits, and has its time."""
    _write(waiting, box, "if_silent: send\n")
    with Steward(waiting) as steward:
        steward.wake(SLOT, *JOBS)
        steward.wake(SLOT + timedelta(days=400), *JOBS)
        steward.wake(SLOT + HOUR, *JOBS)
        assert (_draft(waiting)["revision"], _to(box, "anna@example.fi")) == (1, [])
        steward.wake(SLOT + 4 * HOUR, *JOBS)
    assert len(_to(box, "anna@example.fi")) == 1


def test_run_by_a_timer_does_the_same(waiting: Desk, box: Inbox) -> None:
    """`run` at the slot makes the draft and mails it; what comes later waits; the `run` after the deadline sends."""
    _write(waiting, box, "if_silent: send\n")
    waiting.now = SLOT
    assert "reserved; `digikooste approve 2026-W47` freezes it" in waiting.do("run").out
    late = Entry("Myöhässä tullut", SLOT, link="https://blog.example.fi/myohassa")
    waiting.web.pages["/feed.xml"] = Page(rss(late))
    waiting.later(hours=2)
    assert "waits since" in waiting.do("run").out
    waiting.later(hours=2)
    assert "goes out as it is" in waiting.do("run").out
    (letter,) = _to(box, "anna@example.fi")
    assert all(title in _text(letter) for title in TITLES)
    assert "Myöhässä tullut" not in _text(letter)


def test_what_cannot_be_done_is_a_sentence(waiting: Desk) -> None:
    """A wrong key, item or option changes nothing and says what to do."""
    assert "nothing has been collected yet" not in waiting.do("draft").said
    assert "There is no draft 2026-W01" in waiting.do("edit", "2026-W01", "--note", "x").err
    waiting.now = SLOT
    waiting.do("run")
    assert "holds no item 99" in waiting.do("edit", KEY, "--drop", "99").err
    assert waiting.do("edit", KEY).code == 64
    assert waiting.do("edit", KEY, "-l", "en", "--note", "x").code == 64
    assert "too long" in waiting.do("edit", KEY, "--note", "a" * 4001).err
    number = str(_draft(waiting)["sections"][0]["items"][0]["item"])
    for item in json.loads(waiting.do("draft", KEY, "--json").out)["sections"][0]["items"]:
        waiting.do("edit", KEY, "--drop", str(item["item"]))
    assert "Nothing is left in the draft" in waiting.do("approve", KEY).err
    assert "was dropped; restore it first" in waiting.do("edit", KEY, "--pin", number).err


def test_at_a_terminal_edit_opens_an_editor_on_the_note(waiting: Desk) -> None:
    """Without options."""
    waiting.now = SLOT
    waiting.do("run")
    editor = waiting.folder / "editor"
    editor.write_text("#!/bin/sh\necho 'Kirjoitettu *editorissa*' > \"$1\"\n")
    editor.chmod(0o755)
    ours, theirs = pty.openpty()
    try:
        environ = {**os.environ, "EDITOR": str(editor), "DIGIKOOSTE_NOW": SLOT.isoformat()}
        command = [sys.executable, "-m", "pipeline", "edit", KEY, "-l", "sv"]
        done = subprocess.run(
            command, cwd=waiting.folder, env=environ, stdin=theirs, capture_output=True, text=True, check=False
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done
    assert _draft(waiting)["notes"]["sv"] == "Kirjoitettu *editorissa*"


@pytest.mark.skipif(not FULL, reason="a full count: DIGIKOOSTE_FULL=1")
def test_killed_at_any_moment_each_thing_happens_once(waiting: Desk, box: Inbox) -> None:
    """Kill -9 while the draft is made, is reminded of, and while its deadline passes: one of each, and no more."""
    _write(waiting, box, "if_silent: send\n")
    chance, kills = random.Random(47), 0  # no secret
    for hours in (0, 3, 4):
        waiting.now = SLOT + hours * HOUR
        for _ in range(4):
            process = waiting.start("serve")
            assert process.stderr is not None
            for line in process.stderr:
                if "Serving " in line:
                    break
            time.sleep(chance.uniform(0, 0.8))
            process.kill()
            process.communicate()
            kills += 1
        with Steward(waiting) as steward:  # what was interrupted is finished
            steward.wake(waiting.now, *JOBS)
    history = waiting.do("approve", KEY, "--json").err
    assert "is frozen already" in history
    for address in ("anna@example.fi", *EDITORS):
        mails = _to(box, address)
        once = {one["Message-ID"]: one["Subject"] for one in mails}
        assert len(mails) <= len(once) + kills
        assert sorted(once.values()) == sorted(set(once.values())), address
        assert len(once) == (1 if address == "anna@example.fi" else 3)
