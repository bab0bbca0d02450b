"""What is worth telling an operator, and in which words."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from pipeline.notices import SENTENCES, Standing, about_rhythm, about_source, is_nearly_full, length, sentence

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://blog.example.fi/feed"


def failing(code: str, failures: int, lasting: timedelta) -> list[str]:
    standing = Standing(
        id="blog", url=URL, failures=failures, failing_since=NOW - lasting, error_code=code, error="what happened"
    )
    return [one.code for one in about_source(standing, NOW)]


@pytest.mark.parametrize(
    ("expected", "code", "failures", "lasting"),
    [
        ([], "timeout", 40, 2.9 * DAY),
        (["failing"], "timeout", 4, 3 * DAY),
        (["failing"], "YouTubeError", 4, 3 * DAY),
        ([], "not-found", 40, 6.9 * DAY),
        (["failing"], "not-found", 9, 7 * DAY),
        ([], "ParseError", 2, 30 * DAY),
        (["failing"], "ParseError", 3, timedelta()),
        (["failing"], "IsolateError", 3, timedelta()),
    ],
)
def test_a_failure_is_told_when_it_lasts(expected: list[str], code: str, failures: int, lasting: timedelta) -> None:
    """Three days; a 404 seven; what is no feed any more the third time in a row."""
    assert expected == failing(code, failures, lasting)


def test_what_moved_or_ended_is_told_at_once() -> None:
    """Gone says all there is to say; a move is told beside a failure."""
    gone = Standing(id="blog", url=URL, gone=URL, failing_since=NOW - 30 * DAY, failures=1, error_code="gone")
    assert ["gone"] == [one.code for one in about_source(gone, NOW)]
    moved = Standing(id="blog", url=URL, moved_to="https://new.example.fi/feed")
    (told,) = about_source(moved, NOW)
    assert "write url: https://new.example.fi/feed in sources.yaml" in sentence(told.code, told.params)
    assert [] == list(about_source(Standing(id="blog", url=URL), NOW))


@pytest.mark.parametrize(
    ("silent", "gap", "since"),
    [
        (False, 7 * DAY, 21 * DAY),
        (True, 7 * DAY, 21.1 * DAY),
        (False, timedelta(hours=3), 7 * DAY),
        (True, timedelta(hours=3), 7.1 * DAY),
    ],
)
def test_silence_is_told_against_the_sources_own_rhythm(silent: bool, gap: timedelta, since: timedelta) -> None:  # noqa: FBT001  # a table's column
    """After three times its usual gap, and a week at least."""
    news = [NOW - since - gap * n for n in range(8)][::-1]
    told = about_rhythm("blog", URL, news, NOW)
    assert silent == (told is not None)
    if told is not None:
        assert f"{news[-1]:%Y-%m-%d}" in sentence(told.code, told.params)


def test_a_rhythm_takes_five_items_and_forgives_a_summer() -> None:
    """Four items tell nothing; one long gap does not change what is usual."""
    weekly = [NOW - 30 * DAY - 7 * DAY * n for n in range(4)][::-1]
    assert about_rhythm("blog", URL, weekly, NOW) is None
    assert about_rhythm("blog", URL, [weekly[0] - 90 * DAY, *weekly], NOW) is not None
    assert about_rhythm("blog", URL, [], NOW) is None


def test_a_disk_is_nearly_full_below_a_gibibyte_and_a_twentieth() -> None:
    """Large disks are judged by what is free, small ones by their share."""
    assert is_nearly_full(2**30 - 1, 2**40)
    assert not is_nearly_full(2**30, 2**40)
    assert is_nearly_full(49 * 2**20, 1000 * 2**20)
    assert not is_nearly_full(51 * 2**20, 1000 * 2**20)


@pytest.mark.parametrize(
    ("expected", "duration"),
    [
        ("5 min", timedelta(minutes=5)),
        ("1 h", timedelta(hours=1)),
        ("47 h", timedelta(hours=47)),
        ("2 days", 2 * DAY),
        ("30 days", 30 * DAY),
    ],
)
def test_durations_are_said_in_the_unit_that_suits_them(expected: str, duration: timedelta) -> None:
    """Minutes, hours below two days, days."""
    assert expected == length(duration)


def test_every_sentence_can_be_said() -> None:
    """Whatever the parameters hold, braces too."""
    for code, words in SENTENCES.items():
        names = [name for _, name, _, _ in Formatter().parse(words) if name]
        assert "{x}" in sentence(code, dict.fromkeys(names, "{x}")) or not names


def test_a_course_published_at_once_has_no_rhythm() -> None:
    """Lessons that came within minutes of each other tell nothing of when the next one is due."""
    lessons = [NOW - 3000 * DAY + timedelta(minutes=n) for n in range(12)]
    assert about_rhythm("kela", URL, lessons, NOW) is None
