"""A scripted www.youtube.com that the unmodified yt-dlp lists: pages, the browse API and the Atom feed."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pipeline.demo import innertube
from pipeline.demo.atom import feed
from pipeline.demo.content import Availability
from pipeline.demo.exchange import XML, Response, html, json_answer
from pipeline.demo.innertube import HOME, PAGE_SIZE, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.demo.content import Channel, Playlist, Video
    from pipeline.demo.exchange import Request
    from pipeline.demo.innertube import Node

HOST = "www.youtube.com"

WITH_UNAVAILABLE = "wgYCCAA="
"""The ``params`` of the browse call that lists private and deleted videos too."""

UPLOADS = "UULF"
"""In front of a channel id without its UC: the list of the channel's videos without shorts and streams."""

CHANNEL_PAGE_SIZE = 30
NO_PLAYLIST = "The playlist does not exist."


class Part(StrEnum):
    """The parts of YouTube that can fail on their own."""

    PAGE = "page"
    API = "api"
    CONTINUATION = "continuation"
    FEED = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A place in a listing: everything that a URL, a browseId or a continuation's token says."""

    playlist: str = ""
    channel: str = ""
    tab: str = "videos"
    start: int = 0
    unavailable: bool = False

    @property
    def token(self) -> str:
        return urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def of_token(cls, token: str) -> _Place:
        return cls(**json.loads(urlsafe_b64decode(token)))


class YouTube:
    """The site; call it with a request. Every other method scripts it, and may be called while it serves.

    An unknown playlist, channel or video is a LookupError of the script, not of the site.
    """

    def __init__(
        self,
        playlists: Sequence[Playlist] = (),
        channels: Sequence[Channel] = (),
        *,
        now: datetime,
        layout: Layout = Layout.LOCKUP,
    ) -> None:
        self._lock = threading.RLock()
        self._playlists = {playlist.id: playlist for playlist in playlists}
        self._channels = {channel.id: channel for channel in channels}
        self._now = now
        self._layout = layout
        self._failing: dict[Part, int] = {}
        self._loses_continuations = False

    def __call__(self, request: Request) -> Response:
        """Answer as youtube.com does."""
        with self._lock:
            match request.path.strip("/").split("/"):
                case ["playlist"]:
                    return self._page(_Place(playlist=request.parameter("list")))
                case ["feeds", "videos.xml"]:
                    return self._feed(request.parameter("playlist_id"), request.parameter("channel_id"))
                case ["youtubei", "v1", "navigation", "resolve_url"]:
                    return self._resolve(request)
                case ["youtubei", "v1", "browse"]:
                    return self._browse(request)
                case ["channel", name, *tab] | [name, *tab] if name:
                    return self._page(_Place(channel=name, tab=tab[0] if tab else HOME))
        return _not_found()

    def use_layout(self, layout: Layout) -> None:
        """Write pages in this layout from now on."""
        with self._lock:
            self._layout = layout

    def fail(self, part: Part, status: int | None = HTTPStatus.TOO_MANY_REQUESTS) -> None:
        """Let one part answer with ``status`` until it is called again with None."""
        with self._lock:
            if status is None:
                self._failing.pop(part, None)
            else:
                self._failing[part] = status

    def lose_continuations(self, *, lose: bool = True) -> None:
        """Answer every continuation with 200 and nothing in it: a reader then sees the first 100 only."""
        with self._lock:
            self._loses_continuations = lose

    def add_playlist(self, playlist: Playlist) -> None:
        """Publish a playlist, or replace the one of the same id."""
        with self._lock:
            self._playlists[playlist.id] = playlist

    def remove_playlist(self, playlist_id: str) -> None:
        """Let a playlist no longer exist."""
        with self._lock:
            del self._playlists[playlist_id]

    def add_video(self, playlist_id: str, video: Video, *, place: int | None = None) -> None:
        """Add a video to a playlist, at the end or as number ``place`` (from 1)."""
        with self._lock:
            playlist = self._playlists[playlist_id]
            videos = list(playlist.videos)
            videos.insert(len(videos) if place is None else place - 1, video)
            self._playlists[playlist_id] = replace(playlist, videos=tuple(videos))

    def remove_video(self, playlist_id: str, video_id: str) -> None:
        """Take a video out of a playlist."""
        with self._lock:
            playlist = self._playlists[playlist_id]
            kept = tuple(video for video in playlist.videos if video.id != video_id)
            if len(kept) == len(playlist.videos):
                raise LookupError(f"playlist {playlist_id} holds no video {video_id}")
            self._playlists[playlist_id] = replace(playlist, videos=kept)

    def upload(self, channel_id: str, video: Video) -> None:
        """Add a video to a channel, as its newest."""
        with self._lock:
            channel = self._channels[channel_id]
            self._channels[channel_id] = replace(channel, videos=(video, *channel.videos))

    def make(self, video_id: str, availability: Availability) -> None:
        """Make a video private, deleted or public (again), in every list that holds it."""
        with self._lock:
            found = False
            for playlist in list(self._playlists.values()):
                if any(video.id == video_id for video in playlist.videos):
                    found = True
                    changed = tuple(
                        replace(video, availability=availability) if video.id == video_id else video
                        for video in playlist.videos
                    )
                    self._playlists[playlist.id] = replace(playlist, videos=changed)
            if not found:
                raise LookupError(f"no playlist holds the video {video_id}")

    def _page(self, place: _Place) -> Response:
        if status := self._failing.get(Part.PAGE):
            return html("<!DOCTYPE html><title>Sorry</title>", status=status)
        data = self._first_page(place)
        if data is None and place.channel:
            return _not_found()
        return html(innertube.page(data or innertube.alert(NO_PLAYLIST), title=place.playlist or place.channel))

    def _resolve(self, request: Request) -> Response:
        """Answer ``navigation/resolve_url``: which browse call stands behind a URL."""
        if status := self._failing.get(Part.API):
            return _api_error(status)
        url = urlsplit(json.loads(request.body)["url"])
        match url.path.strip("/").split("/"):
            case ["playlist"]:
                endpoint = {"browseId": f"VL{parse_qs(url.query)['list'][0]}"}
            case ["channel", name, *tab] | [name, *tab]:
                channel = self._channel(name)
                if channel is None:
                    return _api_error(HTTPStatus.NOT_FOUND)
                endpoint = {"browseId": channel.id, "params": tab[0] if tab else HOME}
        return json_answer({"endpoint": {"browseEndpoint": endpoint}})

    def _browse(self, request: Request) -> Response:
        """Answer ``browse``: a list by its id, or the next page of one by its token."""
        query = json.loads(request.body)
        token = query.get("continuation")
        if status := self._failing.get(Part.CONTINUATION if token else Part.API):
            return _api_error(status)
        if token:
            return json_answer(self._next_page(_Place.of_token(token)))
        browse_id, params = query["browseId"], query.get("params", "")
        if browse_id.startswith("VL"):
            place = _Place(playlist=browse_id.removeprefix("VL"), unavailable=params == WITH_UNAVAILABLE)
        else:
            place = _Place(channel=browse_id, tab=params or HOME)
        return json_answer(self._first_page(place) or innertube.alert(NO_PLAYLIST))

    def _first_page(self, place: _Place) -> Node | None:
        """Return the data of a list's first page; None when the list does not exist."""
        if place.channel:
            channel = self._channel(place.channel)
            if channel is None:
                return None
            tab = place.tab if innertube.tab_videos(channel, place.tab) else HOME
            place = replace(place, channel=channel.id, tab=tab)
            shown, token = _cut(innertube.tab_videos(channel, tab), place, CHANNEL_PAGE_SIZE)
            return innertube.channel_data(channel, tab, shown, layout=self._layout, token=token, now=self._now)
        playlist = self._playlists.get(place.playlist)
        if playlist is None:
            return None
        listed = _listed(playlist, unavailable=place.unavailable)
        shown, token = _cut(listed, place, PAGE_SIZE)
        hiding = len(listed) < len(playlist.videos)
        return innertube.playlist_data(playlist, shown, layout=self._layout, token=token, now=self._now, hiding=hiding)

    def _next_page(self, place: _Place) -> Node:
        if self._loses_continuations:
            return innertube.empty_continuation()
        if place.channel:
            channel = self._channels[place.channel]
            shown, token = _cut(innertube.tab_videos(channel, place.tab), place, CHANNEL_PAGE_SIZE)
            entries = innertube.channel_entries(
                channel, place.tab, shown, layout=self._layout, token=token, now=self._now
            )
        else:
            playlist = self._playlists[place.playlist]
            shown, token = _cut(_listed(playlist, unavailable=place.unavailable), place, PAGE_SIZE)
            entries = innertube.list_entries(playlist, shown, layout=self._layout, token=token, now=self._now)
        return innertube.continuation(entries)

    def _feed(self, playlist_id: str, channel_id: str) -> Response:
        """Answer with the first 15 public entries in list order; no ETag, no Last-Modified, as on youtube.com."""
        if status := self._failing.get(Part.FEED):
            return _not_found(status)
        subject: Playlist | Channel | None
        if channel_id:
            subject = self._channel(channel_id)
        elif playlist_id.startswith(UPLOADS):
            uploads = self._channel(f"UC{playlist_id.removeprefix(UPLOADS)}")
            subject = uploads and replace(uploads, shorts=())
        else:
            subject = self._playlists.get(playlist_id)
        if subject is None:
            return _not_found()
        headers = {"Cache-Control": "public, max-age=900"}
        return Response(content_type=XML, headers=headers, body=feed(subject).encode())

    def _channel(self, name: str) -> Channel | None:
        return next((channel for channel in self._channels.values() if name in {channel.id, channel.handle}), None)


def _listed(playlist: Playlist, *, unavailable: bool) -> tuple[Video, ...]:
    if unavailable:
        return playlist.videos
    return tuple(video for video in playlist.videos if video.availability is Availability.PUBLIC)


def _cut(videos: tuple[Video, ...], place: _Place, size: int) -> tuple[tuple[Video, ...], str | None]:
    """Return one page of ``videos`` from ``place``, and the token of the next one if there is any."""
    end = place.start + size
    return videos[place.start : end], replace(place, start=end).token if end < len(videos) else None


def _not_found(status: int = HTTPStatus.NOT_FOUND) -> Response:
    return html(f"<!DOCTYPE html><html lang=en><title>Error {status}</title><p>Not found.", status=status)


def _api_error(status: int) -> Response:
    reason = HTTPStatus(status).phrase
    return json_answer({"error": {"code": int(status), "message": reason}}, status=status)
