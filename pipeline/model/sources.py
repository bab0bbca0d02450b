"""What is read: a source of the file and what is asked of its items."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping  # noqa: TC003  # these annotations are read at runtime
from dataclasses import dataclass, field
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
class Topic:
    """A subject of sources.yaml: names and words by language.

    ``but_not`` are words that hold one of ``words`` and mean something else, "viestintäministeriö".
    """

    id: str
    name: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    but_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _values(selectors: Selectors) -> tuple[str | None, ...]:
    return (selectors.item, selectors.link, selectors.title, selectors.lead, selectors.date, selectors.next)


@lru_cache(maxsize=8192)  # 0.5 µs instead of 12: a run asks four times for each source's
def _digest_of(value: tuple[object, ...]) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]
