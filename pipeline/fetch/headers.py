"""What the header lines of an answer say: fields, validators, and when to come again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.model import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

YEAR = 365 * 86400.0
"""The longest wait that is believed."""

_SINGLE = frozenset(
    {"age", "content-length", "content-type", "date", "etag", "expires", "last-modified", "location", "retry-after"}
)
"""Fields with one value: of several the last counts; all others are lists (RFC 9110, 5.3)."""

_MAX_AGE = re.compile(r'(?:^|,)\s*max-age\s*=\s*"?\s*(\d+)\s*"?\s*(?=,|;|$)', re.IGNORECASE)
_NEVER_FRESH = re.compile(r"(?:^|,)\s*no-(?:cache|store)\s*(?=,|$)", re.IGNORECASE)
_SECONDS = re.compile(r"\d+")


def fields(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the final answer's fields out of raw lines, names in lower case, values as Latin-1.

    The lines may hold interim answers (1xx) before it and trailers after it; both are left out.
    """
    found: dict[str, str] = {}
    name = ""
    ended = False
    for line in lines:
        if line.startswith(b"HTTP/"):
            found.clear()
            ended = False
        elif ended or line in {b"\r\n", b"\n"}:
            ended = True
        elif line[0] in b" \t" and name in found:
            found[name] += " " + line.strip().decode("latin-1")  # obs-fold, RFC 9112, 5.2
        else:
            left, _, right = line.partition(b":")
            name = left.strip().lower().decode("latin-1")
            value = right.strip(b" \t\r\n").decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found and name not in _SINGLE else value
    return found


def validators(headers: Mapping[str, str], kept: Validators | None = None) -> Validators:
    """Return an answer's ETag and Last-Modified byte for byte; where one is missing, that of ``kept``."""
    return Validators(
        etag=headers.get("etag") or (kept.etag if kept else None),
        last_modified=headers.get("last-modified") or (kept.last_modified if kept else None),
    )


def fresh_for(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return for how many seconds the server asks not to be asked again, None where it does not say.

    max-age minus Age, else Expires minus Date (RFC 9111, 4.2.1 and 4.2.3); ``now`` stands in for a missing
    Date. Nonsense counts as nothing said, more than a year as a year.
    """
    control = headers.get("cache-control", "")
    if control:
        if _NEVER_FRESH.search(control):
            return None
        if match := _MAX_AGE.search(control):
            return max(0.0, _capped(match[1]) - (_seconds(headers.get("age", "")) or 0.0))
    if expires := headers.get("expires"):
        return _until(expires, headers, now)
    return None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that the server asks to wait, given as seconds or as a date (RFC 9110, 10.2.3).

    A date is measured from the answer's own Date, so that a wrong clock on either side does no harm;
    ``now`` stands in for a missing one.
    """
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    return seconds if seconds is not None else _until(value, headers, now)


def http_date(value: str) -> datetime | None:
    """Return a date in any of HTTP's three forms (RFC 9110, 5.6.7) in UTC, None for anything else."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # 13 ms that a quiet run never pays

    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _until(value: str, headers: Mapping[str, str], now: datetime | None) -> float | None:
    end = http_date(value) if value else None
    start = http_date(headers["date"]) if "date" in headers else None
    start = start or now
    if end is None or start is None:
        return None
    return min(YEAR, max(0.0, (end - start) / timedelta(seconds=1)))


def _seconds(value: str) -> float | None:
    return _capped(value) if _SECONDS.fullmatch(value) and value.isascii() else None


def _capped(digits: str) -> float:
    """Return the number, or a year: 5,000 digits are no reason to fail."""
    return min(YEAR, float(digits[:400])) if len(digits) < 400 else YEAR  # noqa: PLR2004  # a float holds 308
