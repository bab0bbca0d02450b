"""The editor's whole way, in a real Chromium against a served workspace: from the mail to the readers' letters."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.desk.office import DIGEST, MAIJA, SLOT, TITLES, TOPICS, text_of
from tests.e2e.conftest import box, desk, web
from tests.e2e.desk import Entry, mail_section, messages, rss
from tests.e2e.desk import Page as WebPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from playwright.sync_api import Page

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

__all__ = ["box", "desk", "web"]

CHROMIUM = shutil.which("chromium")

FULL = os.environ.get("DIGIKOOSTE_FULL") == "1"
FOCUSED = """
() => {
  const here = document.activeElement;
  return (here.getAttribute('aria-label') || here.textContent || '').trim();
}
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]


def _until(found: Callable[[], list[EmailMessage]]) -> EmailMessage:
    """Wait for a mail."""
    for _ in range(600):
        if mails := found():
            return mails[-1]
        time.sleep(0.05)
    raise AssertionError("no mail came within 30 s")


def _press(page: Page, name: str) -> None:
    """Press a control by Enter; in full counts it is reached by Tab alone, as by somebody without a mouse."""
    control = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True))
    for _ in range(150 if FULL else 0):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            break
    else:
        assert not FULL, f"{name} cannot be reached by keyboard"
        control.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


@contextlib.contextmanager
def _serving(desk: Desk, web: Web, box: Inbox) -> Iterator[None]:
    """Let serve run over five articles, two readers and the desk, at the moment of its slot."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    entries = [Entry(title, SLOT, link=f"https://blog.example.fi/juttu-{n}") for n, title in enumerate(TITLES)]
    web.pages["/feed.xml"] = WebPage(rss(*entries))
    desk.feeds("/feed.xml", digest=DIGEST, topics=TOPICS, mail=mail_section(box))
    file = desk.folder / "sources.yaml"
    file.write_text(file.read_text() + f"site:\n  service: http://127.0.0.1:{port}/\n")
    desk.now = SLOT
    for reader, language in (("anna@example.fi", "fi"), ("bengt@example.fi", "sv")):
        desk.do("recipients", "add", reader, "-l", language)
    serving = desk.start("serve", "--http", f"127.0.0.1:{port}")
    try:
        yield
    finally:
        serving.terminate()
        serving.communicate(timeout=30)


def _edit(page: Page) -> None:
    """Note, pin, drop, move and retitle."""
    page.locator("#note-fi").focus()
    page.keyboard.type("Lue **ensin** tämä.")
    _press(page, "Tallenna saatesanat")
    assert page.get_by_role("status").inner_text() == "Saatesanat tallennettiin."
    _press(page, f"Nosta kärkeen: {TITLES[1]}")
    _press(page, f"Poista: {TITLES[2]}")
    _press(page, f"Alemmas: {TITLES[3]}")
    item = page.locator("li", has=page.get_by_role("link", name=TITLES[4], exact=True))
    item.locator("summary").focus()
    page.keyboard.press("Enter")
    item.locator("input[name=title]").fill("Selkeä kieli voittaa")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Uusi otsikko: Selkeä kieli voittaa")
    page.frame_locator("iframe[name=letter]").get_by_text("Selkeä kieli voittaa").first.wait_for()


def test_the_editors_whole_way(desk: Desk, web: Web, box: Inbox) -> None:
    """Mail, link, note, pin, drop, move, retitle, test, approval: the readers get exactly that. By keyboard alone."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where there is a browser)

    def mail_to(address: str) -> EmailMessage:
        return _until(lambda: [one for one in messages(box) if one["To"] == address])

    with _serving(desk, web, box):
        link = re.search(r"^http://\S+/desk/in/\S+$", text_of(mail_to(MAIJA)), re.MULTILINE)
        assert link
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            failed: list[str] = []
            page.on("pageerror", lambda error: failed.append(str(error)))
            page.goto(link[0])
            _press(page, "Kirjaudu")
            _edit(page)
            _press(page, "Lähetä koekirje")
            assert "Koekirje on matkalla" in page.get_by_role("status").inner_text()
            _press(page, "Hyväksy kirje…")
            _press(page, "Hyväksy ja lähetä")
            assert "Hyväksytty." in page.get_by_role("status").inner_text()
            browser.close()
        assert failed == []
        letters = {address: text_of(mail_to(address)) for address in ("anna@example.fi", "bengt@example.fi")}
        order = [TITLES[1], TITLES[0], "Selkeä kieli voittaa", TITLES[3]]
        for text in letters.values():
            assert [line for line in text.splitlines() if line in {*order, TITLES[2], TITLES[4]}] == order
        assert ["Lue ensin tämä." in text for text in letters.values()] == [True, False]
        tests = [one for one in messages(box) if one["To"] == MAIJA and "Viikko 47: Miten" in one["Subject"]]
        assert len(tests) == 1
        assert (desk.folder / "output" / "2026-W47" / "fi.html").exists()
