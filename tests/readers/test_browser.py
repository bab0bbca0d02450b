"""Every page of the service in a real Chromium: accessible, and at home at 320 and 1280 px, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chromium import needs_chromium
from tests.counts import FULL, in_full
from tests.readers import gallery
from tests.readers.house import somebody

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Browser, Page

    from tests.readers.house import House

LANGUAGES = ("fi", "sv", "en") if FULL else ("sv",)
WIDTHS = (320, 1280) if FULL else (320,)
OVERFLOWING = """
() => [...document.querySelectorAll('h1, h2, p, li, a, label, legend, input, button')]
  .filter(e => e.getClientRects().length && !e.closest('.skip'))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.outerHTML.slice(0, 80))
"""
SMALL = """
() => [...document.querySelectorAll('button, input:not([type=hidden])')]
  .map(e => e.closest('.choice') || e)
  .filter(e => e.getBoundingClientRect().height < 36)
  .map(e => e.outerHTML.slice(0, 80))
"""
pytestmark = needs_chromium


def judged(page: Page) -> list[tuple[str, str]]:
    """What axe finds on a page, light and dark."""
    from axe_playwright_python.base import AXE_SCRIPT  # noqa: PLC0415  (only where there is a browser)

    page.evaluate(AXE_SCRIPT)
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        found += [(rule["id"], rule["nodes"][0]["html"]) for rule in violations]
    return found


@in_full
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_and_all_fits(house: House, client: httpx2.Client, browser: Browser, language: str) -> None:
    """No violation of any rule on any page or mail, light and dark; nothing wider than the screen or too small."""
    paths = gallery.shown(house, language)
    address = somebody()
    house.ask(address, client, path=paths["subscribe"], topic=["kieli"])
    mail = house.answer()[0].get_body(("html",))
    assert mail is not None
    found: dict[tuple[str, int], list[object]] = {}
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900})
        for name, path in paths.items():
            page.goto(house.url + path)
            found[name, width] = [*judged(page), *page.evaluate(OVERFLOWING), *page.evaluate(SMALL)]
        page.goto(house.url + paths["subscribe"])
        page.locator("form").evaluate("form => form.noValidate = true")
        page.fill("#address", "<maija>")
        page.press("#address", "Enter")
        page.wait_for_selector("[aria-invalid]")
        found["mistake", width] = [*judged(page), *page.evaluate(OVERFLOWING)]
        page.goto("about:blank")  # a mail is under nobody's policy
        page.set_content(mail.get_content())
        found["mail", width] = [*judged(page), *page.evaluate(OVERFLOWING)]
        page.close()
    assert {place: what for place, what in found.items() if what} == {}
