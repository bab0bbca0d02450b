"""One process speaks to a host at a time; who died or was slow loses the right to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import LeaseLost
from pipeline.model import Reading
from pipeline.store import Outcome, Recorded
from tests.store.collector import DAY, HOUR, NOW, OWNER, PERIOD_START, READ_AS, article, feed, host_of

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.store import Lease, Store
    from tests.store.collector import Collector

OTHER = "desk:2:bbbb"
HOST = "blog.example.fi"


def test_a_host_is_leased_to_one_owner(collector: Collector) -> None:
    """A second owner gets the hosts that are free, and no answer for those that are not."""
    first = collector.claim(feed())

    second = collector.claim(feed(), feed("toinen"), owner=OTHER)

    assert set(first) == {HOST}
    assert set(second) == {"toinen.example.fi"}


def test_the_owner_may_claim_again(collector: Collector) -> None:
    """Its token grows, so that only its latest lease counts."""
    first, second = (collector.claim(feed())[HOST] for _ in range(2))

    assert second.token > first.token


def test_an_expired_lease_goes_to_the_next(collector: Collector) -> None:
    """After its time a lease protects nobody."""
    mine = collector.claim(feed())[HOST]

    theirs = collector.claim(feed(), owner=OTHER, now=NOW + HOUR)[HOST]

    assert theirs.token > mine.token


def test_an_extended_lease_holds_longer(collector: Collector, store: Store) -> None:
    """The holder of a lease may move its end; somebody else's stays where it is."""
    mine = collector.claim(feed())[HOST]

    store.readings.extend([mine], owner=OTHER, until=NOW + 3 * DAY)
    store.readings.extend([mine], owner=OWNER, until=NOW + 2 * HOUR)

    assert HOST not in collector.claim(feed(), owner=OTHER, now=NOW + HOUR)
    assert HOST in collector.claim(feed(), owner=OTHER, now=NOW + 2 * HOUR)


def test_a_lost_lease_stays_lost(collector: Collector, store: Store) -> None:
    """Neither extending nor releasing it takes anything from the one who has it now."""
    lost = collector.claim(feed())[HOST]
    collector.claim(feed(), owner=OTHER, now=NOW + HOUR)

    store.readings.extend([lost], owner=OWNER, until=NOW + 3 * DAY)
    release(store, lost)

    assert HOST not in collector.claim(feed(), owner=OWNER, now=NOW + HOUR)
    assert HOST in collector.claim(feed(), owner=OWNER, now=NOW + 2 * HOUR)


def test_a_released_host_remembers_the_pause(collector: Collector, store: Store) -> None:
    """The next owner hears when the host may be asked again, and what it asked for itself (Retry-After)."""
    release(store, collector.claim(feed())[HOST], next_start=NOW + HOUR, not_before=NOW + DAY)

    lease = collector.claim(feed(), owner=OTHER)[HOST]

    assert lease.next_start == NOW + HOUR
    assert lease.not_before == NOW + DAY


def test_a_host_that_was_not_asked_keeps_its_pause(collector: Collector, store: Store) -> None:
    """Claiming and giving back without a request shortens no pause."""
    release(store, collector.claim(feed())[HOST], next_start=NOW + HOUR, not_before=NOW + DAY)
    release(store, collector.claim(feed())[HOST])

    lease = collector.claim(feed())[HOST]

    assert lease.next_start == NOW + HOUR
    assert lease.not_before == NOW + DAY


def test_nothing_to_release_is_no_transaction(store: Store) -> None:
    """A round without hosts writes nothing."""
    store.readings.release([], next_start={}, not_before={})
    store.readings.extend([], owner=OWNER, until=NOW)

    assert store.readings.claim([], owner=OWNER, now=NOW, until=NOW) == {}


def test_the_leases_of_killed_processes_are_freed(collector: Collector, store: Store) -> None:
    """Those of this place only, and its name is taken literally."""
    collector.claim(feed(), owner="desk_1:1:aaaa")
    collector.claim(feed("toinen"), owner="deskx1:1:bbbb")

    freed = store.readings.recover("desk_1:")

    assert freed == 1
    assert set(collector.claim(feed(), feed("toinen"), owner=OTHER)) == {HOST}


def test_a_lost_lease_writes_nothing_of_its_reading_but_the_others(collector: Collector, store: Store) -> None:
    """Another process took one host over: its reading counts; the rest of the batch is written."""
    slow, quick = feed(), feed("toinen")
    leases = collector.claim(slow, quick)
    collector.claim(slow, owner=OTHER, now=NOW + HOUR)
    reading = Reading(items=(article("uusi"),), title="Hidas")
    outcomes = [
        Outcome(source=slow, lease=leases[host_of(slow)], read_as=READ_AS, result=reading),
        Outcome(
            source=quick,
            lease=leases[host_of(quick)],
            read_as=READ_AS,
            result=Reading(items=(article("nopea"),)),
        ),
    ]

    lost, recorded = store.readings.record(outcomes, owner=OWNER, now=NOW, baseline_from=PERIOD_START)

    assert isinstance(lost, LeaseLost)
    assert str(lost) == "blog: another process took over blog.example.fi; its reading counts."
    assert recorded == Recorded(items=1, new=1, baseline=True)
    assert collector.titles(slow, quick) == ["Nopea"]
    assert set(store.readings.statuses()) == {"toinen"}


def test_an_expired_lease_that_nobody_took_still_writes(collector: Collector, store: Store) -> None:
    """What was read counts as long as nobody else began to read it."""
    (outcome,) = collector.outcomes((feed(), Reading(items=(article("uusi"),))))

    (recorded,) = store.readings.record([outcome], owner=OWNER, now=NOW + DAY, baseline_from=PERIOD_START)

    assert isinstance(recorded, Recorded)


def test_a_released_lease_writes_nothing(collector: Collector, store: Store) -> None:
    """Who gave a host back has no right to it any more."""
    (outcome,) = collector.outcomes((feed(), Reading(items=(article("uusi"),))))
    release(store, outcome.lease)

    (recorded,) = store.readings.record([outcome], owner=OWNER, now=NOW, baseline_from=PERIOD_START)

    assert isinstance(recorded, LeaseLost)
    assert collector.titles(feed()) == []


def release(
    store: Store, lease: Lease, *, next_start: datetime | None = None, not_before: datetime | None = None
) -> None:
    store.readings.release(
        [lease],
        next_start={lease.host: next_start} if next_start else {},
        not_before={lease.host: not_before} if not_before else {},
    )
