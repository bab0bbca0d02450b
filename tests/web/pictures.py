"""Pictures of every page that is served: part of ``make pictures``, or ``python -m tests.web.pictures FOLDER``.

The archive, the readers' pages and the editors' desk in Finnish, at 320 and 1280 px, light and dark; in Swedish and
English light, at 320 px. Names are ROOM.PAGE.LANGUAGE.SCHEME.WIDTH.png.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.store import Store
from tests import chromium
from tests.archive import world
from tests.archive.test_search import PAGES, served
from tests.desk import gallery as desk_gallery
from tests.desk import office
from tests.readers import gallery, house

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from playwright.sync_api import Browser, Page

    Come = Callable[[Page], object]

FULL_LOOK: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", 320),
    ("dark", 320),
    ("light", 1280),
    ("dark", 1280),
)
LOOKS = {"fi": FULL_LOOK, "sv": FULL_LOOK[:1], "en": FULL_LOOK[:1]}


def draw(folder: Path) -> int:
    """Draw all pictures into a folder; answers how many."""
    rooms = (_archive, _readers, _desk)
    with tempfile.TemporaryDirectory() as name, chromium.opened() as browser:
        return sum(room(browser, Path(name) / room.__name__, folder) for room in rooms)


def _archive(browser: Browser, work: Path, folder: Path) -> int:
    work.mkdir()
    with Store(work / "digikooste.db") as store, served(world.published(work, store).output) as base:
        drawn = 0
        for language in LOOKS:
            paths = [path.replace("fi.html", f"{language}.html") for path in PAGES]
            paths[0] = "index.html" if language == "fi" else f"{language}.html"
            pages = {re.sub(r"(/?(index|fi|sv|en)\.html.*)", "", path) or "front": path for path in paths}
            pages["search that finds nothing"] = f"search/{language}.html?q=xyzzy"
            come = {name: _at(base + path) for name, path in pages.items()}
            drawn += _pictures(browser.new_page(), "archive", language, come, folder)
    return drawn


def _readers(browser: Browser, work: Path, folder: Path) -> int:
    drawn = 0
    with house.opened(work) as here:
        for language in LOOKS:
            pages = gallery.shown(here, language)
            come: dict[str, Come] = {name: _at(here.url + path) for name, path in pages.items()}
            come["mistake"] = _mistaken(here.url + pages["subscribe"])
            with browser.new_context(extra_http_headers={"X-Forwarded-For": "10.200.1.1"}) as context:
                drawn += _pictures(context.new_page(), "readers", language, come, folder)
    return drawn


def _desk(browser: Browser, work: Path, folder: Path) -> int:
    office.found(work)
    drawn = 0
    for language, looks in LOOKS.items():
        with office.opened(work, work.with_name(f"desk-{language}")) as here:
            outside = desk_gallery.outside(here, language)
            with browser.new_context() as context:
                drawn += _pictures(context.new_page(), "desk", language, outside, folder)
            page, inside = desk_gallery.signed_in(here, browser), desk_gallery.inside(here, language)
            for name, come in inside.items():  # some change the draft, so that each is come to once
                come(page)
                drawn += _looks(page, f"desk.{name}.{language}", looks, folder)
            page.context.close()
    return drawn


def _at(address: str) -> Come:
    return lambda page: page.goto(address, wait_until="networkidle")


def _mistaken(address: str) -> Come:
    def come(page: Page) -> None:
        page.goto(address)
        page.locator("form").first.evaluate("form => form.noValidate = true")
        page.fill("#address", "maija.example.fi")
        with page.expect_navigation():
            page.press("#address", "Enter")

    return come


def _pictures(page: Page, room: str, language: str, pages: Mapping[str, Come], folder: Path) -> int:
    drawn = 0
    for name, come in pages.items():
        come(page)
        drawn += _looks(page, f"{room}.{name}.{language}", LOOKS[language], folder)
    page.close()
    return drawn


def _looks(page: Page, name: str, looks: tuple[tuple[Literal["light", "dark"], int], ...], folder: Path) -> int:
    for scheme, width in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        file = f"{name.replace('/', '-').replace(' ', '-')}.{scheme}.{width}.png"
        page.screenshot(path=folder / file, full_page=True)
    return len(looks)


def main() -> None:
    """Draw into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{draw(folder)} pictures of pages are in {folder}.\n")


if __name__ == "__main__":
    main()
