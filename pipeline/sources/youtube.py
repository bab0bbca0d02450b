"""Read a YouTube playlist or channel: yt-dlp's flat listing, and the Atom feed only for dates and descriptions."""

from __future__ import annotations

import dataclasses
import os
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from pipeline.errors import FetchError, ParseError, YouTubeError
from pipeline.isolate import Call
from pipeline.model import ItemKind, Reading
from pipeline.sources import items, xmlfeed
from pipeline.sources.document import document_of, terms_of
from pipeline.sources.feed import ACCEPT
from pipeline.sources.steps import call, get_anyway, request_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pipeline.model import Item, Known, Source
    from pipeline.sources.steps import Steps

LIST_SECONDS = 120.0
"""yt-dlp needs one request for every hundred videos, and 1.3 s of CPU for a thousand."""

_LIST_ID = re.compile(r"[A-Za-z0-9_-]{2,64}\Z")
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}\Z")
_CHANNEL = re.compile(r"/(?P<place>channel/UC[A-Za-z0-9_-]{22}|(?:c/|user/|@)[^/?#\s]{1,100})(?:/|\Z)")
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}\Z")
_HIDDEN = frozenset({"[Private video]", "[Deleted video]"})
_LIVE = {"is_live": True, "was_live": True, "post_live": True, "not_live": False}
_LONGEST_SHORT = 180
"""Seconds; YouTube's own limit since October 2024."""
_YT_DLP_NOISE = re.compile(
    r"\A(?:ERROR: )?(?:\[[\w:]+\] )?(?:[\w@-]+: )?(?:YouTube said: )?|[;.]? *please report this issue.*\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked of yt-dlp: an address that we built ourselves. ``list_id`` None is a channel."""

    url: str
    list_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What yt-dlp listed. ``read`` entries of ``count``, which is None where YouTube does not say.

    ``is_short``: yt-dlp went without one of its pages.
    """

    items: tuple[Item, ...]
    read: int
    is_short: bool = False
    title: str | None = None
    count: int | None = None
    channel_id: str | None = None


def read(source: Source, known: Known, *, agent: str, now: datetime, proxy: str) -> Steps[Reading]:
    """Read the playlist or channel; raises YouTubeError, or IsolateError when yt-dlp had to be stopped.

    A listing shorter than its own count, or without one of its pages, is an incomplete reading. What the Atom
    feed adds is a bonus: it often fails for days, and its failure is no word in the reading.
    """
    target = target_of(source.url)
    listing: Listing = yield Call(
        list_videos,
        (target, proxy, source.limit, source.language),
        seconds=LIST_SECONDS,
        what=f"the YouTube list {target.url}",
    )
    details = yield from _details(source, target, listing, agent=agent, now=now)
    warnings = tuple(_warnings(source, known, target, listing))
    return Reading(
        items=tuple(_detailed(item, details.get(item.key), source.language) for item in listing.items),
        complete=not warnings,
        title=listing.title,
        count=listing.count,
        warnings=warnings,
    )


def _warnings(source: Source, known: Known, target: Target, listing: Listing) -> Iterator[str]:
    """Yield why the listing is not all that YouTube holds."""
    if listing.count is not None and listing.read < min(listing.count, source.limit):
        yield f"YouTube gave {listing.read} of the {listing.count} videos of {target.url}; the others come later."
    elif listing.count is None and listing.is_short and listing.read < source.limit:
        yield f"YouTube gave {listing.read} videos of {target.url} and then an empty page; the others come later."
    elif not listing.items and known.keys:
        yield f"YouTube shows no video at {target.url} any more; nothing is concluded from that."


def target_of(url: str) -> Target:
    """Return what to list for an address as people copy it; raises YouTubeError where it is no list.

    A video opened in a playlist means the playlist; a channel means its videos, without Shorts and streams.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    for name in ("list", "playlist_id"):
        list_id = query.get(name, [""])[0]
        if _LIST_ID.match(list_id):
            return Target(url=f"https://www.youtube.com/playlist?list={list_id}", list_id=list_id)
    path = f"/channel/{query['channel_id'][0]}" if "channel_id" in query else unquote(parts.path)
    if found := _CHANNEL.match(path):
        return Target(url=f"https://www.youtube.com/{quote(found['place'], safe='/@')}/videos")
    raise YouTubeError(
        f"{url} is neither a playlist nor a channel; write https://www.youtube.com/playlist?list=… "
        "or https://www.youtube.com/@name."
    )


def _details(
    source: Source, target: Target, listing: Listing, *, agent: str, now: datetime
) -> Steps[Mapping[str, Item]]:
    """Return by key what the Atom feed tells: exact dates and descriptions of the 15 videos that it happens to list."""
    # A channel's own feed mixes Shorts in; the list UULF… is its videos alone.
    list_id = target.list_id or (listing.channel_id and f"UULF{listing.channel_id[2:]}")
    if not list_id or not listing.items:
        return {}
    url = f"https://www.youtube.com/feeds/videos.xml?playlist_id={list_id}"
    try:
        response = yield from get_anyway(request_for(source, url, agent=agent, accept=ACCEPT))
        feed = yield from call(f"the feed {url}", xmlfeed.parse, document_of(response), terms_of(source, now))
    except (FetchError, ParseError):
        return {}
    return {item.key: item for item in feed.items}


def _detailed(item: Item, detail: Item | None, language: str | None) -> Item:
    if detail is None or item.unavailable:
        return item
    return dataclasses.replace(
        item,
        summary=detail.summary,
        published=detail.published,
        language=language or detail.language or item.language,
        short=True if "/shorts/" in detail.url else item.short,  # the Atom link of a Short says so
    )


# In the child -----------------------------------------------------------------------------------------


def list_videos(target: Target, proxy: str, limit: int, language: str | None) -> Listing:
    """Return what YouTube lists at ``target``, its first ``limit`` entries at most, by the unmodified yt-dlp.

    Private, deleted and members-only videos come as unavailable items; an announced one is not yet an item.
    Raises YouTubeError with what YouTube said.
    """
    os.environ["YTDLP_NO_PLUGINS"] = "1"  # no code from the user's folders
    import yt_dlp  # noqa: PLC0415  # 110 to 240 ms and 23 MiB that only a child pays

    said = _Said()
    options = {
        "extract_flat": "in_playlist",
        "extractor_retries": 1,
        "socket_timeout": 15,
        "compat_opts": {"no-certifi"},  # else SSL_CERT_FILE is ignored where certifi is installed
        "allowed_extractors": ["youtube.*"],
        "proxy": proxy,
        "cachedir": False,
        "quiet": True,
        "color": "never",
        "logger": said,
    }
    try:
        with yt_dlp.YoutubeDL(options) as downloader:
            # Unprocessed, the same fields come in half the time; the entries are fetched as they are taken.
            info = downloader.extract_info(target.url, download=False, process=False)
            if not info or info.get("_type") not in {"playlist", "multi_video"}:
                raise YouTubeError(f"YouTube shows no list of videos at {target.url}; check the address.")
            entries = list(islice(info.get("entries") or (), limit))
    except yt_dlp.utils.YoutubeDLError as error:
        raise YouTubeError(_explained(error, target.url)) from error
    channel_id = info.get("channel_id") or ""
    return Listing(
        items=tuple(_items(entries, language, ordered=target.list_id is not None)),
        read=len(entries),
        is_short=said.is_short,
        title=items.name(items.literal(_title(info, target))),
        count=info.get("playlist_count"),
        channel_id=channel_id if _CHANNEL_ID.match(channel_id) else None,
    )


def _title(info: Mapping[str, Any], target: Target) -> str:
    """Return the list's own name; that of a channel is not the name of its tab ("Kela - Videos")."""
    title: str = info.get("title") or ""
    return title if target.list_id else info.get("channel") or title.removesuffix(" - Videos")


class _Said:
    """What yt-dlp writes to; of its warnings only the one is heard that tells of an empty page."""

    def __init__(self) -> None:
        self.is_short = False

    def warning(self, message: str) -> None:
        """Remember that a page was given up."""
        self.is_short = self.is_short or "Incomplete data received" in message

    def debug(self, _message: str) -> None:
        """Write nothing."""

    info = error = debug


def _items(entries: list[Mapping[str, Any]], language: str | None, *, ordered: bool) -> Iterator[Item]:
    """Yield each video once; in an ordered list a place is the rank among the public ones."""
    met: set[str] = set()
    place = 0
    for entry in entries:
        video = entry.get("id") or ""
        if not _VIDEO_ID.match(video) or video in met or entry.get("live_status") == "is_upcoming":
            continue
        met.add(video)
        title = entry.get("title") or ""
        hidden = not title or title in _HIDDEN or entry.get("availability") == "subscriber_only"
        item = items.item(
            url=f"https://www.youtube.com/watch?v={video}",
            title="" if hidden else items.literal(title),
            publisher_id=video,
            kind=ItemKind.VIDEO,
            declared=language,
            duration=items.seconds(str(entry.get("duration") or "")),
        )
        item = dataclasses.replace(item, short=_is_short(entry, item), live=_LIVE.get(entry.get("live_status") or ""))
        if hidden:
            yield dataclasses.replace(item, unavailable=True)
            continue
        place += 1
        yield dataclasses.replace(item, place=place if ordered else None)


def _is_short(entry: Mapping[str, Any], item: Item) -> bool | None:
    """Return whether the listing shows it as a Short; an ordinary link says no only where it is too long for one."""
    if "/shorts/" in (entry.get("url") or ""):
        return True
    return False if item.duration is not None and item.duration > _LONGEST_SHORT else None


def _explained(error: BaseException, url: str) -> str:
    status = _status_of(error)
    said = _YT_DLP_NOISE.sub("", str(error)).strip().rstrip(".")
    if status == 429:  # noqa: PLR2004  # RFC 6585, 4
        return f"YouTube asks us to wait before we list {url} again (429 Too Many Requests)."
    if status is not None:
        return f"YouTube answered {status} for {url}; such trouble passes, so it is tried again later."
    if "does not exist" in said:
        return f"YouTube says that {url} does not exist; check the address if it still says so in a few days."
    return f"YouTube's list {url} could not be read: {said or type(error).__name__}."


def _status_of(error: BaseException | None) -> int | None:
    """Return the HTTP status at the root of yt-dlp's error, if there is one."""
    for _ in range(5):
        if error is None:
            return None
        status = getattr(error, "status", None)
        if isinstance(status, int):
            return status
        inner = getattr(error, "exc_info", None)
        error = getattr(error, "cause", None) or (inner[1] if inner else None) or error.__cause__
    return None
