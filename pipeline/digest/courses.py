"""Courses: old playlists handed out in order, a few lessons in every letter, until they are through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest.chosen import Chosen
from pipeline.digest.reasons import reason
from pipeline.model import CoursePlace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from pipeline.digest.standing import Holding, Standing
    from pipeline.digest.subjects import Subjects
    from pipeline.model import Reason


@dataclass(frozen=True, slots=True)
class _Course:
    """A dripping source: the parts that have a place, in order, and the numbers of those still to come.

    ``waits`` is True until its baseline closes: before that nobody knows the order. A part without a
    place is none of an ordered list, and is not handed out.
    """

    holding: Holding
    waits: bool
    placed: tuple[Standing, ...]
    coming: frozenset[int]

    @property
    def is_running(self) -> bool:
        """False once it is through, and for what has no order: a channel's videos have no places."""
        return bool(self.coming) and (self.waits or bool(self.placed))

    def next_lessons(self, is_ready: Callable[[Standing], bool]) -> tuple[Chosen, ...]:
        """Return the ``drip`` next lessons: the first parts in order that are still to come and ready.

        The place is the rank among the public parts of today. Only the last lesson names what comes
        next: what follows the others stands right below them.
        """
        if self.waits:
            return ()
        ready = [
            (place, part)
            for place, part in enumerate(self.placed, start=1)
            if part.id in self.coming and is_ready(part)
        ]
        drip = self.holding.source.drip
        next_title = ready[drip][1].item.title if len(ready) > drip else None
        last = min(drip, len(ready))
        return tuple(
            self._lesson(part, place, None if number < last else next_title, followed=number < last)
            for number, (place, part) in enumerate(ready[:drip], start=1)
        )

    def _lesson(self, part: Standing, place: int, next_title: str | None, *, followed: bool) -> Chosen:
        source, title, total = self.holding.source.id, self.holding.state.title, len(self.placed)
        return Chosen(
            standing=part,
            credit=next(held for held in part.holdings if held.rank == self.holding.rank),
            reason=reason("lesson", source=title, place=place, total=total),
            course=CoursePlace(
                source=source, title=title, place=place, total=total, next_title=next_title, followed=followed
            ),
        )


class Courses:
    """The running courses of the file, in its order.

    ``offered`` is all that the sources still offer, shown or not, for that makes the places. A part is
    still to come while no digest has shown it in any section, the editor did not drop it, and its
    sources want it under the topics that it has.
    """

    def __init__(self, offered: Iterable[Standing], subjects: Subjects) -> None:
        parts: dict[int, list[tuple[Holding, Standing]]] = {}
        for standing in offered:
            for holding in standing.holdings:
                if holding.source.drip and holding.sighting.present:
                    parts.setdefault(holding.rank, []).append((holding, standing))
        self._running: list[_Course] = []
        self._held_back: dict[int, Reason] = {}
        for rank in sorted(parts):
            course = _course(parts[rank], subjects)
            if course.is_running:
                self._running.append(course)
                why = reason("course-waits" if course.waits else "course-later", source=course.holding.state.title)
                for _, part in parts[rank]:
                    self._held_back.setdefault(part.id, subjects.unwanted(part) or why)

    def lessons(self, free: Iterable[Standing]) -> list[Chosen]:
        """Return this letter's lessons, course by course; a video that two courses share comes once."""
        ready = {part.id for part in free if not part.awaits_page}
        lessons: list[Chosen] = []
        for course in self._running:
            handed_out = course.next_lessons(lambda part: part.id in ready)
            ready.difference_update(lesson.standing.id for lesson in handed_out)
            lessons.extend(handed_out)
        return lessons

    def holds_back(self, standing: Standing) -> Reason | None:
        """Return why a part that is no lesson of this letter is in no other section either, or None."""
        return self._held_back.get(standing.id)

    def endings(self, handed_out: Collection[int]) -> tuple[Reason, ...]:
        """Return a notice for every course whose last parts are now handed out."""
        return tuple(
            reason("course-ends", source=course.holding.state.title)
            for course in self._running
            if course.coming.issubset(handed_out)
        )


def _course(parts: Sequence[tuple[Holding, Standing]], subjects: Subjects) -> _Course:
    holding = parts[0][0]
    placed = sorted(
        ((held.place, part.id, part) for held, part in parts if held.place is not None),
        key=lambda ranked: ranked[:2],
    )
    coming = frozenset(
        part.id
        for _, part in parts
        if not part.candidate.shown and not part.candidate.dropped and subjects.unwanted(part) is None
    )
    return _Course(holding, holding.state.baseline_from is None, tuple(part for *_, part in placed), coming)
