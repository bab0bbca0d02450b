"""A reader's whole way, in a real browser against ``digikooste serve --http``, by the keyboard alone."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.request import Request, urlopen

from tests.chromium import needs_chromium
from tests.counts import FULL
from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.e2e.test_serve import BEFORE, SLOT, Serving

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

pytestmark = needs_chromium
SERVICE = "https://kooste.example.fi/"
TOPICS = """
- id: kieli
  name: {fi: Selkeä kieli, sv: Klarspråk, en: Plain language}
  words: [selkeä]
- id: tarinat
  name: {fi: Tarinallistaminen, sv: Storytelling, en: Storytelling}
  words: [tarinat]
"""


class Way(NamedTuple):
    """What one reader sees on their way."""

    address: str
    subscribe: str
    confirm: str
    welcome: str
    saved: str
    archive: str
    unsubscribe: str
    left: str


EVERYBODY = {
    "fi": Way("maija@example.fi", "Tilaa kirje", "Vahvista tilauksesi", "Tervetuloa", "Tallennettu", "Viikko 47",
              "Lopeta tilaus", "Tilauksesi on lopetettu"),
    "sv": Way("siv@example.fi", "Prenumerera på brevet", "Bekräfta din prenumeration", "Välkommen", "Sparat",
              "Vecka 47", "Avsluta prenumerationen", "Din prenumeration är avslutad"),
    "en": Way("ann@example.fi", "Subscribe to the letter", "Confirm your subscription", "Welcome", "Saved", "Week 47",
              "Unsubscribe", "You have unsubscribed"),
}  # fmt: skip


WAYS = EVERYBODY if FULL else {"fi": EVERYBODY["fi"]}


def mail_to(box: Inbox, address: str, number: int) -> EmailMessage:
    """The mail of that number to somebody, once it has come."""
    end = time.monotonic() + 60
    while len(found := [one for one in messages(box) if one["To"] == address]) < number:
        assert time.monotonic() < end, f"{address} got {len(found)} mails"
        time.sleep(0.02)
    return found[number - 1]


def link_in(message: EmailMessage, url: str, words: str = "") -> str:
    """Where a mail's HTML leads behind ``words``, at the server under test."""
    part = message.get_body(("html",))
    assert part is not None
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]*)</a>', part.get_content())
    found: str = next(href for href, text in links if href.startswith(SERVICE) and words in text)
    return found.replace("&amp;", "&").replace(SERVICE, url)


def tab_to(tab: Tab, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(30):
        tab.keyboard.press("Tab")
        if tab.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by the keyboard")


def comes_in(tab: Tab, way: Way, box: Inbox, url: str) -> None:
    """Subscribe, confirm from the mail, and choose one topic of the two."""
    tab.goto(f"{url}subscribe")
    assert tab.locator("h1").inner_text() == way.subscribe
    tab_to(tab, "#address")
    tab.keyboard.type(way.address)
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"/(kiitos|tack|thanks)$"))

    tab.goto(link_in(mail_to(box, way.address, 1), url))
    assert tab.locator("h1").inner_text() == way.confirm
    tab_to(tab, "main button")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(f"h1:text-is('{way.welcome}')")

    tab.goto(f"{url}preferences")
    tab_to(tab, "#address")
    tab.keyboard.type(way.address)
    tab.keyboard.press("Enter")
    tab.goto(link_in(mail_to(box, way.address, 2), url))
    tab_to(tab, "#topic-kieli")
    tab.keyboard.press("Space")
    tab_to(tab, "main button")
    tab.keyboard.press("Enter")
    assert way.saved in tab.locator("[role=status]").inner_text()
    assert tab.is_checked("#topic-kieli")


def test_a_reader_comes_chooses_reads_and_goes(desk: Desk, web: Web, box: Inbox, browser: Browser) -> None:
    """Subscribe, confirm from the mail, choose topics, get that letter, read it on the web, search, leave.

    In three languages (one, unless DIGIKOOSTE_FULL=1). One reader leaves by the button, another by what a mail
    program posts. No cookie is set, nothing is asked of another server, and nothing breaks the
    pages' own policy.
    """
    web.pages["/feed.xml"] = Page(
        rss(
            Entry("Selkeä viestintä säästää aikaa", SLOT - timedelta(days=1)),
            Entry("Tarinat jäävät", SLOT - timedelta(days=2)),
        )
    )
    desk.feeds("/feed.xml", mail=mail_section(box), topics=TOPICS)
    with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(f"site:\n  service: {SERVICE}\n  url: {SERVICE}\n")
    trouble: list[str] = []
    with Serving(desk, BEFORE, "--http", "127.0.0.1:0") as served:
        url = served.until("Answering at ").rpartition("Answering at ")[2].strip()
        tabs = {}
        for language, way in WAYS.items():
            context = browser.new_context(locale=f"{language}-FI")
            tab = tabs[language] = context.new_page()
            tab.on("console", lambda message: trouble.append(message.text))
            tab.on("request", lambda request: trouble.append(request.url) if not request.url.startswith(url) else None)
            comes_in(tab, way, box, url)
            desk.do("recipients", "add", f"post-{way.address}", "-l", language)
            served.set(desk.now + timedelta(seconds=1))

        served.set(SLOT)
        for language, way in WAYS.items():
            letter = mail_to(box, way.address, 3)
            text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
            assert (letter["Content-Language"], "Selkeä viestintä säästää aikaa" in text, "Tarinat jäävät" in text) == (
                language,
                True,
                False,
            )
            assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
            tab = tabs[language]
            tab.goto(letter["List-Archive"].strip("<>").replace(SERVICE, url))
            tab.goto(f"{url}2026-W47/{language}.html")
            assert way.archive in tab.title().replace("\N{NO-BREAK SPACE}", " ")
            assert tab.evaluate("getComputedStyle(document.querySelector('main')).borderTopWidth") == "4px"
            tab.goto(f"{url}search/{language}.html")
            tab_to(tab, "#q")
            tab.keyboard.type("viestinnän")
            tab.keyboard.press("Enter")
            tab.wait_for_selector("#found li a:text-is('Selkeä viestintä säästää aikaa')")
            tab.goto(link_in(letter, url, way.unsubscribe))
            tab_to(tab, "main button")
            tab.keyboard.press("Enter")
            tab.wait_for_selector(f"h1:text-is('{way.left}')")
            other = mail_to(box, f"post-{way.address}", 1)
            header = re.findall(r"<(https:[^>]+)>", other["List-Unsubscribe"])[0].replace(SERVICE, url)
            with urlopen(Request(header, data=b"List-Unsubscribe=One-Click"), timeout=20) as answer:
                assert (answer.status, way.left in answer.read().decode()) == (200, True)
            assert tab.context.cookies() == []
            tab.context.close()
    assert trouble == []
    people = {one["address"]: one for one in desk.do("recipients", "list", "--json").json()["recipients"]}
    assert {one["state"] for one in people.values()} == {"left"}
    assert {address: (people[address]["language"], people[address]["origin"]) for address in people} == {
        f"{before}{way.address}": (language, origin)
        for language, way in WAYS.items()
        for before, origin in (("", "web"), ("post-", "added by hand"))
    }
