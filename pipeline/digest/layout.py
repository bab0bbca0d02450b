"""The order of a digest: sections, what stands where in them, and what a flood leaves to the page."""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

from pipeline.digest.reasons import reason
from pipeline.model import Section, SectionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.digest.chosen import Chosen
    from pipeline.digest.subjects import Subjects
    from pipeline.model import Pick, Reason, Rules, Topic


def sections(  # noqa: PLR0917 - the parts of one digest; each has a type of its own
    lessons: Sequence[Chosen],
    news: Sequence[Chosen],
    archive: Sequence[Chosen],
    topics: Sequence[Topic],
    subjects: Subjects,
    rules: Rules,
) -> tuple[Section, ...]:
    """Return the sections that hold something: topics in the file's order, the rest, courses, the archive."""
    news = sorted(news, key=_newest_first)
    in_letter = {
        chosen.standing.id for chosen in islice(chain(lessons, archive, _in_turns(news)), max(rules.at_most, 0))
    }

    def picks(chosen: Iterable[Chosen]) -> tuple[Pick, ...]:
        return tuple(
            one.pick(
                in_letter=one.standing.id in in_letter,
                topics=tuple(subject.topic for subject in subjects.all_of(one.standing)),
            )
            for one in chosen
        )

    by_topic: dict[str, list[Chosen]] = {}
    for one in news:
        by_topic.setdefault(one.topic, []).append(one)
    drawn = [
        *(
            Section(kind=SectionKind.TOPIC, picks=picks(by_topic.get(topic.id, ())), id=topic.id, name=topic.name)
            for topic in topics
        ),
        Section(kind=SectionKind.OTHER, picks=picks(by_topic.get("", ()))),
        Section(kind=SectionKind.LESSONS, picks=picks(lessons)),
        Section(kind=SectionKind.ARCHIVE, picks=picks(archive)),
    ]
    return tuple(section for section in drawn if section.picks)


def flood(chosen: Sequence[Chosen], rules: Rules) -> tuple[Reason, ...]:
    """Return a notice when more is handed out than the letter takes, naming the source that gave most."""
    if len(chosen) <= rules.at_most:
        return ()
    given = Counter(one.credit.rank for one in chosen)
    most = min(given, key=lambda rank: (-given[rank], rank))
    title = next(one.credit.state.title for one in chosen if one.credit.rank == most)
    return (reason("flood", items=len(chosen), in_letter=rules.at_most, source=title, source_items=given[most]),)


def _newest_first(chosen: Chosen) -> tuple[float, int, int, int]:
    """Order by the item's own date, else by when it was first seen; in a playlist by that alone.

    A video of 2017 that joins a playlist today is today's news, and its neighbours keep their order.
    """
    place = chosen.credit.sighting.place
    item = chosen.standing.item
    date = chosen.credit.sighting.first_seen if place is not None or item.published is None else item.published
    return -date.timestamp(), chosen.credit.rank, place or 0, chosen.standing.id


def _in_turns(news: Iterable[Chosen]) -> Iterator[Chosen]:
    """Yield one of each source in turn, in the file's order, until all are out."""
    queues: dict[int, list[Chosen]] = {}
    for one in news:
        queues.setdefault(one.credit.rank, []).append(one)
    rounds = zip_longest(*(queues[rank] for rank in sorted(queues)))
    return (one for turn in rounds for one in turn if one is not None)
