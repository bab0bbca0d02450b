"""What whoever watches from outside is told: numbers and moments, and whether the database is what it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import StoreError
from pipeline.model import DeliveryState
from pipeline.store import Store, schema
from pipeline.store.inspection import inspect
from tests.store.collector import DAY, HOUR, NOW
from tests.store.letters import freeze, join

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = tuple(f"reader{number}@example.fi" for number in range(4))


def test_everything_is_counted_by_its_state(store: Store) -> None:
    """Recipients, notices that are open, deliveries that are not settled, and when one was last accepted."""
    assert store.counts().last_delivery is None
    join(store, *PEOPLE)
    freeze(store)
    first, second, *_ = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.settle(first, DeliveryState.ACCEPTED, now=NOW + HOUR)
    store.outbox.settle(second, DeliveryState.UNKNOWN, now=NOW + HOUR, next_try=NOW + DAY)
    store.recipients.remove(PEOPLE[3], now=NOW)
    store.notices.note("failing", "blog", {}, now=NOW)
    store.notices.note("failing", "toinen", {}, now=NOW)
    store.notices.note("disk", "disk", {}, now=NOW)
    store.notices.resolve("disk", "disk", now=NOW)

    counts = store.counts()

    assert counts.recipients == {"active": 3, "left": 1}
    assert counts.notices == {"failing": 2}
    assert counts.outbox == {"pending": 1, "unknown": 1}
    assert counts.last_delivery == NOW + HOUR


def test_events_fade_without_a_word(store: Store) -> None:
    """Only those of the given codes, and only what has not come again since."""
    store.notices.note("flood", "2026-W46", {}, now=NOW - 20 * DAY)
    store.notices.note("flood", "2026-W48", {}, now=NOW)
    store.notices.note("failing", "blog", {}, now=NOW - 20 * DAY)

    assert store.notices.fade({"flood", "late"}, before=NOW - 14 * DAY, now=NOW) == 1

    assert {one.subject for one in store.notices.open()} == {"2026-W48", "blog"}
    assert store.notices.note("flood", "2026-W46", {}, now=NOW), "it is news when it comes back"


def test_a_database_is_looked_over_as_it_is(place: str | Path) -> None:
    """Its version, and the last moment that something was written down; nothing in it changes."""
    assert inspect(place).newest is None
    with Store(place) as store:
        join(store, PEOPLE[0])
        freeze(store, now=NOW)
        (owed,) = store.outbox.due(NOW, resend_unknown=True)
        store.outbox.sending(owed, NOW + HOUR)

    found = inspect(place)

    assert (found.version, found.is_current, found.newest) == (schema.HEAD, True, NOW + HOUR)
    with Store(place) as store:
        assert store.counts().outbox == {"sending": 1}


def test_an_empty_database_has_no_version(fresh: str | Path) -> None:
    """PostgreSQL without tables is one to be filled; an SQLite file that is not there cannot be looked over."""
    if isinstance(fresh, str):
        assert (inspect(fresh).version, inspect(fresh).is_current) == (None, False)
    else:
        with pytest.raises(StoreError, match="cannot read the database"):
            inspect(fresh)
        assert not fresh.exists()


def test_a_database_that_is_newer_or_away_is_one_sentence(place: str | Path) -> None:
    """With the way to mend it."""
    with Store(place) as store, store._database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="made by a newer digikooste"):
        inspect(place)
    with pytest.raises(StoreError, match="cannot be reached"):
        inspect("postgresql://nobody@/nothing?host=/nowhere")
