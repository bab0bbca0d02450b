"""The letter and its pages in a real Chromium: accessible, and at home at 320 and 800 px, light and dark."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

import pytest

from pipeline.model import LANGUAGES
from pipeline.render import DigestLine
from tests.render.samples import SAMPLES, SENT, full

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from pipeline.render import Renderer

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)"),
]

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where there is a browser)

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(renderer: Renderer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return every sample as mail and page, and the two kinds of front page, as files."""
    folder = tmp_path_factory.mktemp("pages")
    documents: dict[str, str] = {}
    for name, sample in SAMPLES.items():
        edition = renderer.edition(sample(), "fi", SENT)
        documents |= {f"{name}.mail": edition.html, f"{name}.page": edition.page}
    editions = [renderer.edition(full(), language, SENT) for language in LANGUAGES]
    documents |= {f"{edition.language}.mail": edition.html for edition in editions[1:]}
    line = DigestLine(key="2026-W47", sent=SENT, subjects={edition.language: edition.subject for edition in editions})
    documents["list"] = renderer.index([line])["index.html"].decode()
    documents["choice"] = renderer.folder(line, editions)["index.html"].decode()
    paths = {name: folder / f"{name}.html" for name in documents}
    for name, document in documents.items():
        paths[name].write_text(document)
    return paths


SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")


@pytest.fixture(params=[(width, scheme) for width in (320, 800) for scheme in SCHEMES], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield page
    page.close()


def test_axe_finds_nothing(page: Page, pages: dict[str, Path]) -> None:
    """No violation of any rule of axe-core, best practices among them, for every sample."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  (only where there is a browser)

    violations: dict[str, list[tuple[str, str]]] = {}
    for name, path in pages.items():
        page.goto(path.as_uri())
        found = Axe().run(page).response["violations"]
        violations |= {name: [(rule["id"], rule["nodes"][0]["html"]) for rule in found]} if found else {}
    assert violations == {}


@pytest.mark.parametrize("width", [320, 800])
def test_nothing_is_wider_than_the_screen(browser: Browser, pages: dict[str, Path], width: int) -> None:
    """No sideways scrolling at 320 px (1,280 px at 400 %), words of 280 letters included, text spacing widened too."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    for name, path in pages.items():
        page.goto(path.as_uri())
        for _ in range(2):
            assert page.evaluate(OVERFLOWING) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            page.add_style_tag(content=TEXT_SPACING)
    page.close()


def test_nothing_is_loaded(browser: Browser, pages: dict[str, Path]) -> None:
    """Opening a letter tells nobody: the file itself is the only request."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in pages.values():
        page.goto(path.as_uri())
    page.close()
    assert asked == [path.as_uri() for path in pages.values()]


def test_dark_is_dark(browser: Browser, pages: dict[str, Path]) -> None:
    """In mail and page alike, paper and ink change places with the reader's setting."""
    colours = {}
    for scheme in SCHEMES:
        page = browser.new_page(color_scheme=scheme)
        for name, paper in (("full.mail", ".sheet"), ("full.page", "main")):
            page.goto(pages[name].as_uri())
            colours[scheme, name] = page.evaluate(
                "p => [getComputedStyle(document.querySelector(p)).backgroundColor,"
                " getComputedStyle(document.querySelector('h1')).color]",
                paper,
            )
        page.close()
    white, ink, night, chalk = "rgb(255, 255, 255)", "rgb(28, 35, 40)", "rgb(29, 35, 39)", "rgb(230, 233, 236)"
    assert colours == {
        ("light", "full.mail"): [white, ink],
        ("light", "full.page"): [white, ink],
        ("dark", "full.mail"): [night, chalk],
        ("dark", "full.page"): [night, chalk],
    }


def test_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    """The first tab shows the way past the banner; every link that has the focus shows it."""
    page = browser.new_page()
    page.goto(pages["full.page"].as_uri())
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    box = skip.bounding_box()
    assert skip.inner_text() == "Siirry sisältöön"
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()
