"""The desk in a real Chromium: every page accessible, valid and at home at 320 and 1280 px, light and dark."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline.cli import drafts
from pipeline.cli.workspace import now
from pipeline.digest.drafting import Note
from pipeline.store.drafts import Hand
from tests.desk.office import KEY, MAIJA, PEKKA
from tests.render.test_html import JAR, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.desk.office import Office

CHROMIUM = shutil.which("chromium")
FULL = os.environ.get("DIGIKOOSTE_FULL") == "1"
LOOKS = [(320, "dark"), (1280, "light"), (320, "light"), (1280, "dark")] if FULL else [(320, "dark")]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]

TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where there is a browser)

    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def _signed_in(here: Office, browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    token = here.store.sessions.begin(MAIJA, now=now())
    context.add_cookies([{"name": "desk", "value": token, "url": here.url, "httpOnly": True, "sameSite": "Strict"}])
    return context.new_page()


def _conflict(page: Page, here: Office) -> None:
    page.goto(f"{here.url}/fi/desk/{KEY}")
    here.store.drafts.edit(
        KEY, Note("fi", f"Pekan sanat {here.draft.number}"), hand=Hand(who=PEKKA, way="desk"), now=now()
    )
    page.locator("#note-fi").fill("Maijan sanat")
    page.get_by_role("button", name="Tallenna saatesanat").click()
    page.wait_for_selector(".kept")


def _trouble(page: Page, here: Office) -> None:
    page.goto(f"{here.url}/fi/desk/{KEY}")
    page.locator("#note-fi").fill("ä" * 3000)
    page.get_by_role("button", name="Tallenna saatesanat").click()
    page.wait_for_selector(".wrong")


def _pages(here: Office) -> dict[str, Callable[[Page], object]]:
    """Return how to come to each page of the desk."""

    def at(path: str) -> Callable[[Page], object]:
        return lambda page: page.goto(f"{here.url}{path}")

    return {
        "table": at("/sv/desk"),
        "draft": at(f"/fi/desk/{KEY}"),
        "approve": at(f"/en/desk/{KEY}/approve"),
        "missing": at("/fi/desk/2026-W01"),
        "trouble": lambda page: _trouble(page, here),
        "conflict": lambda page: _conflict(page, here),
        "greeting": lambda page: page.goto(f"{here.url}{here.link()}"),
        "ended": lambda page: _ended(page, here),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_nothing_and_nothing_is_too_wide(here: Office, browser: Browser, width: int, scheme: str) -> None:
    """No violation of any rule of axe-core, best practices among them, and no page scrolls sideways."""
    from axe_playwright_python.base import AXE_SCRIPT  # noqa: PLC0415  (only where there is a browser)

    page = _signed_in(here, browser)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    outside = browser.new_page(viewport={"width": width, "height": 900})
    outside.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    places = _pages(here)
    places = {"door": lambda _page: outside.goto(f"{here.url}/fi/desk/door"), **places}
    found: dict[str, object] = {}
    for name in places if FULL else ("door", "draft", "approve", "conflict"):
        come = places[name]
        come(page)
        shown = outside if name == "door" else page
        shown.evaluate(AXE_SCRIPT)
        # What the letter holds has its own tests; its frame runs no script, so axe cannot look into it.
        violations = shown.evaluate("axe.run({resultTypes: ['violations'], iframes: false})")["violations"]
        if violations:
            found[name] = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations]
        if (excess := shown.evaluate(TOO_WIDE)) > 0:
            found[f"{name}, too wide"] = excess
    assert found == {}
    outside.close()
    page.context.close()


def _ended(page: Page, here: Office) -> None:
    drafts.approve(here.workspace, here.store, now(), KEY, hand=Hand(who=PEKKA, way="desk"))
    page.goto(f"{here.url}/fi/desk/{KEY}")


@pytest.mark.skipif(not FULL, reason="a full count: DIGIKOOSTE_FULL=1")
@pytest.mark.skipif(not JAR.is_file() or shutil.which("java") is None, reason="needs the Nu Html Checker and Java")
def test_every_page_is_valid(here: Office, browser: Browser, tmp_path: Path) -> None:
    """The Nu Html Checker finds nothing, neither in a page nor in its style sheet."""
    page = _signed_in(here, browser)
    files = []
    for name, come in _pages(here).items():
        come(page)
        body = page.context.request.get(page.url).text() if name not in {"trouble", "conflict"} else page.content()
        file = tmp_path / f"{name}.html"
        file.write_text(body if body.startswith("<!") else f"<!doctype html>{body}", encoding="utf-8")
        files.append(file)
    page.context.close()
    messages = checked(*files)
    assert [(one["url"].rpartition("/")[2], one["message"]) for one in messages] == []
