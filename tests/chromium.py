"""Debian's Chromium, in which letters and pages are opened."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")

OPENS_PAGES = pytest.mark.browser
IF_THERE = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian package chromium)")
needs_chromium = [OPENS_PAGES, IF_THERE]
"""What stands over a module of tests that open pages in it."""


@contextlib.contextmanager
def opened() -> Iterator[Browser]:
    """Start it, and end it with the block."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where there is a browser)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()
