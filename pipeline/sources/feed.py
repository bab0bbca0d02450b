"""Read a feed: RSS, Atom or JSON Feed."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from pipeline.errors import ParseError
from pipeline.fetch import Response
from pipeline.model import Reading
from pipeline.sources.document import document_of, terms_of
from pipeline.sources.steps import call, get, request_for, seen

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.model import Known, Source
    from pipeline.sources.document import Document, Feed, Terms
    from pipeline.sources.steps import Steps

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)

_HEAD = 4000
_HUB = re.compile(r"""<([^<>]{1,2000})>\s*;[^,<]*?\brel\s*=\s*"?hub\b""", re.IGNORECASE)
_COMMENT = rb"<!--(?:(?!-->).)*-->"
_HTML = re.compile(rb"(?:\s|<\?[^>]*>|" + _COMMENT + rb")*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_BLANK = b" \t\r\n\f\v\0"
_BOM = b"\xef\xbb\xbf"
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
"""How UTF-16 begins, with its mark and without."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")


def read(source: Source, known: Known, *, agent: str, now: datetime) -> Steps[Reading]:
    """Read the feed; raises FetchError, or ParseError when the answer is no feed."""
    request = request_for(source, source.url, agent=agent, accept=ACCEPT)
    answer = yield from get(request)
    if not isinstance(answer, Response):
        return Reading(unchanged=True, seen=(seen(request, answer),))
    feed = yield from call(f"the feed {source.url}", parse, document_of(answer), terms_of(source, now))
    vanished = not feed.items and bool(known.keys)
    whole = not feed.cut_short and not vanished
    return Reading(
        items=feed.items,
        complete=whole,
        title=feed.title,
        seen=(seen(request, answer),) if whole else (),
        warnings=tuple(_warnings(source, feed, vanished=vanished)),
        hub=feed.hub or _hub_of(answer),
        asks=feed.asks,
    )


def _hub_of(answer: Response) -> str | None:
    """Return the WebSub hub that the answer's headers name (WebSub, 4; RFC 8288)."""
    found = _HUB.search(answer.headers.get("link", "")[:_HEAD])
    if found is None:
        return None
    from pipeline.sources import items  # noqa: PLC0415  # with all that texts are cleaned by

    return items.link((found[1],), answer.url)


def parse(document: Document, terms: Terms) -> Feed:
    """Return what the feed holds, whatever its format; runs in a child process."""
    document = _begun(document)
    if not document.body:
        raise ParseError(f"The answer of {document.url} is blank where a feed should be.")
    from pipeline.sources import jsonfeed, xmlfeed  # noqa: PLC0415  # only children parse; the parent saves 20 ms

    if document.body.startswith(b"{"):
        return jsonfeed.parse(document, terms)
    if _HTML.match(document.body[:_HEAD]) and not _FEED.search(document.body):  # some wrap one in the other
        raise ParseError(_about_page(document))
    return xmlfeed.parse(document, terms)


def _begun(document: Document) -> Document:
    """Return the document from its first sign on, in UTF-8 if it was in UTF-16.

    feedparser reads UTF-16 only with a mark *and* a declaration, and 200 kB of leading blanks hold it for 27 s.
    """
    encoding = _WIDE.get(document.body[:2])
    if encoding is None:
        return dataclasses.replace(document, body=document.body.removeprefix(_BOM).lstrip(_BLANK))
    text = _DECLARATION.sub("", document.body.decode(encoding, "replace")).lstrip()
    return dataclasses.replace(document, body=text.encode(), content_type="")


def _about_page(document: Document) -> str:
    """Return what to do with a web page that stands where a feed should be."""
    from pipeline.sources import page  # noqa: PLC0415  # as above

    advertised = page.open_page(document).feeds()
    if not advertised:
        return f"{document.url} is a web page, not a feed, and names none; look for its feed, or use kind: listing."
    return f"{document.url} is a web page, not a feed; it names one: write url: {advertised[0]} instead."


def _warnings(source: Source, feed: Feed, *, vanished: bool) -> list[str]:
    found = []
    if feed.cut_short:
        found.append(f"The feed {source.url} breaks off before its end; what it holds so far was read.")
    if vanished:
        found.append(f"The feed {source.url} is suddenly empty; nothing is concluded from that.")
    if feed.lost:
        noun = "entry leads" if feed.lost == 1 else "entries lead"
        found.append(f"{feed.lost} {noun} nowhere in the feed {source.url}: without a link there is nothing to open.")
    return found
