"""What a source held until it was first read completely is known, not news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model import Reading
from pipeline.store import Recorded
from tests.store.collector import DAY, HOUR, NOW, PERIOD_START, WEEK, article, feed, seen

if TYPE_CHECKING:
    from pipeline.store import Store
    from tests.store.collector import Collector


def test_the_first_complete_reading_is_the_baseline(collector: Collector, store: Store) -> None:
    """Its items are known; the baseline closes with the start of the period that runs."""
    recorded = collector.reads(feed(), article("a"), article("b"), title="Blogi")

    status = store.readings.statuses()["blog"]
    assert recorded == Recorded(items=2, new=2, baseline=True)
    assert collector.baseline(feed()) == ["A", "B"]
    assert status.baseline_from == PERIOD_START
    assert status.title == "Blogi"
    assert not store.readings.known(feed()).baseline_open


def test_what_comes_later_is_new(collector: Collector, store: Store) -> None:
    """Only what was not there at the baseline; the baseline's period stays what it was."""
    collector.reads(feed(), article("a"))

    recorded = collector.reads(feed(), article("b"), article("a"), now=NOW + WEEK, baseline_from=PERIOD_START + WEEK)

    assert recorded == Recorded(items=2, new=1)
    assert collector.baseline(feed()) == ["A"]
    assert collector.sighting("B").first_seen == NOW + WEEK
    assert collector.sighting("A").first_seen == NOW
    assert store.readings.statuses()["blog"].baseline_from == PERIOD_START


def test_an_incomplete_reading_leaves_the_baseline_open(collector: Collector, store: Store) -> None:
    """100 of 250 is not complete: what the next readings hold is known too, until one is complete."""
    collector.reads(feed(), article("a"), complete=False)
    assert store.readings.known(feed()).baseline_open

    recorded = collector.reads(feed(), article("a"), article("b"))

    assert recorded == Recorded(items=2, new=1, baseline=True)
    assert collector.baseline(feed()) == ["A", "B"]
    assert not store.readings.known(feed()).baseline_open


def test_an_incomplete_reading_later_opens_nothing(collector: Collector) -> None:
    """What is new in it is news, and what it lacks is still there."""
    collector.reads(feed(), article("a"), article("b"))

    recorded = collector.reads(feed(), article("c"), article("b"), complete=False, now=NOW + DAY)

    assert recorded == Recorded(items=2, new=1)
    assert collector.baseline(feed()) == ["A", "B"]


def test_an_empty_source_has_a_baseline_too(collector: Collector) -> None:
    """A new blog without posts: its first post is news."""
    assert collector.reads(feed()) == Recorded(items=0, new=0, baseline=True)

    assert collector.reads(feed(), article("a"), now=NOW + DAY) == Recorded(items=1, new=1)


def test_an_unchanged_reading_concludes_nothing(collector: Collector, store: Store) -> None:
    """It says how many entries the last one held; an open baseline stays open."""
    collector.reads(feed(), article("a"), complete=False)

    recorded = collector.reads(feed(), unchanged=True, now=NOW + DAY)

    assert recorded == Recorded(items=1, new=0)
    assert store.readings.known(feed()).baseline_open
    assert collector.sighting("A").present


def test_another_scope_opens_the_baseline_again(collector: Collector, store: Store) -> None:
    """A changed url, selector or cap: what the source holds then is known, and what was known stays so."""
    collector.reads(feed(), article("a"))
    wider = feed(limit=2000)
    assert store.readings.known(wider).baseline_open

    recorded = collector.reads(wider, article("a"), article("b"), baseline_from=PERIOD_START + WEEK, now=NOW + WEEK)

    assert recorded == Recorded(items=2, new=1, baseline=True)
    assert collector.baseline(wider) == ["A", "B"]
    assert store.readings.statuses()["blog"].baseline_from == PERIOD_START + WEEK


def test_a_failed_reading_under_another_scope_opens_it_too(collector: Collector, store: Store) -> None:
    """The old baseline says nothing about what the new url holds."""
    collector.reads(feed(), article("a"))
    moved = feed(url="https://blog.example.fi/uusi-syote")

    collector.fails(moved)

    assert store.readings.known(moved).baseline_open
    assert collector.reads(moved, article("x")).baseline


def test_items_that_were_news_stay_news_when_the_baseline_opens_again(collector: Collector) -> None:
    """A new baseline makes what it adds known; it takes nothing back."""
    collector.reads(feed(), article("a"))
    collector.reads(feed(), article("a"), article("b"), now=NOW + HOUR)

    collector.reads(feed(limit=2000), article("a"), article("b"), now=NOW + DAY)

    assert not collector.sighting("B").baseline
    assert collector.sighting("A").baseline


def test_when_nothing_known_is_left_the_rest_is_a_new_baseline(collector: Collector) -> None:
    """A site moved and every URL changed: nobody gets the whole archive as news."""
    collector.reads(feed(), article("a"), article("b"))

    recorded = collector.reads(feed(), article("uusi/a"), article("uusi/b"), now=NOW + DAY)

    assert recorded == Recorded(items=2, new=2, baseline=True, moved=True)
    assert collector.baseline(feed()) == ["A", "B", "Uusi/a", "Uusi/b"]


def test_after_a_move_only_what_is_dated_later_is_news(collector: Collector) -> None:
    """Dated after the newest known date: published since. As old or undated: the same archive at new addresses."""
    collector.reads(feed(), article("a", published=NOW - 9 * DAY), article("b", published=NOW - 30 * DAY))

    collector.reads(
        feed(),
        article("uusi/later", published=NOW - DAY),
        article("uusi/a", published=NOW - 9 * DAY),
        article("uusi/undated"),
        now=NOW + DAY,
    )

    assert collector.baseline(feed()) == ["A", "B", "Uusi/a", "Uusi/undated"]


def test_a_date_that_has_not_come_yet_makes_nothing_old_after_a_move(collector: Collector) -> None:
    """One announcement dated in 2099 by mistake: what is published since is news all the same."""
    collector.reads(feed(), article("a", published=NOW - 9 * DAY), article("b", published=NOW + 26_000 * DAY))

    moved = article("uusi/b", published=NOW + 26_000 * DAY)
    collector.reads(feed(), moved, article("uusi/c", published=NOW + HOUR), now=NOW + DAY)

    assert collector.sighting("Uusi/b").baseline
    assert not collector.sighting("Uusi/c").baseline


def test_one_known_entry_is_enough_to_tell_the_source(collector: Collector) -> None:
    """Then the others are new, however many."""
    collector.reads(feed(), article("a"), article("b"))

    recorded = collector.reads(feed(), *(article(f"n{n}") for n in range(50)), article("a"), now=NOW + DAY)

    assert recorded == Recorded(items=51, new=50)


def test_the_day_after_a_move_is_an_ordinary_day(collector: Collector) -> None:
    """The new addresses are known now."""
    collector.reads(feed(), article("a"))
    collector.reads(feed(), article("uusi/a"), now=NOW + DAY)

    recorded = collector.reads(feed(), article("uusi/b"), article("uusi/a"), now=NOW + 2 * DAY)

    assert recorded == Recorded(items=2, new=1)


def test_an_incomplete_reading_is_no_move(collector: Collector) -> None:
    """The known ones may be in the part that was not read."""
    collector.reads(feed(), article("a"))

    recorded = collector.reads(feed(), article("b"), complete=False, now=NOW + DAY)

    assert recorded == Recorded(items=1, new=1)


def test_an_empty_reading_is_no_move(collector: Collector) -> None:
    """Nothing in it is new, and what comes back is what it was."""
    collector.reads(feed(), article("a"))

    assert collector.reads(feed(), now=NOW + DAY) == Recorded(items=0, new=0)
    assert collector.reads(feed(), article("a"), now=NOW + 2 * DAY) == Recorded(items=1, new=0)


def test_each_source_has_its_own_baseline(collector: Collector) -> None:
    """An item that another source knew long ago may be news here, and the other way round."""
    blog, other = feed(), feed("toinen")
    shared = article("jaettu")
    collector.record((blog, Reading(items=(shared,))), (other, Reading(items=(article("x"),))))

    collector.reads(other, article("x"), shared, now=NOW + DAY)

    by_source = {one.source: one for one in collector.candidate("Jaettu", blog).sightings}
    assert by_source["blog"].baseline
    assert not by_source["toinen"].baseline
    assert collector.candidate("Jaettu", blog).first_seen == NOW


def test_failures_are_counted_and_forgotten(collector: Collector, store: Store) -> None:
    """Since when and why a source fails is kept until one reading succeeds; its title and items stay."""
    collector.reads(feed(), article("a"), title="Blogi")
    collector.fails(feed(), now=NOW + HOUR)
    collector.fails(feed(), now=NOW + DAY)

    failing = store.readings.statuses()["blog"]
    collector.reads(feed(), article("a"), now=NOW + 2 * DAY)
    mended = store.readings.statuses()["blog"]

    assert (failing.failures, failing.failing_since, failing.error_code) == (2, NOW + HOUR, "server")
    assert failing.error == "https://blog.example.fi/feed answered 500."
    assert (failing.last_try, failing.last_good, failing.last_items) == (NOW + DAY, NOW, 1)
    assert failing.title == mended.title == "Blogi"
    assert (mended.failures, mended.failing_since, mended.error_code, mended.error) == (0, None, None, None)


def test_a_source_that_never_answered_has_a_status(collector: Collector, store: Store) -> None:
    """The first thing to know of it may be its failure."""
    collector.fails(feed())

    status = store.readings.statuses()["blog"]
    assert (status.failures, status.last_good, status.baseline_from) == (1, None, None)
    assert store.readings.known(feed()).baseline_open


def test_validators_do_not_close_a_baseline(collector: Collector, store: Store) -> None:
    """A 304 after a failure only ends the failure."""
    collector.reads(feed(), article("a"), complete=False, seen=(seen(),))
    collector.fails(feed(), now=NOW + HOUR)

    collector.reads(feed(), unchanged=True, seen=(seen(body=None),), now=NOW + DAY)

    status = store.readings.statuses()["blog"]
    assert (status.failures, status.baseline_from) == (0, None)
