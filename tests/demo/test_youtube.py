"""The scripted YouTube, as the real and unmodified yt-dlp sees it, in both of the layouts that youtube.com has had."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import gc
import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import feedparser
import pytest
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import DownloadError, YoutubeDLError

from pipeline.demo import founding
from pipeline.demo.content import Availability, Channel, Content, Playlist, Video
from pipeline.demo.innertube import Layout
from pipeline.demo.internet import Internet, serve
from pipeline.demo.youtube import Part
from tests.demo.clients import get, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "PLlong-0000000000000000000000000"
URL = f"https://www.youtube.com/playlist?list={LONG}"
FEED = f"https://www.youtube.com/feeds/videos.xml?playlist_id={LONG}"

both_layouts = pytest.mark.parametrize("layout", Layout)


@pytest.fixture
def answers_left_open() -> Iterator[None]:
    """Let yt-dlp drop the answers of failed requests unclosed, in cycles, and collect them before the next test."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "unclosed", ResourceWarning)
        yield
        gc.collect()


requests_fail = pytest.mark.usefixtures("answers_left_open")


def _videos(count: int, prefix: str = "vid") -> tuple[Video, ...]:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    return tuple(
        Video(
            id=f"{prefix}{number:08}",
            title=f"Osa {number}: <b> & </script>",
            duration=60 + number,
            published=start + timedelta(days=number),
            description=f"Kuvaus {number} & muuta",
            views=number,
        )
        for number in range(1, count + 1)
    )


CHANNEL = Channel(
    id="UCchannel-000000000000-1",
    handle="@kanava",
    title="Kanava & muut",
    description="Kuvaus",
    videos=_videos(70, "cha")[::-1],
    shorts=_videos(3, "sho"),
)


def _content(count: int) -> Content:
    playlist = Playlist(id=LONG, title="Pitkä <lista>", channel=CHANNEL, videos=_videos(count), description="Paljon")
    return Content(now=datetime(2026, 11, 22, tzinfo=UTC), playlists=(playlist,), channels=(CHANNEL,))


@both_layouts
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 250])
def test_a_list_comes_back_complete_and_in_order(layout: Layout, count: int) -> None:
    """Every video once, in order, with title and duration; the list's own count agrees; no warning."""
    with serve(_content(count), layout=layout) as internet:
        result = listed(internet, URL)

    assert [
        (video.id, video.title, video.duration, f"https://www.youtube.com/watch?v={video.id}")
        for video in _videos(count)
    ] == [(entry["id"], entry["title"], entry["duration"], entry["url"]) for entry in result.entries]
    assert count == result.info["playlist_count"]
    assert [] == result.warnings


@both_layouts
def test_a_list_says_who_keeps_it(layout: Layout) -> None:
    """Title, description and channel of the list, channel of each entry."""
    with serve(_content(2), layout=layout) as internet:
        result = listed(internet, URL)

    expected = {
        "title": "Pitkä <lista>",
        "description": "Paljon",
        "channel": "Kanava & muut",
        "channel_id": CHANNEL.id,
        "uploader_id": "@kanava",
        "modified_date": "20200103",
        "availability": "public",
    }
    assert expected == {name: result.info[name] for name in expected}
    assert {(CHANNEL.id, "Kanava & muut", "@kanava")} == {
        (entry["channel_id"], entry["channel"], entry["uploader_id"]) for entry in result.entries
    }
    assert [1, 2] == [entry["view_count"] for entry in result.entries]


@both_layouts
def test_requests_per_list(layout: Layout) -> None:
    """One page, one reload with the unavailable videos, one POST per further hundred."""
    with serve(_content(250), layout=layout) as internet:
        listed(internet, URL)

        browse = "/youtubei/v1/browse?prettyPrint=false"
        assert [("GET", f"/playlist?list={LONG}"), *[("POST", browse)] * 3] == [
            (exchange.method, exchange.path) for exchange in internet.requests
        ]


@both_layouts
@pytest.mark.parametrize(
    ("availability", "title"),
    [(Availability.PRIVATE, "[Private video]"), (Availability.DELETED, "[Deleted video]")],
)
def test_a_video_that_is_gone_keeps_its_place(layout: Layout, availability: Availability, title: str) -> None:
    """It is listed under YouTube's own words, with nothing else, on the first page and on a later one."""
    with serve(_content(120), layout=layout) as internet:
        for gone in ("vid00000003", "vid00000110"):
            internet.youtube.make(gone, availability)
        result = listed(internet, URL)
        internet.youtube.make("vid00000003", Availability.PUBLIC)
        restored = listed(internet, URL)

    assert [video.id for video in _videos(120)] == result.ids
    assert [2, 109] == [place for place, entry in enumerate(result.entries) if entry["title"] == title]
    assert {None} == {result.entries[place].get(name) for place in (2, 109) for name in ("duration", "channel")}
    assert 120 == result.info["playlist_count"]
    assert [] == result.warnings
    assert 63 == restored.entries[2]["duration"]


@requests_fail
def test_the_page_alone_hides_what_is_gone() -> None:
    """When the reload fails the list is shorter than its own count, so that a reader can tell."""
    with serve(_content(5)) as internet:
        internet.youtube.make("vid00000002", Availability.PRIVATE)
        internet.youtube.fail(Part.API, 429)
        result = listed(internet, URL)

    assert ["vid00000001", "vid00000003", "vid00000004", "vid00000005"] == result.ids
    assert 5 == result.info["playlist_count"]


@both_layouts
def test_an_empty_continuation_is_a_warning_and_a_short_list(layout: Layout) -> None:
    """100 of 250, with a warning only; afterwards all 250 again."""
    with serve(_content(250), layout=layout) as internet:
        internet.youtube.lose_continuations()
        short = listed(internet, URL)
        internet.youtube.lose_continuations(lose=False)
        whole = listed(internet, URL)

    assert (100, 250) == (len(short.entries), short.info["playlist_count"])
    assert any("Incomplete data received" in warning for warning in short.warnings)
    assert 250 == len(whole.entries)


def test_a_missing_list() -> None:
    """A DownloadError that says so; a list that was there and is taken away looks the same."""
    with serve(_content(3)) as internet:
        with pytest.raises(DownloadError, match="The playlist does not exist"):
            listed(internet, "https://www.youtube.com/playlist?list=PLnobody-000000000000000000000")
        internet.youtube.remove_playlist(LONG)
        with pytest.raises(DownloadError, match="The playlist does not exist"):
            listed(internet, URL)


@requests_fail
@both_layouts
@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_failing_page_is_made_up_for_by_the_api(layout: Layout, status: int) -> None:
    """yt-dlp warns, resolves the URL by the API, and lists everything."""
    with serve(_content(150), layout=layout) as internet:
        internet.youtube.fail(Part.PAGE, status)
        result = listed(internet, URL)

    assert 150 == len(result.entries)
    assert any(str(status) in warning for warning in result.warnings)


@requests_fail
@pytest.mark.parametrize("status", [403, 429, 500])
@pytest.mark.parametrize("part", [Part.API, Part.CONTINUATION])
def test_a_failing_api_fails_the_list(part: Part, status: int) -> None:
    """Without the page, or on the way to the second hundred; the cause says which status it was."""
    with serve(_content(150)) as internet:
        internet.youtube.fail(part, status)
        if part is Part.API:
            internet.youtube.fail(Part.PAGE, status)
        with pytest.raises(YoutubeDLError) as caught:
            listed(internet, URL)
        # While entries are iterated, yt-dlp does not wrap its own ExtractorError in a DownloadError.
        error = caught.value
        cause = error.exc_info[1] if isinstance(error, DownloadError) else error.cause
        assert isinstance(cause, HTTPError)
        assert status == cause.status

        internet.youtube.fail(Part.API, None)
        internet.youtube.fail(Part.PAGE, None)
        internet.youtube.fail(Part.CONTINUATION, None)
        assert 150 == len(listed(internet, URL).entries)


def test_videos_come_and_go() -> None:
    """Added at the end, added at a place, removed."""
    first, second = _videos(2, "new")
    with serve(_content(3)) as internet:
        internet.youtube.add_video(LONG, first)
        internet.youtube.add_video(LONG, second, place=1)
        internet.youtube.remove_video(LONG, "vid00000002")
        assert ["new00000002", "vid00000001", "vid00000003", "new00000001"] == listed(internet, URL).ids


def test_a_script_that_names_nothing_is_a_mistake() -> None:
    """A typing error in a test must not pass as a quiet no-op."""
    with serve(_content(1)) as internet:
        tube = internet.youtube
        with pytest.raises(LookupError):
            tube.make("nobody", Availability.PRIVATE)
        with pytest.raises(LookupError):
            tube.remove_video(LONG, "nobody")
        with pytest.raises(LookupError):
            tube.add_video("PLnobody", _videos(1)[0])


def test_the_layout_changes_overnight() -> None:
    """As in June 2026: the same list, written the other way."""
    with serve(_content(120), layout=Layout.RENDERER) as internet:
        before = listed(internet, URL).ids
        internet.youtube.use_layout(Layout.LOCKUP)
        assert before == listed(internet, URL).ids


@both_layouts
@pytest.mark.parametrize("name", ["@kanava", f"channel/{CHANNEL.id}"])
def test_a_channels_videos(layout: Layout, name: str) -> None:
    """The tab /videos lists all 70 in pages of 30, and none of the shorts."""
    with serve(_content(0), layout=layout) as internet:
        result = listed(internet, f"https://www.youtube.com/{name}/videos")

        assert [video.id for video in CHANNEL.videos] == result.ids
        assert ("Kanava & muut - Videos", CHANNEL.id) == (result.info["title"], result.info["id"])
        assert [130, 129] == [entry["duration"] for entry in result.entries[:2]]
        assert 2 == sum(exchange.method == "POST" for exchange in internet.requests)

        internet.youtube.upload(CHANNEL.id, _videos(1, "new")[0])
        assert "new00000001" == listed(internet, f"https://www.youtube.com/{name}/videos").ids[0]


def test_a_channel_without_a_tab_is_several_lists() -> None:
    """yt-dlp gives one list per tab, which is why a reader names /videos itself."""
    with serve(_content(0)) as internet:
        result = listed(internet, "https://www.youtube.com/@kanava")
        assert ["Kanava & muut - Videos", "Kanava & muut - Shorts"] == [entry["title"] for entry in result.entries]
        assert ["sho00000001", "sho00000002", "sho00000003"] == [
            entry["id"] for entry in list(result.entries[1]["entries"])
        ]


@requests_fail
def test_a_channel_whose_page_fails() -> None:
    """The API knows its tabs too."""
    with serve(_content(0)) as internet:
        internet.youtube.fail(Part.PAGE, 500)
        assert 70 == len(listed(internet, "https://www.youtube.com/@kanava/videos").entries)


@requests_fail
def test_a_missing_channel() -> None:
    """A 404 from the page and from the API."""
    with serve(_content(0)) as internet, pytest.raises(DownloadError, match="404"):
        listed(internet, "https://www.youtube.com/@kukaan/videos")


def test_the_atom_feed_of_a_playlist() -> None:
    """The first 15 public videos in list order, exact dates, whole descriptions, no validators."""
    with serve(_content(20)) as internet:
        internet.youtube.make("vid00000001", Availability.PRIVATE)
        page = get(internet, FEED)

    parsed = feedparser.parse(page.body, response_headers={"content-type": page.headers["content-type"]})
    assert (200, False, "atom10") == (page.status, parsed.bozo, parsed.version)
    assert "Pitkä <lista>" == parsed.feed.title
    assert [video.id for video in _videos(20)[1:16]] == [entry.yt_videoid for entry in parsed.entries]
    first = parsed.entries[0]
    assert "2020-01-03T00:00:00+00:00" == first.published
    assert "Kuvaus 2 & muuta" == first.summary
    assert "https://www.youtube.com/watch?v=vid00000002" == first.link
    assert not {"etag", "last-modified"} & set(page.headers)


@pytest.mark.parametrize("query", [f"channel_id={CHANNEL.id}", f"playlist_id=UULF{CHANNEL.id.removeprefix('UC')}"])
def test_the_atom_feed_of_a_channel(query: str) -> None:
    """By the channel's id, or as the list of its videos; 15 entries, newest first."""
    with serve(_content(0)) as internet:
        parsed = feedparser.parse(get(internet, f"https://www.youtube.com/feeds/videos.xml?{query}").body)
    assert [video.id for video in CHANNEL.videos[:15]] == [entry.yt_videoid for entry in parsed.entries]


def test_a_short_has_its_own_link() -> None:
    """A Short's link in the feed is /shorts/ID, in the channel's feed only."""
    channel = Channel(id=CHANNEL.id, handle="@kanava", title="Kanava", shorts=_videos(1, "sho"))
    content = Content(now=datetime(2026, 11, 22, tzinfo=UTC), channels=(channel,))
    with serve(content) as internet:
        feed = "https://www.youtube.com/feeds/videos.xml"
        whole = feedparser.parse(get(internet, f"{feed}?channel_id={channel.id}").body)
        videos_only = feedparser.parse(get(internet, f"{feed}?playlist_id=UULF{channel.id[2:]}").body)
    assert ["https://www.youtube.com/shorts/sho00000001"] == [entry.link for entry in whole.entries]
    assert [] == videos_only.entries


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_the_feed_is_weather(status: int) -> None:
    """It fails on its own, as an HTML page; the list is still there."""
    with serve(_content(3)) as internet:
        internet.youtube.fail(Part.FEED, status)
        page = get(internet, FEED)
        assert (status, "") == (page.status, feedparser.parse(page.body).version)
        assert 3 == len(listed(internet, URL).entries)


def test_the_feed_of_a_missing_list() -> None:
    """404, as an outage looks too."""
    with serve(_content(1)) as internet:
        url = "https://www.youtube.com/feeds/videos.xml?playlist_id=PLnobody"
        assert 404 == get(internet, url).status


@pytest.mark.parametrize("path", ["/watch?v=vid00000001", "/youtubei/v1/player", "/feed/trending", "/"])
def test_what_is_not_doubled_is_not_found(path: str) -> None:
    """A per-video page is never needed, so it does not exist here."""
    with serve(_content(1)) as internet:
        assert 404 == get(internet, f"https://www.youtube.com{path}").status


def test_the_command_line_program_sees_it_too(internet: Internet) -> None:
    """``yt_dlp`` as a program, in a process of its own, led here by nothing but its environment."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "yt_dlp", "--ignore-config", "--compat-options", "no-certifi"),
            *(
                "--flat-playlist",
                "--print",
                "%(title)s",
                f"https://www.youtube.com/playlist?list={founding.STORY_LIST}",
            ),
        ],
        env={**os.environ, **internet.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (0, "") == (run.returncode, run.stderr)
    assert [
        "Tarinallistaminen on vain muotitermi",
        "Julkishallinto ei voi tarinallistaa",
        "Tarinallistaminen on satuilua",
        "Asiantuntijan tieto ei taivu tarinaksi",
        "Tarinallistamiseen ei ole aikaa",
        "En osaa aloittaa tarinallistamista",
    ] == run.stdout.splitlines()
    assert {"www.youtube.com"} == {exchange.host for exchange in internet.requests}
