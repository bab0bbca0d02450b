"""What holds after any sequence of readings, whatever publishers do to their lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.model import Kind, Reading
from pipeline.store import Store, schema
from tests.counts import FULL
from tests.store.collector import DAY, NOW, PERIOD_START, WEEK, Collector, article, failure, feed, gone, playlist, video

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pipeline.model import Item, Source

many = settings(
    max_examples=30 if FULL else 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # emptied at the beginning of each example
)

SOURCES = (feed("eka"), feed("toka"), playlist("kurssi", limit=4))


@dataclass(frozen=True)
class Step:
    """One source is read at its turn; ``reopened``: by a process that was started just now."""

    source: Source
    items: tuple[Item, ...]
    complete: bool
    fails: bool
    reopened: bool


class Entry(NamedTuple):
    """An item as one source has it."""

    source: str
    item: int


class Snapshot(NamedTuple):
    """All that must not be forgotten."""

    items: dict[int, datetime]
    sightings: dict[Entry, tuple[datetime, bool]]
    baselines: dict[str, datetime]


slugs = st.sampled_from("abcde")
dates = st.sampled_from([None, NOW - 400 * DAY, NOW - DAY, NOW + DAY])
plain_articles = st.builds(lambda slug, date: article(slug, published=date), slugs, dates)
numbered_articles = st.builds(
    lambda slug, guid, date: article(slug, guid=guid, published=date),
    slugs,
    st.sampled_from([None, "1", "2", "3"]),
    dates,
)
videos = st.builds(lambda number, is_gone: gone(number) if is_gone else video(number), st.integers(1, 5), st.booleans())


@st.composite
def steps(draw: st.DrawFn, articles: st.SearchStrategy[Item]) -> Step:
    source = draw(st.sampled_from(SOURCES))
    entries = videos if source.kind is Kind.YOUTUBE else articles
    return Step(
        source=source,
        items=tuple(draw(st.lists(entries, max_size=5))),
        complete=draw(st.booleans()),
        fails=draw(st.integers(0, 9)) == 0,
        reopened=draw(st.integers(0, 9)) == 0,
    )


def histories(articles: st.SearchStrategy[Item]) -> st.SearchStrategy[list[Step]]:
    return st.lists(steps(articles), min_size=1, max_size=8)


def play(place: str | Path, history: list[Step]) -> None:
    """Do every step, and look after each that nothing was lost and nothing doubled."""
    store = Store(place)
    try:
        empty(store)
        before = Snapshot({}, {}, {})
        for number, step in enumerate(history):
            if step.reopened:
                store.close()
                store = Store(place)
            now = NOW + number * DAY
            result = failure() if step.fails else Reading(items=step.items, complete=step.complete)
            Collector(store).record((step.source, result), now=now, baseline_from=PERIOD_START + number * WEEK)
            after = snapshot(store)
            nothing_is_forgotten(before, after)
            nothing_is_doubled(store)
            if not step.fails:
                everything_is_there(store, step)
            before = after
    finally:
        store.close()


def empty(store: Store) -> None:
    with store._database.write() as connection:
        for table in reversed(schema.metadata.sorted_tables):
            if table is not schema.meta:
                connection.execute(table.delete())


def snapshot(store: Store) -> Snapshot:
    item, sighting = schema.item, schema.sighting
    with store._database.read() as connection:
        return Snapshot(
            items={row.id: row.first_seen for row in connection.execute(sa.select(item))},
            sightings={
                Entry(row.source, row.item): (row.first_seen, row.baseline)
                for row in connection.execute(sa.select(sighting))
            },
            baselines={
                name: status.baseline_from
                for name, status in store.readings.statuses().items()
                if status.baseline_from is not None
            },
        )


def nothing_is_forgotten(before: Snapshot, after: Snapshot) -> None:
    """Not when an item was first seen, by whom, whether it was known from the baseline, nor when that closed."""
    assert before.items.items() <= after.items.items()
    assert before.sightings.items() <= after.sightings.items()
    assert before.baselines.items() <= after.baselines.items()


def nothing_is_doubled(store: Store) -> None:
    """A source has no two items of one id and address."""
    with store._database.read() as connection:
        faces = Counter(
            (row.source, row.publisher_id, row.url_key) for row in connection.execute(sa.select(schema.sighting))
        )
    assert [face for face, count in faces.items() if count > 1] == []


def everything_is_there(store: Store, step: Step) -> None:
    """Each public entry of the reading is an item that its source holds, present and not unavailable."""
    held = {
        (one.item.url, sighting.present, sighting.unavailable)
        for one in store.digests.candidates([step.source.id])
        for sighting in one.sightings
        if sighting.source == step.source.id
    }
    listed = {item.key: item for item in reversed(step.items)}
    if step.source.kind is Kind.YOUTUBE:
        expected = {(item.url, True, False) for item in listed.values() if not item.unavailable}
        assert expected <= held
    else:
        assert {item.key for item in step.items} <= store.readings.known(replace(step.source)).keys


@many
@given(history=histories(plain_articles))
def test_without_ids_no_address_is_ever_two_items(place: str | Path, history: list[Step]) -> None:
    """The canonical address is the identity across all sources."""
    play(place, history)

    with Store(place) as store, store._database.read() as connection:
        keys = connection.execute(sa.select(schema.item.c.key)).scalars().all()
    assert len(keys) == len(set(keys))


@many
@given(history=histories(numbered_articles))
def test_with_ids_nothing_is_doubled_or_forgotten(place: str | Path, history: list[Step]) -> None:
    """However ids and addresses are shuffled, dropped, shared and used again."""
    play(place, history)
