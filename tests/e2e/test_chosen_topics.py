"""Readers who chose topics get those alone, in one letter that is made once for all who chose the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.e2e.desk import THIS_PERIOD, Entry, Page, mail_section, messages, rss

if TYPE_CHECKING:
    from email.message import EmailMessage

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

TOPICS = """
- {id: tarinat, name: {fi: Tarinallistaminen, sv: Storytelling, en: Storytelling}, words: {fi: [tarina]}}
- {id: kieli, name: {fi: Selkeä kieli, sv: Klarspråk, en: Plain language}, words: {fi: [kieli]}}
- {id: kriisi, name: {fi: Kriisiviestintä, sv: Kriskommunikation, en: Crises}, words: {fi: [kriisi]}}
"""
STORY = Entry("Hyvä tarina kantaa", link="https://blog.example.fi/tarina")
PLAIN = Entry("Selkeä kieli säästää aikaa", link="https://blog.example.fi/kieli")
BOTH = Entry("Tarina selkeällä kielellä", link="https://blog.example.fi/molemmat")
NEITHER = Entry("Muuta ajankohtaista", link="https://blog.example.fi/muu")


def prepare(desk: Desk, web: Web, box: Inbox) -> None:
    web.pages["/feed.xml"] = Page(rss(STORY, PLAIN, BOTH, NEITHER))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0", topics=TOPICS)


def subscribe(desk: Desk, address: str, *options: str) -> None:
    done = desk.do("recipients", "add", address, *options)
    assert done.code == 0, done.said


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def titles_in(letter: EmailMessage) -> set[str]:
    return {entry.title for entry in (STORY, PLAIN, BOTH, NEITHER) if entry.title in text_of(letter)}


def count(desk: Desk, table: str) -> int:
    with closing(sqlite3.connect(desk.folder / "var" / "digikooste.db")) as database:
        found: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # a name of ours
    return found


def test_each_choice_gets_its_own_letter_and_is_made_once(desk: Desk, web: Web, box: Inbox) -> None:
    """Two who chose the same share an edition; an item of two topics comes to those who chose its second one."""
    prepare(desk, web, box)
    subscribe(desk, "kaikki@example.fi")
    subscribe(desk, "tarinat@example.fi", "--topic", "tarinat")
    subscribe(desk, "kieli@example.fi", "--topic", "kieli")
    subscribe(desk, "kieli2@example.fi", "--topic", "kieli")
    subscribe(desk, "molemmat@example.fi", "--topic", "kieli", "--topic", "tarinat")

    result = desk.do("run")

    assert result.code == 0, result.said
    letters = {str(letter["To"]): letter for letter in messages(box)}
    assert {address: titles_in(letter) for address, letter in letters.items()} == {
        "kaikki@example.fi": {STORY.title, PLAIN.title, BOTH.title, NEITHER.title},
        "tarinat@example.fi": {STORY.title, BOTH.title},
        "kieli@example.fi": {PLAIN.title, BOTH.title},
        "kieli2@example.fi": {PLAIN.title, BOTH.title},
        "molemmat@example.fi": {STORY.title, PLAIN.title, BOTH.title},
    }
    assert count(desk, "tailored") == 3
    assert "valitsemasi aiheet: Selkeä kieli." in text_of(letters["kieli@example.fi"])
    assert "2 uutta artikkelia" in text_of(letters["kieli@example.fi"])
    assert "valitsemasi aiheet" not in text_of(letters["kaikki@example.fi"])
    page = (desk.folder / "output" / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    assert all(entry.title in page for entry in (STORY, PLAIN, BOTH, NEITHER))
    assert "valitsemasi" not in page


def test_a_choice_that_leaves_nothing_gets_no_letter_that_time(desk: Desk, web: Web, box: Inbox) -> None:
    """Nothing of theirs this week: no letter; what they were still owed of last week is still theirs."""
    prepare(desk, web, box)
    subscribe(desk, "kaikki@example.fi")
    subscribe(desk, "kriisi@example.fi", "--topic", "kriisi")

    assert "1 delivery owed" in desk.do("run").out

    assert [str(letter["To"]) for letter in messages(box)] == ["kaikki@example.fi"]
    assert count(desk, "delivery") == 1
    desk.later(days=7)
    crisis = Entry("Kriisin viestintä", desk.now, "https://blog.example.fi/kriisi")
    web.pages["/feed.xml"] = Page(rss(crisis, STORY, PLAIN, BOTH, NEITHER))
    assert desk.do("run").code == 0
    assert [str(letter["To"]) for letter in messages(box)[1:]] == ["kaikki@example.fi", "kriisi@example.fi"]


def test_who_is_owed_nothing_now_keeps_what_waits_from_before(desk: Desk, web: Web, box: Inbox) -> None:
    """A newer letter takes the place of an older one only for those who are owed the newer one."""
    prepare(desk, web, box)
    subscribe(desk, "tarinat@example.fi", "--topic", "tarinat")
    box.refuse("tarinat@example.fi", "451 4.3.0 Odota hetki")
    assert desk.do("run").code == 3
    desk.later(days=7)
    other = Entry("Kieli elää", desk.now, "https://blog.example.fi/elaa")
    web.pages["/feed.xml"] = Page(rss(other, STORY, PLAIN, BOTH, NEITHER))
    assert desk.do("compose").code == 0
    assert count(desk, "delivery WHERE state = 'pending'") == 1


def test_a_choice_follows_the_reader_and_the_file(desk: Desk, web: Web, box: Inbox) -> None:
    """Changed by hand it counts from the next digest on; topics that left the file are no choice any more."""
    prepare(desk, web, box)
    subscribe(desk, "maija@example.fi", "--topic", "kriisi")
    refused = desk.do("recipients", "change", "maija@example.fi", "--topic", "tarinta")
    assert refused.code == 1
    assert "no topic tarinta; the topics are tarinat, kieli, kriisi" in refused.err
    assert desk.do("recipients", "change", "nobody@example.fi", "--everything").code == 1
    assert desk.do("recipients", "change", "maija@example.fi").code == 64
    changed = desk.do("recipients", "change", "maija@example.fi", "--topic", "tarinat", "--language", "sv")
    assert "maija@example.fi: only tarinat, in sv, from the next digest on." in changed.out
    (listed,) = desk.do("recipients", "list", "--json").json()["recipients"]
    assert (listed["topics"], listed["language"]) == (["tarinat"], "sv")
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0", topics=TOPICS.replace("tarinat", "kertomus"))

    assert desk.do("run").code == 0

    (letter,) = messages(box)
    assert titles_in(letter) == {STORY.title, PLAIN.title, BOTH.title, NEITHER.title}
    assert letter["Content-Language"] == "sv"
    everything = desk.do("recipients", "change", "maija@example.fi", "--everything")
    assert "maija@example.fi: everything, in sv" in everything.out


def test_what_a_flood_left_to_the_page_may_fit_the_letter_of_a_choice(desk: Desk, web: Web, box: Inbox) -> None:
    """The cap counts anew for each choice: three of thirty are theirs, and all three are in their letter."""
    flood = [Entry(f"Muuta {n}", THIS_PERIOD, f"https://blog.example.fi/m{n}") for n in range(30)]
    web.pages["/feed.xml"] = Page(rss(*flood, STORY, PLAIN, BOTH))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="{at_least: 0, at_most: 4}", topics=TOPICS)
    subscribe(desk, "molemmat@example.fi", "--topic", "kieli", "--topic", "tarinat")

    assert desk.do("run").code == 0

    (letter,) = messages(box)
    assert titles_in(letter) == {STORY.title, PLAIN.title, BOTH.title}
    assert "verkkosivulla" not in text_of(letter)


def test_the_second_delivery_of_a_choice_is_the_same_message(desk: Desk, web: Web, box: Inbox) -> None:
    """What was put off goes out from the stored bytes, whatever the file says by then."""
    prepare(desk, web, box)
    subscribe(desk, "tarinat@example.fi", "--topic", "tarinat")
    box.refuse("tarinat@example.fi", "451 4.3.0 Odota hetki")
    assert desk.do("run").code == 3
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0", topics=TOPICS.replace("Tarinall", "Ei enää "))
    box.accept("tarinat@example.fi")
    desk.later(hours=1)

    assert desk.do("deliver").code == 0

    (letter,) = messages(box)
    assert "Tarinallistaminen" in text_of(letter)
    assert "Ei enää" not in text_of(letter)
