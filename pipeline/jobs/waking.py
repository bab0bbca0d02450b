"""What a wake finds due: the store's own rows say what has been made, whatever the clock or the schedule believe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from pipeline.calendar import Schedule

NOT_LATER_THAN = timedelta(days=3)
LATE = timedelta(hours=6)
"""A digest made so much after its time is marked late."""
_FURTHEST = 400
"""Slots that are looked back on for digests that were never made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """A digest is to be made now; ``late`` is how much after its time, None while that is no matter."""

    key: str
    due: datetime
    late: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is due; the next one will be, at ``due``."""

    key: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBehind:
    """The clock stands before everything that was ever made: it must be wrong, and nothing is made by it."""

    key: str
    oldest: str


Duty: TypeAlias = Make | Wait | ClockBehind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the store says of periods: the end of each one that has a digest, by key, and those skipped."""

    made: Mapping[str, datetime]
    skipped: Collection[str] = ()

    def has(self, key: str) -> bool:
        """Whether this period is settled."""
        return key in self.made or key in self.skipped


def duty(schedule: Schedule, ledger: Ledger, now: datetime) -> Duty:
    """Return what there is to do about the letter at ``now``.

    Only the latest slot passed is made up, and not later than three days after it was due.
    """
    slot = schedule.latest_due(now)
    key, due = schedule.key_of(slot), schedule.due(slot)
    oldest = min(ledger.made.items(), key=lambda one: one[1], default=None)
    is_before_all = oldest is not None and slot < oldest[1] and not ledger.has(key)
    if is_before_all and oldest is not None and slot < schedule.previous_slot(oldest[1]):
        return ClockBehind(key=key, oldest=oldest[0])
    if is_before_all or ledger.has(key) or now - due > NOT_LATER_THAN:
        following = schedule.next_due(now)
        return Wait(key=schedule.key_of(following), due=schedule.due(following))
    is_late = now - due >= LATE and oldest is not None
    return Make(key=key, due=due, late=now - due if is_late else None)


def missed(schedule: Schedule, ledger: Ledger, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield each period since the last settled one that passed without a digest and is too late for one, newest first.

    Nothing was missed before the first digest ever.
    """
    oldest = min(ledger.made.values(), default=None)
    slot = schedule.latest_due(now)
    if oldest is None or slot < oldest:
        return
    if now - schedule.due(slot) <= NOT_LATER_THAN:
        slot = schedule.previous_slot(slot)
    for _ in range(_FURTHEST):
        if slot <= oldest or ledger.has(schedule.key_of(slot)):
            return
        yield schedule.key_of(slot), schedule.due(slot)
        slot = schedule.previous_slot(slot)
