"""Read a sitemap: the addresses below a prefix, newest first, each to be known better by its page card."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.parsers import expat

from pipeline import identity
from pipeline.errors import FetchError, ParseError
from pipeline.fetch import Response
from pipeline.model import Item, ItemKind, Reading
from pipeline.sources import cards as page_cards
from pipeline.sources import dates
from pipeline.sources.document import document_of, terms_of
from pipeline.sources.steps import call, get, request_for, seen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pipeline.model import Known, Seen, Source
    from pipeline.sources.document import Document, Terms
    from pipeline.sources.steps import Steps

ACCEPT = "application/xml, text/xml;q=0.9, application/gzip;q=0.9, */*;q=0.5"

_LARGEST = 50 * 2**20
"""Bytes of an unpacked sitemap (sitemaps.org: 50 MB)."""
_DEEPEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one file holds: pages that match, of ``count`` in all, or, if it is an index, other sitemaps.

    A page is its item with the second of its ``lastmod``, 0 where that is not given; ``maps`` stand newest first.
    """

    pages: tuple[tuple[float, Item], ...] = ()
    count: int = 0
    maps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maps:
    """What all files together hold. ``unchanged``: some were, so that their items are not among ``pages``."""

    pages: tuple[tuple[float, Item], ...] = ()
    count: int = 0
    read: int = 0
    unchanged: bool = False
    seen: tuple[Seen, ...]
    failures: tuple[str, ...] = ()


def read(
    source: Source, known: Known, *, agent: str, now: datetime, cards: int, languages: Collection[str]
) -> Steps[Reading]:
    """Read the sitemap, or the index of sitemaps, and the page cards that are due.

    ``lastmod`` decides in which order, never what date an item has: a mass re-save touches 300 pages.
    An index is read in full every time, as it may stay the same while its sitemaps change. Raises
    FetchError or ParseError when nothing can be read.
    """
    request = request_for(source, source.url, agent=agent, accept=ACCEPT)
    answer = yield from get(request)
    if not isinstance(answer, Response):
        maps = _Maps(unchanged=True, seen=(seen(request, answer),))
    else:
        top = yield from _parsed(source, answer, now)
        if top.maps:
            maps = yield from _follow(source, top.maps, agent=agent, now=now)
        else:
            maps = _Maps(pages=top.pages, count=top.count, read=1, seen=(seen(request, answer),))
    items = _newest(maps.pages, source.limit)
    due = yield from page_cards.read(source, items, known, agent=agent, now=now, limit=cards, languages=languages)
    warnings = (*maps.failures, *_warnings(source, known, maps), *due.warnings)
    sound = not maps.failures and not (maps.read and not items)
    return Reading(
        items=tuple(due.fresh.get(item.key, item) for item in items),
        complete=sound and not maps.unchanged,
        unchanged=not maps.read,
        cards=due.waiting,
        failed_cards=due.failed,
        seen=maps.seen if sound else (),
        warnings=warnings,
    )


def _follow(source: Source, urls: tuple[str, ...], *, agent: str, now: datetime) -> Steps[_Maps]:
    """Read the sitemaps of an index, at most ``source.pages`` of them; one that fails costs only itself."""
    found: list[tuple[float, Item]] = []
    remembered: list[Seen] = []
    failures: list[FetchError | ParseError] = []
    count = read = 0
    for url in urls[: source.pages]:
        request = request_for(source, url, agent=agent, accept=ACCEPT)
        try:
            answer = yield from get(request)
            if isinstance(answer, Response):
                part = yield from _parsed(source, answer, now)
                found.extend(part.pages)
                count += part.count
                read += 1
        except (FetchError, ParseError) as error:
            failures.append(error)
        else:
            remembered.append(seen(request, answer))
    if failures and not remembered:
        raise failures[0]
    return _Maps(
        pages=tuple(found),
        count=count,
        read=read,
        unchanged=len(remembered) > read,
        seen=tuple(remembered),
        failures=tuple(str(error) for error in failures),
    )


def _newest(pages: tuple[tuple[float, Item], ...], limit: int) -> tuple[Item, ...]:
    """Return each item once, those changed last first, the others in their order."""
    found: dict[str, Item] = {}
    for _, item in sorted(pages, key=lambda page: page[0], reverse=True):
        found.setdefault(item.key, item)
    return tuple(found.values())[:limit]


def _parsed(source: Source, response: Response, now: datetime) -> Steps[Sitemap]:
    document, terms = document_of(response), terms_of(source, now)
    return (yield from call(f"the sitemap {response.url}", parse, document, terms, source.prefixes))


def _warnings(source: Source, known: Known, maps: _Maps) -> tuple[str, ...]:
    if maps.pages or not maps.read:
        return ()
    if maps.count:
        prefixes = ", ".join(source.prefixes)
        return (f"None of the {maps.count} addresses in {source.url} begins with {prefixes}; mend prefix.",)
    if known.keys:
        return (f"The sitemap {source.url} is suddenly empty; nothing is concluded from that.",)
    return (f"The sitemap {source.url} holds no address.",)


# In the child -----------------------------------------------------------------------------------------


def parse(document: Document, terms: Terms, prefixes: tuple[str, ...]) -> Sitemap:
    """Return what a urlset or a sitemap index holds (sitemaps.org), packed with gzip or not.

    Of a urlset, as many addresses as the terms allow, changed last, that begin with one of ``prefixes``, which
    are whole addresses. Raises ParseError when it is neither, or built to hurt.
    """
    url = document.url
    reader = _Reader(url)
    reader.run(_unpacked(document.body, url))
    entries = [(_moment(lastmod, terms.now), address) for address, lastmod in reader.entries if address]
    entries.sort(key=lambda entry: entry[0], reverse=True)
    if reader.root == "sitemapindex":
        return Sitemap(maps=tuple(found for _, address in entries if (found := identity.safe_url(address, url))))
    pages: list[tuple[float, Item]] = []
    for moment, address in entries:
        found = identity.safe_url(address, url)
        if found is not None and (not prefixes or found.startswith(prefixes)):
            pages.append((moment, _item(found, terms.language)))
            if len(pages) == terms.limit:
                break
    return Sitemap(pages=tuple(pages), count=len(entries))


class _Reader:
    """Collects ``loc`` and ``lastmod`` of every entry; expat calls its methods."""

    def __init__(self, url: str) -> None:
        self.root = ""
        self.entries: list[tuple[str, str]] = []
        self._url = url
        self._depth = 0
        self._texts: dict[str, list[str]] = {}
        self._into: list[str] | None = None

    def run(self, body: bytes) -> None:
        """Read all of it; raise ParseError where it is no sitemap, or breaks off."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = self._entity
        parser.buffer_text = True
        try:
            parser.Parse(body.lstrip(), True)
        except expat.ExpatError as error:
            raise ParseError(f"The sitemap {self._url} is not well-formed XML ({error}); open it to see.") from error

    def _start(self, name: str, _attributes: object) -> None:
        local = name.rpartition("}")[2]
        self._depth += 1
        if self._depth == 1:
            self.root = local
            if local not in {"urlset", "sitemapindex"}:
                raise ParseError(f"{self._url} is no sitemap: it begins with <{local}> instead of <urlset>.")
        if self._depth > _DEEPEST:
            raise ParseError(f"The sitemap {self._url} is refused because its elements are nested too deep.")
        if self._depth == 2:  # noqa: PLR2004  # an entry: <url> or <sitemap>
            self._texts = {"loc": [], "lastmod": []}
        self._into = self._texts.get(local) if self._depth == 3 else None  # noqa: PLR2004  # not <image:loc>, deeper

    def _data(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _end(self, _name: str) -> None:
        if self._depth == 2:  # noqa: PLR2004
            self.entries.append(("".join(self._texts["loc"]).strip(), "".join(self._texts["lastmod"]).strip()))
        self._depth -= 1
        self._into = None

    def _entity(self, *_declaration: object) -> None:
        raise ParseError(f"The sitemap {self._url} is refused because it declares entities of its own.")


def _unpacked(body: bytes, url: str) -> bytes:
    """Return the body, unpacked where it is a gzip file (``sitemap.xml.gz``), up to 50 MB."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, _LARGEST)
    except zlib.error as error:
        raise ParseError(f"The sitemap {url} is a broken gzip file: {error}.") from error
    if unpacker.unconsumed_tail:
        raise ParseError(f"The sitemap {url} is larger than {_LARGEST // 2**20} MB unpacked and was not read.")
    if not unpacker.eof:
        raise ParseError(f"The sitemap {url} is a gzip file that breaks off before its end.")
    return unpacked


def _moment(lastmod: str, now: datetime) -> float:
    moment = dates.machine(lastmod, now) if lastmod else None
    return moment.timestamp() if moment else 0.0


def _item(address: str, language: str | None) -> Item:
    """Return what an address alone tells: the rest is on its page's card."""
    kind = ItemKind.VIDEO if identity.video_id(address) else ItemKind.ARTICLE
    return Item(url=address, key=identity.key_of(address), kind=kind, language=language, card=False)
