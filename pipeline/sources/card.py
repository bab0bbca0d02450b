"""A page's card: title, summary, date and language, as the page itself declares them; parsed in a child process."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import language, prose
from pipeline.errors import ParseError
from pipeline.model import ItemKind, Text
from pipeline.sources import article, dates, items, versions
from pipeline.sources.page import one_line, open_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from pipeline.sources.document import Document
    from pipeline.sources.page import Page

_ARTICLES = frozenset(
    {
        "Article",
        "BlogPosting",
        "Course",
        "LearningResource",
        "NewsArticle",
        "OpinionNewsArticle",
        "PodcastEpisode",
        "Report",
        "ScholarlyArticle",
        "SocialMediaPosting",
        "TechArticle",
        "VideoObject",
    }
)
_PAGES = frozenset({"WebPage", "ItemPage", "AboutPage"})
"""Taken only where nothing more fitting is declared."""

_PERIOD = re.compile(r"P(?:(\d{1,2})D)?T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.\d+)?S)?\Z")
_REVISED = re.compile(r"päivit|muokat|uppdater|ändrad|updated|modified|revised", re.IGNORECASE)
_ASIDE = frozenset({"aside", "nav", "footer"})
_LABELS = frozenset({"-text", "b", "dt", "em", "i", "label", "small", "span", "strong"})
_LONGEST_DATE_LINE = 60
"""Characters of a line that is a date with its label; a date inside a longer text is about something else."""
_NEAR_HEADING = 40
"""Elements after the heading among which the date line is looked for."""
_LARGEST_NODES = 200
_SEPARATORS = (" | ", " - ", " \N{EN DASH} ", " — ", " · ", " :: ", " » ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page says of itself; '' or None where it says nothing."""

    title: str = ""
    summary: str = ""
    published: datetime | None = None
    language: str | None = None
    kind: ItemKind = ItemKind.ARTICLE
    duration: int | None = None
    reading: int | None = None
    addresses: tuple[tuple[str, str], ...] = ()


def parse(document: Document, now: datetime, text: Text | None = None) -> Card:
    """Return a page's card: from its JSON-LD, then ``article:`` and ``og:``, then ``<time>``, then a date line.

    ``text`` asks for a lead also where none is declared, and, in full, for the time that it takes to read.
    Raises ParseError when it is no web page.
    """
    if document.content_type and "html" not in document.content_type.lower():
        raise ParseError(f"{document.url} is no web page but {document.content_type.partition(';')[0].strip()}.")
    page = open_page(document)
    linked, meta = _linked_data(page), _meta(page)
    heading = page.tree.css_first("title")
    title = (
        _text(linked, "headline")
        or meta.get("og:title")
        or _text(linked, "name")
        or (one_line(heading.text()) if heading else "")
    )
    description = _text(linked, "description") or meta.get("og:description") or meta.get("description") or ""
    title = prose.title(items.literal(_without_site(title, meta.get("og:site_name", ""))))
    summary = prose.summary(items.literal(description))
    declared = items.declared_language(
        _text(linked, "inLanguage"), page.language, meta.get("og:locale"), meta.get("language")
    )
    reading = None
    if text is Text.FULL or (text is Text.LEAD and not summary):
        whole = article.text_of(page.tree, _text(linked, "articleBody"))
        summary = summary or article.lead_of(whole, title)
        reading = article.seconds_of(whole) if text is Text.FULL else None
    own = declared or language.detect(title, summary)
    return Card(
        title=title,
        summary=summary,
        published=_published(page, linked, meta, now),
        language=own,
        kind=_kind(linked),
        duration=_duration(_text(linked, "duration")),
        reading=reading,
        addresses=versions.addresses(page, own),
    )


def _linked_data(page: Page) -> Mapping[str, Any]:
    """Return the object of the page's JSON-LD that describes what stands on it, or {}."""
    fallback: Mapping[str, Any] = {}
    for script in page.tree.css('script[type="application/ld+json"]'):
        try:
            document = json.loads(script.text(), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            types = _types(node)
            if types & _ARTICLES:
                return node
            if types & _PAGES and not fallback:
                fallback = node
    return fallback


def _nodes(document: object) -> Iterator[Mapping[str, Any]]:
    """Yield a document's own objects and those of its ``@graph``; a bounded number, whatever it holds."""
    waiting, taken = [document], 0
    while waiting and taken < _LARGEST_NODES:
        taken += 1
        match waiting.pop(0):
            case dict() as node:
                yield node
                waiting.append(node.get("@graph"))
            case list() as nodes:
                waiting.extend(nodes[:_LARGEST_NODES])


def _types(node: Mapping[str, Any]) -> set[str]:
    declared = node.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return {name for name in names if isinstance(name, str)}


def _meta(page: Page) -> Mapping[str, str]:
    """Return the page's ``<meta>`` by property or name, the first of each that is not blank."""
    found: dict[str, str] = {}
    for node in page.tree.css("meta[content]"):
        name = (node.attributes.get("property") or node.attributes.get("name") or "").strip().lower()
        content = one_line(node.attributes.get("content") or "")
        if name and content:
            found.setdefault(name, content)
    return found


def _without_site(title: str, site: str) -> str:
    """Return "Title" of "Title | Site", where the page names the site."""
    for separator in _SEPARATORS:
        if site and title.endswith(separator + site):
            return title.removesuffix(separator + site)
    return title


def _kind(linked: Mapping[str, Any]) -> ItemKind:
    types = _types(linked)
    if "VideoObject" in types:
        return ItemKind.VIDEO
    return ItemKind.AUDIO if "PodcastEpisode" in types else ItemKind.ARTICLE


def _duration(text: str) -> int | None:
    """Return the seconds of an ISO 8601 duration, "PT4M12S"."""
    found = _PERIOD.match(text)
    if found is None:
        return None
    days, hours, minutes, rest = (int(group or 0) for group in found.groups())
    return items.seconds(str(((days * 24 + hours) * 60 + minutes) * 60 + rest))


def _published(page: Page, linked: Mapping[str, Any], meta: Mapping[str, str], now: datetime) -> datetime | None:
    declared = (
        _text(linked, "datePublished"),
        _text(linked, "uploadDate"),
        meta.get("article:published_time"),
        meta.get("og:article:published_time"),
        meta.get("dc.date.issued") or meta.get("dcterms.issued"),
    )
    for text in declared:
        if text and (moment := dates.machine(text, now, dates.HELSINKI)):
            return moment
    return _from_time(page, now) or _from_line(page, now)


def _from_time(page: Page, now: datetime) -> datetime | None:
    """Return the moment of the first ``<time>`` that belongs to the page's own text and is not its revision's."""
    for node in page.tree.css("main time[datetime], article time[datetime]"):
        if _is_aside(node) or _REVISED.search(_label(node)):
            continue
        if moment := dates.machine(node.attributes.get("datetime") or "", now, dates.HELSINKI):
            return moment
    return None


def _label(node: LexborNode) -> str:
    """Return the words right before a date that say what it is ("Päivitetty"), or ''."""
    before = _before(node) or (_before(node.parent) if node.parent else None)
    return one_line(before.text())[-_LONGEST_DATE_LINE:] if before and before.tag in _LABELS else ""


def _before(node: LexborNode) -> LexborNode | None:
    """Return what stands right before ``node`` in its parent, blanks aside."""
    before = node.prev
    while before is not None and before.tag == "-text" and not before.text().strip():
        before = before.prev
    return before


def _from_line(page: Page, now: datetime) -> datetime | None:
    """Return the date that stands on a line of its own soon after the heading ("Julkaistu 3.11.2017")."""
    heading = page.tree.css_first("main h1, article h1") or page.tree.css_first("h1")
    if heading is None:
        return None
    for node in _after(heading):
        line = one_line(node.text())
        if len(line) <= _LONGEST_DATE_LINE and not _REVISED.search(line) and (moment := dates.spoken(line, now)):
            return moment
    return None


def _after(heading: LexborNode) -> Iterator[LexborNode]:
    """Yield the first elements that follow ``heading`` in the page's order, outside of navigation and asides."""
    node: LexborNode | None = heading
    for _ in range(_NEAR_HEADING):
        following = None
        while node is not None and (following := node.next) is None:
            node = node.parent
        if following is None:
            return
        node = following
        while node.tag not in _ASIDE and node.child is not None and node.tag != "-text":
            if node.is_element_node:
                yield node
            node = node.child
        if node.is_element_node and node.tag not in _ASIDE:
            yield node


def _is_aside(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in _ASIDE:
            return True
        parent = parent.parent
    return False


def _text(holder: Mapping[str, Any], name: str) -> str:
    """Return the member's text, or '' where it is absent or of another type."""
    value = holder.get(name)
    return one_line(value) if isinstance(value, str) else ""
