"""The letter and its pages in a real Chromium: accessible, and at home at 320 and 800 px, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from tests.chromium import needs_chromium
from tests.counts import FULL, in_full
from tests.render import gallery

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


pytestmark = needs_chromium

TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""
"""WCAG 2.1, 1.4.12."""

OVERFLOWING = """
() => [...document.querySelectorAll('h1, h2, h3, p, li, a')]
  .filter(e => e.getClientRects().length && !e.closest('.skip'))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.textContent.slice(0, 60))
"""


CUT = """
() => [...document.querySelectorAll('body *:not(.preheader)')]
  .filter(e => getComputedStyle(e).overflow !== 'visible' && e.scrollHeight > e.clientHeight + 1)
  .map(e => e.outerHTML.slice(0, 80))
"""
"""What text outgrew: a box that hides what does not fit into it."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return every document of the gallery; by default those in Finnish."""
    written = gallery.write(tmp_path_factory.mktemp("pages"))
    foreign = () if FULL else (".sv.", ".en.")
    return {name: path for name, path in written.items() if not any(language in name for language in foreign)}


SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
WIDTHS = (320, 800) if FULL else (320,)


def shown(pages: dict[str, Path]) -> dict[str, Path]:
    """Return what is opened at every width: everything in a full run, else every other document."""
    return pages if FULL else dict(list(pages.items())[::2])


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], width: int) -> None:
    """No violation of any rule of axe-core, best practices among them, for every document, light and dark."""
    from axe_playwright_python.base import AXE_SCRIPT  # noqa: PLC0415  (only where there is a browser)

    page = browser.new_page(viewport={"width": width, "height": 900})
    violations: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, path in shown(pages).items():
        page.goto(path.as_uri())
        page.evaluate(AXE_SCRIPT)
        for scheme in SCHEMES if FULL else SCHEMES[1:]:
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            if found:
                violations[name, scheme] = [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    page.close()
    assert violations == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen(browser: Browser, pages: dict[str, Path], width: int) -> None:
    """No sideways scrolling at 320 px (which is 1,280 px at 400 %, WCAG 1.4.10), nor with text spacing widened.

    Words of 280 letters included; and nothing but the preheader and the way past the banner is hidden or cut.
    """
    page = browser.new_page(viewport={"width": width, "height": 900})
    for name, path in shown(pages).items():
        page.goto(path.as_uri())
        for _ in range(2):
            assert page.evaluate(OVERFLOWING) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert page.evaluate(CUT) == [], name
            page.add_style_tag(content=TEXT_SPACING)
    page.close()


@in_full
def test_letters_of_twice_the_size(browser: Browser, pages: dict[str, Path]) -> None:
    """A reader who doubles the size of text in the browser's settings reads every page (WCAG 1.4.4)."""
    page = browser.new_page(viewport={"width": 640, "height": 900})
    for name, path in pages.items():
        page.goto(path.as_uri())
        page.add_style_tag(content=":root { font-size: 200% }")
        assert page.evaluate(OVERFLOWING) == [], name
        assert page.evaluate(CUT) == [], name
    page.close()


def test_nothing_is_loaded(browser: Browser, pages: dict[str, Path]) -> None:
    """Opening a letter tells nobody: the file itself is the only request, but for the site's own logo on a page."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in pages.values():
        page.goto(path.as_uri())
    page.close()
    logo = (pages["index"].parent / "logo.png").as_uri()
    fetched = [url for url in asked if not url.startswith(("data:", "cid:"))]
    assert [url for url in fetched if url != logo] == [path.as_uri() for path in pages.values()]
    assert logo in fetched


def test_dark_is_dark(browser: Browser, pages: dict[str, Path]) -> None:
    """In mail and page alike, paper and ink change places with the reader's setting."""
    colours = {}
    for scheme in SCHEMES:
        page = browser.new_page(color_scheme=scheme)
        for name, paper in (("full.fi.mail", ".sheet"), ("full.fi.page", "main")):
            page.goto(pages[name].as_uri())
            colours[scheme, name] = page.evaluate(
                "p => [getComputedStyle(document.querySelector(p)).backgroundColor,"
                " getComputedStyle(document.querySelector('h1')).color]",
                paper,
            )
        page.close()
    white, ink, night, chalk = "rgb(255, 255, 255)", "rgb(28, 35, 40)", "rgb(29, 35, 39)", "rgb(230, 233, 236)"
    assert colours == {
        ("light", "full.fi.mail"): [white, ink],
        ("light", "full.fi.page"): [white, ink],
        ("dark", "full.fi.mail"): [night, chalk],
        ("dark", "full.fi.page"): [night, chalk],
    }


def test_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    """The first tab shows the way past the banner; every link that has the focus shows it."""
    page = browser.new_page()
    page.goto(pages["full.fi.page"].as_uri())
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    box = skip.bounding_box()
    assert skip.inner_text() == "Siirry sisältöön"
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()
