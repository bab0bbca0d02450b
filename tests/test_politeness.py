"""When to come again: intervals, wishes of servers and feeds, back-off, moves, and clocks that are set."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FetchCode, FetchError, ParseError, YouTubeError
from pipeline.model import Asks
from pipeline.politeness import Again, Move, after_failure, is_due, is_resting, moved, next_visit

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
"""A Wednesday."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEAR = 365 * 86_400.0


def fault(code: FetchCode, retry_after: float | None = None) -> FetchError:
    return FetchError(code, "what happened.", url="https://a.example.fi/feed", retry_after=retry_after)


def wait(asks: Asks | None = None, fresh_for: float | None = None, jitter: float = 0.0) -> timedelta:
    return next_visit(NOW, asks, fresh_for, jitter=jitter) - NOW


def test_we_come_every_six_hours_and_never_earlier_than_asked() -> None:
    """Six hours of our own; longer where headers or the feed ask for it, whichever is longer; a week at most."""
    assert 6 * HOUR == wait()
    assert 6 * HOUR == wait(Asks(interval=60.0), 30.0)
    assert 8 * HOUR == wait(fresh_for=8 * 3600.0)
    assert 12 * HOUR == wait(Asks(interval=12 * 3600.0), 8 * 3600.0)
    assert 7 * DAY == wait(fresh_for=YEAR)
    assert 7 * DAY == wait(Asks(interval=1e300))


def test_jitter_only_ever_adds() -> None:
    """Up to a tenth, so that a thousand readers do not come in the same second."""
    assert 6 * HOUR + timedelta(minutes=36) == wait(jitter=1.0)
    assert 8 * HOUR < wait(fresh_for=8 * 3600.0, jitter=0.5)


@pytest.mark.parametrize(
    ("expected", "hours", "days"),
    [
        ("Wed 15:30", (), ()),
        ("Wed 18:00", (15, 16, 17), ()),
        ("Thu 00:00", range(15, 24), ()),
        ("Thu 00:00", (), (2,)),
        ("Mon 06:00", range(6), (2, 3, 4, 5, 6)),
        ("Wed 15:30", range(24), ()),  # all hours: nonsense
        ("Wed 15:30", (), range(7)),
        ("Wed 16:00", (15,), range(7)),
    ],
)
def test_hours_and_days_that_a_feed_excludes_are_kept(expected: str, hours: range, days: range) -> None:
    """In GMT; all 24 or all 7 are nonsense and ignored."""
    asks = Asks(skip_hours=frozenset(hours), skip_days=frozenset(days))
    assert expected == next_visit(NOW, asks, None, jitter=0.0).strftime("%a %H:%M")


@given(
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
    st.floats(0, 1e12) | st.none(),
    st.floats(0, 1e12) | st.none(),
    st.floats(0, 1),
)
def test_whatever_is_asked_the_next_visit_is_within_bounds(
    hours: frozenset[int], days: frozenset[int], interval: float | None, fresh: float | None, jitter: float
) -> None:
    """Six hours at least, and due again before three weeks have passed; a moment after it, it is due."""
    asks = Asks(interval=interval, skip_hours=hours, skip_days=days)
    again = next_visit(NOW, asks, fresh, jitter=jitter)
    assert NOW + 6 * HOUR <= again <= NOW + 16 * DAY
    assert is_due(again, NOW, again)


def test_the_own_interval_counts_where_nobody_asks_for_more() -> None:
    """After a good answer, and after one that was no feed."""
    ours = timedelta(hours=2)
    assert next_visit(NOW, None, None, jitter=0.0, interval=ours) == NOW + ours
    assert next_visit(NOW, Asks(interval=3 * 3600), None, jitter=0.0, interval=ours) == NOW + 3 * HOUR
    assert after_failure(ParseError("no feed"), 5, NOW, jitter=0.0, interval=ours).due == NOW + ours


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        ([4, 8, 16, 32, 64, 72, 72], FetchCode.REFUSED),
        ([4, 8, 16, 32, 64, 72, 72], FetchCode.RATE_LIMITED),
        ([1, 2, 4, 8, 16, 32, 64, 72], FetchCode.SERVER),
        ([1, 2, 4, 8, 16, 32, 64, 72], FetchCode.TIMEOUT),
        ([1, 2, 4, 8, 16, 32, 64, 72], FetchCode.DNS),
        ([1, 2, 4, 8, 16, 24, 24], FetchCode.NOT_FOUND),
    ],
)
def test_back_off_doubles_up_to_its_longest(expected: list[int], code: FetchCode) -> None:
    """401, 403, 429: from four hours; what is broken: from one; both to three days; a 404 is tried daily."""
    found = [after_failure(fault(code), failures, NOW, jitter=0.0).due for failures in range(len(expected))]
    assert [NOW + hours * HOUR for hours in expected] == found


def test_only_refusals_bind_a_person_who_runs_it_by_hand() -> None:
    """403, 429 and 5xx do, also with Retry-After; a time-out, a 404 or a page that is no feed do not."""
    for code in (FetchCode.REFUSED, FetchCode.RATE_LIMITED, FetchCode.SERVER):
        again = after_failure(fault(code), 0, NOW, jitter=0.0)
        assert again.due == again.not_before
    for error in (fault(FetchCode.TIMEOUT), fault(FetchCode.NOT_FOUND), ParseError("no feed"), YouTubeError("weather")):
        assert after_failure(error, 0, NOW, jitter=0.0).not_before is None


def test_retry_after_is_kept_as_said() -> None:
    """For as long as the server says, a week at most; the schedule itself never comes within the hour."""
    again = after_failure(fault(FetchCode.RATE_LIMITED, 7200.0), 5, NOW, jitter=1.0)
    assert Again(due=NOW + 2 * HOUR, not_before=NOW + 2 * HOUR) == again
    again = after_failure(fault(FetchCode.RATE_LIMITED, 30.0), 0, NOW, jitter=0.0)
    assert Again(due=NOW + HOUR, not_before=NOW + timedelta(seconds=30)) == again
    assert NOW + 7 * DAY == after_failure(fault(FetchCode.SERVER, YEAR), 0, NOW, jitter=0.0).not_before


def test_what_is_gone_is_not_asked_again() -> None:
    """410: no next visit at all."""
    assert Again(due=None) == after_failure(fault(FetchCode.GONE), 0, NOW, jitter=0.0)


def test_a_page_where_a_feed_was_is_looked_at_again_in_our_own_time() -> None:
    """The server is well; six hours."""
    assert NOW + 6 * HOUR == after_failure(ParseError("a web page"), 3, NOW, jitter=0.0).due


@pytest.mark.parametrize("shift", [timedelta(), DAY, 400 * DAY])
def test_a_clock_set_back_or_forward_causes_neither_a_storm_nor_silence(shift: timedelta) -> None:
    """Everything is due once, and then not again within the interval; a second's correction is none."""
    due = NOW + 6 * HOUR
    assert not is_due(due, NOW, NOW + HOUR)
    assert not is_due(due, NOW, NOW - timedelta(seconds=5))
    assert is_due(due, NOW, NOW + shift + 7 * HOUR)
    if shift:
        earlier = NOW - shift
        assert is_due(due, NOW, earlier)
        assert not is_due(earlier + 6 * HOUR, earlier, earlier + HOUR)


def test_a_rest_ends_even_when_the_clock_was_set_back() -> None:
    """Kept for up to a week; one that would last longer was written under another clock."""
    assert is_resting(NOW + 3 * DAY, NOW)
    assert not is_resting(NOW, NOW)
    assert not is_resting(NOW + 3 * DAY, NOW - 400 * DAY)
    assert not is_resting(None, NOW)


def test_a_move_is_remembered_after_three_identical_answers_a_day_apart() -> None:
    """Answers within a day count once; another address or none begins anew; once remembered it stays."""
    new, other = "https://new.example.fi/feed", "https://other.example.fi/feed"
    move = moved(None, new, NOW)
    for hours in (1, 12, 23):
        move = moved(move, new, NOW + hours * HOUR)
    assert Move(to=new, times=1, first=NOW, last=NOW) == move
    move = moved(move, new, NOW + DAY)
    assert moved(move, None, NOW + 30 * HOUR) is None
    assert Move(to=other, times=1, first=NOW + 30 * HOUR, last=NOW + 30 * HOUR) == moved(move, other, NOW + 30 * HOUR)
    assert move is not None
    assert not move.is_remembered
    move = moved(move, new, NOW + 2 * DAY)
    assert move is not None
    assert move.is_remembered
    assert move == moved(move, None, NOW + 3 * DAY)


def test_a_clock_set_back_does_not_make_a_move_wait_for_ever() -> None:
    """The count stays, and the day is measured from the new time."""
    move = Move(to="https://new.example.fi/feed", times=2, first=NOW, last=NOW)
    back = NOW - 400 * DAY
    again = moved(move, move.to, back)
    assert again is not None
    assert (2, back) == (again.times, again.last)
    third = moved(again, move.to, back + DAY)
    assert third is not None
    assert third.is_remembered
