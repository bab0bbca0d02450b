"""YouTube's Atom feed: the first 15 public entries of a playlist in its own order, or the newest 15 of a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from pipeline.demo.content import Availability, Playlist

if TYPE_CHECKING:
    from pipeline.demo.content import Channel, Video

ENTRIES = 15

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns="http://www.w3.org/2005/Atom">\n'
)


def feed(subject: Playlist | Channel) -> str:
    """Return the feed's text, as recorded from youtube.com in January 2026."""
    if isinstance(subject, Playlist):
        channel, videos, query = subject.channel, subject.videos, f"playlist_id={subject.id}"
        identity = f"<id>yt:playlist:{subject.id}</id><yt:playlistId>{subject.id}</yt:playlistId>"
    else:
        channel, query = subject, f"channel_id={subject.id}"
        videos = tuple(sorted(subject.videos + subject.shorts, key=lambda video: video.published, reverse=True))
        identity = f"<id>yt:channel:{subject.id}</id>"
    public = [video for video in videos if video.availability is Availability.PUBLIC][:ENTRIES]
    shorts = {video.id for video in channel.shorts}
    entries = "".join(_entry(video, channel, short=video.id in shorts) for video in public)
    return (
        f'{_HEAD}<link rel="self" href="http://www.youtube.com/feeds/videos.xml?{query}"/>\n{identity}\n'
        f"<yt:channelId>{channel.id}</yt:channelId>\n<title>{escape(subject.title)}</title>\n"
        f"{_author(channel)}\n{entries}</feed>\n"
    )


def _author(channel: Channel) -> str:
    uri = f"https://www.youtube.com/channel/{channel.id}"
    return f"<author><name>{escape(channel.title)}</name><uri>{uri}</uri></author>"


def _entry(video: Video, channel: Channel, *, short: bool) -> str:
    path = f"shorts/{video.id}" if short else f"watch?v={video.id}"
    published = video.published.isoformat(timespec="seconds")
    thumbnail = quoteattr(f"https://i3.ytimg.com/vi/{video.id}/hqdefault.jpg")
    return (
        f"<entry><id>yt:video:{video.id}</id><yt:videoId>{video.id}</yt:videoId>"
        f"<yt:channelId>{channel.id}</yt:channelId><title>{escape(video.title)}</title>"
        f'<link rel="alternate" href="https://www.youtube.com/{path}"/>{_author(channel)}'
        f"<published>{published}</published><updated>{published}</updated>"
        f"<media:group><media:title>{escape(video.title)}</media:title>"
        f'<media:thumbnail url={thumbnail} width="480" height="360"/>'
        f"<media:description>{escape(video.description)}</media:description>"
        f'<media:community><media:statistics views="{video.views}"/></media:community></media:group></entry>\n'
    )
