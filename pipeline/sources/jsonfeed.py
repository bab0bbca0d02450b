"""JSON Feed 1.0 and 1.1, which feedparser does not read: bytes in, items out; runs in a child process.

https://www.jsonfeed.org/version/1.1/: an item needs an id; all else is optional and is taken only where
it has the type that the specification gives it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.errors import ParseError
from pipeline.model import ItemKind
from pipeline.sources import dates, items
from pipeline.sources.document import Feed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pipeline.model import Item
    from pipeline.sources.document import Document, Terms


def parse(document: Document, terms: Terms) -> Feed:
    """Return what a JSON Feed holds; raises ParseError when it is none."""
    try:
        feed = json.loads(document.body)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"The answer of {document.url} looks like JSON but is not: {error}.") from error
    entries = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(entries, list) or not _text(feed, "version").startswith("https://jsonfeed.org/version/"):
        raise ParseError(
            f"The answer of {document.url} is JSON, but no JSON Feed: it names no version or holds no items."
        )
    declared = items.declared_language(_text(feed, "language"))
    shown = entries[: terms.limit]
    kept = [
        item
        for entry in shown
        if isinstance(entry, dict) and (item := _item(entry, declared, document.url, terms)) is not None
    ]
    return Feed(
        items=tuple(kept),
        title=items.name(items.literal(_text(feed, "title"))),
        lost=len(shown) - len(kept),
        hub=items.link(_hubs(feed), document.url),
    )


def _item(entry: Mapping[str, Any], declared: str | None, url: str, terms: Terms) -> Item | None:
    identifier = _identifier(entry)
    attachments = list(_attachments(entry))
    link = items.link(
        (
            _text(entry, "url"),
            _text(entry, "external_url"),
            identifier if identifier.startswith(("http://", "https://")) else None,
            *(_text(attachment, "url") for attachment in attachments),
        ),
        url,
    )
    if link is None:
        return None
    plain = _text(entry, "summary") or _text(entry, "content_text")
    return items.item(
        url=link,
        title=items.literal(_text(entry, "title")),  # plain text by the specification
        summary=items.literal(plain) if plain else _text(entry, "content_html"),
        publisher_id=identifier,
        kind=_kind(attachments),
        declared=terms.language or items.declared_language(_text(entry, "language")) or declared,
        published=_published(entry, terms.now),
        duration=_duration(attachments),
    )


def _hubs(feed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the WebSub hubs among the addresses at which the feed can be subscribed to."""
    hubs = feed.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub, "type").lower() == "websub":
            yield _text(hub, "url")


def _identifier(entry: Mapping[str, Any]) -> str:
    """Return the id; a number, which the specification tells readers to accept, as its text."""
    value = entry.get("id")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _text(entry, "id")


def _attachments(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    attachments = entry.get("attachments")
    if isinstance(attachments, list):
        yield from (attachment for attachment in attachments if isinstance(attachment, dict))


def _kind(attachments: list[Mapping[str, Any]]) -> ItemKind:
    kinds = {_text(attachment, "mime_type").partition("/")[0].lower() for attachment in attachments}
    if "audio" in kinds:
        return ItemKind.AUDIO
    return ItemKind.VIDEO if "video" in kinds else ItemKind.ARTICLE


def _duration(attachments: list[Mapping[str, Any]]) -> int | None:
    for attachment in attachments:
        value = attachment.get("duration_in_seconds")
        if isinstance(value, int | float) and (found := items.seconds(str(value))):
            return found
    return None


def _published(entry: Mapping[str, Any], now: datetime) -> datetime | None:
    text = _text(entry, "date_published") or _text(entry, "date_modified")
    return dates.machine(text, now) if text else None


def _text(holder: Mapping[str, Any], name: str) -> str:
    """Return the member's text, or '' where it is absent or of another type."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
