"""The archive in a real Chromium, served by any web server under the strictest policy: search, keyboard, axe."""

from __future__ import annotations

import contextlib
import functools
import threading
from datetime import timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

import pytest

from pipeline import jobs
from pipeline.model import LANGUAGES
from tests.archive import world
from tests.chromium import needs_chromium
from tests.counts import FULL, in_full
from tests.render.test_browser import CUT, OVERFLOWING, TEXT_SPACING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from pipeline.jobs import Publishing

POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'self'"

pytestmark = needs_chromium

PAGES = (
    "index.html",
    "topics/fi.html",
    "topics/viestinta/fi.html",
    "sources/fi.html",
    "sources/blogi/fi.html",
    "courses/fi.html",
    "courses/tarinallistaminen/fi.html",
    "items/fi.html",
    "items/2026-11/fi.html",
    "search/fi.html?q=viestinn%C3%A4n",
    "2026-W47/fi.html",
)


class Handler(SimpleHTTPRequestHandler):
    """Files, and a policy that allows what Pagefind needs and nothing more."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server does; answers its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def base(output: Path) -> Iterator[str]:
    """Return the address of a plain web server with the archive."""
    with served(output) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page on which nothing may be refused by the policy."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    yield page
    page.close()
    assert refused == []


def found(page: Page, language: str) -> list[str]:
    return page.locator(f'#found section[data-language="{language}"] .title').all_inner_texts()


def ask(page: Page, text: str) -> str:
    """Search and return what the page says of it."""
    page.get_by_role("searchbox").fill(text)
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_function("t => location.search === '?q=' + encodeURIComponent(t)", arg=text)
    page.wait_for_function("b => document.getElementById('said').textContent !== b", arg="Haetaan…")
    page.wait_for_timeout(50)
    return page.get_by_role("status").inner_text()


def test_search_finds_words_in_their_forms(page: Page, base: str) -> None:
    """Finnish, Swedish and English at once, each by its own word forms; what nobody wrote is not found."""
    page.goto(f"{base}search/fi.html")
    page.get_by_role("searchbox").wait_for()
    assert page.get_by_role("searchbox").get_attribute("id") == "q"
    for text, language, title in (
        ("viestinnän", "fi", world.ARTICLES[0][0]),
        ("suosituksen", "fi", world.ARTICLES[1][0]),
        ("sosiaalisessa", "fi", world.ARTICLES[1][0]),
        ("tarinallistaminen", "fi", world.ARTICLES[1][0]),
        ("kommunikationen", "sv", world.STORIES[0][0]),
        ("berättelserna", "sv", world.STORIES[1][0]),
        ("communication", "en", world.ARTICLES[5][0]),
        ("agency", "en", world.ARTICLES[5][0]),
    ):
        said = ask(page, text)
        assert title in found(page, language), (text, said)
    assert ask(page, "avaruusmatkailu") == "Mitään ei löytynyt. Kokeile toista tai lyhyempää sanaa."
    assert not page.locator("#found section:visible").count()


@pytest.mark.parametrize("language", LANGUAGES if FULL else ["sv"])
def test_a_search_has_an_address(page: Page, base: str, language: str) -> None:
    """A link to what was found finds it again, in each language; the page says how much, for screen readers too."""
    text, said, facts = {
        "fi": ("viestinnän", "1 osuma", "Artikkeli · Viraston blogi"),
        "sv": ("riktlinjerna", "1 träff", "Artikel · Nyheter & annat"),
        "en": ("agencies", "1 result", "Article · Viraston blogi · 30 Apr 2026"),
    }[language]
    page.goto(f"{base}search/{language}.html?q={text}")
    page.locator("#found .title").first.wait_for()
    assert page.get_by_role("status").inner_text() == said
    assert page.get_by_role("searchbox").input_value() == text
    assert found(page, language)
    assert facts in page.locator("#found li .facts").first.inner_text().replace("\u00a0", " ")
    assert page.evaluate("document.documentElement.lang") == language


def test_what_a_publisher_wrote_is_only_text(page: Page, base: str) -> None:
    """A title with markup is shown as it is; text in another language is marked as such."""
    page.goto(f"{base}search/sv.html?q=lihava")
    page.locator("#found .title").first.wait_for()
    assert found(page, "fi") == [world.ARTICLES[3][0]]
    assert page.locator("#found b").count() == 0
    assert page.locator("#found .title").first.get_attribute("lang") == "fi"


def test_by_keyboard_alone(page: Page, base: str) -> None:
    """Past the banner, into the field, to the results and back through the browser's history."""
    page.goto(f"{base}search/fi.html")
    page.get_by_role("searchbox").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("viestinnän")
    page.keyboard.press("Enter")
    page.locator("#found .title").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "submit"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == world.ARTICLES[0][0]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.go_back()
    page.wait_for_function("!document.querySelector('#found section:not([hidden])')")
    assert page.get_by_role("searchbox").input_value() == ""


def test_more_is_shown_step_by_step(page: Page, own: Publishing) -> None:
    """Ten at a time, with the focus on the first new one, so that nobody loses their place; the last ones end it."""
    new = [world.item(n, f"Myndigheten {n} svarar", "", "sv", host="nyheter.example.fi", published=None)
           for n in range(100, 123)]  # fmt: skip
    world.read(own.store, world.NEWS, *new, now=world.MONDAY + timedelta(days=1))
    jobs.publish(own)
    with served(own.output) as base:
        page.goto(f"{base}search/sv.html?q=svarar")
        section = page.locator('#found section[data-language="sv"]')
        section.locator(".title").first.wait_for()
        for shown, said in ((10, "23 träffar, de 10 första visas"), (20, "23 träffar, de 20 första visas")):
            assert section.locator("li").count() == shown
            assert section.locator("> .facts").inner_text() == said
            section.get_by_role("button", name="Visa fler").click()
            page.wait_for_function(
                "n => [...document.querySelectorAll('#found section:not([hidden]) li')].indexOf("
                "document.activeElement.closest('li')) === n",
                arg=shown,
            )
        assert section.locator("li").count() == 23
        assert not section.get_by_role("button").is_visible()


@pytest.mark.parametrize("how", ["file", "no script", "no index"])
def test_where_search_cannot_be_a_list_stands_in(browser: Browser, base: str, output: Path, how: str) -> None:
    """From a disk, without JavaScript, or where the index is missing: no form that does nothing, but every list."""
    context = browser.new_context(java_script_enabled=how != "no script")
    page = context.new_page()
    if how == "no index":
        page.route("**/pagefind-entry.json*", lambda route: route.abort())
    page.goto((output / "search" / "fi.html").as_uri() if how == "file" else f"{base}search/fi.html")
    page.wait_for_timeout(300)
    assert not page.locator("#search").is_visible()
    assert page.get_by_text("Haku toimii vain verkossa").is_visible()
    page.get_by_role("link", name="marraskuu").click()
    assert page.locator("h1").inner_text() == "Marraskuu 2026"
    assert world.ARTICLES[0][0] in page.locator(".rows .title").all_inner_texts()
    context.close()


def test_nothing_is_asked_of_anybody_else(page: Page, base: str) -> None:
    """Every request goes to the server that the page is from."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{base}search/fi.html?q=viestinn%C3%A4n")
    page.locator("#found .title").first.wait_for()
    assert asked
    assert [url for url in asked if not url.startswith((base, "blob:"))] == []


SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")


@in_full
@pytest.mark.parametrize("width", [320, *([1280] if FULL else [])])
def test_axe_finds_nothing(browser: Browser, base: str, width: int) -> None:
    """No violation on any kind of page, light and dark; nothing wider than the screen, nor with wide text spacing."""
    from axe_playwright_python.base import AXE_SCRIPT  # noqa: PLC0415  (only where there is a browser)

    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    violations: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in PAGES:
        page.goto(base + name)
        if name.startswith("search"):
            page.locator("#found .title").first.wait_for()
        page.evaluate(AXE_SCRIPT)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            told = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
            if told:
                violations[name, scheme] = [(rule["id"], rule["nodes"][0]["html"]) for rule in told]
        for _ in range(2):
            assert page.evaluate(OVERFLOWING) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            assert page.evaluate(CUT) == [], name
            page.add_style_tag(content=TEXT_SPACING)
    context.close()
    assert violations == {}
