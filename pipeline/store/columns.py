"""What a column may hold besides plain values: moments, and small lists as JSON; the same on either database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.model import Version

if TYPE_CHECKING:
    from collections.abc import Callable


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is taken off and put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], Any]:
        """Store UTC; on SQLite as SQLAlchemy writes it there, a text that sorts as the moments do."""
        if dialect.name == "sqlite":
            return _written
        return lambda value: value if value is None or value.tzinfo is UTC else value.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, _type: object) -> Callable[[Any], datetime | None]:
        """Give back an aware datetime in UTC."""
        if dialect.name == "sqlite":
            return _read
        return lambda value: value if value is None else value.astimezone(UTC)


# One call each, and not three, through which a reading's dozen moments went: a tenth of all that a quiet run does.


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _read(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Pairs(sa.types.TypeDecorator[tuple[tuple[str, str], ...]]):
    """Pairs of texts as JSON; none are NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[tuple[str, str], ...] | None, _dialect: sa.Dialect) -> str | None:
        """Store JSON."""
        return json.dumps(value) if value else None

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> tuple[tuple[str, str], ...]:
        """Give back the pairs."""
        return tuple((name, text) for name, text in json.loads(value)) if value else ()


class Versions(sa.types.TypeDecorator[tuple[Version, ...]]):
    """An article's other languages as JSON lists: language, address, and title and summary where they are known."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Version, ...] | None, _dialect: sa.Dialect) -> str | None:
        """Store JSON."""
        lists = [[one.language, one.url, *([one.title, one.summary] if one.title else [])] for one in value or ()]
        return json.dumps(lists) if lists else None

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> tuple[Version, ...]:
        """Give back the versions."""
        lists = json.loads(value) if value else []
        return tuple(
            Version(language=language, url=url, title=words[0] if words else "", summary=words[1] if words else "")
            for language, url, *words in lists
        )


class Names(sa.types.TypeDecorator[tuple[str, ...]]):
    """Names as a JSON list; None stays NULL, which is not the same as none."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: sa.Dialect) -> str | None:
        """Store JSON."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> tuple[str, ...] | None:
        """Give back the names."""
        return None if value is None else tuple(json.loads(value))
