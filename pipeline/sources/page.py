"""A web page, decoded and parsed once: its base address, its language, the feeds that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.sources import items

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from pipeline.sources.document import Document

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed page.

    ``base`` is what its relative links are resolved against, ``language`` what the page declares of itself.
    """

    tree: LexborHTMLParser
    url: str
    base: str
    language: str | None

    def feeds(self) -> list[str]:
        """Return the addresses of the feeds that the page advertises, in its order."""
        links = self.tree.css("link[rel~=alternate][href]")
        found = (
            items.link((link.attributes.get("href"),), self.base)
            for link in links
            if (link.attributes.get("type") or "").strip().lower() in _FEED_TYPES
        )
        return [url for url in found if url]


def open_page(document: Document) -> Page:
    """Return the page, decoded as its BOM, its header or its ``<meta>`` says."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # only children need these two
    from w3lib.encoding import html_to_unicode  # noqa: PLC0415

    _, text = html_to_unicode(document.content_type or None, document.body, default_encoding="utf-8")
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    declared = items.link((base.attributes.get("href"),), document.url) if base else None
    root = tree.css_first("html[lang]")
    language = items.declared_language(root.attributes.get("lang")) if root else None
    return Page(tree=tree, url=document.url, base=declared or document.url, language=language)


def one_line(text: str) -> str:
    """Return the text with every run of white space as one blank."""
    return _BLANKS.sub(" ", text).strip()
