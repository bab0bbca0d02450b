"""The weekly path, by the command line: from an entry in a feed to a letter in an inbox."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import LONG_AGO, NOW, Entry, Page, mail_section, messages, rss

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")


def test_an_entry_becomes_a_letter_in_each_recipients_inbox_and_language(desk: Desk, web: Web, box: Inbox) -> None:
    """One message per recipient, in their language, with nobody else's address in it."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE, Entry("Vanha juttu", LONG_AGO)))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    desk.do("recipients", "add", "maija@example.fi", "--language", "fi")
    desk.do("recipients", "add", "svea@example.fi", "--language", "sv")

    result = desk.do("run")

    assert result.code == 0, result.said
    letters = {str(one["To"]): one for one in messages(box)}
    assert set(letters) == {"maija@example.fi", "svea@example.fi"}
    for address, language in (("maija@example.fi", "fi"), ("svea@example.fi", "sv")):
        letter = letters[address]
        assert letter["Content-Language"] == language
        text, html = letter.get_body(("plain",)), letter.get_body(("html",))
        assert text is not None
        assert html is not None
        assert ARTICLE.title in text.get_content()
        assert ARTICLE.title in html.get_content()
        assert "Vanha juttu" not in text.get_content()
        (other,) = set(letters) - {address}
        assert other not in str(letter)
    assert str(letters["maija@example.fi"]["Subject"]).startswith("Viikko 47")
    page = (desk.folder / "output" / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    assert ARTICLE.title in page
    assert "maija@example.fi" not in page


def test_the_second_run_asks_conditionally_and_sends_nothing(desk: Desk, web: Web, box: Inbox) -> None:
    """Twice in one period: conditional requests, the frozen digest is named, nobody gets two."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    assert desk.do("run").code == 0
    desk.later(hours=1)

    second = desk.do("run")

    assert second.code == 0, second.said
    assert "2026-W47 is frozen already" in second.out
    first_request, second_request = web.asked("/feed.xml")
    assert "if-none-match" not in first_request
    assert "if-none-match" in second_request
    assert "feed: unchanged" in second.err
    assert len(messages(box)) == 1


def test_next_week_brings_only_what_is_new(desk: Desk, web: Web, box: Inbox) -> None:
    """One news item, one digest: the next letter holds the new entry alone."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("run")
    desk.later(days=7)
    web.pages["/feed.xml"] = Page(rss(Entry("Uusi juttu viikolta 48", desk.now, "https://blog.example.fi/n"), ARTICLE))

    assert desk.do("run").code == 0

    _, second = messages(box)
    text = second.get_body(("plain",))
    assert text is not None
    assert "Uusi juttu viikolta 48" in text.get_content()
    assert ARTICLE.title not in text.get_content()
    assert (desk.folder / "output" / "2026-W48" / "fi.html").exists()


def test_nothing_new_means_no_letter(desk: Desk, web: Web, box: Inbox) -> None:
    """Nothing new and nothing to hand out: no letter, and run says so."""
    web.pages["/feed.xml"] = Page(rss(Entry("Vanha juttu", LONG_AGO)))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")

    result = desk.do("run")

    assert result.code == 0
    assert "Nothing new and nothing to hand out in 2026-W47: no letter." in result.out
    assert messages(box) == []
    assert not (desk.folder / "output" / "2026-W47").exists()


def test_without_a_mail_server_the_letter_is_still_there(desk: Desk, web: Web) -> None:
    """Exit 0; output/ holds the pages, var/ an .eml sample per language that is addressed to nobody."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")

    result = desk.do("run")

    assert result.code == 0, result.said
    assert "No mail server is set (mail.host)" in result.out
    names = sorted(path.name for path in (desk.folder / "output" / "2026-W47").iterdir())
    assert names == ["en.html", "en.txt", "fi.html", "fi.txt", "index.html", "sv.html", "sv.txt"]
    samples = sorted(path.name for path in (desk.folder / "var").glob("*.eml"))
    assert samples == ["2026-W47.en.eml", "2026-W47.fi.eml", "2026-W47.sv.eml"]
    assert b"To: recipient@example.invalid" in (desk.folder / "var" / samples[0]).read_bytes()


def test_a_trial_run_without_recipients_costs_nothing(desk: Desk, web: Web, box: Inbox) -> None:
    """A digest frozen with an empty outbox gives way to the next compose: the first reader gets everything."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("run")
    desk.later(days=7)
    desk.do("recipients", "add", "maija@example.fi")

    assert desk.do("run").code == 0

    (letter,) = messages(box)
    text = letter.get_body(("plain",))
    assert text is not None
    assert ARTICLE.title in text.get_content()
    assert not (desk.folder / "output" / "2026-W47").exists()
    assert (desk.folder / "output" / "2026-W48").exists()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_page_that_went_missing_comes_back_as_it_was(desk: Desk, web: Web, box: Inbox, language: str) -> None:
    """The pages of a frozen digest come from the stored bytes; they are restored before anything is sent."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("run")
    page = desk.folder / "output" / "2026-W47" / f"{language}.html"
    before = page.read_bytes()
    page.unlink()
    web.pages["/feed.xml"] = Page(rss(ARTICLE, Entry("Toinen", NOW)))

    desk.do("compose")

    assert page.read_bytes() == before


def test_a_retry_waits_for_its_time_and_a_refusal_is_final(desk: Desk, web: Web, box: Inbox) -> None:
    """451: tried again later and delivered; 550: refused with the server's words, not tried again for this digest."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    for name in ("busy", "gone", "fine"):
        desk.do("recipients", "add", f"{name}@example.fi")
    box.refuse("busy@example.fi", "451 4.3.0 Try again later")
    box.refuse("gone@example.fi", "550 5.1.1 No such user")

    first = desk.do("run")

    assert first.code == 3
    assert "No such user" in first.out
    assert "1 delivery still owed" in first.out
    assert [str(one["To"]) for one in messages(box)] == ["fine@example.fi"]

    box.accept("busy@example.fi")
    box.accept("gone@example.fi")
    assert desk.do("run").code == 3, "not before its time"
    assert len(messages(box)) == 1
    desk.later(minutes=6)
    assert desk.do("run").code == 0
    assert [str(one["To"]) for one in messages(box)] == ["fine@example.fi", "busy@example.fi"]


def test_wait_stays_for_a_server_that_puts_letters_off(desk: Desk, web: Web, box: Inbox) -> None:
    """--wait shorter than the server's five minutes ends at once and says what is owed."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "busy@example.fi")
    box.refuse("busy@example.fi", "451 4.3.0 Try again later")
    started = time.monotonic()

    result = desk.do("run", "--wait", "4m")

    assert result.code == 3
    assert time.monotonic() - started < 60
    assert desk.do("run", "--wait", "soon").code == 64


@pytest.mark.parametrize("hours", [(0, 1, 2, 49), (0, 49, 50)], ids=["three attempts early", "two attempts late"])
def test_after_two_days_of_4xx_a_delivery_is_refused(desk: Desk, web: Web, box: Inbox, hours: tuple[int, ...]) -> None:
    """48 h and at least three attempts, neither alone; then refused with a line that says so."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "busy@example.fi")
    box.refuse("busy@example.fi", "451 4.3.0 Try again later")
    for hour in hours[:-1]:
        desk.now = NOW + timedelta(hours=hour)
        assert desk.do("run").code == 3
    desk.now = NOW + timedelta(hours=hours[-1])

    result = desk.do("run")

    assert result.code == 0
    assert "put off for too long" in result.out
    assert desk.do("status", "--json").json()["digests"][0]["deliveries"] == {"refused": 1}


def test_who_joins_after_freezing_gets_the_next_one_and_who_leaves_is_cancelled(
    desk: Desk, web: Web, box: Inbox
) -> None:
    """The outbox is fixed at freezing, but leaving counts at once."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "leaver@example.fi")
    desk.do("recipients", "add", "stayer@example.fi")
    desk.do("collect")
    desk.do("compose")
    desk.do("recipients", "add", "joiner@example.fi")
    desk.do("recipients", "remove", "leaver@example.fi")

    assert desk.do("deliver").code == 0

    assert [str(one["To"]) for one in messages(box)] == ["stayer@example.fi"]
    deliveries = desk.do("status", "--json").json()["digests"][0]["deliveries"]
    assert deliveries == {"accepted": 1, "cancelled": 1}


def test_compose_again_replaces_the_digest_until_the_first_delivery(desk: Desk, web: Web, box: Inbox) -> None:
    """Before anything is sent a digest can be made anew; afterwards it is refused with a sentence."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("collect")
    desk.do("compose")
    web.pages["/feed.xml"] = Page(rss(ARTICLE, Entry("Myöhästynyt juttu", NOW)))
    desk.do("collect")
    assert "frozen already" in desk.do("compose").out

    again = desk.do("compose", "--again")

    assert again.code == 0, again.said
    assert "2 items" in again.out
    desk.do("deliver")
    (letter,) = messages(box)
    text = letter.get_body(("plain",))
    assert text is not None
    assert "Myöhästynyt juttu" in text.get_content()
    refused = desk.do("compose", "--again")
    assert refused.code == 1
    assert "has gone out already" in refused.err


def test_a_draft_reserves_its_items_until_it_is_frozen(desk: Desk, web: Web, box: Inbox) -> None:
    """Compose --draft owes nothing; compose freezes that very draft."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box), digest="at_least: 0")
    desk.do("recipients", "add", "maija@example.fi")
    desk.do("collect")
    draft = desk.do("compose", "--draft")
    assert "Draft 2026-W47: 1 item, reserved" in draft.out
    assert desk.do("deliver").code == 0
    assert messages(box) == []
    web.pages["/feed.xml"] = Page(rss(ARTICLE, Entry("Liian myöhään", NOW)))

    desk.do("run")

    (letter,) = messages(box)
    text = letter.get_body(("plain",))
    assert text is not None
    assert ARTICLE.title in text.get_content()
    assert "Liian myöhään" not in text.get_content()


def test_entries_that_share_an_address_are_items_of_their_own(desk: Desk, web: Web) -> None:
    """A feed whose entries all lead to its front page: each has its own id, so each is an item."""
    front = "https://blog.example.fi/"
    web.pages["/feed.xml"] = Page(rss(Entry("Ensimmäinen", link=front), Entry("Toinen", link=front)))
    desk.feeds("/feed.xml", digest="at_least: 0")

    assert "2 items, 2 known from now on" in desk.do("collect").err
    web.pages["/feed.xml"] = Page(rss(Entry("Kolmas", link=front), Entry("Toinen", link=front)))
    desk.later(hours=7)
    assert "2 items, 1 new" in desk.do("collect").err


def test_two_sources_with_one_address_are_one_request(desk: Desk, web: Web) -> None:
    """Asked once, and conditionally only when both were read under their current settings."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  - id: again\n    url: {web.url}/feed.xml\n    allow_private: true\n")
    assert desk.do("collect").code == 0
    assert len(web.asked("/feed.xml")) == 1
    desk.do("collect")
    assert len(web.asked("/feed.xml")) == 2
    assert "if-none-match" in web.asked("/feed.xml")[1]

    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(text + "    language: sv\n", encoding="utf-8")
    desk.do("collect")
    assert "if-none-match" not in web.asked("/feed.xml")[2]


def test_who_needs_the_body_is_not_answered_with_anothers_304(desk: Desk, web: Web) -> None:
    """Two sources read a page that has not changed; a third, new one, follows its list to it and reads it whole."""

    def page(*names: str) -> Page:
        teasers = "".join(f"<p class=teaser><a href='/{name}'>Juttu {name} kertoo arjesta</a></p>" for name in names)
        return Page(f"<html>{teasers}<a rel=next href='/toinen'>Lisää</a></html>".encode())

    web.pages["/toinen"], web.pages["/lista"] = page("c", "d"), page("a", "b")
    entry = "- id: {}\n  url: WEB{}\n  allow_private: true\n  item: .teaser\n  next: a[rel=next]\n  pages: 2\n"
    known = entry.format("yksi", "/toinen") + entry.format("kaksi", "/toinen")
    desk.write(known)
    assert desk.do("collect").code == 0
    desk.write(known + entry.format("z-uusi", "/lista"))
    done = desk.do("collect", "--json")
    found = {one["id"]: (one["outcome"], one["items"]) for one in done.json()["sources"]}
    assert found == {"yksi": ("unchanged", 2), "kaksi": ("unchanged", 2), "z-uusi": ("read", 4)}, done.said
    assert ["if-none-match" in headers for headers in web.asked("/toinen")] == [False, True, False]


def test_refetch_drops_validators(desk: Desk, web: Web) -> None:
    """--refetch asks for the whole body again; nothing becomes new by it."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    desk.do("collect")

    again = desk.do("collect", "--refetch", "--json")

    assert "if-none-match" not in web.asked("/feed.xml")[1]
    assert again.json() == {
        "sources": [{"id": "feed", "kind": "feed", "outcome": "read", "items": 1, "new": 0, "error": None}]
    }
