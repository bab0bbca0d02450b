"""YouTube's own JSON, in both page layouts, in the smallest form that yt-dlp reads completely."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from pipeline.demo.content import Availability

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pipeline.demo.content import Channel, Playlist, Video

Node: TypeAlias = dict[str, Any]

PAGE_SIZE = 100
"""Playlist entries per page and per continuation, as on youtube.com."""

HOME = "featured"
CHANNEL_TABS = {HOME: "Home", "videos": "Videos", "shorts": "Shorts"}

_SHOWN_AS = {Availability.PRIVATE: "[Private video]", Availability.DELETED: "[Deleted video]"}
_UNITS = (("year", 365), ("month", 30), ("week", 7), ("day", 1))


class Layout(StrEnum):
    """How a list's entries are written: since June 2026, and before."""

    LOCKUP = "lockupViewModel"
    RENDERER = "playlistVideoRenderer"


def page(data: Node, *, title: str) -> str:
    """Return the HTML page that carries ``data`` as its ytInitialData."""
    # "<" would end the script early if a title held "</script>".
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    config = json.dumps({"INNERTUBE_CLIENT_NAME": "WEB", "INNERTUBE_CLIENT_VERSION": "2.20261102.01.00"})
    heading = title.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{heading} - YouTube</title>'
        f"<script>ytcfg.set({config});</script></head>"
        f"<body><script>var ytInitialData = {text};</script></body></html>"
    )


def alert(text: str) -> Node:
    """Return the answer for something that does not exist: 200, with an error and no contents."""
    return {
        "alerts": [{"alertRenderer": {"type": "ERROR", "text": {"runs": [{"text": text}]}}}],
        "microformat": {"microformatDataRenderer": {"noindex": True}},
    }


def playlist_data(
    playlist: Playlist, shown: Sequence[Video], *, layout: Layout, token: str | None, now: datetime, hiding: bool
) -> Node:
    """Return the first page of a playlist: ``shown`` are its entries, ``token`` asks for the rest.

    The count is of all entries; ``hiding`` says that unavailable ones are left out.
    """
    entries = list_entries(playlist, shown, layout=layout, token=token, now=now)
    if layout is Layout.RENDERER:
        entries = [{"playlistVideoListRenderer": {"contents": entries, "playlistId": playlist.id}}]
    sections = {"sectionListRenderer": {"contents": [{"itemSectionRenderer": {"contents": entries}}]}}
    data = _two_columns([{"tabRenderer": {"selected": True, "content": sections}}])
    data["metadata"] = {"playlistMetadataRenderer": {"title": playlist.title, "description": playlist.description}}
    data["microformat"] = {"microformatDataRenderer": {"noindex": False, "unlisted": False}}
    data["sidebar"] = {"playlistSidebarRenderer": {"items": _sidebar(playlist)}}
    if hiding:
        hidden = {"type": "INFO", "text": {"simpleText": "Unavailable videos are hidden"}}
        data["alerts"] = [{"alertWithButtonRenderer": hidden}]
    return data


def list_entries(
    playlist: Playlist, videos: Sequence[Video], *, layout: Layout, token: str | None, now: datetime
) -> list[Node]:
    """Return one page of a playlist's entries, with the way to the next one when there is a ``token``."""
    match layout:
        case Layout.LOCKUP:
            entries = [_lockup(video, playlist.channel, now) for video in videos]
        case Layout.RENDERER:
            entries = [_renderer(video, playlist.channel, now) for video in videos]
        case _:
            assert_never(layout)
    return entries + _more(layout, token)


def tab_videos(channel: Channel, tab: str) -> tuple[Video, ...]:
    """Return what a channel's tab lists, newest first; () for a tab that does not exist."""
    tabs: Mapping[str, tuple[Video, ...]] = {"videos": channel.videos, "shorts": channel.shorts}
    return tabs.get(tab, ())


def channel_data(
    channel: Channel, tab: str, shown: Sequence[Video], *, layout: Layout, token: str | None, now: datetime
) -> Node:
    """Return the first page of a channel's tab (a key of ``CHANNEL_TABS``); a tab without videos does not exist."""
    present = [name for name in CHANNEL_TABS if name == HOME or tab_videos(channel, name)]
    tabs = []
    for name in present:
        url = f"/{channel.handle}/{name}"
        renderer: Node = {
            "title": CHANNEL_TABS[name],
            "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": url}}},
        }
        if name == tab:
            grid = channel_entries(channel, tab, shown, layout=layout, token=token, now=now)
            renderer |= {"selected": True, "content": {"richGridRenderer": {"contents": grid}}}
        tabs.append({"tabRenderer": renderer})
    data = _two_columns(tabs)
    data["metadata"] = {
        "channelMetadataRenderer": {
            "title": channel.title,
            "description": channel.description,
            "externalId": channel.id,
            "channelUrl": f"https://www.youtube.com/channel/{channel.id}",
            "vanityChannelUrl": f"http://www.youtube.com/{channel.handle}",
        }
    }
    return data


def channel_entries(
    channel: Channel, tab: str, videos: Sequence[Video], *, layout: Layout, token: str | None, now: datetime
) -> list[Node]:
    """Return one page of a channel tab's entries."""
    if tab == "shorts":
        contents = [_short(video) for video in videos]
    elif layout is Layout.LOCKUP:
        contents = [_lockup(video, channel, now) for video in videos]
    else:
        contents = [{"videoRenderer": _renderer(video, channel, now)["playlistVideoRenderer"]} for video in videos]
    entries: list[Node] = [{"richItemRenderer": {"content": content}} for content in contents]
    # A channel's grid kept the older form of its continuation.
    return entries + _more(Layout.RENDERER, token)


def continuation(entries: Sequence[Node]) -> Node:
    """Return the answer to a continuation's token."""
    return {"onResponseReceivedActions": [{"appendContinuationItemsAction": {"continuationItems": list(entries)}}]}


def empty_continuation() -> Node:
    """Return the answer that makes yt-dlp stop early with a warning: 200, and nothing in it."""
    return {"responseContext": {"serviceTrackingParams": []}}


def _two_columns(tabs: list[Node]) -> Node:
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": tabs}}}


def _sidebar(playlist: Playlist) -> list[Node]:
    count = len(playlist.videos)
    views = sum(video.views for video in playlist.videos)
    stats: list[Node] = [
        {"runs": [{"text": str(count)}, {"text": " video" if count == 1 else " videos"}]},
        {"simpleText": f"{views:,} views" if views else "No views"},
    ]
    if playlist.videos:
        updated = max(video.published for video in playlist.videos)
        stats.append({"runs": [{"text": "Last updated on "}, {"text": f"{updated:%b} {updated.day}, {updated.year}"}]})
    primary = {"title": {"runs": [{"text": playlist.title}]}, "stats": stats}
    owner = {"title": {"runs": [_byline(playlist.channel)]}}
    return [
        {"playlistSidebarPrimaryInfoRenderer": primary},
        {"playlistSidebarSecondaryInfoRenderer": {"videoOwner": {"videoOwnerRenderer": owner}}},
    ]


def _more(layout: Layout, token: str | None) -> list[Node]:
    if token is None:
        return []
    command = {"continuationCommand": {"token": token, "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}}
    if layout is Layout.LOCKUP:
        return [{"continuationItemViewModel": {"continuationCommand": {"innertubeCommand": command}}}]
    return [{"continuationItemRenderer": {"continuationEndpoint": command}}]


def _lockup(video: Video, channel: Channel, now: datetime) -> Node:
    title = _SHOWN_AS.get(video.availability)
    metadata: Node = {"title": {"content": title or video.title}}
    lockup: Node = {"contentId": video.id, "contentType": "LOCKUP_CONTENT_TYPE_VIDEO"}
    if title is None:
        when = _ago(video.published, now)
        owner = {"content": channel.title, "commandRuns": [{"onTap": {"innertubeCommand": _browse(channel)}}]}
        views_and_time = [
            {"text": {"content": f"{video.views} views"}},
            {"text": {"content": when}, "accessibilityLabel": when},
        ]
        rows = [{"metadataParts": [{"text": owner}]}, {"metadataParts": views_and_time}]
        metadata["metadata"] = {"contentMetadataViewModel": {"metadataRows": rows}}
        badge = {"thumbnailBadgeViewModel": {"text": _clock(video.duration)}}
        image = {
            "image": {"sources": _thumbnails(video)},
            "overlays": [{"thumbnailBottomOverlayViewModel": {"badges": [badge]}}],
        }
        lockup["contentImage"] = {"thumbnailViewModel": image}
    lockup["metadata"] = {"lockupMetadataViewModel": metadata}
    return {"lockupViewModel": lockup}


def _renderer(video: Video, channel: Channel, now: datetime) -> Node:
    title = _SHOWN_AS.get(video.availability)
    renderer: Node = {
        "videoId": video.id,
        "title": {"runs": [{"text": title or video.title}]},
        "isPlayable": title is None,
    }
    if title is None:
        info = [f"{video.views} views", " • ", _ago(video.published, now)]
        renderer |= {
            "shortBylineText": {"runs": [_byline(channel)]},
            "lengthSeconds": str(video.duration),
            "lengthText": {"simpleText": _clock(video.duration)},
            "thumbnail": {"thumbnails": _thumbnails(video)},
            "videoInfo": {"runs": [{"text": text} for text in info]},
        }
    return {"playlistVideoRenderer": renderer}


def _short(video: Video) -> Node:
    return {
        "shortsLockupViewModel": {
            "entityId": f"shorts-shelf-item-{video.id}",
            "onTap": {"innertubeCommand": {"reelWatchEndpoint": {"videoId": video.id}}},
            "overlayMetadata": {
                "primaryText": {"content": video.title},
                "secondaryText": {"content": f"{video.views} views"},
            },
        }
    }


def _byline(channel: Channel) -> Node:
    return {"text": channel.title, "navigationEndpoint": _browse(channel)}


def _browse(channel: Channel) -> Node:
    return {"browseEndpoint": {"browseId": channel.id, "canonicalBaseUrl": f"/{channel.handle}"}}


def _thumbnails(video: Video) -> list[Node]:
    return [{"url": f"https://i.ytimg.com/vi/{video.id}/hqdefault.jpg", "width": 336, "height": 188}]


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _ago(published: datetime, now: datetime) -> str:
    """Say it as YouTube does: rounded down, so that it drifts from week to week."""
    days = max((now - published).days, 0)
    for unit, length in _UNITS:
        if count := days // length:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "1 hour ago"
