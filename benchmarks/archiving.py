"""Five years of letters brought into output/: the first time, again, and after one new item."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Table
from benchmarks.understanding import texts
from pipeline import identity, jobs, language
from pipeline.config import load
from pipeline.model import (
    LANGUAGES,
    Digest,
    Edition,
    Item,
    ItemKind,
    Kind,
    Period,
    Pick,
    Reading,
    Reason,
    Section,
    SectionKind,
    Source,
)
from pipeline.render import Renderer, SiteFacts, default_templates
from pipeline.store import Outcome, Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.jobs import Published
    from pipeline.model import Candidate

ROOT = Path(__file__).parent.parent
BEGIN = datetime(2021, 11, 22, 6, 0, tzinfo=UTC)
SOURCES = (
    *(Source(id=f"blogi-{n}", url=f"https://blogi-{n}.example.fi/feed", kind=Kind.FEED) for n in range(18)),
    *(
        Source(id=f"kurssi-{n}", url=f"https://www.youtube.com/playlist?list=kurssi{n}", kind=Kind.YOUTUBE)
        for n in range(2)
    ),
)
LESSONS = 25
LIMIT = 10.0
"""Seconds that bringing five years up to date may take on two cores."""


def run(*, items: int, weeks: int) -> None:
    """Print what each way of publishing takes and writes."""
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "digikooste.db") as store:
        what = workspace(Path(folder), store, items=items, weeks=weeks)
        table = Table(
            f"The archive of {weeks} weeks and {items:,} items, search and all", "", "seconds", "written", "removed"
        )
        first = _step(table, "the first time", what)
        assert len(list((what.output / "pagefind").rglob("*.pf_fragment"))) == items, "an item is not in the search"
        again = _step(table, "again, nothing is new", what)
        assert not again.written, again.written[:5]
        collect(store, items, 1, BEGIN + timedelta(weeks=weeks, hours=3))
        more = _step(table, "after one new item", what)
        assert 0 < len(more.written) < max(200, len(first.written) // 10), len(more.written)
        anew = _step(table, "without the ledger, every byte compared", what, anew=True)
        assert not anew.written, anew.written[:5]
        table.note(f"{LIMIT:.0f} s at most, on two idle cores")
        table.print()


def _step(table: Table, name: str, what: jobs.Publishing, *, anew: bool = False) -> Published:
    began = time.perf_counter()
    published = jobs.publish(what, anew=anew)
    seconds = time.perf_counter() - began
    assert not published.trouble, published.trouble
    table.row(name, f"{seconds:.2f}", f"{len(published.written):,}", f"{len(published.removed):,}")
    return published


def workspace(folder: Path, store: Store, *, items: int, weeks: int) -> jobs.Publishing:
    """Return a workspace of so many weeks, each with a letter of what came in it."""
    facts = SiteFacts(
        title={"fi": "Kooste", "sv": "Veckobrev", "en": "Weekly"}, url="https://example.fi/kooste/", languages=LANGUAGES
    )
    renderer = Renderer([default_templates()], facts)
    bounds = [items * week // weeks for week in range(weeks + 1)]
    for week, (first, end) in enumerate(pairwise(bounds)):
        collect(store, first, end - first, BEGIN + timedelta(weeks=week, hours=-1), end=items)
    held = store.digests.candidates([source.id for source in SOURCES])
    assert len(held) == items
    drawn: tuple[Edition, ...] = ()
    for week, (first, end) in enumerate(pairwise(bounds)):
        moment = BEGIN + timedelta(weeks=week)
        digest = _letter(held[first:end], moment)
        drawn = drawn or tuple(renderer.edition(digest, code, moment.date()) for code in LANGUAGES)
        store.digests.freeze(digest, drawn, now=moment, message_id=str, web_only=True)
    return jobs.Publishing(
        store=store,
        renderer=renderer,
        output=folder / "output",
        var=folder / "var",
        sources=SOURCES,
        topics=load(ROOT / "sources.yaml", {}).topics,
    )


def collect(store: Store, first: int, count: int, moment: datetime, *, end: int = 0) -> None:
    """Record so many items, from number ``first`` on, as if they had been read then."""
    made = list(_items(first, count, moment, end or first + count))
    readings: dict[str, list[Item]] = {}
    for number, item in enumerate(made, start=first):
        source = SOURCES[18 + number % 2] if item.place else SOURCES[number % 18]
        readings.setdefault(source.id, []).append(item)
    sources = {source.id: source for source in SOURCES}
    hosts = {sources[name].url.split("/")[2] for name in readings}
    leases = store.readings.claim(hosts, owner="bench", now=moment, until=moment + timedelta(hours=1))
    outcomes = [
        Outcome(
            source=sources[name],
            lease=leases[sources[name].url.split("/")[2]],
            read_as="bench",
            result=Reading(items=tuple(held), complete=False),
        )
        for name, held in readings.items()
    ]
    store.readings.record(outcomes, owner="bench", now=moment, baseline_from=moment - timedelta(weeks=1))
    store.readings.release(leases.values(), next_start={}, not_before={})


def _items(first: int, count: int, moment: datetime, end: int) -> Iterator[Item]:
    for number, (title, summary) in enumerate(_texts(end)[first : first + count], start=first):
        is_lesson = number < 2 * LESSONS
        url = f"https://www.youtube.com/watch?v=v{number:010d}" if is_lesson else f"https://example.fi/{number}"
        yield Item(
            url=url,
            key=identity.key_of(url),
            publisher_id=str(number),
            kind=ItemKind.VIDEO if is_lesson else ItemKind.ARTICLE,
            title=title,
            summary=summary,
            language=language.detect(title, summary),
            published=moment - timedelta(days=number % 6),
            duration=180 + number if is_lesson else None,
            place=number // 2 + 1 if is_lesson else None,
        )


_KNOWN: list[tuple[str, str]] = []


def _texts(count: int) -> list[tuple[str, str]]:
    if len(_KNOWN) < count:
        _KNOWN[:] = texts(count)
    return _KNOWN


def _letter(held: Sequence[Candidate], moment: datetime) -> Digest:
    year, week, _ = moment.isocalendar()
    period = Period(key=f"{year}-W{week:02d}", start=moment - timedelta(weeks=1), end=moment)
    picks = tuple(
        Pick(
            item_id=one.id,
            item=one.item,
            source=one.sightings[0].source,
            source_title=one.sightings[0].source,
            reason=Reason(code="news"),
        )
        for one in held[:60]
    )
    return Digest(period=period, sections=(Section(kind=SectionKind.OTHER, picks=picks),))
