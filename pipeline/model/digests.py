"""What was chosen: a period, its candidates, the digest made of them and its editions."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # the store reads these annotations back from JSON
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003  # as above
from enum import StrEnum

from pipeline.model.readings import Item, Version  # noqa: TC001  # as above
from pipeline.model.sources import Conditions, Source

_NONE = Conditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the previous slot to this one; ``key`` is the slot's ISO week, day or month."""

    key: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a digest is chosen, by sources.yaml's ``digest`` section; ``include`` and ``exclude`` as in Source."""

    at_least: int = 5
    at_most: int = 60
    repeat_after: int = 52
    """Weeks before an item may come back from the archive."""
    include: Conditions = _NONE
    exclude: Conditions = _NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An item's standing in one source.

    ``baseline``: it was there before the first complete reading closed, or ``moved``: it came as old when
    nothing known was left in the source. ``present``: the last complete reading still held it.
    ``unavailable``: listed but private or deleted. ``place`` is its rank in the last complete reading of
    an ordered source.
    """

    source: str
    first_seen: datetime
    baseline: bool
    present: bool = True
    unavailable: bool = False
    place: int | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An earlier appearance in a digest: when it was frozen, and whether as news, lesson or archive."""

    key: str
    at: datetime
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored item, with all that the choice depends on. ``id`` is the store's own number."""

    id: int
    item: Item
    first_seen: datetime
    sightings: tuple[Sighting, ...]
    shown: tuple[Shown, ...] = ()
    reserved_by: str | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What the choice needs to know of one source of the file.

    ``baseline_from`` is the start of the period that ran when the baseline closed, None while it is
    open. ``title`` is the name to print: the file's, else the source's own, else its id.
    """

    source: Source
    title: str
    baseline_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an item is in, or out: a code with parameters, so that any language can say it."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePlace:
    """A lesson's place, frozen with the digest: "osa ``place``/``total``" of ``title``; what comes next.

    ``next_title`` is None after the last part, and where another lesson of the course stands below (``followed``).
    """

    source: str
    title: str
    place: int
    total: int
    next_title: str | None = None
    followed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One item in a digest.

    ``source`` and ``source_title`` name where it is credited; ``also_in`` are the titles of the other
    sources that hold it. ``in_letter`` is False for the excess over ``at_most``: page only.
    ``versions`` are the same article in the languages whose editions link that instead. ``topics`` are
    all that it belongs to, in the file's order: a reader who chose the second one gets it too.
    """

    item_id: int
    item: Item
    source: str
    source_title: str
    reason: Reason
    also_in: tuple[str, ...] = ()
    course: CoursePlace | None = None
    internal: bool = False
    in_letter: bool = True
    versions: tuple[Version, ...] = ()
    topics: tuple[str, ...] = ()


class SectionKind(StrEnum):
    """What a section of a digest holds."""

    TOPIC = "topic"
    OTHER = "other"
    LESSONS = "lessons"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Picks under one heading; ``id`` and ``name`` are the topic's, '' and {} for the other kinds."""

    kind: SectionKind
    picks: tuple[Pick, ...]
    id: str = ""
    name: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A candidate that is not in the digest, and why."""

    item_id: int
    title: str
    url: str
    source: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Which items, in what sections and order, in a period; no words on a page yet."""

    period: Period
    sections: tuple[Section, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notices: tuple[Reason, ...] = ()

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Every pick, in the order of the letter."""
        return tuple(pick for section in self.sections for pick in section.picks)

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to hand out: no letter then."""
        return not any(section.picks for section in self.sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A digest rendered in one language: the mail's parts and the public page's, as final text.

    ``html`` and ``text`` are the mail; ``page`` and ``page_text`` the public files (without internal
    items). ``preheader`` is part of ``html`` already.
    """

    language: str
    subject: str
    html: str
    text: str
    page: str
    page_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tailored:
    """An edition for one choice of topics: the mail alone, for the page holds everything.

    ``choice`` are the topics' ids, joined by commas; ``digest`` is what of the whole stands in it.
    """

    choice: str
    digest: Digest
    edition: Edition
