"""Read a listing: a page that lists articles, by selectors, with the pages that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.errors import FetchError, ParseError
from pipeline.fetch import Response
from pipeline.model import Reading, Selectors
from pipeline.sources import cards as page_cards
from pipeline.sources import dates, items, robots
from pipeline.sources.document import document_of, terms_of
from pipeline.sources.page import one_line, open_page
from pipeline.sources.steps import call, get, get_anyway, request_for, seen

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from pipeline.model import Item, Known, Source
    from pipeline.sources.document import Document, Terms
    from pipeline.sources.page import Page
    from pipeline.sources.steps import Steps

_NEXT = "a[rel~=next][href], link[rel~=next][href]"
_HEADINGS = "h1, h2, h3, h4, h5, h6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What one page of a listing holds. ``matched`` counts the elements that the item selector found."""

    items: tuple[Item, ...]
    matched: int
    next: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """What a walk over the pages found.

    ``complete``: up to the last page, or to a cap. ``failure`` is the sentence that ended it early;
    without one, an incomplete walk ended on purpose, at a page that holds nothing unknown.
    """

    items: tuple[Item, ...]
    complete: bool
    failure: str | None = None


def read(
    source: Source, known: Known, *, agent: str, now: datetime, cards: int, languages: Collection[str]
) -> Steps[Reading]:
    """Read the listing and the page cards that are due; raises FetchError or ParseError when it cannot be read.

    Later pages are followed up to ``source.pages``; once the baseline is closed only while a page holds
    something unknown, and such a reading is not complete.
    """
    yield from robots.require(source, source.url, agent=agent)
    request = request_for(source, source.url, agent=agent, accept=page_cards.ACCEPT)
    answer = yield from get(request)
    if not isinstance(answer, Response):
        due = yield from page_cards.read(source, (), known, agent=agent, now=now, limit=cards, languages=languages)
        return Reading(
            unchanged=True,
            cards=due.waiting,
            failed_cards=due.failed,
            seen=(seen(request, answer),),
            warnings=due.warnings,
        )
    first = yield from _listed(source, answer, now)
    if not first.items:
        raise ParseError(_nothing_found(source, first))
    walk = yield from _walk(source, known, first, {source.url, answer.url}, agent=agent, now=now)
    due = yield from page_cards.read(source, walk.items, known, agent=agent, now=now, limit=cards, languages=languages)
    return Reading(
        items=tuple(due.fresh.get(item.key, item) for item in walk.items),
        complete=walk.complete,
        title=first.title,
        cards=due.waiting,
        failed_cards=due.failed,
        seen=() if walk.failure else (seen(request, answer),),
        warnings=((walk.failure,) if walk.failure else ()) + due.warnings,
    )


def _walk(source: Source, known: Known, page: Listed, visited: set[str], *, agent: str, now: datetime) -> Steps[_Walk]:
    """Follow the pages after the first."""
    found = {item.key: item for item in page.items}
    read = 1
    while page.next is not None and page.next not in visited and read < source.pages and len(found) < source.limit:
        if not known.baseline_open and known.keys.issuperset(item.key for item in page.items):
            return _Walk(items=tuple(found.values()), complete=False)
        visited.add(page.next)
        try:
            yield from robots.require(source, page.next, agent=agent)
            request = request_for(source, page.next, agent=agent, accept=page_cards.ACCEPT)
            page = yield from _listed(source, (yield from get_anyway(request)), now)
        except (FetchError, ParseError) as error:
            failure = f"Page {read + 1} of the listing {source.url} could not be read: {error}"
            return _Walk(items=tuple(found.values()), complete=False, failure=failure)
        read += 1
        for item in page.items:  # one that slid onto the next page meanwhile keeps its first place
            found.setdefault(item.key, item)
    return _Walk(items=tuple(found.values())[: source.limit], complete=True)


def _listed(source: Source, response: Response, now: datetime) -> Steps[Listed]:
    assert source.selectors is not None, "config gives every listing its selectors"
    document, terms = document_of(response), terms_of(source, now)
    return (yield from call(f"the page {response.url}", parse, document, terms, source.selectors))


def _nothing_found(source: Source, page: Listed) -> str:
    assert source.selectors is not None, "config gives every listing its selectors"
    if not page.matched:
        return (
            f"Nothing on {source.url} matches item: {source.selectors.item}; "
            "the page has changed or is made by scripts: look at its source and mend the selector."
        )
    return (
        f"None of the {page.matched} elements on {source.url} that match item: {source.selectors.item} holds a link; "
        f"mend link: {source.selectors.link or '(the first link inside)'}."
    )


# In the child -----------------------------------------------------------------------------------------


def parse(document: Document, terms: Terms, selectors: Selectors) -> Listed:
    """Return what the page lists, in its order, each item once, as many as the terms allow.

    Raises ParseError where a selector is none.
    """
    page = open_page(document)
    _try(page, selectors)
    nodes = page.tree.css(selectors.item)
    found: dict[str, Item] = {}
    for node in nodes:
        item = _item(node, page, selectors, terms)
        if item is not None:
            found.setdefault(item.key, item)
        if len(found) == terms.limit:
            break
    heading = page.tree.css_first("title")
    return Listed(
        items=tuple(found.values()),
        matched=len(nodes),
        next=_next(page, selectors),
        title=items.name(items.literal(heading.text())) if heading else None,
    )


def _try(page: Page, selectors: Selectors) -> None:
    from selectolax.lexbor import SelectolaxError  # noqa: PLC0415  # only children need it

    for name in Selectors.__dataclass_fields__:
        selector = getattr(selectors, name)
        try:
            if selector:
                page.tree.css_first(selector)
        except SelectolaxError as error:
            raise ParseError(
                f"{page.url} was not read because {name}: {selector} is no CSS selector; write one such as .teaser."
            ) from error


def _item(node: LexborNode, page: Page, selectors: Selectors, terms: Terms) -> Item | None:
    anchor = _anchor(node, selectors.link)
    url = items.link((anchor.attributes.get("href"),), page.base) if anchor else None
    if anchor is None or url is None:
        return None
    title = node.css_first(selectors.title) if selectors.title else anchor.css_first(_HEADINGS) or anchor
    lead = node.css_first(selectors.lead) if selectors.lead else None
    return items.item(
        url=url,
        title=(title.html or "") if title else "",
        summary=(lead.html or "") if lead else "",
        declared=terms.language or page.language,
        published=_date(node, selectors.date, terms.now),
        card=False,
    )


def _anchor(node: LexborNode, selector: str | None) -> LexborNode | None:
    """Return the link of an item: what the selector finds or holds, else the item itself or its first link."""
    place = node.css_first(selector) if selector else node
    if place is None or (place.tag == "a" and place.attributes.get("href")):
        return place
    return place.css_first("a[href]")


def _date(node: LexborNode, selector: str | None, now: datetime) -> datetime | None:
    """Return the date that stands where the selector says, or in the item's only ``<time>``; none is made up."""
    if selector is None:
        times = node.css("time[datetime]")
        return (
            dates.machine(times[0].attributes.get("datetime") or "", now, dates.HELSINKI) if len(times) == 1 else None
        )
    place = node.css_first(selector)
    if place is None:
        return None
    time = place if place.tag == "time" else place.css_first("time[datetime]")
    machine = (time.attributes.get("datetime") or "") if time else ""
    text = one_line(place.text())
    return dates.machine(machine or text, now, dates.HELSINKI) or dates.spoken(text, now)


def _next(page: Page, selectors: Selectors) -> str | None:
    """Return the address of the next page, if it is on the same host."""
    node = page.tree.css_first(selectors.next or _NEXT)
    if node is None:
        return None
    anchor = node if node.attributes.get("href") else node.css_first("a[href]")
    url = items.link((anchor.attributes.get("href"),), page.base) if anchor else None
    return url if url and urlsplit(url).netloc == urlsplit(page.url).netloc else None
