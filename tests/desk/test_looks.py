"""The desk in a real Chromium: every page accessible, valid and at home at 320 and 1280 px, light and dark."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

import pytest

from tests.chromium import needs_chromium
from tests.counts import FULL, in_full
from tests.desk import gallery
from tests.render.test_html import JAR, checked

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Response, ViewportSize

    from tests.desk.office import Office

WIDTHS = (320, 1280) if FULL else (320,)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark") if FULL else ("dark",)

pytestmark = needs_chromium

VIEWPORTS: dict[int, ViewportSize] = {width: {"width": width, "height": 900} for width in WIDTHS}
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@in_full
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_is_too_wide(here: Office, browser: Browser, width: int) -> None:
    """No violation of any rule of axe-core, best practices among them, light and dark; no page scrolls sideways."""
    from axe_playwright_python.base import AXE_SCRIPT  # noqa: PLC0415  (only where there is a browser)

    page, stranger = gallery.signed_in(here, browser, width=width), browser.new_page(viewport=VIEWPORTS[width])
    outside, inside = gallery.outside(here, "fi"), gallery.inside(here, "fi")
    found: dict[str, object] = {}
    for name, come in {**outside, **inside}.items():
        if not FULL and name not in {"wrong password", "edited", "approve", "conflict"}:
            continue
        shown = stranger if name in outside else page
        come(shown)
        shown.evaluate(AXE_SCRIPT)
        for scheme in SCHEMES:
            shown.emulate_media(color_scheme=scheme)
            # What the letter holds has its own tests; its frame runs no script, so axe cannot look into it.
            violations = shown.evaluate("axe.run({resultTypes: ['violations'], iframes: false})")["violations"]
            if violations:
                found[f"{name}, {scheme}"] = [
                    (one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations
                ]
        if (excess := shown.evaluate(TOO_WIDE)) > 0:
            found[f"{name}, too wide"] = excess
    assert found == {}
    stranger.close()
    page.context.close()


@pytest.mark.skipif(not FULL, reason="a full count: DIGIKOOSTE_FULL=1")
@pytest.mark.skipif(not JAR.is_file() or shutil.which("java") is None, reason="needs the Nu Html Checker and Java")
def test_every_page_is_valid(here: Office, browser: Browser, tmp_path: Path) -> None:
    """The Nu Html Checker finds nothing, neither in a page nor in its style sheet; the door is among the pages."""
    page, stranger = gallery.signed_in(here, browser), browser.new_page()
    outside, inside = gallery.outside(here, "fi"), gallery.inside(here, "fi")
    sent: list[Response] = []
    for one in (page, stranger):
        one.on("response", lambda answer: sent.append(answer) if answer.request.is_navigation_request() else None)
    files = []
    for name, come in {**outside, **inside}.items():
        shown = stranger if name in outside else page
        come(shown)
        document = [one for one in sent if one.frame == shown.main_frame][-1]
        files.append(tmp_path / f"{name}.html")
        files[-1].write_bytes(document.body())
    style = page.locator("link[rel=stylesheet]").get_attribute("href")
    css = page.context.request.get(f"{here.url}{style}").text()
    files.append(tmp_path / "style.html")
    files[-1].write_text(f"<!doctype html><html lang=en><title>style</title><style>{css}</style>", encoding="utf-8")
    page.context.close()
    stranger.close()
    messages = checked(*files)
    assert [(one["url"].rpartition("/")[2], one["message"]) for one in messages] == []
