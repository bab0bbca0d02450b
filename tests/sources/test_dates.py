"""Dates as publishers write them; what cannot be a date of an item is unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from time import struct_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources import dates

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-08-15T16:27:23+0300", datetime(2023, 8, 15, 13, 27, 23, tzinfo=UTC)),
        ("2023-08-15T16:27:23Z", datetime(2023, 8, 15, 16, 27, 23, tzinfo=UTC)),
        ("2023-08-15", datetime(2023, 8, 14, 21, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 10:00:00 GMT", datetime(2026, 11, 3, 10, tzinfo=UTC)),
        ("Tue, 03 Nov 2026 10:00:00 EET", datetime(2026, 11, 3, 8, tzinfo=UTC)),
        ("Mon, 03 Aug 2026 10:00:00 EEST", datetime(2026, 8, 3, 7, tzinfo=UTC)),
        ("2026-11-23T11:59:00Z", datetime(2026, 11, 23, 11, 59, tzinfo=UTC)),
        ("2026-11-23T12:01:00Z", None),
        ("1990-01-01T00:00:00Z", datetime(1990, 1, 1, tzinfo=UTC)),
        ("1989-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("eilen", None),
        ("", None),
    ],
)
def test_machine_made_dates(text: str, expected: datetime | None) -> None:
    """ISO 8601 and RFC 5322, between 1990 and a day from now, in UTC; without an offset in the zone that is given."""
    assert expected == dates.machine(text, NOW, dates.HELSINKI)


def test_parser_of_feeds_has_the_last_word_only() -> None:
    """What feedparser made of a date serves where the text says nothing to us, and never for a five-digit year."""
    parts = struct_time((2010, 11, 1, 0, 0, 0, 0, 305, 0))
    assert datetime(2010, 11, 1, tzinfo=UTC) == dates.of_feed("2010년 11월 01일", parts, NOW)
    assert dates.of_feed("10000-01-01T00:00:00Z", parts, NOW) is None
    assert dates.of_feed("0000-00-00", struct_time((-1, 11, 30, 0, 0, 0, 0, 334, 0)), NOW) is None


@given(st.integers(631_238_400, 1_795_000_000), st.integers(-14, 14))
def test_every_moment_comes_back(second: int, hours: int) -> None:
    """A moment written in ISO 8601 in any zone is read as that moment."""
    written = datetime.fromtimestamp(second, timezone(timedelta(hours=hours)))
    assert written == dates.machine(written.isoformat(), NOW)


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No text raises, and what is found is in range."""
    for found in (dates.machine(text, NOW), dates.of_feed(text, None, NOW)):
        assert found is None or 1990 <= found.year <= 2026


@given(st.dates(date(1990, 1, 2), date(2026, 11, 22)))
def test_finnish_dates_come_back(day: date) -> None:
    """Every day, written as Finns do, is that day's midnight in Helsinki."""
    expected = datetime(day.year, day.month, day.day, tzinfo=dates.HELSINKI)
    assert expected == dates.spoken(f"Julkaistu {day.day}.{day.month}.{day.year}", NOW)
