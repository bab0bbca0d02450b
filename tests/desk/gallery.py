"""Every page of the desk with something on it, for browsers and checkers: the name of each, and how to come there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.cli import drafts
from pipeline.cli.workspace import now
from pipeline.digest.drafting import LONGEST_NOTE, Drop, Hold, Note, Pin, Release, Retitle
from pipeline.store.drafts import Hand
from tests.desk.office import KEY, MAIJA, PEKKA, TITLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from pipeline.digest.drafting import Edit
    from tests.desk.office import Office

    Come = Callable[[Page], object]

WORD = "hevosenkenkä-2026"
NOTES = {"fi": "Tällä viikolla **otsikot**.", "sv": "Den här veckan **rubriker**.", "en": "This week **headlines**."}

LATE = """
([path, text]) => {
  const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
  form.append(Object.assign(document.createElement('textarea'), {name: 'note-fi', value: text}));
  document.body.append(form);
  form.submit();
}
"""


def outside(here: Office, language: str) -> dict[str, Come]:
    """The pages of whoever is not signed in; they change nothing."""
    here.do("desk", "password", stdin=f"{WORD}\n")
    here.reload()
    desk = f"{here.url}/{language}/desk"

    def send(page: Page, path: str, field: str, word: str) -> None:
        page.goto(f"{desk}/door")
        form = page.locator(f"form[action$='{path}']")
        form.locator(f"[name={field}]").fill(word)
        with page.expect_navigation():
            form.locator("button").click()

    def late(page: Page) -> None:
        """Somebody's session ended while they wrote."""
        page.goto(f"{desk}/door")
        with page.expect_navigation():
            page.evaluate(LATE, [f"{desk}/{KEY}", NOTES[language]])

    return {
        "door": lambda page: page.goto(f"{desk}/door"),
        "asked": lambda page: send(page, "/link", "address", MAIJA),
        "wrong password": lambda page: send(page, "/door", "password", "arvaus"),
        "signed out": late,
        "used link": lambda page: page.goto(f"{desk}/in/kulunut"),
        "greeting": lambda page: page.goto(f"{here.url}{here.link(language=language)}"),
    }


def inside(here: Office, language: str) -> dict[str, Come]:
    """The pages of whoever is signed in, in the order in which they can be come to: some change the draft."""
    desk = f"{here.url}/{language}/desk"
    hand = Hand(who=PEKKA, way="desk")

    def change(*edits: Edit) -> None:
        for edit in edits:
            here.store.drafts.edit(KEY, edit, hand=hand, now=now())

    def note(page: Page, words: str) -> None:
        page.locator(f"#note-{language}").fill(words)
        with page.expect_navigation():
            page.locator("button[value=notes]").click()

    def trouble(page: Page) -> None:
        page.goto(f"{desk}/{KEY}")
        page.locator(f"#note-{language}").evaluate("field => field.removeAttribute('maxlength')")
        note(page, "ä" * (LONGEST_NOTE + 1))
        page.locator(".wrong").wait_for()

    def edited(page: Page) -> None:
        items = here.items()
        titled = Retitle(items[TITLES[4]], "Selkeä kieli voittaa", "")
        change(Note(language, NOTES[language]), Pin(items[TITLES[1]]), Drop(items[TITLES[2]]), titled)
        page.goto(f"{desk}/{KEY}?done=noted")

    def conflict(page: Page) -> None:
        page.goto(f"{desk}/{KEY}")
        change(Note(language, f"Pekan sanat {here.draft.number}"))
        note(page, "Maijan sanat")

    def lost_title(page: Page) -> None:
        page.goto(f"{desk}/{KEY}")
        change(Note(language, f"Pekan sanat {here.draft.number}"))
        item = page.locator(".items > li", has=page.locator("summary")).first
        item.locator("summary").click()
        item.locator("[name=title]").fill("Maijan otsikko")
        with page.expect_navigation():
            item.locator("button[value=title]").click()

    def held(page: Page) -> None:
        change(Hold("Odotetaan maanantaita"))
        page.goto(f"{desk}/{KEY}")

    def ended(page: Page) -> None:
        change(Release())
        drafts.approve(here.workspace, here.store, now(), KEY, hand=hand)
        page.goto(f"{desk}/{KEY}?done=approved")

    return {
        "table": lambda page: page.goto(desk),
        "draft": lambda page: page.goto(f"{desk}/{KEY}"),
        "edited": edited,
        "approve": lambda page: page.goto(f"{desk}/{KEY}/approve"),
        "missing": lambda page: page.goto(f"{desk}/2026-W01"),
        "trouble": trouble,
        "conflict": conflict,
        "conflict over a title": lost_title,
        "held": held,
        "ended": ended,
        "table without drafts": lambda page: page.goto(desk),
    }


def signed_in(here: Office, browser: Browser, *, width: int = 1280) -> Page:
    """A page of a browser in which an editor is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    token = here.store.sessions.begin(MAIJA, now=now())
    context.add_cookies([{"name": "desk", "value": token, "url": here.url, "httpOnly": True, "sameSite": "Strict"}])
    return context.new_page()
