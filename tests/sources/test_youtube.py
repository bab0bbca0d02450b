"""A playlist or channel becomes videos, by the unmodified yt-dlp over a local YouTube."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.demo.content import Availability, Channel, Content, Playlist, Video
from pipeline.demo.innertube import Layout
from pipeline.demo.internet import serve
from pipeline.demo.youtube import Part
from pipeline.errors import YouTubeError
from pipeline.model import ItemKind, Kind, Known, Source
from pipeline.sources import read, youtube
from pipeline.sources.youtube import Target, target_of
from tests.counts import full
from tests.sources.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipeline.demo.internet import Internet
    from pipeline.isolate import Pool
    from pipeline.model import Reading

FILMED = datetime(2017, 11, 20, 9, tzinfo=UTC)


def video(number: int, availability: Availability = Availability.PUBLIC) -> Video:
    return Video(
        id=f"video{number:06}",
        title=f"Tarinallistaminen, osa {number}",
        duration=240 + number,
        published=FILMED + timedelta(days=number),
        description=f"Kuvaus {number}. Toinen virke.",
        availability=availability,
    )


CHANNEL = Channel(
    id="UCabcdefghijklmnopqrstuv",
    handle="@kela",
    title="Kela",
    videos=tuple(video(n) for n in range(40, 0, -1)),
    shorts=(video(900),),
)
COURSE = Playlist(
    id="PLtarinat", title="Tarinallistaminen", channel=CHANNEL, videos=tuple(video(n) for n in range(1, 7))
)
LONG = Playlist(id="PLpitka", title="Pitkä", channel=CHANNEL, videos=tuple(video(n) for n in range(1, 251)))
HOLED = Playlist(
    id="PLreikia",
    title="Reikiä",
    channel=CHANNEL,
    videos=(video(1), video(2, Availability.PRIVATE), video(3), video(4, Availability.DELETED), video(5), video(1)),
)


LAYOUTS = (Layout.LOCKUP, *full(Layout.RENDERER))
"""Both are read in tests/demo, in every run."""


@pytest.fixture(params=LAYOUTS)
def internet(request: pytest.FixtureRequest, now: datetime) -> Iterator[Internet]:
    """Serve a YouTube in one of its two page layouts."""
    content = Content(now=now, playlists=(COURSE, LONG, HOLED), channels=(CHANNEL,))
    with serve(content, layout=request.param) as running:
        yield running


@pytest.fixture
def reading(internet: Internet, pool: Pool, now: datetime) -> Callable[..., Reading]:
    """Return the reading of a YouTube address."""

    def reading(url: str, known: Known = Known(), **settings: int) -> Reading:  # noqa: B008  # frozen
        source = Source(id="lista", url=url, kind=Kind.YOUTUBE, **settings)  # type: ignore[arg-type]
        driver = Driver(pool=pool, proxy=internet.proxy, ca_file=internet.ca_file, environment=internet.environment)
        return driver.run(read(source, known, agent="digikooste/1", now=now, proxy=internet.proxy))

    return reading


def test_course_in_its_order(reading: Callable[..., Reading]) -> None:
    """A playlist gives its videos with their places, seconds, and, from Atom, exact dates and descriptions."""
    got = reading("https://www.youtube.com/watch?v=video000003&list=PLtarinat&index=3")
    assert (got.title, got.count, got.complete, got.warnings) == ("Tarinallistaminen", 6, True, ())
    assert [f"youtube:video{n:06}" for n in range(1, 7)] == [item.key for item in got.items]
    assert list(range(1, 7)) == [item.place for item in got.items]
    second = got.items[1]
    assert (
        second.url,
        second.publisher_id,
        second.kind,
    ) == ("https://www.youtube.com/watch?v=video000002", "video000002", ItemKind.VIDEO)
    assert ("Tarinallistaminen, osa 2", 242, FILMED + timedelta(days=2)) == (
        second.title,
        second.duration,
        second.published,
    )
    assert second.summary.startswith("Kuvaus 2.")


def test_every_page_is_followed(reading: Callable[..., Reading]) -> None:
    """250 videos come back as 250, whatever the layout; the fifteen of Atom have dates, the others none."""
    got = reading("https://youtube.com/playlist?list=PLpitka")
    assert (len(got.items), got.count, got.complete) == (250, 250, True)
    assert sum(item.published is not None for item in got.items) == 15


def test_hidden_videos_only_end_a_candidate(reading: Callable[..., Reading]) -> None:
    """Private and deleted videos are unavailable under their ids; a place is the rank among the public ones."""
    got = reading("https://www.youtube.com/playlist?list=PLreikia")
    assert [(item.place, item.unavailable) for item in got.items] == [
        (1, False),
        (None, True),
        (2, False),
        (None, True),
        (3, False),
    ]
    assert [item.title for item in got.items if item.unavailable] == ["", ""]
    assert got.complete, "hidden and repeated entries are part of the list's own count"


def test_short_listing_is_incomplete(internet: Internet, reading: Callable[..., Reading]) -> None:
    """An empty continuation leaves 100 of 250: kept, but incomplete, and told of."""
    internet.youtube.lose_continuations()
    got = reading("https://www.youtube.com/playlist?list=PLpitka")
    assert (len(got.items), got.count, got.complete) == (100, 250, False)
    assert "100 of the 250" in got.warnings[0]


def test_short_channel_is_incomplete(internet: Internet, reading: Callable[..., Reading]) -> None:
    """A channel says of no count what it holds: that yt-dlp went without a page is all that tells of it."""
    internet.youtube.lose_continuations()
    got = reading("https://www.youtube.com/@kela")
    assert (len(got.items), got.count, got.complete) == (30, None, False)
    assert "30 videos" in got.warnings[0]
    internet.youtube.lose_continuations(lose=False)
    got = reading("https://www.youtube.com/@kela")
    assert (len(got.items), got.complete, got.warnings) == (40, True, ())


def test_reload_that_fails_is_incomplete(internet: Internet, reading: Callable[..., Reading]) -> None:
    """The page alone hides what is gone: two of six are missing, and nothing is concluded from that."""
    internet.youtube.fail(Part.API, 429)
    got = reading("https://www.youtube.com/playlist?list=PLreikia")
    assert (len(got.items), got.count, got.complete) == (3, 6, False)
    got = reading("https://www.youtube.com/playlist?list=PLtarinat")
    assert (len(got.items), got.complete) == (6, True)


@pytest.mark.parametrize("status", [200, 429, 500])
def test_page_that_is_no_list_is_made_up_for(internet: Internet, reading: Callable[..., Reading], status: int) -> None:
    """A consent page, or none at all: the API tells the whole list, and no word is lost about it."""
    internet.youtube.fail(Part.PAGE, status)
    got = reading("https://www.youtube.com/playlist?list=PLpitka")
    assert (len(got.items), got.count, got.complete, got.warnings) == (250, 250, True, ())


def test_cap_is_complete(internet: Internet, reading: Callable[..., Reading]) -> None:
    """Reaching the source's limit is complete, and no further page is asked for."""
    internet.youtube.fail(Part.CONTINUATION, 500)
    got = reading("https://www.youtube.com/playlist?list=PLpitka", limit=100)
    assert (len(got.items), got.complete) == (100, True)


@pytest.mark.parametrize("status", [200, 403, 404, 429, 500])
def test_atom_is_a_bonus(internet: Internet, reading: Callable[..., Reading], status: int) -> None:
    """Atom's 404 of many days, or a page that is no feed, costs dates and descriptions, nothing else."""
    internet.youtube.fail(Part.FEED, status)
    got = reading("https://www.youtube.com/playlist?list=PLtarinat")
    assert (6, True, (), {None}) == (
        len(got.items),
        got.complete,
        got.warnings,
        {item.published for item in got.items},
    )


@pytest.mark.parametrize("name", ["@kela", "channel/UCabcdefghijklmnopqrstuv", "@kela/featured"])
def test_channel_is_its_videos(reading: Callable[..., Reading], name: str) -> None:
    """A channel's videos, newest first, without places, Shorts and streams."""
    got = reading(f"https://www.youtube.com/{name}")
    assert [item.id for item in CHANNEL.videos] == [item.publisher_id for item in got.items]
    assert {None} == {item.place for item in got.items}
    assert got.title == "Kela", "and not that of its tab"
    assert got.items[0].published == FILMED + timedelta(days=40)


@pytest.mark.parametrize(
    ("part", "status", "words"), [(Part.API, 429, "429"), (Part.API, 403, "403"), (Part.CONTINUATION, 500, "500")]
)
def test_weather_is_an_error_with_its_status(
    internet: Internet, reading: Callable[..., Reading], part: Part, status: int, words: str
) -> None:
    """What YouTube refuses fails the reading, in a sentence with the status and the list's address."""
    internet.youtube.fail(part, status)
    if part is Part.API:
        internet.youtube.fail(Part.PAGE, status)
    with pytest.raises(YouTubeError, match=f"(?s){words}.*PLpitka|PLpitka.*{words}"):
        reading("https://www.youtube.com/playlist?list=PLpitka")


def test_missing_list_is_an_error(reading: Callable[..., Reading]) -> None:
    """A list that does not exist is YouTube's word, not our conclusion."""
    with pytest.raises(YouTubeError, match=r"YouTube says that .*list=PLpuuttuu does not exist"):
        reading("https://www.youtube.com/playlist?list=PLpuuttuu")


@pytest.mark.parametrize(
    ("url", "list_id", "built"),
    [
        ("https://www.youtube.com/playlist?list=PLx1", "PLx1", "playlist?list=PLx1"),
        ("https://m.youtube.com/watch?v=aaaaaaaaaaa&list=PLx1&index=2", "PLx1", "playlist?list=PLx1"),
        ("https://youtu.be/aaaaaaaaaaa?list=PLx1", "PLx1", "playlist?list=PLx1"),
        ("https://www.youtube.com/feeds/videos.xml?playlist_id=PLx1", "PLx1", "playlist?list=PLx1"),
        ("https://www.youtube.com/@Kela_fi", None, "@Kela_fi/videos"),
        ("https://www.youtube.com/@Kela_fi/shorts", None, "@Kela_fi/videos"),
        ("https://www.youtube.com/@h%C3%A4m%C3%A4r%C3%A4", None, "@h%C3%A4m%C3%A4r%C3%A4/videos"),
        ("https://www.youtube.com/c/Kela", None, "c/Kela/videos"),
        ("https://www.youtube.com/user/kela/videos", None, "user/kela/videos"),
        (f"https://www.youtube.com/channel/{CHANNEL.id}", None, f"channel/{CHANNEL.id}/videos"),
        (f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL.id}", None, f"channel/{CHANNEL.id}/videos"),
    ],
)
def test_address_is_built_anew(url: str, list_id: str | None, built: str) -> None:
    """yt-dlp only ever gets an address of youtube.com that we built ourselves."""
    assert Target(url=f"https://www.youtube.com/{built}", list_id=list_id) == target_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=aaaaaaaaaaa",
        "https://www.youtube.com/",
        "https://www.youtube.com/playlist?list=../../x",
        "https://www.youtube.com/channel/UCshort",
    ],
)
def test_what_is_no_list_is_named(url: str) -> None:
    """A single video, the front page, a broken id: the sentence says what to write."""
    with pytest.raises(YouTubeError, match="neither a playlist nor a channel; write"):
        target_of(url)


def test_private_video_comes_back(internet: Internet, reading: Callable[..., Reading]) -> None:
    """A video made private keeps its key; made public again it is back in its place."""
    internet.youtube.make("video000005", Availability.PRIVATE)
    (gone,) = [item for item in reading("https://www.youtube.com/playlist?list=PLtarinat").items if item.unavailable]
    assert (gone.key, gone.title, gone.place) == ("youtube:video000005", "", None)
    internet.youtube.make("video000005", Availability.PUBLIC)
    back = reading("https://www.youtube.com/playlist?list=PLtarinat").items[4]
    assert (gone.key, 5, False) == (back.key, back.place, back.unavailable)


def test_entries_that_are_no_videos_yet() -> None:
    """Members-only videos are unavailable, announced ones not yet there; playlists and repetitions are passed over."""
    entries: list[Mapping[str, object]] = [
        {"id": "aaaaaaaaaaa", "title": "Yksi", "duration": 61.0},
        {"id": "bbbbbbbbbbb", "title": "Jäsenille", "availability": "subscriber_only"},
        {"id": "ccccccccccc", "title": "Tulossa", "live_status": "is_upcoming"},
        {"id": "PLlista", "title": "Soittolista"},
        {"id": "aaaaaaaaaaa", "title": "Yksi", "duration": 61.0},
        {"id": "ddddddddddd", "title": None},
        {"id": "eeeeeeeeeee", "title": "Kaksi <b>", "duration": None},
    ]
    got = list(youtube._items(entries, "fi", ordered=True))
    assert [(item.title, item.place, item.duration) for item in got] == [
        ("Yksi", 1, 61),
        ("", None, None),
        ("", None, None),
        ("Kaksi <b>", 2, None),
    ]
    assert [item.unavailable for item in got] == [False, True, True, False]


def test_emptied_list_concludes_nothing(internet: Internet, reading: Callable[..., Reading]) -> None:
    """A list that held videos and shows none is no proof of their removal; a new, empty one is complete."""
    internet.youtube.add_playlist(Playlist(id="PLtyhja", title="Tyhjä", channel=CHANNEL, videos=()))
    url = "https://www.youtube.com/playlist?list=PLtyhja"
    before = Known(baseline_open=False, keys=frozenset({"youtube:video000001"}))
    assert ((got := reading(url, before)).items, got.complete, len(got.warnings)) == ((), False, 1)
    assert ((new := reading(url)).items, new.complete, new.warnings) == ((), True, ())
