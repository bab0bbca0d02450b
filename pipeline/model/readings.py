"""What was read: an item, and all that one reading of a source gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # the store reads these annotations back from JSON

from pipeline.model.sources import ItemKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An item's article in another language; ``title`` is '' where only its address is known."""

    language: str
    url: str
    title: str = ""
    summary: str = ""


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
