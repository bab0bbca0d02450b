"""The sources as OPML 2.0, which feed readers import, and the list of pages for search engines."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from pipeline.archive.feeds import written
from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from pipeline.model import Source

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000
"""Addresses that one sitemap may hold."""


def opml(title: str, sources: Sequence[Source], names: Mapping[str, str]) -> bytes:
    """Return the sources of ``names``: feeds as such, playlists by YouTube's feed, pages as links.

    A source that is a file, or whose address holds a user's name or password, is left out.
    """
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    for source in sources:
        parts = urlsplit(source.url)
        if source.id not in names or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
            continue
        name = names[source.id]
        known = {"text": name, "title": name} | ({"language": source.language} if source.language else {})
        feed = _feed(source)
        if feed:
            page = {"htmlUrl": source.url} if feed != source.url else {}
            ET.SubElement(body, "outline", {"type": "rss", **known, "xmlUrl": feed, **page})
        else:
            ET.SubElement(body, "outline", {"type": "link", **known, "url": source.url})
    return written(root)


def _feed(source: Source) -> str:
    """Return the address that a feed reader asks, '' where there is none."""
    if source.kind is Kind.FEED:
        return source.url
    if source.kind is Kind.YOUTUBE:
        parts = urlsplit(source.url)
        playlist = parse_qs(parts.query).get("list", [""])[0]
        if playlist:
            return f"https://www.youtube.com/feeds/videos.xml?playlist_id={playlist}"
        if parts.path.startswith("/channel/"):
            return f"https://www.youtube.com/feeds/videos.xml?channel_id={parts.path.split('/')[2]}"
    return ""


def sitemap(pages: Iterable[tuple[str, date | None]]) -> bytes:
    """Return the addresses of pages, each with the day of its last change where that is known."""
    ET.register_namespace("", _SITEMAP)
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    for address, changed in list(pages)[:MOST]:
        url = ET.SubElement(root, f"{{{_SITEMAP}}}url")
        ET.SubElement(url, f"{{{_SITEMAP}}}loc").text = address
        if changed:
            ET.SubElement(url, f"{{{_SITEMAP}}}lastmod").text = changed.isoformat()
    return written(root)


def robots(url: str) -> bytes | None:
    """Return what search engines read first, None where the site is not at its host's root and nobody would ask."""
    if urlsplit(url).path != "/":
        return None
    return f"User-agent: *\nDisallow:\n\nSitemap: {url}sitemap.xml\n".encode()
