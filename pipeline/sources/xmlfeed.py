"""RSS and Atom, by feedparser: bytes in, items out; runs in a child process."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

from pipeline.errors import ParseError
from pipeline.model import Asks, ItemKind
from pipeline.sources import dates, items
from pipeline.sources.document import Feed
from pipeline.sources.prescan import scan
from pipeline.sources.tuning import tuned_feedparser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.model import Item
    from pipeline.sources.document import Document, Terms

_UPDATE_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_CITED = re.compile(r"""<a\s[^<>]{0,500}?href\s*=\s*["'](https?://[^"'<>]{1,2000})["']""", re.IGNORECASE)
_CITED_WITHIN = 20_000
_SKIP_HOURS = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.DOTALL)
_SKIP_DAYS = re.compile(rb"<skipDays>(.{0,1000}?)</skipDays>", re.DOTALL)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>")
_DAY = re.compile(rb"<day>\s*(\w{6,9})\s*</day>")
_WEEKDAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_DIGITS = re.compile(r"\s*(\d{1,6})\s*\Z")


def parse(document: Document, terms: Terms) -> Feed:
    """Return what an RSS or Atom feed holds; raises ParseError when it is none."""
    found = scan(document.body, f"the feed {document.url}", limit=terms.limit)
    parsed = tuned_feedparser().parse(
        io.BytesIO(found.body),  # never bytes or str: they may name a file or a URL, and it opens them
        # Without a content-location: it would be put before every guid, which changes when the feed moves.
        response_headers={"content-type": document.content_type},
        # Nothing of it is shown as HTML; both cost more than all the rest together.
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.version and not parsed.entries:
        raise ParseError(
            f"The answer of {document.url} is no feed that we can read; open it in a browser to see what it is."
        )
    entries = parsed.entries[: terms.limit]
    kept = [item for entry in entries if (item := _item(entry, parsed, document.url, terms)) is not None]
    return Feed(
        items=tuple(kept),
        title=items.name(parsed.feed.get("title") or ""),
        lost=len(entries) - len(kept),
        cut_short=found.cut_short,
        asks=_asks(parsed.feed, found.body),
        hub=items.link(
            (link.get("href") for link in parsed.feed.get("links", ()) if link.get("rel") == "hub"), document.url
        ),
    )


def _item(entry: Any, parsed: Any, url: str, terms: Terms) -> Item | None:  # noqa: ANN401  # feedparser has no types
    link = items.link(_addresses(entry), url)
    if link is None:
        return None
    title_detail = entry.get("title_detail") or {}
    title = entry.get("title") or ""
    if parsed.version.startswith("atom") and title_detail.get("type") == "text/plain":
        title = items.literal(title)  # RFC 4287, 3.1.1.1: no markup in it, whatever it looks like
    return items.item(
        url=link,
        title=title,
        summary=_summary(entry),
        publisher_id=entry.get("id"),
        kind=_kind(entry),
        declared=terms.language
        or items.declared_language(title_detail.get("language"), entry.get("language"), parsed.feed.get("language")),
        published=_published(entry, terms.now),
        duration=items.seconds(str(entry.get("itunes_duration") or "")),
    )


def _addresses(entry: Any) -> Iterator[str | None]:  # noqa: ANN401
    """Yield what an entry may lead to, best first: its link, an id that is an address, what it encloses or cites."""
    yield entry.get("link")
    identifier = entry.get("id") or ""
    if identifier.startswith(("http://", "https://")):
        yield identifier
    for link in entry.get("links", ()):
        yield link.get("href")
    for media in (*entry.get("media_content", ()), entry.get("media_player") or {}):
        yield media.get("url")
    for content in ({"value": entry.get("summary")}, *entry.get("content", ())):
        if found := _CITED.search((content.get("value") or "")[:_CITED_WITHIN]):
            yield html.unescape(found[1])


def _summary(entry: Any) -> str:  # noqa: ANN401
    summary: str = entry.get("summary") or ""
    if summary:
        return summary
    for content in entry.get("content", ()):
        if content.get("value"):
            value: str = content.value
            return value
    return ""


def _kind(entry: Any) -> ItemKind:  # noqa: ANN401
    for enclosure in entry.get("enclosures", ()):
        match (enclosure.get("type") or "").partition("/")[0].lower():
            case "audio":
                return ItemKind.AUDIO
            case "video":
                return ItemKind.VIDEO
    return ItemKind.ARTICLE


def _published(entry: Any, now: datetime) -> datetime | None:  # noqa: ANN401
    """Return the entry's own date; ``updated`` is all that many Atom feeds give, RFC 4287 asks for no more."""
    for name in ("published", "created", "updated"):
        text = entry.get(name)
        if text:
            return dates.of_feed(text, entry.get(f"{name}_parsed"), now)
    return None


def _asks(channel: Any, body: bytes) -> Asks:  # noqa: ANN401
    """Return what the channel asks of its readers (RSS 2.0; feedparser keeps neither hours nor days)."""
    hours = {int(found) % 24 for found in _within(_SKIP_HOURS, _HOUR, body) if int(found) <= 24}  # noqa: PLR2004  # RSS 0.91's midnight
    days = {_WEEKDAYS.index(found) for found in _within(_SKIP_DAYS, _DAY, body) if found in _WEEKDAYS}
    return Asks(interval=_interval(channel), skip_hours=frozenset(hours), skip_days=frozenset(days))


def _within(block: re.Pattern[bytes], value: re.Pattern[bytes], body: bytes) -> Iterator[bytes]:
    """Yield the values inside the first such block."""
    if found := block.search(body):
        yield from (one.lower() for one in value.findall(found[1]))


def _interval(channel: Any) -> float | None:  # noqa: ANN401
    """Return RSS's ttl (minutes), or the period of the syndication module shared out on its frequency."""
    if (found := _DIGITS.match(channel.get("ttl") or "")) and int(found[1]) > 0:
        return int(found[1]) * 60.0
    period = _UPDATE_PERIODS.get((channel.get("sy_updateperiod") or "").strip().lower())
    if period is None:
        return None
    frequency = _DIGITS.match(channel.get("sy_updatefrequency") or "1")
    return period / max(1, int(frequency[1])) if frequency else None
