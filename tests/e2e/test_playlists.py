"""Playlists by the command line: the unmodified yt-dlp over TLS, courses handed out, readings that come back short."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import internet
from pipeline.demo.content import Availability, Channel, Content, Playlist, Video
from pipeline.demo.innertube import Layout
from pipeline.demo.youtube import Part
from tests.counts import full
from tests.e2e.desk import NOW, mail_section, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.demo.inbox import Inbox
    from pipeline.demo.internet import Internet
    from tests.e2e.desk import Desk

LIST = "PLtestTarinallistaminen00000000001"
LONG = "PLtestPitkaLista000000000000000001"
CHANNEL = Channel(id="UCtestKanava000000000001", handle="@testikanava", title="Testikanava")
FILMED = datetime(2017, 11, 27, 9, tzinfo=UTC)


def videos(count: int, prefix: str = "v") -> tuple[Video, ...]:
    return tuple(
        Video(id=f"{prefix}{n:010d}", title=f"{prefix.upper()} oppitunti {n}", duration=60 * n, published=FILMED)
        for n in range(1, count + 1)
    )


def playlist(identity: str, title: str, held: tuple[Video, ...]) -> Playlist:
    return Playlist(id=identity, title=title, channel=CHANNEL, videos=held)


LAYOUTS = (Layout.LOCKUP, *full(Layout.RENDERER))
"""Both are read in tests/demo, in every run."""


@pytest.fixture(params=LAYOUTS, ids=str)
def world(request: pytest.FixtureRequest) -> Iterator[Internet]:
    lists = (playlist(LIST, "Tarinallistaminen", videos(6)), playlist(LONG, "Pitkä lista", videos(250, "p")))
    with internet.serve(Content(now=NOW, playlists=lists, channels=(CHANNEL,)), layout=request.param) as running:
        yield running


def settled(desk: Desk, world: Internet, box: Inbox, more: str = "drip: 1", identity: str = LIST) -> None:
    desk.environ |= world.environment
    desk.write(
        f"- id: kurssi\n  name: Tarinallistaminen\n  url: https://www.youtube.com/playlist?list={identity}\n"
        f"  language: fi\n  archive: false\n" + (f"  {more}\n" if more else ""),
        mail=mail_section(box),
        digest="at_least: 0",
    )
    desk.do("recipients", "add", "maija@example.fi")


def latest(box: Inbox) -> str:
    part = messages(box)[-1].get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def test_a_course_is_handed_out_one_lesson_a_week(desk: Desk, world: Internet, box: Inbox) -> None:
    """Each letter holds the next lesson with its place; one made private is skipped, and comes when it is back."""
    settled(desk, world, box)
    seen = []
    for week in range(5):
        if week == 2:
            world.youtube.make("v0000000003", Availability.PRIVATE)
        if week == 4:
            world.youtube.make("v0000000003", Availability.PUBLIC)
        assert desk.do("run").code == 0
        text = latest(box)
        seen.append(next(line for line in text.splitlines() if "oppitunti" in line and ":" not in line))
        if week == 0:
            assert "Tarinallistaminen, osa 1/6 · " in text.replace("\n", " ")
        if week == 2:
            assert "osa 3/5" in text
        desk.later(days=7)

    assert seen == [f"V oppitunti {n}" for n in (1, 2, 4, 5, 3)]


def test_a_listing_that_comes_back_short_keeps_the_baseline_open(desk: Desk, world: Internet, box: Inbox) -> None:
    """100 of 250: additions kept, nothing concluded; the baseline closes with the first complete reading."""
    settled(desk, world, box, more="", identity=LONG)
    world.youtube.lose_continuations()
    short = desk.do("run")
    assert short.code == 0
    assert "100 items" in short.err
    assert "incomplete" in short.err
    assert "YouTube gave 100 of the 250" in short.out
    assert "no letter" in short.out

    world.youtube.lose_continuations(lose=False)
    desk.later(days=7)
    whole = desk.do("run")
    assert "250 items, 150 known from now on" in whole.err
    assert "no letter" in whole.out, "what the baseline holds is not news"

    desk.later(days=7)
    new = Video(id="uusi0000001", title="Uusi video listalla", duration=90, published=FILMED)
    world.youtube.add_video(LONG, new)
    assert desk.do("run").code == 0
    assert "Uusi video listalla" in latest(box), "being added to a playlist is news, whatever the video's own date"
    assert latest(box).count("oppitunti") == 0


@pytest.mark.parametrize("status", [429, *full(403, 500)])
def test_an_outage_is_weather(desk: Desk, world: Internet, box: Inbox, status: int) -> None:
    """YouTube's 403, 429 and 5xx fail the source alone, in words; what is known stays known."""
    settled(desk, world, box)
    assert desk.do("run").code == 0
    world.youtube.fail(Part.PAGE, status)
    world.youtube.fail(Part.API, status)
    desk.later(days=7)

    failed = desk.do("collect", "--json")

    assert failed.code == 2
    (row,) = failed.json()["sources"]
    assert row["outcome"] == "failed"
    assert "youtube.com" in row["error"].lower()
    assert desk.do("status", "--json").json()["sources"][0]["items"] == 6
    assert "V oppitunti 2" in desk.do("preview").out, "the course goes on from what is stored"


def test_a_missing_list_is_named(desk: Desk, world: Internet, box: Inbox) -> None:
    """A list that does not exist looks like an outage; the sentence names the list."""
    settled(desk, world, box, identity="PLtestEiOlemassa00000000000000001")

    result = desk.do("run")

    assert result.code == 2
    assert "PLtestEiOlemassa00000000000000001" in result.out
    assert "No source could be reached" in result.out


def test_private_and_deleted_videos_are_never_items(desk: Desk, world: Internet, box: Inbox) -> None:
    """Five of six lessons are public: osa 1/5, and the hidden one is in no count."""
    world.youtube.make("v0000000001", Availability.DELETED)
    world.youtube.make("v0000000002", Availability.PRIVATE)
    settled(desk, world, box)

    result = desk.do("run")

    assert result.code == 0
    assert "4 items, 4 known from now on" in result.err
    assert "V oppitunti 3" in latest(box)
    assert "osa 1/4" in latest(box)
