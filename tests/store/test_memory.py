"""Validators, body hashes and the items that they stand for are written together or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import Reading, Validators
from tests.store.collector import DAY, HOUR, NOW, READ_AS, article, feed, seen

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.store import Store
    from tests.store.collector import Collector


def test_validators_and_the_body_are_remembered_by_request(collector: Collector, store: Store) -> None:
    """With what each source has read the body as; an unknown request is missing."""
    collector.reads(feed(), article("a"), seen=(seen(),))

    memories = store.readings.memories(["r", "unknown"])

    assert set(memories) == {"r"}
    assert memories["r"].validators == Validators(etag='"1"')
    assert memories["r"].bodies == {"blog": ("hash-1", READ_AS)}


def test_a_304_keeps_the_body_and_updates_the_validators(collector: Collector, store: Store) -> None:
    """What it carries replaces what was stored."""
    collector.reads(feed(), article("a"), seen=(seen(),))

    collector.reads(feed(), unchanged=True, seen=(seen(etag='"1b"', body=None),), now=NOW + DAY)

    memory = store.readings.memories(["r"])["r"]
    assert memory.validators == Validators(etag='"1b"')
    assert memory.bodies == {"blog": ("hash-1", READ_AS)}


def test_validators_that_an_answer_lacks_are_erased(collector: Collector, store: Store) -> None:
    """A 200 without any: the old ones belong to a body that is gone."""
    collector.reads(feed(), article("a"), seen=(seen(),))

    collector.reads(feed(), article("a"), seen=(seen(etag=None, body="hash-2"),), now=NOW + DAY)

    memory = store.readings.memories(["r"])["r"]
    assert memory.validators == Validators()
    assert memory.bodies == {"blog": ("hash-2", READ_AS)}


def test_a_failed_reading_remembers_nothing(collector: Collector, store: Store) -> None:
    """And forgets nothing: the old body is still the last one that was read."""
    collector.reads(feed(), article("a"), seen=(seen(),))

    collector.fails(feed(), now=NOW + DAY)

    assert store.readings.memories(["r"])["r"].bodies == {"blog": ("hash-1", READ_AS)}


def test_two_sources_share_a_request(collector: Collector, store: Store) -> None:
    """One address, two readers, each with what it has read the body as."""
    collector.record(
        (feed(), Reading(items=(article("a"),), seen=(seen(),))),
        (feed("toinen"), Reading(items=(article("a"),), seen=(seen(),))),
    )

    assert set(store.readings.memories(["r"])["r"].bodies) == {"blog", "toinen"}


def test_who_has_not_read_the_new_body_does_not_know_it(collector: Collector, store: Store) -> None:
    """One reader failed on the body that the other took: with the new validators it would never see it again."""
    both = feed(), feed("toinen")
    collector.record(*((one, Reading(items=(article("a"),), seen=(seen(),))) for one in both))

    collector.reads(both[0], article("b"), seen=(seen(etag='"2"', body="hash-2"),), now=NOW + HOUR)
    collector.fails(both[1], now=NOW + HOUR)
    assert store.readings.memories(["r"])["r"].bodies == {"blog": ("hash-2", READ_AS)}

    collector.reads(both[1], article("b"), seen=(seen(etag='"2"', body="hash-2"),), now=NOW + DAY)
    assert set(store.readings.memories(["r"])["r"].bodies) == {"blog", "toinen"}


def test_a_source_may_ask_for_several_pages(collector: Collector, store: Store) -> None:
    """Each request has its own memory."""
    collector.reads(feed(), article("a"), seen=(seen("r1"), seen("r2", body="other")))

    memories = store.readings.memories([f"r{n}" for n in range(40_000)])

    assert {name: memory.bodies["blog"][0] for name, memory in memories.items()} == {"r1": "hash-1", "r2": "other"}


def test_a_failing_statement_leaves_neither_items_nor_validators(collector: Collector, store: Store) -> None:
    """The whole batch is undone, the sentence says so, and the next recording is right."""
    refuse_sightings(store)
    with pytest.raises(StoreError, match="no more sightings"):
        collector.reads(feed(), article("a"), seen=(seen(),))

    assert store.readings.memories(["r"]) == {}
    assert store.readings.statuses() == {}
    assert collector.titles(feed()) == []

    allow_sightings(store)
    assert collector.reads(feed(), article("a"), seen=(seen(),)).new == 1


def test_a_kill_in_between_leaves_neither_items_nor_validators(place: str | Path, collector: Collector) -> None:
    """The process dies after the validators and the items were sent to the database, before the sightings."""
    script = textwrap.dedent("""
        import os, signal, sys
        import sqlalchemy as sa
        from pipeline.store import Store
        from tests.store.collector import Collector, article, feed, seen

        store = Store(sys.argv[1])
        sent = []

        def die(connection, cursor, statement, *rest):
            sent.append(statement.split()[2] if statement.startswith("INSERT") else "")
            if sent[-1] == "sighting":
                assert {"request", "reading", "item"} <= set(sent), sent
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(store._database.engine, "before_cursor_execute", die)
        Collector(store).reads(feed(), article("a"), seen=(seen(),))
    """)

    killed = subprocess.run([sys.executable, "-c", script, str(place)], capture_output=True, text=True, check=False)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert collector.store.readings.memories(["r"]) == {}
    assert collector.titles(feed()) == []
    assert collector.reads(feed(), article("a"), seen=(seen(),)).new == 1


def refuse_sightings(store: Store) -> None:
    with store._database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "CREATE TRIGGER refuse BEFORE INSERT ON sighting BEGIN SELECT RAISE(ABORT, 'no more sightings'); END"
            )
        else:
            connection.exec_driver_sql(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RAISE EXCEPTION 'no more sightings'; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER refuse BEFORE INSERT ON sighting FOR EACH ROW EXECUTE FUNCTION refuse()"
            )


def allow_sightings(store: Store) -> None:
    with store._database.engine.begin() as connection:
        where = "" if connection.dialect.name == "sqlite" else " ON sighting"
        connection.execute(sa.text(f"DROP TRIGGER refuse{where}"))
