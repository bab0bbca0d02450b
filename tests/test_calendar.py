"""Slots, periods and keys of a schedule."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.calendar import Every, Holidays, Schedule, is_working_day, period, running_start
from pipeline.model import Period
from tests.counts import FULL

MANY = settings(max_examples=1000 if FULL else 200, deadline=None)

MONDAY = Schedule.parse("mon 08:00")
HELSINKI = ZoneInfo("Europe/Helsinki")


def helsinki(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def local(slot: datetime) -> str:
    return slot.astimezone(HELSINKI).strftime("%a %Y-%m-%d %H:%M")


# --- Reading a schedule -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Schedule(every=Every.WEEK, weekday=0, at=time(8)), "mon 08:00"),
        (Schedule(every=Every.WEEK, weekday=6, at=time(23, 59)), " Sunday  23:59 "),
        (Schedule(every=Every.WEEK, weekday=1, at=time(8)), "TUESDAY 8:00"),
        (Schedule(every=Every.WEEK, weekday=2, at=time(8)), "wednesday 8:00"),
        (Schedule(every=Every.WEEK, weekday=3, at=time(8)), "thursday 8:00"),
        (Schedule(every=Every.WEEK, weekday=4, at=time(8)), "friday 8:00"),
        (Schedule(every=Every.WEEK, weekday=5, at=time(8)), "saturday 8:00"),
        (Schedule(every=Every.DAY, at=time(7, 30)), "daily 07:30"),
        (Schedule(every=Every.MONTH, day=1, at=time(8)), "monthly 1 08:00"),
        (Schedule(every=Every.MONTH, day=31, at=time(0)), "monthly 31 00:00"),
    ],
)
def test_schedules_as_people_write_them(expected: Schedule, text: str) -> None:
    """A weekday, "daily" or "monthly" and a day, then a time of day; written out again, it reads the same."""
    assert expected == Schedule.parse(text)
    assert expected == Schedule.parse(str(expected))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ('"" is not a schedule; write for example "mon 08:00"', ""),
        ('"maanantai 8" is not a schedule', "maanantai 8"),
        ('"mon" is not a schedule', "mon"),
        ('"monthly 08:00" is not a schedule', "monthly 08:00"),
        ('"montag 08:00" is not a schedule', "montag 08:00"),
        ('"monsday 08:00" is not a schedule', "monsday 08:00"),
        ('"24:00" is not a time of day', "mon 24:00"),
        ('"08:60" is not a time of day', "daily 08:60"),
        ('"monthly 32" is not a day of the month; write a day from 1 to 31', "monthly 32 08:00"),
        ('"monthly 0" is not a day of the month', "monthly 0 08:00"),
        ('"mon 08:00\nx" is not a schedule', "mon 08:00\nx"),
    ],
)
def test_a_mistake_says_what_to_write_instead(told: str, text: str) -> None:
    """What is no schedule is refused in a sentence."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence itself is compared
        Schedule.parse(text)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("zone", ["Europe/Helsingfors", "", "../../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    """A zone is checked with the schedule that lives in it."""
    with pytest.raises(ValueError, match="is not a time zone; write for example"):
        Schedule.parse("mon 08:00", zone)


# --- Slots ------------------------------------------------------------------------------------------


def test_a_slot_comes_at_its_very_second() -> None:
    """Until 08:00 the latest slot is last week's; at 08:00 it is this one."""
    slot = helsinki("2026-11-16 08:00")
    assert slot == MONDAY.latest_slot(slot)
    assert slot == MONDAY.next_slot(slot - timedelta(seconds=1))
    assert helsinki("2026-11-09 08:00") == MONDAY.latest_slot(slot - timedelta(seconds=1))
    assert helsinki("2026-11-23 08:00") == MONDAY.next_slot(slot)
    assert helsinki("2026-11-09 08:00") == MONDAY.previous_slot(slot)


def test_slots_are_given_in_utc() -> None:
    """Times of the model are UTC; 08:00 in Helsinki is 06:00 in winter and 05:00 in summer."""
    assert "2026-11-16T06:00:00+00:00" == MONDAY.latest_slot(helsinki("2026-11-18 12:00")).isoformat()
    assert "2026-07-13T05:00:00+00:00" == MONDAY.latest_slot(helsinki("2026-07-15 12:00")).isoformat()


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2026-03-23 08:00", "2026-03-30 08:00", 167), ("2026-10-19 08:00", "2026-10-26 08:00", 169)],
)
def test_a_week_is_an_hour_shorter_or_longer_when_clocks_turn(start: str, end: str, hours: int) -> None:
    """Slots keep the wall clock, so a period may have 167 or 169 hours."""
    slot = MONDAY.next_slot(helsinki(start))
    assert helsinki(end) == slot
    assert timedelta(hours=hours) == slot - helsinki(start).astimezone(UTC)


def test_a_time_that_the_clocks_skip_happens_once_an_hour_later() -> None:
    """03:30 does not exist on 29 March 2026: that slot is 04:30 by the new time."""
    daily = Schedule.parse("daily 03:30")
    slot = daily.next_slot(helsinki("2026-03-28 12:00"))
    assert "Sun 2026-03-29 04:30" == local(slot)
    assert "2026-03-29" == daily.key_of(slot)
    assert "Mon 2026-03-30 03:30" == local(daily.next_slot(slot))
    assert slot == daily.latest_slot(slot)


def test_a_time_that_comes_twice_is_a_slot_once() -> None:
    """03:30 comes twice on 25 October 2026: the first one is the slot."""
    daily = Schedule.parse("daily 03:30")
    slot = daily.next_slot(helsinki("2026-10-24 12:00"))
    assert "2026-10-25T00:30:00+00:00" == slot.isoformat()
    assert slot == daily.latest_slot(slot + timedelta(hours=1))
    assert "Mon 2026-10-26 03:30" == local(daily.next_slot(slot))


def test_a_short_month_gives_its_last_day() -> None:
    """A schedule of the 31st comes every month."""
    monthly = Schedule.parse("monthly 31 08:00")
    slot = helsinki("2027-12-31 08:00")
    days = [local(slot := monthly.next_slot(slot)) for _ in range(4)]
    assert ["Mon 2028-01-31 08:00", "Tue 2028-02-29 08:00", "Fri 2028-03-31 08:00", "Sun 2028-04-30 08:00"] == days


def test_another_zone_has_its_own_clock() -> None:
    """The zone belongs to the schedule."""
    schedule = Schedule.parse("daily 00:00", "America/New_York")
    slot = schedule.latest_slot(datetime(2026, 11, 16, 5, tzinfo=UTC))
    assert "2026-11-16T05:00:00+00:00" == slot.isoformat()
    assert "2026-11-16" == schedule.key_of(slot)


schedules = st.one_of(
    st.builds(Schedule, every=st.just(Every.DAY), at=st.times().map(lambda t: t.replace(second=0, microsecond=0))),
    st.builds(Schedule, every=st.just(Every.WEEK), at=st.just(time(3, 30)), weekday=st.integers(0, 6)),
    st.builds(Schedule, every=st.just(Every.MONTH), at=st.just(time(0, 15)), day=st.integers(1, 31)),
)
zones = st.sampled_from(["Europe/Helsinki", "UTC", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"])
moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@MANY
@given(schedules, zones, moments)
def test_slots_stand_in_one_line(schedule: Schedule, zone: str, now: datetime) -> None:
    """Latest, next and previous name neighbours: no slot is lost or met twice, on any night of any zone."""
    schedule = Schedule.parse(str(schedule), zone)
    latest = schedule.latest_slot(now)
    following = schedule.next_slot(now)
    assert latest <= now < following
    assert latest == schedule.previous_slot(following)
    assert following == schedule.next_slot(latest)
    assert latest == schedule.latest_slot(latest)
    assert schedule.key_of(latest) != schedule.key_of(following)
    assert schedule.key_of(latest) < schedule.key_of(following)


# --- Periods ----------------------------------------------------------------------------------------


def test_a_period_runs_from_the_slot_before_to_the_latest_slot_passed() -> None:
    """A manual run on Thursday belongs to Monday's slot, and so does the first run ever."""
    expected = Period(key="2026-W47", start=helsinki("2026-11-09 08:00"), end=helsinki("2026-11-16 08:00"))
    assert expected == period(MONDAY, helsinki("2026-11-19 15:00"))
    assert expected == period(MONDAY, helsinki("2026-11-16 08:00"))
    assert "2026-W46" == period(MONDAY, helsinki("2026-11-16 07:59")).key


def test_after_days_down_only_the_latest_slot_passed_is_made_up() -> None:
    """Three weeks without a run give one period, the last."""
    assert "2026-W47" == period(MONDAY, helsinki("2026-11-22 10:00")).key


@pytest.mark.parametrize(
    ("key", "text", "now"),
    [
        ("2026-W53", "mon 08:00", "2026-12-31 12:00"),
        ("2026-W53", "fri 08:00", "2027-01-01 12:00"),
        ("2027-W01", "mon 08:00", "2027-01-04 12:00"),
        ("2025-W01", "tue 08:00", "2024-12-31 12:00"),
        ("2026-11-22", "daily 07:30", "2026-11-22 08:00"),
        ("2026-12-31", "daily 07:30", "2027-01-01 07:00"),
        ("2026-11", "monthly 1 08:00", "2026-11-30 12:00"),
        ("2026-12", "monthly 1 08:00", "2027-01-01 07:00"),
        ("2027-01-01", "daily 00:30", "2027-01-01 00:30"),
    ],
)
def test_keys_are_iso_weeks_days_and_months_of_the_wall_clock(key: str, text: str, now: str) -> None:
    """Week 53 and 1 January belong where ISO 8601 puts them; a slot just after midnight to its own day."""
    assert key == period(Schedule.parse(text), helsinki(now)).key


def test_the_running_period_begins_at_the_latest_slot_once_its_digest_is_frozen() -> None:
    """Before, the latest slot's period still runs, and its dates are news."""
    now = helsinki("2026-11-19 15:00")
    assert helsinki("2026-11-09 08:00") == running_start(MONDAY, now, frozen=False)
    assert helsinki("2026-11-16 08:00") == running_start(MONDAY, now, frozen=True)


# --- Finnish public holidays ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "text", "holidays", "slot"),
    [
        ("Tue 2027-03-30 08:00", "mon 08:00", Holidays.NEXT, "2027-03-29T08:00"),  # Easter Monday
        ("Thu 2027-03-25 08:00", "mon 08:00", Holidays.PREVIOUS, "2027-03-29T08:00"),  # before Good Friday
        ("Mon 2027-03-29 08:00", "mon 08:00", Holidays.IGNORE, "2027-03-29T08:00"),
        ("Mon 2027-06-28 09:15", "fri 09:15", Holidays.NEXT, "2027-06-25T09:15"),  # juhannusaatto
        ("Thu 2027-06-24 09:15", "fri 09:15", Holidays.PREVIOUS, "2027-06-25T09:15"),
        ("Thu 2026-12-31 08:00", "monthly 1 08:00", Holidays.PREVIOUS, "2027-01-01T08:00"),
        ("Mon 2027-01-04 08:00", "monthly 1 08:00", Holidays.NEXT, "2027-01-01T08:00"),
        ("Mon 2027-05-03 08:00", "monthly 1 08:00", Holidays.NEXT, "2027-05-01T08:00"),  # vappu, a Saturday
        ("Mon 2027-12-27 08:00", "sat 08:00", Holidays.NEXT, "2027-12-25T08:00"),  # joulupäivä
        ("Sat 2027-12-18 08:00", "sat 08:00", Holidays.NEXT, "2027-12-18T08:00"),  # a Saturday as any other
    ],
)
def test_a_letter_due_on_a_holiday_goes_out_on_a_working_day(
    expected: str, text: str, holidays: Holidays, slot: str
) -> None:
    """On the next or the previous one, at the same time of day; weekends are no reason of their own."""
    schedule = Schedule.parse(text, holidays=holidays)
    assert expected == local(schedule.due(helsinki(slot)))


def test_a_letter_sent_ahead_of_easter_is_still_of_its_own_week() -> None:
    """Easter Monday 2027 goes out on the Thursday before as 2027-W13; the week before has its own letter."""
    schedule = Schedule.parse("mon 08:00", holidays=Holidays.PREVIOUS)
    assert "2027-W12" == period(schedule, helsinki("2027-03-25T07:59")).key
    ahead = period(schedule, helsinki("2027-03-25T08:00"))
    assert Period(key="2027-W13", start=helsinki("2027-03-22T08:00"), end=helsinki("2027-03-29T08:00")) == ahead
    assert ahead == period(schedule, helsinki("2027-03-31T08:00"))
    assert "Mon 2027-04-05 08:00" == local(schedule.next_due(helsinki("2027-03-25T08:00")))
    assert "Thu 2027-03-25 08:00" == local(running_start(schedule, helsinki("2027-03-26T12:00"), frozen=True))


def test_a_letter_put_off_is_due_later_and_belongs_to_its_slot() -> None:
    """By hand the slot has come on Easter Monday already; nothing is due before Tuesday."""
    schedule = Schedule.parse("mon 08:00", holidays=Holidays.NEXT)
    monday, tuesday = helsinki("2027-03-29T12:00"), helsinki("2027-03-30T08:00")
    assert "2027-W13" == period(schedule, monday).key
    assert "2027-W12" == schedule.key_of(schedule.latest_due(monday))
    assert "2027-W13" == schedule.key_of(schedule.latest_due(tuesday))


def test_a_daily_letter_is_left_out_on_holidays() -> None:
    """Christmas 2026 is three days without one; the letter after it begins where the last one ended."""
    schedule = Schedule.parse("daily 07:30", holidays=Holidays.NEXT)
    after = schedule.next_slot(helsinki("2026-12-23T08:00"))
    assert "Sun 2026-12-27 07:30" == local(after)
    assert "Wed 2026-12-23 07:30" == local(schedule.previous_slot(after))
    assert "Sat 2026-12-26 07:30" == local(replace(schedule, holidays=Holidays.IGNORE).previous_slot(after))


@given(
    st.integers(0, 90 * 365 * 24 * 60),
    st.sampled_from(["mon 08:00", "fri 15:00", "sun 03:30", "daily 07:30", "monthly 1 08:00", "monthly 31 23:59"]),
    st.sampled_from(Holidays),
)
@MANY
def test_whatever_the_holidays_every_slot_is_due_once_and_in_order(minutes: int, text: str, holidays: Holidays) -> None:
    """Between one due moment and the next lies no other; keys of neighbours differ; a moved one is a working day."""
    schedule, now = (
        Schedule.parse(text, holidays=holidays),
        datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes),
    )
    before, after = schedule.latest_due(now), schedule.next_due(now)
    assert schedule.due(before) <= now < schedule.due(after)
    assert before == schedule.previous_slot(after)
    assert schedule.key_of(before) != schedule.key_of(after)
    for slot in (before, after):
        if schedule.due(slot) != slot:
            assert is_working_day(schedule.due(slot).astimezone(HELSINKI).date())
