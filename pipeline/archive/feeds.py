"""The archive's feeds: letters and items as Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Sequence

ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for, even escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One entry of a feed; texts that are not known are '', ``html`` is ready to show.

    ``updated`` is when we made or found it, ``published`` its own date where that is known.
    """

    id: str
    url: str
    title: str
    updated: datetime
    published: datetime | None = None
    summary: str = ""
    html: str = ""
    language: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A feed in one language.

    ``place`` is its own address without the ending, ``home`` that of the page of the same; both are absolute.
    """

    id: str
    place: str
    home: str
    title: str
    language: str
    author: str
    description: str = ""
    icon: str = ""
    posts: Sequence[Post] = field(default_factory=tuple)

    @property
    def updated(self) -> datetime:
        """When the newest entry came: never the moment of writing, so that the same feed is the same bytes."""
        return max((post.updated for post in self.posts), default=datetime(2000, 1, 1, tzinfo=UTC))


def name_of(workspace: str, *parts: str | int) -> str:
    """Return the lasting name of a feed or an entry; it does not change when the site moves."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(("digikooste", workspace, *map(str, parts)))).urn


def atom(channel: Channel) -> bytes:
    """Return the feed as Atom."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {_XML_LANG: channel.language})
    _text(feed, "id", channel.id)
    _text(feed, "title", channel.title)
    if channel.description:
        _text(feed, "subtitle", channel.description)
    _text(feed, "updated", _moment(channel.updated))
    _text(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", channel.author or channel.title)
    _link(feed, rel="self", type="application/atom+xml", href=f"{channel.place}.xml")
    _link(feed, rel="alternate", type="text/html", href=channel.home)
    if channel.icon:
        _text(feed, "logo", channel.icon)
    for post in channel.posts:
        _entry(feed, post)
    return written(feed)


def written(root: ET.Element) -> bytes:
    """Return an XML document, one element on a line."""
    ET.indent(root, "")
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + body + b"\n"


def _entry(feed: ET.Element, post: Post) -> None:
    entry = ET.SubElement(feed, f"{{{ATOM}}}entry", {_XML_LANG: post.language} if post.language else {})
    _text(entry, "id", post.id)
    _text(entry, "title", post.title)
    _text(entry, "updated", _moment(post.updated))
    if post.published:
        _text(entry, "published", _moment(post.published))
    _link(entry, rel="alternate", href=post.url)
    if post.author:
        _text(ET.SubElement(entry, f"{{{ATOM}}}author"), "name", post.author)
    for tag in post.tags:
        ET.SubElement(entry, f"{{{ATOM}}}category", term=_clean(tag))
    if post.summary:
        _text(entry, "summary", post.summary)
    if post.html:
        _text(entry, "content", post.html, type="html")


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes).text = _clean(text)


def _link(parent: ET.Element, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {name: _clean(value) for name, value in attributes.items()})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


def jsonfeed(channel: Channel) -> bytes:
    """Return the feed as JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": f"{channel.place}.json",
        "description": channel.description,
        "icon": channel.icon,
        "language": channel.language,
        "authors": [{"name": channel.author}] if channel.author else [],
        "items": [_item(post) for post in channel.posts],
    }
    said = {name: value for name, value in feed.items() if value or name == "items"}
    return f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode(errors="replace")


def _item(post: Post) -> dict[str, object]:
    item = {
        "id": post.id,
        "url": post.url,
        "title": post.title,
        "summary": post.summary,
        "content_html": post.html,
        "content_text": "" if post.html else post.summary or post.title,
        "date_published": _moment(post.published) if post.published else "",
        "date_modified": _moment(post.updated),
        "language": post.language,
        "authors": [{"name": post.author}] if post.author else [],
        "tags": list(post.tags),
    }
    return {name: value for name, value in item.items() if value}


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
