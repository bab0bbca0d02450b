"""Rules of sources.yaml: what an item must be, and must not be, to be wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.model import Topic
from pipeline.topics import Matcher

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from pipeline.model import Conditions, Item

PATTERN_SECONDS = 0.05
"""A regular expression that needs longer for a title and two sentences is set aside: it would need for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One condition asked of one item.

    ``rule`` is the condition's key in sources.yaml, ``wanted`` what that says, ``found`` what the item has.
    ``holds`` is None where that is not known of the item: such a condition decides nothing.
    """

    included: bool
    rule: str
    wanted: str
    found: str
    holds: bool | None

    @property
    def is_against(self) -> bool:
        """True if the item is not wanted by this alone."""
        return self.holds is (not self.included)


class Filter:
    """The conditions of one ``include`` and one ``exclude``; made once, asked of many items."""

    def __init__(self, include: Conditions, exclude: Conditions) -> None:
        self._asked = tuple(
            (included, _Asked(conditions)) for included, conditions in ((True, include), (False, exclude))
        )

    @property
    def too_slow(self) -> tuple[str, ...]:
        """The patterns that took too long and were set aside."""
        return tuple(asked.slow for _, asked in self._asked if asked.slow)

    def decisions(self, item: Item, topics: Collection[str], now: datetime) -> Iterator[Decision]:
        """Yield what every condition says of the item, whose topics are ``topics``."""
        for included, asked in self._asked:
            for rule, wanted, found, holds in asked.answers(item, topics, now):
                yield Decision(included=included, rule=rule, wanted=wanted, found=found, holds=holds)

    def against(self, item: Item, topics: Collection[str], now: datetime) -> Decision | None:
        """Return the first condition that speaks against the item, or None."""
        return next((decision for decision in self.decisions(item, topics, now) if decision.is_against), None)


class _Asked:
    """One set of conditions, ready to be asked."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._paths = tuple((path, _path_pattern(path)) for path in conditions.paths)
        self.slow = ""

    @cached_property
    def _words(self) -> Matcher:
        return Matcher([Topic(id="", name={}, words=self._conditions.words)])

    def answers(
        self, item: Item, topics: Collection[str], now: datetime
    ) -> Iterator[tuple[str, str, str, bool | None]]:
        asked = self._conditions
        if asked.topics:
            met = [topic for topic in asked.topics if topic in topics]
            yield "topics", ", ".join(asked.topics), ", ".join(met or topics), bool(met)
        if asked.words:
            hits = self._words.topics_of(item.title, item.summary, item.language)
            every = dict.fromkeys(word for words in asked.words.values() for word in words)
            yield "words", ", ".join(every), hits[0].word if hits else "", bool(hits)
        if asked.pattern:
            yield "pattern", asked.pattern, *self._searched(asked.pattern, f"{item.title}\n{item.summary}")
        if asked.languages:
            language = item.language
            holds = language in asked.languages if language else None
            yield "language", ", ".join(asked.languages), language or "", holds
        if asked.kinds:
            yield "kind", ", ".join(asked.kinds), item.kind, item.kind in asked.kinds
        if asked.paths:
            place = urlsplit(item.url).path or "/"
            begun = [path for path, pattern in self._paths if pattern.match(item.url if "://" in path else place)]
            yield "path", ", ".join(asked.paths), begun[0] if begun else place, bool(begun)
        yield from self._measures(item, now)
        if asked.shorts is not None:
            yield "shorts", _flag(asked.shorts), _flag(item.short), _same(item.short, asked.shorts)
        if asked.live is not None:
            yield "live", _flag(asked.live), _flag(item.live), _same(item.live, asked.live)

    def _measures(self, item: Item, now: datetime) -> Iterator[tuple[str, str, str, bool | None]]:
        asked = self._conditions
        age = (now - item.published).days if item.published else None
        for rule, bound, value, is_least in (
            ("min_age", asked.min_age, age, True),
            ("max_age", asked.max_age, age, False),
            ("min_duration", asked.min_duration, item.duration, True),
            ("max_duration", asked.max_duration, item.duration, False),
        ):
            if bound is not None:
                holds = None if value is None else (value >= bound if is_least else value <= bound)
                yield rule, str(bound), "" if value is None else str(value), holds

    def _searched(self, pattern: str, text: str) -> tuple[str, bool | None]:
        import regex  # noqa: PLC0415 - 30 ms; re itself cannot be stopped

        if self.slow:
            return "", None
        try:
            found = regex.search(pattern, text, flags=regex.IGNORECASE | regex.MULTILINE, timeout=PATTERN_SECONDS)
        except TimeoutError:
            self.slow = pattern
            return "", None
        return found[0] if found else "", found is not None


def _path_pattern(path: str) -> re.Pattern[str]:
    """Return what an address must begin with; runs of "*" are one, so that none is slow."""
    return re.compile(".*?".join(map(re.escape, re.split(r"\*+", path))))


def _flag(value: bool | None) -> str:  # noqa: FBT001 - it is the value that is put into words
    return "" if value is None else str(value).lower()


def _same(value: bool | None, wanted: bool) -> bool | None:  # noqa: FBT001 - two values are compared
    return None if value is None else value is wanted
