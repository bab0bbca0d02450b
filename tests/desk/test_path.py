"""The editor's whole way, in a real Chromium against a served workspace: from the mail to the readers' letters."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pipeline.demo import inbox
from tests import chromium
from tests.chromium import needs_chromium
from tests.counts import FULL
from tests.desk.office import MAIJA, SLOT, TITLES, text_of
from tests.e2e.desk import Desk, Web, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from playwright.sync_api import Page

    from pipeline.demo.inbox import Inbox


FOCUSED = """
() => {
  const here = document.activeElement;
  return (here.getAttribute('aria-label') || here.textContent || '').trim();
}
"""

pytestmark = needs_chromium


class Way(NamedTuple):
    """What an editor reads and presses on their way, and what they write."""

    sign_in: str
    note: str
    plain_note: str
    save_notes: str
    notes_saved: str
    pin: str
    drop: str
    down: str
    title: str
    titled: str
    send_test: str
    tested: str
    approve: str
    send: str
    approved: str
    week: str


WAYS = {
    "fi": Way("Kirjaudu", "Lue **ensin** tämä.", "Lue ensin tämä.", "Tallenna saatesanat", "Saatesanat tallennettiin.",
              "Nosta kärkeen", "Poista", "Alemmas", "Selkeä kieli voittaa", "Uusi otsikko", "Lähetä koekirje",
              "Koekirje on matkalla osoitteeseen", "Hyväksy kirje…", "Hyväksy ja lähetä",
              "Hyväksytty. Kirje on matkalla lukijoille.", "Viikko 47"),
    "sv": Way("Logga in", "Läs **det här** först.", "Läs det här först.", "Spara texterna", "Texten sparades.",
              "Lyft till toppen", "Ta bort", "Nedåt", "Klarspråk vinner", "Ny rubrik", "Skicka testbrevet",
              "Ett testbrev är på väg till", "Godkänn brevet…", "Godkänn och skicka",
              "Godkänt. Brevet är på väg till läsarna.", "Vecka 47"),
    "en": Way("Sign in", "Read **this** first.", "Read this first.", "Save the notes", "The note was saved.",
              "Pin", "Drop", "Down", "Plain language wins", "New title", "Send the test",
              "A test is on its way to", "Approve the letter…", "Approve and send",
              "Approved. The letter is on its way to its readers.", "Week 47"),
}  # fmt: skip
READERS = {"fi": "anna@example.fi", "sv": "bengt@example.fi", "en": "cecil@example.fi"}


def _until(found: Callable[[], list[EmailMessage]]) -> EmailMessage:
    """Wait for a mail."""
    for _ in range(1200):
        if mails := found():
            return mails[-1]
        time.sleep(0.025)
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
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.keyboard.press("Enter")


@contextlib.contextmanager
def _serving(composed: Path, folder: Path, box: Inbox, language: str) -> Iterator[Desk]:
    """Let serve run over a draft of five articles, at its slot; the letter's main language is ``language``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copytree(composed, folder)
    file = folder / "sources.yaml"
    languages = ", ".join(sorted(WAYS, key=lambda one: one != language))
    text = file.read_text(encoding="utf-8").replace("languages: [fi, sv, en]", f"languages: [{languages}]")
    text = text.replace("port: 25\n", f"port: {box.port}\n").replace("host: 127.0.0.1\n", f"host: {box.host}\n")
    file.write_text(f"{text}site:\n  service: http://127.0.0.1:{port}/\n", encoding="utf-8")
    with contextlib.closing(Web()) as web:
        desk = Desk(folder, web)
        desk.now = SLOT
        desk.do("recipients", "add", READERS["en"], "-l", "en")
        serving = desk.start("serve", "--http", f"127.0.0.1:{port}")
        try:
            yield desk
        finally:
            serving.terminate()
            serving.communicate(timeout=30)


def _edit(page: Page, way: Way, language: str) -> None:
    """Note, pin, drop, move and retitle."""
    page.locator(f"#note-{language}").focus()
    page.keyboard.type(way.note)
    _press(page, way.save_notes)
    assert page.get_by_role("status").inner_text() == way.notes_saved
    _press(page, f"{way.pin}: {TITLES[1]}")
    _press(page, f"{way.drop}: {TITLES[2]}")
    _press(page, f"{way.down}: {TITLES[3]}")
    item = page.locator("li", has=page.get_by_role("link", name=TITLES[4], exact=True))
    item.locator("summary").focus()
    page.keyboard.press("Enter")
    item.locator("input[name=title]").fill(way.title)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={way.titled}: {way.title}")
    page.frame_locator("iframe[name=letter]").get_by_text(way.title).first.wait_for()


@pytest.mark.parametrize("language", WAYS if FULL else ["fi"])
def test_the_editors_whole_way(composed: Path, tmp_path: Path, language: str) -> None:
    """Mail, link, note, pin, drop, move, retitle, test, approval: the readers get exactly that. By keyboard alone.

    In three languages (one, unless DIGIKOOSTE_FULL=1).
    """
    way = WAYS[language]
    with (
        inbox.serve(tmp_path / "inbox") as box,
        _serving(composed, tmp_path / "workspace", box, language) as desk,
        chromium.opened() as browser,  # which starts while serve does
    ):

        def mail_to(address: str) -> EmailMessage:
            return _until(lambda: [one for one in messages(box) if one["To"] == address])

        page = browser.new_page()
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        link = re.search(rf"^http://\S+/{language}/desk/in/\S+$", text_of(mail_to(MAIJA)), re.MULTILINE)
        assert link
        page.goto(link[0])
        _press(page, way.sign_in)
        _edit(page, way, language)
        _press(page, way.send_test)
        assert page.get_by_role("status").inner_text() == f"{way.tested} {MAIJA}."
        _press(page, way.approve)
        _press(page, way.send)
        assert page.get_by_role("status").inner_text() == way.approved
        assert failed == []
        letters = {code: text_of(mail_to(address)) for code, address in READERS.items()}
        order = [TITLES[1], TITLES[0], way.title, TITLES[3]]
        for text in letters.values():
            assert [line for line in text.splitlines() if line in {*order, TITLES[2], TITLES[4]}] == order
        assert {code: way.plain_note in text for code, text in letters.items()} == {
            code: code == language for code in letters
        }
        tests = [one for one in messages(box) if one["To"] == MAIJA and f"{way.week}: Miten" in one["Subject"]]
        assert [way.plain_note in text_of(one) for one in tests] == [True]
        assert (desk.folder / "output" / "2026-W47" / f"{language}.html").exists()
