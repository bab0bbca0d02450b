"""The command publish, and how the other commands bring the archive up to date."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.e2e.desk import LONG_AGO, Entry, Page, mail_section, rss
from tests.e2e.steward import Steward

if TYPE_CHECKING:
    import pytest

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

NEWS = Entry("Viestintä on palvelu")


def add_site(desk: Desk, *lines: str) -> None:
    """Say in sources.yaml where output/ is published."""
    file = desk.folder / "sources.yaml"
    body = "".join(f"  {line}\n" for line in ("url: https://viestinta.example.fi/kooste/", *lines))
    file.write_text(f"site:\n{body}{file.read_text(encoding='utf-8')}", encoding="utf-8")


def test_a_run_writes_the_archive(desk: Desk, web: Web, box: Inbox) -> None:
    """With the letter come its topics, source, feeds and search; publishing again by hand finds nothing to do."""
    web.pages["/feed.xml"] = Page(rss(NEWS, Entry("Vanha juttu", LONG_AGO)))
    desk.feeds(
        "/feed.xml",
        mail=mail_section(box),
        digest="at_least: 0",
        topics="- id: viestinta\n  name: {fi: Viestintä}\n  words: {fi: [viestintä]}\n",
    )
    add_site(desk)
    desk.do("recipients", "add", "maija@example.fi")
    assert desk.do("run").code == 0
    output = desk.folder / "output"
    assert NEWS.title in (output / "topics" / "viestinta" / "fi.html").read_text(encoding="utf-8")
    assert "Vanha juttu" in (output / "sources" / "feed" / "sv.html").read_text(encoding="utf-8"), "all that is known"
    assert (output / "feeds" / "letters-fi.xml").is_file()
    assert (output / "pagefind" / "fi" / "pagefind.js").is_file()
    for path in output.rglob("*.*"):
        assert b"maija@example.fi" not in path.read_bytes(), path

    again = desk.do("publish", "--json")

    assert again.code == 0, again.said
    assert again.json() == {"written": [], "removed": [], "letters": [], "search": "ok"}


def test_publishing_by_hand_says_what_it_did(desk: Desk, web: Web) -> None:
    """How many files, and what is missing without the site's address; before the first letter too."""
    web.pages["/feed.xml"] = Page(rss(NEWS))
    desk.feeds("/feed.xml")
    desk.do("collect")
    first = desk.do("publish")
    assert first.code == 0, first.said
    assert "site.url is not set, so there are no feeds and no site map" in first.out
    front = (desk.folder / "output" / "index.html").read_text(encoding="utf-8")
    assert "Ensimmäinen kirje ei ole vielä ilmestynyt." in front
    (desk.folder / "output" / "search" / "fi.html").unlink()
    second = desk.do("publish")
    assert "output: 1 file written, 0 files removed." in second.out
    assert desk.do("publish", "--anew").out.startswith("output: 0 files written")


def test_the_archive_is_carried_when_it_alone_changed(desk: Desk, web: Web, box: Inbox) -> None:
    """site.publish runs after each change of output/, and not when there was none."""
    web.pages["/feed.xml"] = Page(rss(NEWS))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    add_site(desk, "publish: echo carried >> carried.txt")
    desk.do("recipients", "add", "maija@example.fi")
    assert desk.do("run").code == 0
    carried = desk.folder / "carried.txt"
    before = carried.read_text().count("carried")
    assert desk.do("publish").code == 0
    assert carried.read_text().count("carried") == before
    (desk.folder / "output" / "search" / "fi.html").unlink()
    assert "Published: the archive." in desk.do("publish").out
    assert carried.read_text().count("carried") == before + 1


def test_a_search_that_cannot_be_made_is_a_notice(desk: Desk, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive stands, exit 0; the operator hears of it once, and again when it is over."""
    web.pages["/feed.xml"] = Page(rss(NEWS))
    desk.feeds("/feed.xml")
    desk.do("collect")
    monkeypatch.setenv("PAGEFIND_BINARY_PATH", "/nowhere/pagefind")
    told = desk.do("publish")
    assert told.code == 0
    assert "Notice: site: the archive is written, but its search finds nothing newer" in told.out
    assert (desk.folder / "output" / "sources" / "feed" / "fi.html").is_file()
    assert desk.do("publish", "--json").json()["search"].startswith("Pagefind could not be started")
    monkeypatch.delenv("PAGEFIND_BINARY_PATH")
    assert "Over: site (unsearchable)." in desk.do("publish").out


def test_serve_brings_the_archive_up_to_date_every_day(desk: Desk, web: Web, box: Inbox) -> None:
    """What is read between two letters is in the archive a day later at most, and the letter stays as it is."""
    web.pages["/feed.xml"] = Page(rss(NEWS))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    desk.do("recipients", "add", "maija@example.fi")
    assert desk.do("run").code == 0
    page = desk.folder / "output" / "sources" / "feed" / "fi.html"
    web.pages["/feed.xml"] = Page(rss(NEWS, Entry("Viikon varrella luettu", desk.now)))
    with Steward(desk) as steward:
        begun = desk.now
        steward.wake(begun + timedelta(hours=6))
        steward.wake(begun + timedelta(hours=12))
        assert "Viikon varrella luettu" not in page.read_text(encoding="utf-8")
        steward.wake(begun + timedelta(hours=31))
    assert "Viikon varrella luettu" in page.read_text(encoding="utf-8")
    assert "Viikon varrella luettu" not in (page.parents[2] / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    assert len(box.delivered) == 1
