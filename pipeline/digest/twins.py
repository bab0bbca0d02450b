"""The same story under a near-identical title: found across sources, never within one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.identity import similar_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.digest.standing import Standing

APART = timedelta(days=2)
"""How far the dates of two items may lie apart that are one story."""

_ALIKE = 80
"""Of 100, rapidfuzz's ratio: what is less alike is not worth asking `similar_titles`, which wants 85 and more."""


@dataclass(slots=True)
class _Day:
    """The items of one day in one language, beside their folded titles."""

    standings: list[Standing] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)


class Twins:
    """Items to find twins among: different sources, same language, both dated, near, no two lessons.

    An unknown language or date is nobody's same: showing a story twice costs less than losing one.
    """

    def __init__(self, standings: Iterable[Standing] = ()) -> None:
        self._days: dict[tuple[str, int], _Day] = {}
        for standing in standings:
            self.add(standing)

    def add(self, standing: Standing) -> None:
        """Let later ones be found to be this one's twins."""
        if (key := _key(standing)) is not None:
            day = self._days.setdefault(key, _Day())
            day.standings.append(standing)
            day.titles.append(_folded(standing.item.title))

    def of(self, standing: Standing) -> Iterator[Standing]:
        """Yield the twins of ``standing`` among those added: by day, and within a day as they were added."""
        if (key := _key(standing)) is None:
            return
        language, ordinal = key
        title = _folded(standing.item.title)
        for near in range(ordinal - APART.days, ordinal + APART.days + 1):
            if (day := self._days.get((language, near))) is not None:
                yield from (other for other in _alike(title, day) if _are_twins(standing, other))


def _key(standing: Standing) -> tuple[str, int] | None:
    item = standing.item
    if not item.title or item.language is None or item.published is None:
        return None
    return item.language, item.published.toordinal()


def _alike(title: str, day: _Day) -> Iterator[Standing]:
    """Yield the items of the day whose titles come near ``title`` (folded): 0.1 µs a pair, not 8 as in full."""
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - 46 ms, and --help never needs it
    from rapidfuzz.process import extract_iter  # noqa: PLC0415 - as above

    return (day.standings[index] for _, _, index in extract_iter(title, day.titles, scorer=ratio, score_cutoff=_ALIKE))


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _are_twins(one: Standing, other: Standing) -> bool:
    assert one.item.published is not None
    assert other.item.published is not None
    sources = {sighting.source for sighting in one.candidate.sightings}
    return (
        abs(one.item.published - other.item.published) <= APART
        and not (one.is_lesson and other.is_lesson)
        and sources.isdisjoint(sighting.source for sighting in other.candidate.sightings)
        and similar_titles(one.item.title, other.item.title)
    )
