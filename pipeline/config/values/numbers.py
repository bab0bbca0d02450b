"""A text as a number, a switch or a time."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipeline.calendar import Schedule
from pipeline.config.problems import shown

_DURATION = re.compile(
    r"(?:(?P<h>\d{1,3}) *(?:h|t))? *(?:(?P<min>\d{1,4}) *min)? *(?:(?P<s>\d{1,6}) *s)?|"
    r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d)"
)


def whole(value: object) -> object:
    """A whole number as written in decimal; ``010`` is refused, since YAML 1.1 reads it as 8."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?[0-9]{1,9}", value):
        raise ValueError(f"must be a whole number, such as 5; {shown(value)} is none")
    if value.lstrip("-") != str(abs(int(value))):
        raise ValueError(f"has a zero in front; write {int(value)}")
    return int(value)


def number(value: object) -> object:
    """A decimal number with a point."""
    if not isinstance(value, str):
        return value
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", value):
        hint = f"; write {value.replace(',', '.')}" if re.fullmatch(r"[0-9]+,[0-9]+", value) else ""
        raise ValueError(f"must be a number, such as 2 or 0.5; {shown(value)} is none{hint}")
    return float(value)


def flag(value: object) -> object:
    """``true`` or ``false``; YAML 1.1's other spellings are named, not guessed at."""
    if not isinstance(value, str):
        return value
    match value.casefold():
        case "true":
            return True
        case "false":
            return False
        case "yes" | "on" | "y" | "1" | "kyllä":
            raise ValueError(f"must be true or false; write true instead of {shown(value)}")
        case "no" | "off" | "n" | "0" | "ei":
            raise ValueError(f"must be true or false; write false instead of {shown(value)}")
        case _:
            raise ValueError(f"must be true or false, not {shown(value)}")


def duration(value: object) -> object:
    """Seconds, of "90 s", "2 min", "1 h 30 min" or "1:30:00"."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groupdict().values()):
        raise ValueError(f"must be a length of time such as 90 s, 2 min or 1 h 30 min, not {shown(value)}")
    hours, minutes, seconds = (
        int(found[word] or found[clock] or 0) for word, clock in (("h", "hours"), ("min", "minutes"), ("s", "seconds"))
    )
    return hours * 3600 + minutes * 60 + seconds


def day(value: object) -> object:
    """A date as ISO 8601 writes it."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"must be a day such as 2026-11-16, not {shown(value)}") from error


def schedule(value: str) -> str:
    """A schedule that the calendar understands."""
    Schedule.parse(value)
    return value


def time_zone(value: str) -> str:
    """A zone of the IANA database."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"must be a time zone such as Europe/Helsinki, not {shown(value)}") from error
    return value
