"""What the doubles hold: channels, playlists, videos and articles, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Availability(StrEnum):
    """Whether a video that is still listed can be watched."""

    PUBLIC = "public"
    PRIVATE = "private"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One video; ``id`` has 11 characters, ``duration`` is in seconds."""

    id: str
    title: str
    duration: int
    published: datetime
    description: str = ""
    views: int = 0
    availability: Availability = Availability.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel; ``id`` is UC and 22 characters, ``handle`` starts with @, videos and shorts stand newest first."""

    id: str
    handle: str
    title: str
    description: str = ""
    videos: tuple[Video, ...] = ()
    shorts: tuple[Video, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A playlist and the channel that keeps it; the videos stand in the list's own order."""

    id: str
    title: str
    channel: Channel
    videos: tuple[Video, ...]
    description: str = ""


class ArticleKind(StrEnum):
    """The two sections of Suomidigi that the double serves."""

    ARTICLE = "article"
    BLOG = "blog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One page of Suomidigi; ``body`` are paragraphs, ``modified`` None means never changed."""

    slug: str
    title: str
    lead: str
    body: tuple[str, ...]
    published: datetime
    modified: datetime | None = None
    tags: tuple[str, ...] = ()
    language: str = "fi"
    kind: ArticleKind = ArticleKind.ARTICLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that the local internet holds at its start; ``now`` is what "2 years ago" is counted from."""

    now: datetime
    playlists: tuple[Playlist, ...] = ()
    channels: tuple[Channel, ...] = ()
    articles: tuple[Article, ...] = ()
