"""One item that goes into a digest, on its way to being a pick."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pipeline.model import Pick

if TYPE_CHECKING:
    from pipeline.digest.standing import Holding, Standing
    from pipeline.model import CoursePlace, Reason, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """An item and its reason: credited to which source, why, under which topic, with which twins merged in."""

    standing: Standing
    credit: Holding
    reason: Reason
    topic: str = ""
    course: CoursePlace | None = None
    twins: tuple[Standing, ...] = ()
    versions: tuple[Version, ...] = ()

    def pick(self, *, in_letter: bool, topics: tuple[str, ...]) -> Pick:
        """Return the pick, with the names of the other sources."""
        return Pick(
            item_id=self.standing.id,
            item=self.standing.item,
            source=self.credit.source.id,
            source_title=self.credit.state.title,
            reason=self.reason,
            also_in=self._also_in(),
            course=self.course,
            internal=self.standing.internal,
            in_letter=in_letter,
            versions=self.versions,
            topics=topics,
        )

    def _also_in(self) -> tuple[str, ...]:
        """Return the other holders' names in the file's order; a public page never names an internal source."""
        holders = chain(self.standing.holders, *(twin.holders for twin in self.twins))
        named = {
            holding.rank: holding.state.title
            for holding in holders
            if holding.rank != self.credit.rank and (self.standing.internal or not holding.source.internal)
        }
        return tuple(named[rank] for rank in sorted(named))
