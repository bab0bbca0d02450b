"""How a source is read, told from its address and its keys; and what a YouTube address names."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pipeline.config.problems import shown
from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

KEYS_OF = (
    ((Kind.LISTING,), ("item", "link", "title", "lead", "date", "next")),
    ((Kind.LISTING, Kind.WORDPRESS), ("pages",)),
    ((Kind.SITEMAP,), ("prefix",)),
)
"""The keys that only some kinds have."""

_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be"})
_SITEMAP = re.compile(r"/[^/]*sitemap[^/]*\.xml(\.gz)?$", re.IGNORECASE)
_TELLING = re.compile(r"youtu|/wp-json|rest_route=|sitemap", re.IGNORECASE)
"""Something of this stands in every address whose kind its form tells."""
_CHANNEL = re.compile(r"^/(@[^/]+|channel/UC[\w-]{22}|c/[^/]+|user/[^/]+)(/(videos|featured|streams|playlists)?)?$")
_LIST_ID = re.compile(r"^[A-Za-z0-9_-]{10,}$")
_PLAYLIST = "https://www.youtube.com/playlist?list="


class YouTube(Enum):
    """What a YouTube address names."""

    PLAYLIST = "playlist"
    CHANNEL = "channel"


def guess(url: str, keys: Collection[str]) -> Kind:
    """The kind of a source that does not say it: ``item`` or ``prefix`` tell, then the address, else a feed."""
    is_file = url.startswith("file:")
    if "item" in keys and not is_file:
        return Kind.LISTING
    if "prefix" in keys and not is_file:
        return Kind.SITEMAP
    if is_file or not _TELLING.search(url):
        return Kind.FEED
    parts = urlsplit(url)
    if parts.hostname in _HOSTS:
        return Kind.YOUTUBE
    if "/wp-json" in parts.path or "rest_route=" in parts.query:
        return Kind.WORDPRESS
    return Kind.SITEMAP if _SITEMAP.search(parts.path) else Kind.FEED


def is_youtube(url: str) -> bool:
    """Whether the host is one of YouTube's."""
    return "youtu" in url.lower() and urlsplit(url).hostname in _HOSTS


def youtube(url: str) -> YouTube:
    """Whether the address names a playlist or a channel; ValueError says what to write instead."""
    parts = urlsplit(url)
    if parts.hostname not in _HOSTS:
        raise ValueError(f"kind youtube reads addresses at www.youtube.com, not {shown(url)}")
    query = parse_qs(parts.query)
    if parts.path == "/feeds/videos.xml":
        raise ValueError(f"this feed holds 15 videos at most; write {_page_of(query)}")
    if listed := query.get("list"):
        _check_list(listed[0])
        return YouTube.PLAYLIST
    if _CHANNEL.fullmatch(parts.path):
        return YouTube.CHANNEL
    if parts.path == "/watch" or parts.hostname == "youtu.be" or parts.path.startswith(("/shorts/", "/live/")):
        raise ValueError(f"names one video; write a playlist ({_PLAYLIST}…) or a channel (https://www.youtube.com/@…)")
    raise ValueError(f"names neither a playlist ({_PLAYLIST}…) nor a channel (https://www.youtube.com/@…)")


def _check_list(identifier: str) -> None:
    if identifier in {"WL", "LL"}:
        raise ValueError("is a list that only its owner sees; write a public playlist")
    if identifier.startswith("RD"):
        raise ValueError("is a mix that YouTube makes anew for everybody; write a playlist (its id begins with PL)")
    if not _LIST_ID.fullmatch(identifier):
        raise ValueError(f"{shown(identifier)} is no playlist's id; copy all that follows list= in the browser")


def _page_of(query: dict[str, list[str]]) -> str:
    if playlist := query.get("playlist_id"):
        return f"{_PLAYLIST}{playlist[0]}"
    channel = query.get("channel_id", ["…"])[0]
    return f"https://www.youtube.com/channel/{channel}"
