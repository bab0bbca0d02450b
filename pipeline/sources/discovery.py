"""Find out what an address can be read as: a generator that does no input or output, like the readers themselves."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from pipeline import sources
from pipeline.errors import DigikoosteError, FetchError, ParseError
from pipeline.model import Kind, Known, Reading, Selectors, Source
from pipeline.sources.document import document_of
from pipeline.sources.recognition import NO_LANGUAGE, Look, What, maps, recognise
from pipeline.sources.steps import call, get_anyway, request_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.model import Item
    from pipeline.sources.steps import Steps

ACCEPT = "text/html, application/xhtml+xml, application/atom+xml, application/rss+xml, */*;q=0.5"
GUESSES = ("feed", "rss.xml", "atom.xml")
"""Where feeds often stand; only asked for when somebody wants it."""

_YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be"})
_LONG_TEXT = 5
"""Sentences of its own that make a page a document."""
_PREVIEW = 5
_MOST_SECTIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the keeper has said about a source already; None and empty: find it out."""

    kind: Kind | None = None
    selectors: Selectors | None = None
    prefixes: tuple[str, ...] = ()
    language: str | None = None
    allow_private: bool = False
    user_agent: str | None = None
    guess: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A source that works, with what a first look at it gave.

    ``source`` has no id yet. ``reading`` holds its first page at least. ``notes`` are sentences on how it
    was found, ``others`` what else the address could be read as. ``title`` is what the page that led there calls
    itself, for a source that has no title of its own.
    """

    source: Source
    reading: Reading
    title: str | None = None
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def discover(url: str, wish: Wish, *, agent: str, now: datetime, proxy: str = "") -> Steps[Finding]:
    """Return the best source that ``url`` leads to, tried out.

    Raises FetchError or YouTubeError when nothing answers, ParseError when there is nothing to read.
    """
    search = _Search(wish, agent=agent, now=now, proxy=proxy)
    if url.startswith("file:"):
        return (yield from search.only(search.source(Kind.FEED, url)))
    if wish.kind is Kind.YOUTUBE or urlsplit(url).hostname in _YOUTUBE:
        from pipeline.sources import youtube  # noqa: PLC0415  # for its addresses alone

        if youtube.target_of(url).list_id is None:
            search.notes.append("Of the channel its videos are read, without Shorts and streams.")
        return (yield from search.only(search.source(Kind.YOUTUBE, _list_url(url))))
    answer = yield from get_anyway(request_for(search.source(Kind.FEED, url), url, agent=agent, accept=ACCEPT))
    if answer.moved_to:
        search.notes.append(f"{url} has moved for good; its new address is taken.")
    look = yield from call(f"the answer of {url}", recognise, document_of(answer), now)
    found = yield from search.best(answer.moved_to or url, look)
    return dataclasses.replace(found, title=found.reading.title or look.title)


def _list_url(url: str) -> str:
    """Return the address of the list as a person would write it: a channel's without its tab."""
    from pipeline.sources import youtube  # noqa: PLC0415  # as above

    return youtube.target_of(url).url.removesuffix("/videos")


class _Search:
    """One address looked into: the candidates in their order, until one works."""

    def __init__(self, wish: Wish, *, agent: str, now: datetime, proxy: str) -> None:
        self.notes: list[str] = []
        self._wish = wish
        self._agent = agent
        self._now = now
        self._proxy = proxy

    def source(
        self, kind: Kind, url: str, selectors: Selectors | None = None, prefixes: tuple[str, ...] = ()
    ) -> Source:
        """Return a source as it would be written."""
        wish = self._wish
        return Source(
            id="",
            url=url,
            kind=kind,
            language=wish.language,
            allow_private=wish.allow_private,
            user_agent=wish.user_agent,
            selectors=selectors if kind is Kind.LISTING else None,
            prefixes=prefixes if kind is Kind.SITEMAP else (),
        )

    def only(self, source: Source) -> Steps[Finding]:
        """Try the one source that it can be; its error is the answer."""
        reading = yield from self._read(source)
        return Finding(source=source, reading=reading, notes=tuple(self.notes))

    def best(self, url: str, look: Look) -> Steps[Finding]:
        """Try the candidates until one gives something; raise ParseError with every reason when none does."""
        failures: list[DigikoosteError] = []
        candidates = list(self._candidates(url, look))
        for place, source in enumerate(candidates):
            try:
                reading = yield from self._read(source)
            except (FetchError, ParseError) as error:
                failures.append(error)
                continue
            if reading.items:
                others = tuple(_described(other) for other in candidates[place + 1 :])
                return Finding(source=source, reading=reading, notes=self._told(source, reading), others=others)
            failures.append(
                ParseError(" ".join(reading.warnings) or f"{source.url} holds nothing yet ({source.kind}).")
            )
        if self._wish.kind in {None, Kind.FEED} and self._wish.guess:
            for guess in self._guesses(url):
                try:
                    return (yield from self.only(self.source(Kind.FEED, guess)))
                except (FetchError, ParseError):
                    continue
        if look.what is What.PAGE and (found := (yield from self._beyond(url, look, failures))):
            return found
        raise ParseError(self._nothing(url, look, failures))

    def _beyond(self, url: str, look: Look, failures: list[DigikoosteError]) -> Steps[Finding | None]:
        """Try what a page without feed and list may still be: a part of its site's sitemap, a document, the whole map.

        Who pastes the address of one document means that, and not the site around it. What a front page lists is
        a choice of what there is, so that the map comes first.
        """
        wish, is_front = self._wish, _is_front(url)
        is_document = wish.kind is None and look.sentences >= _LONG_TEXT
        maps: tuple[str, ...] = ()
        if wish.kind in {None, Kind.SITEMAP}:
            maps = yield from self._named_maps(url)
        part = wish.prefixes or (() if is_front else (url.partition("?")[0].rstrip("/") + "/",))
        listing = self._front_list(url, look)
        wants_whole = not wish.prefixes and (is_front or not is_document)
        for prefixes in (*([part] if part else []), *([()] if wants_whole else [])):
            if found := (yield from self._mapped(maps, prefixes, failures)):
                return dataclasses.replace(found, others=(_described(listing),) if listing else ())
        if listing is not None:
            reading = yield from self._read(listing)
            return Finding(source=listing, reading=reading, notes=self._told(listing, reading))
        if not is_document:
            return None
        self.notes.append("It lists nothing, so it is read as one document: an item whenever its text is revised.")
        alone = yield from self.only(self.source(Kind.PAGE, url))
        others = tuple(f"{address}, all of the site (--kind sitemap)" for address in maps)
        return dataclasses.replace(alone, others=others)

    def _front_list(self, url: str, look: Look) -> Source | None:
        """Return the listing that a front page may be read as."""
        wanted = _is_front(url) and look.selectors and self._wish.kind is None
        return self.source(Kind.LISTING, url, look.selectors) if wanted else None

    def _candidates(self, url: str, look: Look) -> Iterator[Source]:
        """Yield what the address itself can be, best first, as far as the keeper's wish allows."""
        for source in self._all(url, look):
            if self._wish.kind in {None, source.kind}:
                yield source

    def _all(self, url: str, look: Look) -> Iterator[Source]:
        wish = self._wish
        match look.what:
            case What.FEED:
                yield self.source(Kind.FEED, url)
            case What.SITEMAP:
                yield self.source(Kind.SITEMAP, url, prefixes=wish.prefixes)
            case What.ROBOTS:
                for address in look.maps:
                    yield self.source(Kind.SITEMAP, address, prefixes=wish.prefixes)
            case What.WORDPRESS:
                yield self.source(Kind.WORDPRESS, _site_of(url))
            case What.PAGE:
                yield from self._of_page(url, look)

    def _of_page(self, url: str, look: Look) -> Iterator[Source]:
        wish = self._wish
        for address in look.feeds:
            yield self.source(Kind.FEED, address)
        if look.api or wish.kind is Kind.WORDPRESS:
            yield self.source(Kind.WORDPRESS, _site_of(look.api) if look.api else url)
        selectors = wish.selectors or look.selectors
        if selectors and (wish.kind is Kind.LISTING or wish.selectors or not _is_front(url)):
            yield self.source(Kind.LISTING, url, selectors)
        if wish.kind is Kind.PAGE:
            yield self.source(Kind.PAGE, url)

    def _named_maps(self, url: str) -> Steps[tuple[str, ...]]:
        """Return the sitemaps that the site's robots.txt names, or where one often stands, if that may be guessed."""
        try:
            request = request_for(
                self.source(Kind.SITEMAP, url),
                urljoin(url, "/robots.txt"),
                agent=self._agent,
                accept="text/plain, */*;q=0.5",
            )
            answer = yield from get_anyway(request)
            named = yield from call(f"the rules {request.url}", maps, document_of(answer))
        except (FetchError, ParseError):
            named = ()
        if not named and self._wish.guess:
            return (urljoin(url, "/sitemap.xml"),)
        return named

    def _mapped(
        self, maps: tuple[str, ...], prefixes: tuple[str, ...], failures: list[DigikoosteError]
    ) -> Steps[Finding | None]:
        """Return the first sitemap that holds anything below ``prefixes``."""
        for address in maps:
            source = self.source(Kind.SITEMAP, address, prefixes=prefixes)
            try:
                reading = yield from self._read(source)
            except (FetchError, ParseError) as error:
                failures.append(error)
                continue
            if reading.items:
                self.notes.append(f"The site names its sitemap, {address}.")
                return Finding(source=source, reading=reading, notes=self._told(source, reading))
        return None

    def _guesses(self, url: str) -> Iterator[str]:
        """Yield where a feed may stand: below the page, then at the top of its site."""
        folder = url.partition("?")[0].rstrip("/") + "/"
        yield from dict.fromkeys(urljoin(base, guess) for base in (folder, urljoin(url, "/")) for guess in GUESSES)

    def _read(self, source: Source) -> Steps[Reading]:
        """Read the source as it would be, but of many pages the first, of many cards a few, and of texts no language.

        To detect one needs tables that take 0.3 s to unpack, and nothing of it is shown or written.
        """
        first = dataclasses.replace(source, language=source.language or NO_LANGUAGE)
        if source.kind in {Kind.LISTING, Kind.WORDPRESS}:
            first = dataclasses.replace(first, pages=1)
        cards = _PREVIEW if source.kind is Kind.SITEMAP else 0
        return (
            yield from sources.read(first, Known(), agent=self._agent, now=self._now, proxy=self._proxy, cards=cards)
        )

    def _told(self, source: Source, reading: Reading) -> tuple[str, ...]:
        notes = list(self.notes)
        if source.kind is Kind.SITEMAP and not source.prefixes and (sections := _sections(reading.items)):
            notes.append(f"Its addresses: {sections}. Keep a part of them with --prefix.")
        return tuple(notes)

    def _nothing(self, url: str, look: Look, failures: list[DigikoosteError]) -> str:
        wish = self._wish
        if failures:
            return " ".join(str(error) for error in failures[:3])
        if wish.kind is not None:
            return f"{url} cannot be read as {wish.kind}; leave --kind out to see what it is."
        if look.what is What.ROBOTS:
            return f"{url} names no sitemap."
        hint = "" if wish.guess else "; --guess looks for a feed where feeds often stand"
        return (
            f"Nothing on {url} can be read: it names no feed, and no list of links was found (it may be made by "
            f"scripts){hint}."
        )


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/"} and not parts.query


def _site_of(api: str) -> str:
    """Return what to write for WordPress's API: the site itself, unless the API stands elsewhere."""
    head, found, rest = api.partition("/wp-json")
    return head + "/" if found and not rest.strip("/") else api


def _described(source: Source) -> str:
    return f"{source.url} (--kind {source.kind})"


def _sections(found: tuple[Item, ...]) -> str:
    """Return the folders that most of the addresses stand in, with how many each."""
    counts = Counter(
        f"/{urlsplit(item.url).path.split('/')[1]}/" for item in found if urlsplit(item.url).path.count("/") > 1
    )
    return ", ".join(f"{count} in {name}" for name, count in counts.most_common(_MOST_SECTIONS))
