"""Lists of feeds that other programs keep: OPML in and out, and one address a line."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from pipeline import prose
from pipeline.errors import ParseError
from pipeline.model import Kind
from pipeline.sources import items
from pipeline.sources.prescan import scan
from pipeline.sources.youtube import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.model import Source

_MOST = 20_000
_HEAD = 400
_DECLARED = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["'][^>]*\?>""")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LINE = re.compile(r"(\S+)(?:\s+(.*\S))?\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address of a list, with the name and the folders that it has there."""

    url: str
    name: str | None = None
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """What a list holds, each address once.

    ``links`` lead to pages, which are no feeds; ``lost`` are entries without an address that can be opened.
    """

    listed: tuple[Listed, ...]
    links: tuple[Listed, ...] = ()
    lost: tuple[str, ...] = ()


def is_opml(body: bytes) -> bool:
    """Whether a list is OPML, or another one in XML, rather than lines."""
    return decoded(body[:_HEAD]).lstrip("\ufeff \t\r\n").startswith("<")


def lines(body: bytes, what: str) -> Subscriptions:
    """Return what stands in a list of one address a line, with a name behind it or none; "#" begins a comment."""
    found: list[Listed] = []
    lost: list[str] = []
    for line in decoded(body).splitlines():
        entry = _LINE.match(line.strip())
        if entry is None or line.lstrip().startswith("#"):
            continue
        address = entry[1] if "://" in entry[1] or "." not in entry[1] else f"https://{entry[1]}"
        url = items.link((address,), "")
        if url is None:
            lost.append(entry[1])
        else:
            found.append(Listed(url=url, name=items.name(items.literal(entry[2] or ""))))
    if len(found) > _MOST:
        raise ParseError(f"{what} holds more than {_MOST} addresses; split it.")
    return Subscriptions(listed=_once(found), lost=tuple(lost))


def decoded(body: bytes) -> str:
    """Return the text by its mark, its declaration, as UTF-8, or, where it is none, as Windows-1252."""
    encoding = next((name for mark, name in _MARKS if body.startswith(mark)), None)
    if encoding is None and (declared := _DECLARED.search(body[:_HEAD].decode("latin-1"))):
        encoding = declared[1]
    for name in (encoding, "utf-8"):
        try:
            return body.decode(name) if name else body.decode()
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("cp1252", "replace")


def written(sources: Sequence[Source], title: str) -> str:
    """Return OPML 2.0 of the sources: feeds for any reader, and links to what only this program reads."""
    root = ET.Element("opml", version="2.0")
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = title
    body = ET.SubElement(root, "body")
    for source in sources:
        ET.SubElement(body, "outline", _outline(source))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _outline(source: Source) -> dict[str, str]:
    name = source.name or source.id
    facts = {"text": name, "title": name}
    if source.language:
        facts["language"] = source.language
    if source.topics:
        facts["category"] = ",".join(source.topics)
    match source.kind:
        case Kind.FEED:
            return {**facts, "type": "rss", "xmlUrl": source.url}
        case Kind.YOUTUBE if list_id := target_of(source.url).list_id:
            feed = f"https://www.youtube.com/feeds/videos.xml?playlist_id={list_id}"
            return {**facts, "type": "rss", "xmlUrl": feed, "htmlUrl": source.url}
        case _:
            return {**facts, "type": "link", "url": source.url}


def _once(found: Iterable[Listed]) -> tuple[Listed, ...]:
    kept: dict[str, Listed] = {}
    for one in found:
        kept.setdefault(one.url, one)
    return tuple(kept.values())


# In the child -----------------------------------------------------------------------------------------


def parse(body: bytes, what: str) -> Subscriptions:
    """Return what an OPML file holds, nested, broken or oddly encoded; raises ParseError when it is none."""
    import listparser  # noqa: PLC0415  # it brings lxml along, and only children need it

    text = _DECLARED.sub("", decoded(body), count=1).lstrip("\ufeff \t\r\n")
    plain = b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("utf-8", "replace")
    scan(plain, what, limit=_MOST)  # no entities of its own, no abyss
    known = listparser.parse(plain)  # bytes: of a text it would fetch the address that stands in it
    if not known.version and not known.feeds:
        raise ParseError(f"{what} is no OPML file and holds no list of feeds.")
    lost: list[str] = []

    def taken(entries: Sequence[Any]) -> tuple[Listed, ...]:
        found: list[Listed] = []
        for one in entries[:_MOST]:
            url = items.link((one.url,), "")
            if url is None:
                lost.append(prose.clean(one.url)[:_HEAD])
                continue
            folders = dict.fromkeys(name for path in one.categories for part in path if (name := prose.title(part)))
            title = prose.title(items.literal(one.title or "")) or None
            found.append(Listed(url=url, name=title, folders=tuple(folders)))
        return _once(found)

    return Subscriptions(listed=taken(known.feeds), links=taken([*known.lists, *known.opportunities]), lost=tuple(lost))
