"""Choosing what goes into a period, and in what order, with the reason for each.

The rules stand in docs/news.md, for people. Nothing is read or written here: the same candidates, in
whatever order they come, give the same digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.digest.courses import Courses
from pipeline.digest.layout import flood, sections
from pipeline.digest.reasons import REASONS
from pipeline.digest.selection import Selection
from pipeline.digest.standing import absent, ranked, spoken_for, standing_of
from pipeline.digest.subjects import Subjects
from pipeline.digest.tailoring import tailor, understood
from pipeline.digest.versions import Versions
from pipeline.model import Digest, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.digest.standing import Standing
    from pipeline.model import Candidate, Period, Reason, Rules, SourceState, Topic

__all__ = ["REASONS", "choose", "tailor", "understood"]


def choose(  # noqa: PLR0917 - the six nouns of one decision; each has a type of its own
    candidates: Iterable[Candidate],
    sources: Sequence[SourceState],
    topics: Sequence[Topic],
    rules: Rules,
    period: Period,
    now: datetime,
) -> Digest:
    """Return the digest of ``period`` as it is at ``now``: what goes in, what does not, and why.

    ``candidates`` is everything that the store holds, shown or not: shown items make the places of
    courses, are found to be twins, and come back from the archive. ``sources`` and ``topics`` are in
    the file's order. Every candidate is either picked once or left out with one reason.

        everything ─→ offered ─→ free ─┬─→ lessons
                                       ├─→ news, each story once
                                       └─→ archive, while the letter is thin
    """
    enabled = ranked(sources)
    everything = [standing_of(candidate, enabled) for candidate in sorted(candidates, key=lambda one: one.id)]
    subjects = Subjects(topics, rules, now)
    versions = Versions(everything)
    selection = Selection(subjects, versions, rules, period, now)

    offered = selection.keep(everything, absent)
    free = selection.keep(offered, lambda one: spoken_for(one, period))
    courses = Courses(offered, subjects)
    lessons = courses.lessons(free)
    news, old = selection.sift(free, lessons, courses)
    lessons, news = selection.tell_once(lessons, news, everything)
    from_archive = selection.fill(old, lessons, news, everything)

    picked = {one.standing.id: one for one in (*lessons, *news, *from_archive)}
    return Digest(
        period=period,
        sections=sections(lessons, news, from_archive, topics, subjects, rules),
        left_out=tuple(_left_out(one, selection.out[one.id]) for one in everything if one.id not in picked),
        notices=(*flood(tuple(picked.values()), rules), *courses.endings(picked), *subjects.notices),
    )


def _left_out(standing: Standing, why: Reason) -> LeftOut:
    sighting = next((held.sighting for held in standing.holdings), None) or next(
        iter(standing.candidate.sightings), None
    )
    return LeftOut(
        item_id=standing.id,
        title=standing.item.title,
        url=standing.item.url,
        source=sighting.source if sighting is not None else "",
        reason=why,
    )
