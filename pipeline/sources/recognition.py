"""What a body is, whatever address it came from: a feed, a sitemap, robots.txt, WordPress's API or a page.

Only children recognise; the parent, which names the function and reads the answer, imports none of the parsers.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pipeline.errors import ParseError
from pipeline.sources.document import Terms

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.model import Selectors
    from pipeline.sources.document import Document
    from pipeline.sources.page import Page

_SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_RULES = re.compile(r"^[ \t]*(?:user-agent|sitemap)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_LARGEST_RULES = 500 * 1024
_COMMENTS = re.compile(r"/comments?/|comments?[-_/.]|kommentit|kommentarer|comments? feed", re.IGNORECASE)
_ENOUGH = 100
NO_LANGUAGE = "und"
"""Declared (RFC 5646, 4.1) where nobody asks which language something is in, so that it is not detected."""


class What(Enum):
    """What a body is."""

    FEED = "feed"
    SITEMAP = "sitemap"
    ROBOTS = "robots"
    WORDPRESS = "wordpress"
    PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was recognised, and of a page all that may be a source.

    ``feeds`` are those that it advertises, without those of comments; ``api`` is WordPress's;
    ``maps`` are the sitemaps of a robots.txt; ``sentences`` is how long the page's own text is.
    """

    what: What
    title: str | None = None
    feeds: tuple[str, ...] = ()
    api: str | None = None
    selectors: Selectors | None = None
    sentences: int = 0
    maps: tuple[str, ...] = ()


def recognise(document: Document, now: datetime) -> Look:
    """Return what the body is; raises ParseError when it is nothing that can be read. Runs in a child process."""
    from pipeline.sources import feed, sitemap  # noqa: PLC0415  # see above
    from pipeline.sources.page import open_page  # noqa: PLC0415

    body = document.body.lstrip()
    if body[:1] in {b"[", b"{"} and (look := _json(document)) is not None:
        return look
    if _is_rules(document):
        return Look(what=What.ROBOTS, maps=maps(document))
    terms = Terms(language=NO_LANGUAGE, limit=_ENOUGH, now=now)
    with suppress(ParseError):
        sitemap.parse(document, terms, ())
        return Look(what=What.SITEMAP)
    try:
        found = feed.parse(document, terms)
    except ParseError as error:
        if not _is_page(document):
            raise ParseError(
                f"{document.url} is neither a feed, a sitemap nor a web page; open it in a browser to see what it is."
            ) from error
        return _page(open_page(document), document, now)
    return Look(what=What.FEED, title=found.title)


def maps(document: Document) -> tuple[str, ...]:
    """Return the sitemaps that a robots.txt names (sitemaps.org), each once. Runs in a child process."""
    from pipeline.sources import items  # noqa: PLC0415  # as above

    text = document.body[:_LARGEST_RULES].decode("utf-8", "replace")
    found = (items.link((address,), document.url) for address in _SITEMAP_LINE.findall(text))
    return tuple(dict.fromkeys(url for url in found if url))


def _is_rules(document: Document) -> bool:
    start = document.body[:_LARGEST_RULES].lstrip(b"\xef\xbb\xbf \t\r\n")
    return not start.startswith((b"<", b"\x1f\x8b")) and _RULES.search(start.decode("utf-8", "replace")) is not None


def _json(document: Document) -> Look | None:
    """Recognise WordPress's API, its root or its posts; anything else may still be a JSON Feed."""
    from pipeline.sources import items  # noqa: PLC0415  # as above

    try:
        value = json.loads(document.body)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and isinstance(value.get("namespaces"), list) and "wp/v2" in value["namespaces"]:
        name = value.get("name")
        return Look(what=What.WORDPRESS, title=items.name(name) if isinstance(name, str) else None, api=document.url)
    if isinstance(value, list) and any(isinstance(post, dict) and "guid" in post and "link" in post for post in value):
        return Look(what=What.WORDPRESS, api=document.url)
    return None


def _is_page(document: Document) -> bool:
    return "html" in document.content_type.lower() or b"<html" in document.body[:5000].lower()


def _page(page: Page, document: Document, now: datetime) -> Look:
    from pipeline.sources import items, repeated, revision  # noqa: PLC0415  # as above
    from pipeline.sources.page import one_line  # noqa: PLC0415

    heading = page.tree.css_first("title")
    api = page.tree.css_first('link[rel="https://api.w.org/"][href]')
    selectors = repeated.propose(page, now)
    sentences = 0
    with suppress(ParseError):
        sentences = len(revision.parse(document, now).sentences)
    return Look(
        what=What.PAGE,
        title=items.name(items.literal(one_line(heading.text()))) if heading else None,
        feeds=tuple(url for url in dict.fromkeys(page.feeds()) if not _COMMENTS.search(url)),
        api=items.link((api.attributes.get("href"),), page.base) if api else None,
        selectors=selectors,
        sentences=sentences,
    )
