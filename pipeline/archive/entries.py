"""Everything ever collected that may be public, as values: items, sources, courses and topics of the archive."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.archive.tree import digest_of
from pipeline.model import LANGUAGES, Kind
from pipeline.render.summary import visible
from pipeline.render.words import language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from pipeline.model import Candidate, Item, Shown, Sighting, Source, Topic
    from pipeline.topics import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One public item.

    ``when`` is its own date, or, where that is not known, the day on which it was found; ``sources`` are its public
    holders in the file's order, ``topics`` ids in the file's order, ``letters`` the keys of the digests that it was
    in, oldest first. ``stamp`` changes with anything that a page tells of it.
    """

    id: int
    item: Item
    language: str
    when: date
    found: datetime
    sources: tuple[str, ...]
    topics: tuple[str, ...]
    letters: tuple[str, ...]
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A part of a course; ``place`` is its rank today, None for one that the course no longer has."""

    entry: Entry
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A source or a topic, and what it holds, newest first; of a course, ``lessons`` in order."""

    id: str
    name: Mapping[str, str]
    entries: tuple[Entry, ...]
    url: str = ""
    lessons: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The archive: every entry, newest first, and the shelves that they stand on, in the file's order."""

    entries: tuple[Entry, ...] = ()
    sources: tuple[Shelf, ...] = ()
    courses: tuple[Shelf, ...] = ()
    topics: tuple[Shelf, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Of every public source."""


def gather(
    candidates: Iterable[Candidate],
    sources: Sequence[Source],
    titles: Mapping[str, str],
    topics: Sequence[Topic],
    *,
    matcher: Matcher,
    zone: ZoneInfo,
) -> Collection:
    """Return what may be public.

    An item is not if any of the sources that ever held it is internal, or no longer in the file: nobody can tell
    then whose words they are. Nor is one that cannot be opened any more, or that has no title to show. ``titles``
    are the sources' names.
    """
    public = {source.id: source for source in sources if not source.internal}
    order = {topic.id: rank for rank, topic in enumerate(topics)}
    ranks = {source.id: rank for rank, source in enumerate(sources)}
    entries = []
    held: dict[str, list[tuple[Entry, Sighting]]] = defaultdict(list)
    tell = _teller(matcher, public, order)
    for candidate in candidates:
        if not _is_public(candidate, public):
            continue
        entry = _entry(candidate, tell(candidate), ranks, titles, zone)
        entries.append(entry)
        for sighting in candidate.sightings:
            held[sighting.source].append((entry, sighting))
    entries.sort(key=_newest, reverse=True)
    shelves = [_shelf(public[id_], titles[id_], held[id_]) for id_ in public if id_ in held]
    by_topic: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for topic_id in entry.topics:
            by_topic[topic_id].append(entry)
    return Collection(
        entries=tuple(entries),
        sources=tuple(shelf for shelf in shelves if not shelf.lessons),
        courses=tuple(shelf for shelf in shelves if shelf.lessons),
        topics=tuple(
            Shelf(id=topic.id, name=topic.name, entries=tuple(by_topic[topic.id]))
            for topic in topics
            if topic.id in by_topic
        ),
        names={id_: titles[id_] for id_ in public if id_ in held},
    )


def _is_public(candidate: Candidate, public: Mapping[str, Source]) -> bool:
    sightings = candidate.sightings
    return (
        all(one.source in public for one in sightings)
        and not any(one.unavailable for one in sightings)
        and any(one.present or public[one.source].kind is not Kind.YOUTUBE for one in sightings)
        and visible(candidate.item.title)
    )


def _teller(
    matcher: Matcher, sources: Mapping[str, Source], order: Mapping[str, int]
) -> Callable[[Candidate], tuple[str, ...]]:
    """Return what names a candidate's topics: by its words, and as its sources say."""

    def tell(candidate: Candidate) -> tuple[str, ...]:
        item = candidate.item
        found = {hit.topic for hit in matcher.topics_of(item.title, item.summary, item.language)}
        for sighting in candidate.sightings:
            found.update(topic for topic in sources[sighting.source].topics if topic in order)
        return tuple(sorted(found, key=order.__getitem__))

    return tell


def _entry(
    candidate: Candidate,
    topics: tuple[str, ...],
    ranks: Mapping[str, int],
    titles: Mapping[str, str],
    zone: ZoneInfo,
) -> Entry:
    item = candidate.item
    language = language_of(item.language)
    sources = tuple(sorted({one.source for one in candidate.sightings}, key=ranks.__getitem__))
    letters = tuple(dict.fromkeys(shown.key for shown in sorted(candidate.shown, key=_by_time)))
    when = (item.published or candidate.first_seen).astimezone(zone).date()
    names = [titles[source] for source in sources]
    told = (item.url, item.title, item.summary, item.kind, item.published, item.duration, item.reading)
    return Entry(
        id=candidate.id,
        item=item,
        language=language,
        when=when,
        found=candidate.first_seen,
        sources=sources,
        topics=topics,
        letters=letters,
        stamp=digest_of(repr((candidate.id, told, language, when, candidate.first_seen, names, topics, letters))),
    )


def _by_time(shown: Shown) -> tuple[datetime, str]:
    return shown.at, shown.key


def _newest(entry: Entry) -> tuple[date, int]:
    return entry.when, entry.id


def _shelf(source: Source, title: str, held: Sequence[tuple[Entry, Sighting]]) -> Shelf:
    """Return what stands under one source; it is a course where its parts have places."""
    placed = sorted((sighting.place, entry.id, entry) for entry, sighting in held if _place(sighting) is not None)
    lessons: list[Lesson] = []
    if placed:
        lessons = [Lesson(entry=entry, place=rank) for rank, (_, _, entry) in enumerate(placed, start=1)]
        gone = [entry for entry, sighting in held if _place(sighting) is None and entry.letters]
        lessons += [Lesson(entry=entry, place=None) for entry in sorted(gone, key=lambda one: (one.letters, one.id))]
    return Shelf(
        id=source.id,
        name=dict.fromkeys(LANGUAGES, title),
        entries=tuple(sorted((entry for entry, _ in held), key=_newest, reverse=True)),
        url=source.url,
        lessons=tuple(lessons),
    )


def _place(sighting: Sighting) -> int | None:
    return sighting.place if sighting.present and not sighting.unavailable else None
