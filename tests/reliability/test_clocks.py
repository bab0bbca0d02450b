"""Clocks that change, and clocks that are wrong: one digest a week, no storm, and nothing given up for it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.counts import FULL, full
from tests.e2e.desk import Entry, Page, rss
from tests.e2e.steward import Steward
from tests.reliability.bench import KEY, READERS
from tests.reliability.post import Post

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

NAMES = [f"reader{number}@example.fi" for number in range(READERS)]
HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLOT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


def moments(begin: datetime, hours: int) -> list[datetime]:
    """When serve is woken: often through the first night, in which the clocks change, and then every few hours."""
    often, seldom = (10, 60) if FULL else (30, 360)
    minutes = {*range(0, 12 * 60, often), *range(0, hours * 60, seldom)}
    return [begin + timedelta(minutes=minute) for minute in sorted(minutes)]


@pytest.mark.parametrize(
    ("name", "schedule", "first", "hours", "expected"),
    [
        ("25 October, at a time that comes twice", "sun 03:30", "2026-10-24T20:00", 8 * 24, ["2026-W43", "2026-W44"]),
        *full(
            ("29 March, at a time that is skipped", "sun 03:30", "2026-03-28T20:00", 8 * 24, ["2026-W13", "2026-W14"]),
            ("week 53 and 1 January", "fri 08:00", "2026-12-24T20:00", 15 * 24, ["2026-W52", "2026-W53", "2027-W01"]),
        ),
    ],
)
def test_one_digest_a_week_whatever_the_clock_does(  # noqa: PLR0917  # the columns of a table
    name: str, schedule: str, first: str, hours: int, expected: list[str], bench: Bench, figures: Figures
) -> None:
    """Woken all the time, and often in the night of the change: one letter for each week, with its right number."""
    begin = datetime.fromisoformat(first).replace(tzinfo=HELSINKI).astimezone(UTC)
    with Post() as post:
        bench.now = begin
        bench.ready(1, post.section, digest=f"at_least: 1\nschedule: {schedule}\nholidays: ignore")
        entries = [
            Entry(f"Juttu {day}", begin + day * DAY - HOUR, f"https://blog.example.fi/{day}") for day in range(-9, 20)
        ]
        with Steward(bench) as steward:
            for moment in moments(begin, hours):
                seen = [entry for entry in entries if entry.published is not None and entry.published <= moment]
                bench.web.pages["/feed.xml"] = Page(rss(*seen))
                is_daytime = (moment - begin) % DAY == timedelta()
                steward.wake(moment, *(("collect",) if is_daytime else ()), "compose", "deliver")
        assert bench.digests() == expected
        assert len(post.taken) == len(expected)
        assert len(set(post.taken)) == len(expected)
        figures.record(
            "calendar", name, recipients=1, lost=0, duplicated=0, identities=len({one for _, one in post.taken})
        )


@pytest.mark.parametrize(
    ("did", "jump"),
    [*full(("back 1 h", -HOUR), ("back 400 d", -400 * DAY)), ("forward 400 d", 400 * DAY)],
)
@pytest.mark.parametrize("attempts", [1, 4] if FULL else [4])
def test_a_clock_that_was_set_gives_up_no_letter(  # noqa: PLR0917  # the columns of a table
    did: str, jump: timedelta, attempts: int, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """Put off so many times, then the clock jumps and comes back: nobody is refused for it, each gets one letter.

    48 hours of trying are what counts; a jump adds at most one attempt while the clock is wrong, and one after.
    """
    is_closed = True
    asked = 0

    def fault(stage: str, _recipient: str) -> str | None:
        nonlocal asked
        asked += stage == "rcpt"
        return "451 4.3.0 Try again later" if stage == "rcpt" and is_closed else None

    with Post(fault) as post:
        bench.adopt(frozen, post.section)
        for _ in range(attempts):
            assert bench.do("deliver").code == 3
            bench.later(minutes=61)
        right, before = bench.now, asked
        bench.now = right + jump
        for _ in range(3):
            assert bench.process("deliver").code == 3
            bench.later(minutes=1)
        assert asked - before <= READERS, "a storm"
        bench.now = right + timedelta(minutes=10)
        assert bench.process("deliver").code == 3
        assert asked - before <= 2 * READERS, "a storm"
        assert bench.states() == {"pending": READERS}
        is_closed = False
        bench.later(minutes=61)
        assert bench.process("deliver").code == 0
        assert post.times() == Counter(NAMES)
        assert bench.digests() == [KEY]
        figures.record(
            "clock",
            f"{did} after {attempts} attempts, and right again",
            recipients=READERS,
            lost=0,
            duplicated=0,
            identities=len(set(post.taken)),
        )


def test_a_clock_that_leaps_ahead_makes_no_letter(bench: Bench, figures: Figures) -> None:
    """While serving, 400 days go by in a moment: that is no time that has passed, so no letter is made by it.

    What was owed stays owed; set right again, everybody gets the letter of the right week, and the next one.
    """
    is_closed = True

    def fault(stage: str, _recipient: str) -> str | None:
        return "451 4.3.0 Try again later" if stage == "rcpt" and is_closed else None

    with Post(fault) as post:
        bench.now = SLOT
        bench.ready(2, post.section, digest="at_least: 1")
        feed = [Entry("Juttu", SLOT - HOUR)]
        bench.web.pages["/feed.xml"] = Page(rss(*feed))
        with Steward(bench) as steward:
            steward.wake(SLOT)
            feed.append(Entry("Uusi", SLOT + HOUR, "https://blog.example.fi/uusi"))
            bench.web.pages["/feed.xml"] = Page(rss(*feed))
            for minutes in range(3):
                steward.wake(SLOT + 400 * DAY + minutes * timedelta(minutes=10))
            assert bench.digests() == [KEY]
            assert "400 days ahead" in steward.out
            assert bench.states() == {"pending": 2}
            is_closed = False
            steward.wake(SLOT + 2 * HOUR)
            assert post.times() == Counter(NAMES[:2])
            assert "Over: digest (leap)." in steward.out
            steward.wake(SLOT + 7 * DAY)
            assert bench.digests() == [KEY, "2026-W48"]
        figures.record(
            "clock", "forward 400 d in a living `serve`, with letters owed", recipients=2, lost=0, duplicated=0
        )


@pytest.mark.parametrize(
    ("did", "down", "sent", "late"),
    [("2 h", 2 * HOUR, 1, False), ("2 d", 2 * DAY, 1, True), ("10 d", 10 * DAY + HOUR, 0, False)],
)
def test_down_at_the_due_time(
    did: str, down: timedelta, sent: int, *, late: bool, bench: Bench, figures: Figures
) -> None:
    """Back after two hours: sent once. After two days: sent once and marked late. After ten: in the next letter."""
    with Post() as post:
        bench.now = SLOT
        bench.ready(1, post.section, digest="at_least: 1")
        first = Entry("Juttu", SLOT - HOUR)
        bench.web.pages["/feed.xml"] = Page(rss(first))
        with Steward(bench) as steward:
            steward.wake(SLOT)
        fresh = Entry("Saavutettava lomake", SLOT + 6 * DAY, "https://blog.example.fi/lomake")
        bench.web.pages["/feed.xml"] = Page(rss(fresh, first))
        due = SLOT + 7 * DAY
        with Steward(bench) as steward:
            for again in range(3):
                steward.wake(due + down + again * timedelta(minutes=10))
            assert len(post.taken) == 1 + sent
            assert ("it was due" in steward.out) == late
            assert ("was not made" in steward.out) == (not sent)
            steward.wake(due + 14 * DAY)
            assert len(bench.digests()) == 2, "what was news came once, now or in the next letter"
        assert len(set(post.taken)) == len(post.taken) == 2
        figures.record("down", f"back after {did}", recipients=1, lost=0, duplicated=0, identities=2)
