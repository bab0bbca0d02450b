"""The nouns: Source, Item, Period, Digest, Edition, Recipient, Delivery; frozen, slotted, keyword-only.

Times are aware datetimes in UTC, durations whole seconds, languages BCP 47 codes ("fi"), texts plain
(never HTML). Nothing here knows how it is fetched, stored or shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003  # the store reads these annotations back from JSON
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

LANGUAGES = ("fi", "sv", "en")
"""The languages in which editions exist, in the order of fallback."""


class Kind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    YOUTUBE = "youtube"
    LISTING = "listing"
    SITEMAP = "sitemap"
    WORDPRESS = "wordpress"
    PAGE = "page"


class ItemKind(StrEnum):
    """What a reader gets behind the link."""

    ARTICLE = "article"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """CSS selectors of a listing page; all but ``item`` are looked up inside the item.

    ``link`` None: the item itself, or its first ``a[href]``. ``title`` None: the link's text.
    ``next`` None: ``a[rel=next], link[rel=next]`` of the page.
    """

    item: str
    link: str | None = None
    title: str | None = None
    lead: str | None = None
    date: str | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a rule asks of an item; a key that is empty or None asks nothing.

    ``words`` are by language, as a topic's. ``paths`` begin the address's path ("*" is any text), or
    the whole address. Ages are days since the item's own date, durations seconds.
    """

    topics: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    pattern: str | None = None
    languages: tuple[str, ...] = ()
    kinds: tuple[ItemKind, ...] = ()
    paths: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    shorts: bool | None = None
    live: bool | None = None


class Text(StrEnum):
    """How much of the page behind an item is read for it, beyond what its source lists."""

    LEAD = "lead"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One entry of sources.yaml, checked; defaults are already filled in.

    ``name`` None means that the source's own title is used once it has been read. ``drip`` is the
    number of lessons per letter (0: not a course). ``internal`` keeps its items off the public pages.
    ``pages`` and ``limit`` cap one reading: listing pages followed, entries kept. An item is wanted if
    every condition of ``include`` holds and none of ``exclude``. ``text`` asks for the page's own lead, or
    for its whole text, which tells how long it takes to read.
    """

    id: str
    url: str
    kind: Kind
    name: str | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    only_topics: bool = False
    drip: int = 0
    archive: bool = False
    enabled: bool = True
    internal: bool = False
    allow_private: bool = False
    user_agent: str | None = None
    selectors: Selectors | None = None
    prefixes: tuple[str, ...] = ()
    pages: int = 10
    limit: int = 1000
    include: Conditions = Conditions()
    exclude: Conditions = Conditions()
    text: Text | None = None

    @property
    def scope(self) -> str:
        """What a baseline depends on; another scope is a new baseline."""
        return _digest_of(
            (self.kind, self.url, self.selectors and _values(self.selectors), self.prefixes, self.pages, self.limit)
        )

    @property
    def settings(self) -> str:
        """What the result of a reading depends on; under another value a known body is parsed again."""
        asked = (self.text,) if self.text else ()
        return _digest_of((self.scope, self.language, self.user_agent, self.allow_private, *asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to learn, as one source gives it, normalised.

    ``url`` is absolute http(s), as a reader opens it. ``key`` is its identity across sources (canonical
    URL, or ``youtube:ID``). ``publisher_id`` is its identity within the source, where it has one.
    ``title`` is '' when the source gives none. ``summary`` is one or two sentences, or ''.
    ``published`` is the item's own date or None, never invented. ``place`` is its 1-based rank among
    the public entries of an ordered source. ``unavailable`` marks a private or deleted video that is
    still listed: it only ends a candidate, it never makes one. ``card`` is False while the page behind
    ``url`` should still be read for title, summary and date. ``short`` and ``live`` tell of a video whether
    it is a Short, and whether it is or was a live stream; None where that is not known. ``reading`` is how
    many seconds its text takes to read. ``addresses`` are the same article in other languages, by language.
    """

    url: str
    key: str
    kind: ItemKind = ItemKind.ARTICLE
    publisher_id: str | None = None
    title: str = ""
    summary: str = ""
    language: str | None = None
    published: datetime | None = None
    duration: int | None = None
    place: int | None = None
    unavailable: bool = False
    card: bool = True
    short: bool | None = None
    live: bool | None = None
    reading: int | None = None
    addresses: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified of one request, byte for byte as the server sent them (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What a feed asks of its readers: seconds between visits, and the hours and weekdays (GMT, Monday = 0) to skip."""

    interval: float | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is to be remembered of one request once its source's reading is recorded.

    ``request`` is ``Request.key``. ``validators`` None: keep none (never stored for a bad answer).
    ``body_hash`` is the SHA-256 of the decoded body, or None after a 304 (keep the old one).
    """

    request: str
    url: str
    validators: Validators | None
    body_hash: str | None
    fresh_for: float | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reading of one source gave.

    ``unchanged``: the server or the body's hash said so; ``items`` is empty then and nothing may be
    concluded from that. ``complete``: every entry that the source holds (within its caps) is in
    ``items``, so absences mean removal and the baseline may close. ``title`` is the source's own name.
    ``cards`` are items known before whose page card has been read in this reading. ``failed_cards``
    are keys of items whose page could not be read. ``asks`` is what a feed that was parsed asks
    of its readers, None where nothing was parsed. ``count`` is how many entries the source itself
    says it holds, where it says so. ``warnings`` are sentences for the keeper. ``document`` is what the
    source's next reading is to be given as ``Known.document``, None to keep what is there. ``hub`` is the
    WebSub hub that a feed names.
    """

    items: tuple[Item, ...] = ()
    complete: bool = True
    unchanged: bool = False
    title: str | None = None
    count: int | None = None
    cards: tuple[Item, ...] = ()
    failed_cards: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    warnings: tuple[str, ...] = ()
    document: str | None = None
    hub: str | None = None
    asks: Asks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of a source before it is read; pages and cards are chosen by it.

    ``baseline_open`` is True until the first complete reading. ``keys`` are the ``Item.key`` of
    everything that the source ever held; ``uncarded`` are items whose page card is still to be read,
    in the order in which they should be (news first, then the next for the archive). ``document`` is what
    the last reading of the same scope left in ``Reading.document``.
    """

    baseline_open: bool = True
    keys: frozenset[str] = frozenset()
    uncarded: tuple[Item, ...] = ()
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject of sources.yaml: names and words by language.

    ``but_not`` are words that hold one of ``words`` and mean something else, "viestintäministeriö".
    """

    id: str
    name: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    but_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
    include: Conditions = Conditions()
    exclude: Conditions = Conditions()


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
    """A lesson's place, frozen with the digest: "osa ``place``/``total``" of ``title``; what comes next."""

    source: str
    title: str
    place: int
    total: int
    next_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An item's article in another language; ``title`` is '' where only its address is known."""

    language: str
    url: str
    title: str = ""
    summary: str = ""


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


class RecipientState(StrEnum):
    """Whether someone still gets the letter; of who is ``FORGOTTEN`` nothing is stored but a keyed hash."""

    ACTIVE = "active"
    LEFT = "left"
    SUPPRESSED = "suppressed"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An address that asked for the letter, with a language, when and how it asked.

    ``topics`` are the ids of those that they want to hear of, None for everything. ``why`` says for what
    reason they were suppressed.
    """

    id: int
    address: str
    language: str
    state: RecipientState
    consent_at: datetime
    origin: str
    topics: tuple[str, ...] | None = None
    why: str | None = None


class DeliveryState(StrEnum):
    """Where one edition stands on its way to one recipient."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition owed to one recipient. ``message_id`` never changes, so a resend is the same message.

    ``choice`` names the topics that the edition was made for, "" for everything. ``waited`` is for how long
    it has been tried, ``doubts`` how often nobody knew afterwards whether it had arrived. ``recipient`` is their
    number, which a log may name.
    """

    id: int
    digest: str
    language: str
    address: str
    message_id: str
    state: DeliveryState
    attempts: int
    created: datetime
    last_try: datetime | None = None
    choice: str = ""
    waited: timedelta = timedelta()
    doubts: int = 0
    recipient: int = 0


def _values(selectors: Selectors) -> tuple[str | None, ...]:
    return (selectors.item, selectors.link, selectors.title, selectors.lead, selectors.date, selectors.next)


@lru_cache(maxsize=8192)  # 0.5 µs instead of 12: a run asks four times for each source's
def _digest_of(value: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]
