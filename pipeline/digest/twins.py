"""The same story under a near-identical title: found across sources, never within one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.identity import similar_titles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.digest.standing import Standing

APART = timedelta(days=2)
"""How far the dates of two items may lie apart that are one story."""


class Twins:
    """Items to find twins among: different sources, same language, both dated, near, no two lessons.

    An unknown language or date is nobody's same: showing a story twice costs less than losing one.
    """

    def __init__(self, standings: Iterable[Standing] = ()) -> None:
        self._by_day: dict[tuple[str, int], list[Standing]] = {}
        for standing in standings:
            self.add(standing)

    def add(self, standing: Standing) -> None:
        """Let later ones be found to be this one's twins."""
        if (day := _day(standing)) is not None:
            self._by_day.setdefault(day, []).append(standing)

    def of(self, standing: Standing) -> Iterator[Standing]:
        """Yield the twins of ``standing`` among those added: by day, and within a day as they were added."""
        if (day := _day(standing)) is None:
            return
        language, ordinal = day
        for near in range(ordinal - APART.days, ordinal + APART.days + 1):
            for other in self._by_day.get((language, near), ()):
                if _are_twins(standing, other):
                    yield other


def _day(standing: Standing) -> tuple[str, int] | None:
    item = standing.item
    if not item.title or item.language is None or item.published is None:
        return None
    return item.language, item.published.toordinal()


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
