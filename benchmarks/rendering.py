"""Drawing one letter in every language: mail, text, page; and one long page."""

from __future__ import annotations

import time

from benchmarks.letter import SENT, weekly
from benchmarks.report import Table
from pipeline.model import LANGUAGES
from pipeline.render import Renderer, SiteFacts, default_templates


def run(*, items: int, rounds: int) -> None:
    """Draw a letter of ``items`` items in three languages, the first time and the best of ``rounds`` more."""
    facts = SiteFacts(title=dict.fromkeys(LANGUAGES, "Kooste"), languages=LANGUAGES, url="https://example.fi/kooste/")
    digest = weekly(items)
    began = time.perf_counter()
    renderer = Renderer([default_templates()], facts)
    prepared = time.perf_counter() - began
    seconds = []
    for _ in range(1 + rounds):
        began = time.perf_counter()
        editions = [renderer.edition(digest, language, SENT.date()) for language in LANGUAGES]
        seconds.append(time.perf_counter() - began)
    size = sum(len(part) for edition in editions for part in (edition.html, edition.text, edition.page))
    table = Table(f"A letter of {items} items in {len(LANGUAGES)} languages, {size / 1000:.0f} KB in all", "step", "ms")
    table.row("catalogues and templates found", f"{prepared * 1000:.0f}")
    table.row("drawn the first time", f"{seconds[0] * 1000:.0f}")
    table.row("drawn again", f"{min(seconds[1:]) * 1000:.0f}")
    table.print()


def page(*, items: int, rounds: int) -> None:
    """Draw the public page of ``items`` items, the best of ``rounds`` after the templates are known."""
    facts = SiteFacts(title=dict.fromkeys(LANGUAGES, "Kooste"), languages=LANGUAGES, url="https://example.fi/kooste/")
    renderer, digest = Renderer([default_templates()], facts), weekly(items)
    drawn = renderer.page(digest, "fi", SENT.date())
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        drawn = renderer.page(digest, "fi", SENT.date())
        seconds.append(time.perf_counter() - began)
    table = Table(f"A web page of {items} items, {len(drawn) / 1000:.0f} KB", "step", "ms")
    table.row("drawn (promised: under 100)", f"{min(seconds) * 1000:.0f}")
    table.print()
