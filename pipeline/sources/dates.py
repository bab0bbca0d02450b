"""Dates as publishers write them: machine-made, Finnish, Swedish, English; one that cannot be is unknown."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from time import struct_time

HELSINKI = ZoneInfo("Europe/Helsinki")
"""Where a Finnish page means its dates to be read."""

FIRST_YEAR = 1990

_FIVE_DIGIT_YEAR = re.compile(r"\s*[+-]?\d{5}")
_FINNISH_ZONE = re.compile(r"\b(EEST|EET)\s*$")
_NUMERIC = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)"
    r"(?:,?\s+(?:klo|kl\.?|at)?\s*(?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?!\d))?"
)
_WRITTEN = re.compile(r"\b\d{1,2}\.?\s+[^\W\d_]{3,14}\.?,?\s+\d{4}\b|\b[^\W\d_]{3,9}\.?\s+\d{1,2},\s+\d{4}\b")
_LONGEST = 200
"""Characters of a text in which a date is looked for."""


def gate(moment: datetime, now: datetime) -> datetime | None:
    """Return ``moment`` in UTC if it lies between 1990 and tomorrow, else None: unknown is better than wrong."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # a year 1 or 9999 beside its zone's offset
        return None
    return moment if moment.year >= FIRST_YEAR and moment <= now + timedelta(days=1) else None


def machine(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Return the moment of an ISO 8601 or RFC 5322 date; one without an offset is read in ``zone``."""
    text = text.strip()[:_LONGEST]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            # EET and EEST are no zones of RFC 5322 and would pass for UTC.
            moment = parsedate_to_datetime(_FINNISH_ZONE.sub(_finnish_offset, text))
        except (ValueError, IndexError, OverflowError):
            return None
    return gate(moment if moment.tzinfo else moment.replace(tzinfo=zone), now)


def of_feed(text: str, parts: struct_time | None, now: datetime) -> datetime | None:
    """Return the moment of a feed's date: the text, else what feedparser made of it (``parts``, UTC).

    feedparser reads the year 10000 as 2010 and 0000-00-00 as the year -1, and no Finnish date at all.
    """
    if _FIVE_DIGIT_YEAR.match(text):
        return None
    moment = machine(text, now) or spoken(text, now)
    if moment is not None or parts is None:
        return moment
    try:
        return gate(datetime.fromtimestamp(timegm(parts), UTC), now)
    except (ValueError, OverflowError, OSError):
        return None


def spoken(text: str, now: datetime) -> datetime | None:
    """Return the moment of a date written for people: "3.11.2017", "3. marraskuuta 2017", "3 november 2017".

    It needs day, month and year; "3.11." and "two years ago" are no dates. Read in Finnish time.
    """
    text = text[:_LONGEST]
    if found := _NUMERIC.search(text):
        day, month, year = (int(found[name]) for name in ("day", "month", "year"))
        try:
            moment = datetime(year, month, day, int(found["hour"] or 0), int(found["minute"] or 0), tzinfo=HELSINKI)
        except ValueError:
            return None
        return gate(moment, now)
    if found := _WRITTEN.search(text):
        return _written(found[0], now)
    return None


def _written(text: str, now: datetime) -> datetime | None:
    import dateparser  # noqa: PLC0415  # 150 ms, for the few sites that write the month as a word

    moment = dateparser.parse(
        text,
        languages=["fi", "sv", "en"],
        settings={
            "PARSERS": ["absolute-time"],  # "2 years ago" drifts
            "STRICT_PARSING": True,
            "DATE_ORDER": "DMY",
            "TIMEZONE": "Europe/Helsinki",
            "RETURN_AS_TIMEZONE_AWARE": True,
        },
    )
    return gate(moment, now) if moment else None


def _finnish_offset(zone: re.Match[str]) -> str:
    return "+0300" if zone[1] == "EEST" else "+0200"
