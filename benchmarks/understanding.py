"""What one item costs to be understood: its address, language, topics, and which stored item it is."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.report import Table
from pipeline import identity, language
from pipeline.config import load
from pipeline.model import Item
from pipeline.topics import Matcher, voikko_missing

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
LIMIT = 0.5
"""Milliseconds an item that all of it may cost."""

SENTENCES = {
    "fi": (
        "Miten kaikki voivat hyödyntää valtion viestintäsuositusta",
        "Toimintaympäristön muutokset koskevat jokaista organisaatiota ja sen asiantuntijoita",
        "Henkilöprofiilin optimointi LinkedInissä kannattaa aloittaa pienestä",
        "Saavutettavuusseloste kertoo palvelun puutteista selkeällä kielellä",
        "Tekoälyn käyttö julkishallinnon viestinnässä vaatii yhteisiä pelisääntöjä",
        "Tallenne käsittelee sitä, miten virasto näkyy verkossa ja sosiaalisessa mediassa",
    ),
    "sv": (
        "Så skriver du klarspråk för webben och i sociala medier",
        "Nya riktlinjer för statens kommunikation publicerades i dag",
        "Tillgängligheten på webben gäller alla myndigheter",
        "Utbildning i digital kommunikation ordnas på hösten",
    ),
    "en": (
        "New guidelines for government communications were published today",
        "Accessibility in public services matters to everyone who writes",
        "Using generative AI in public sector communication needs care",
        "Seven steps to social media for experts in government",
    ),
}


class Costs(NamedTuple):
    """Milliseconds of CPU an item, for each step."""

    address: float
    language: float
    topics: float
    identity: float


def run(*, items: int) -> None:
    """Print what an item costs, with the shipped topics."""
    costs = measure(ROOT / "sources.yaml", items)
    missing = voikko_missing()
    table = Table(f"Understanding {items:,} items ({'without Voikko' if missing else 'with Voikko'})", "", "ms an item")
    for name, cost in costs._asdict().items():
        table.row(name, f"{cost:.3f}")
    table.row("together", f"{sum(costs):.3f}")
    table.note(f"{LIMIT} at most, on a quiet machine")
    table.print()


def texts(count: int) -> list[tuple[str, str]]:
    """Return titles with two sentences, no two alike, in three languages."""
    chance = random.Random(2026)  # the same texts in every run
    made = []
    for number in range(count):
        pool = SENTENCES[chance.choice(tuple(SENTENCES))]
        title, first, second = chance.sample(pool, 3)
        made.append((f"{title} {number}", f"{first}, osa {number}. {second}."))
    return made


def measure(sources: Path, count: int) -> Costs:
    """Return what each of ``count`` items costs, once everything is warm; ``sources`` names the topics."""
    items = texts(count)
    urls = [
        f"https://www.example.fi/artikkelit/{number}?utm_source=rss&osa={number % 7}#alku" for number in range(count)
    ]
    matcher = Matcher(load(sources, {}).topics)
    for title, summary in items[: count // 10]:
        matcher.topics_of(title, summary, language.detect(title, summary))
    languages: list[str | None] = []
    keys: list[str] = []

    def detect() -> None:
        languages.extend(language.detect(title, summary) for title, summary in items)

    def address() -> None:
        for url in urls:
            identity.canonical_url(url)
            keys.append(identity.key_of(url))

    def topics() -> None:
        for (title, summary), code in zip(items, languages, strict=True):
            matcher.topics_of(title, summary, code)

    first, second, third = (_milliseconds(step) / count for step in (address, detect, topics))
    reading = [Item(url=url, key=key, publisher_id=key) for url, key in zip(urls, keys, strict=True)]
    before = [
        identity.Sighted(item_id=number, publisher_id=key, url_key=key) for number, key in enumerate(keys[::2], start=1)
    ]
    return Costs(first, second, third, _milliseconds(lambda: identity.match(reading, before, {})) / count)


def _milliseconds(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return (time.process_time() - start) * 1000
