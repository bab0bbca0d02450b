"""What header lines say: when to come again, in every spelling that servers have for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch.headers import YEAR, fields, fresh_for, http_date, retry_after

DATE = "Sun, 22 Nov 2026 11:00:00 GMT"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'public, MAX-AGE="600" , must-revalidate'}, 600),
        ({"cache-control": "max-age = 600"}, 600),
        ({"cache-control": "max-age=600, max-age=900"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "1000"}, 0),
        ({"cache-control": "max-age=600", "age": "soon"}, 600),
        ({"cache-control": "max-age=600", "expires": DATE, "date": DATE}, 600),
        ({"cache-control": "max-age=99999999999"}, YEAR),
        ({"cache-control": "max-age=" + "9" * 5000}, YEAR),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "x-max-age=600"}, None),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "max-age=600, no-store"}, None),
        ({"cache-control": "public", "expires": "Sun, 22 Nov 2026 12:00:00 GMT", "date": DATE}, 3600),
        ({"expires": "Sun, 22 Nov 2026 12:00:00 GMT", "date": DATE}, 3600),
        ({"expires": "Sun, 22 Nov 2026 10:00:00 GMT", "date": DATE}, 0),
        ({"expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, 3600),
        ({"expires": "Sun, 22 Nov 2036 12:00:00 GMT", "date": DATE}, YEAR),
        ({"expires": "0", "date": DATE}, None),
        ({"expires": "-1", "date": DATE}, None),
        ({}, None),
    ],
)
def test_fresh_for(headers: dict[str, str], seconds: float | None) -> None:
    """The max-age minus Age, else Expires minus Date (RFC 9111, 4.2.1); nonsense is ignored, a year is the most."""
    assert seconds == fresh_for(headers, NOW)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "9" * 5000}, YEAR),
        ({"retry-after": "Sun, 22 Nov 2026 11:02:00 GMT", "date": DATE}, 120),
        ({"retry-after": "Sunday, 22-Nov-26 11:02:00 GMT", "date": DATE}, 120),
        ({"retry-after": "Sun Nov 22 11:02:00 2026", "date": DATE}, 120),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Sun, 22 Nov 2026 12:02:00 GMT"}, 120),
        ({"retry-after": "Sun, 22 Nov 2026 12:02:00 GMT", "date": "today"}, 120),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or a date in any of HTTP's three forms, measured by the server's own clock (RFC 9110, 10.2.3)."""
    assert seconds == retry_after(headers, NOW)


def test_a_date_without_any_clock_says_nothing() -> None:
    """Neither Date nor a clock of ours: unknown, rather than wrong."""
    assert retry_after({"retry-after": DATE}) is None


@given(st.text(max_size=60))
def test_no_date_is_too_strange(value: str) -> None:
    """Whatever a server writes, it costs no traceback."""
    date = http_date(value)
    assert date is None or date.utcoffset() is not None


@given(st.lists(st.binary(min_size=1, max_size=40).map(lambda line: line.replace(b"\n", b"") + b"\r\n")))
def test_no_header_line_is_too_strange(lines: list[bytes]) -> None:
    """Any bytes give fields without line ends, never a traceback."""
    found = fields([b"HTTP/1.1 200 OK\r\n", *lines])
    assert all(value.strip("\r\n") == value for value in found.values())


def test_folded_lines_belong_together() -> None:
    """An obsolete way to write long values (RFC 9112, 5.2)."""
    assert fields([b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", b"  b\r\n", b"\r\n"]) == {"x": "a b"}
