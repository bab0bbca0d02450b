"""Slots, periods, keys and Finnish working days."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.model import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

HELSINKI = "Europe/Helsinki"

_FRIDAY = 5
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WORDS = re.compile(
    r"""(?: (?P<weekday> (?:mon|fri|sun)(?:day)? | tue(?:sday)? | wed(?:nesday)? | thu(?:rsday)? | sat(?:urday)? )
          | (?P<daily> daily )
          | monthly \s+ (?P<day> [0-9]{1,2} ) )
        \s+ (?P<hour> [0-9]{1,2} ) : (?P<minute> [0-9]{2} )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_EXAMPLES = 'write for example "mon 08:00", "daily 07:30" or "monthly 1 08:00"'


class Every(StrEnum):
    """How often a slot comes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Holidays(StrEnum):
    """What a Finnish public holiday does to a letter that is due on it."""

    NEXT = "next"
    PREVIOUS = "previous"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a digest is due: a wall-clock time of one zone, every day, week or month.

    ``weekday`` counts from Monday = 0 and matters for weeks only; ``day`` is the day of the month,
    where a month that is too short gives its last day. A time that the clocks skip in spring is
    taken as if they had not been turned yet (03:30 happens at 04:30); a time that comes twice in
    autumn is its first coming: every slot happens exactly once. Slots are returned in UTC.

    A slot on a public holiday goes out on the ``holidays`` working day at the same time (``due``);
    slot and key stay. A daily slot on a holiday does not exist, unless holidays are ignored.
    """

    every: Every
    at: time
    weekday: int = 0
    day: int = 1
    zone: str = HELSINKI
    holidays: Holidays = Holidays.IGNORE

    @classmethod
    def parse(cls, text: str, zone: str = HELSINKI, holidays: Holidays = Holidays.IGNORE) -> Self:
        """Read "mon 08:00", "daily 07:30" or "monthly 1 08:00"; ValueError says what to write instead."""
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f'"{zone}" is not a time zone; write for example "{HELSINKI}"') from error
        words = _WORDS.fullmatch(text.strip())
        if words is None:
            raise ValueError(f'"{text}" is not a schedule; {_EXAMPLES}')
        hour, minute = int(words["hour"]), int(words["minute"])
        if hour > 23 or minute > 59:  # noqa: PLR2004 - the clock's own limits
            raise ValueError(f'"{words["hour"]}:{words["minute"]}" is not a time of day; {_EXAMPLES}')
        at = time(hour, minute)
        if words["daily"]:
            return cls(every=Every.DAY, at=at, zone=zone, holidays=holidays)
        if words["weekday"]:
            weekday = _WEEKDAYS.index(words["weekday"][:3].lower())
            return cls(every=Every.WEEK, at=at, weekday=weekday, zone=zone, holidays=holidays)
        day = int(words["day"])
        if not 1 <= day <= 31:  # noqa: PLR2004 - the calendar's own limit
            raise ValueError(f'"monthly {day}" is not a day of the month; write a day from 1 to 31')
        return cls(every=Every.MONTH, at=at, day=day, zone=zone, holidays=holidays)

    def __str__(self) -> str:
        """Return what ``parse`` reads."""
        match self.every:
            case Every.DAY:
                when = "daily"
            case Every.WEEK:
                when = _WEEKDAYS[self.weekday]
            case Every.MONTH:
                when = f"monthly {self.day}"
        return f"{when} {self.at:%H:%M}"

    def latest_slot(self, now: datetime) -> datetime:
        """Return the last slot that has come at ``now``; it comes at its very second, or when it was due before."""
        return max(slot for slot in self._slots_near(now) if self._comes(slot) <= now)

    def next_slot(self, now: datetime) -> datetime:
        """Return the first slot after ``now``."""
        return min(slot for slot in self._slots_near(now) if self._comes(slot) > now)

    def due(self, slot: datetime) -> datetime:
        """Return when the letter of ``slot`` goes out: then, or at the same time of a working day near it."""
        zone = ZoneInfo(self.zone)
        day = slot.astimezone(zone).date()
        if self.holidays is Holidays.IGNORE or self.every is Every.DAY or not is_holiday(day):
            return slot
        step = timedelta(days=1 if self.holidays is Holidays.NEXT else -1)
        while not is_working_day(day):
            day += step
        return datetime.combine(day, self.at, zone).astimezone(UTC)

    def latest_due(self, now: datetime) -> datetime:
        """Return the last slot whose letter was to go out by ``now``."""
        return max((slot for slot in self._slots_near(now) if self.due(slot) <= now), key=self.due)

    def next_due(self, now: datetime) -> datetime:
        """Return the first slot whose letter goes out after ``now``."""
        return min((slot for slot in self._slots_near(now) if self.due(slot) > now), key=self.due)

    def previous_slot(self, slot: datetime) -> datetime:
        """Return the last slot before ``slot``."""
        return max(other for other in self._slots_near(slot) if other < slot)

    def key_of(self, slot: datetime) -> str:
        """Return the name of the slot's period: "2026-W47", "2026-11-22" or "2026-11"."""
        day = slot.astimezone(ZoneInfo(self.zone)).date()
        match self.every:
            case Every.DAY:
                return day.isoformat()
            case Every.WEEK:
                year, week, _ = day.isocalendar()
                return f"{year:04}-W{week:02}"
            case Every.MONTH:
                return f"{day.year:04}-{day.month:02}"

    def _comes(self, slot: datetime) -> datetime:
        return min(slot, self.due(slot))

    def _slots_near(self, moment: datetime) -> Iterator[datetime]:
        """Yield the slots around ``moment``: at least one on each side, whatever the clocks do."""
        zone = ZoneInfo(self.zone)
        for day in self._days_near(moment.astimezone(zone).date()):
            if self.every is Every.DAY and self.holidays is not Holidays.IGNORE and is_holiday(day):
                continue
            yield datetime.combine(day, self.at, zone).astimezone(UTC)

    def _days_near(self, day: date) -> Iterator[date]:
        steps = range(-2, 3)
        match self.every:
            case Every.DAY:
                yield from (day + timedelta(days=step) for step in range(-8, 9))  # Christmas takes three away
            case Every.WEEK:
                same_week = day + timedelta(days=self.weekday - day.weekday())
                yield from (same_week + timedelta(weeks=step) for step in steps)
            case Every.MONTH:
                for step in steps:
                    year, month = divmod(day.year * 12 + day.month - 1 + step, 12)
                    yield date(year, month + 1, min(self.day, monthrange(year, month + 1)[1]))


def period(schedule: Schedule, now: datetime) -> Period:
    """Return the period of the latest slot passed: from the slot before it to that slot."""
    end = schedule.latest_slot(now)
    return Period(key=schedule.key_of(end), start=schedule.previous_slot(end), end=end)


def running_start(schedule: Schedule, now: datetime, *, frozen: bool) -> datetime:
    """Return when the running period began, which decides what a baseline lets through as news.

    While the digest of the latest slot is not ``frozen``, its period still runs; afterwards the
    next one does, which began at that slot, or when its letter went out before it.
    """
    latest = schedule.latest_slot(now)
    slot = latest if frozen else schedule.previous_slot(latest)
    return min(slot, schedule.due(slot))


def is_holiday(day: date) -> bool:
    """Whether ``day`` is a Finnish public holiday; Midsummer Eve and Christmas Eve count."""
    return day in _holidays(day.year)


def is_working_day(day: date) -> bool:
    """Whether Finnish offices work on ``day``."""
    return day.isoweekday() <= _FRIDAY and not is_holiday(day)


@cache
def _holidays(year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415  # 0.1 s that only a schedule needs

    return frozenset(country_holidays("FI", years=year))
