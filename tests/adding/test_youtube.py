"""sources add with YouTube's addresses as people copy them: the unmodified yt-dlp over TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.demo import founding, internet
from tests.e2e.desk import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.desk import Desk

LIST = f"https://www.youtube.com/playlist?list={founding.STORY_LIST}"


@pytest.fixture(scope="module")
def world() -> Iterator[internet.Internet]:
    with internet.serve(founding.content(NOW)) as running:
        yield running


@pytest.fixture
def tube(desk: Desk, world: internet.Internet) -> Desk:
    desk.environ |= world.environment
    return desk


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (LIST, LIST),
        (f"https://www.youtube.com/watch?v=aaaaaaaaaaa&list={founding.STORY_LIST}&index=2", LIST),
        (f"youtu.be/aaaaaaaaaaa?list={founding.STORY_LIST}", LIST),
        (f"https://www.youtube.com/feeds/videos.xml?playlist_id={founding.STORY_LIST}", LIST),
        ("https://www.youtube.com/@demokelaviestinta/featured", "https://www.youtube.com/@demokelaviestinta"),
        ("https://www.youtube.com/@demokelaviestinta/shorts", "https://www.youtube.com/@demokelaviestinta"),
        ("@demokelaviestinta", "https://www.youtube.com/@demokelaviestinta"),
        (f"https://m.youtube.com/channel/{founding.CHANNEL_ID}", f"https://www.youtube.com/channel/{founding.CHANNEL_ID}"),
    ],
)  # fmt: skip
def test_every_form_of_a_list_is_written_in_its_plain_one(tube: Desk, address: str, written: str) -> None:
    """A playlist as such, a video opened in one, its feed; a channel by its handle or id, its videos alone."""
    done = tube.do("sources", "add", address, "--yes")
    assert done.code == 0, done.said
    assert "is read as a YouTube list" in done.out
    assert " min " in done.out
    assert f"    url: {written}\n" in (tube.folder / "sources.yaml").read_text(encoding="utf-8")


def test_a_channel_has_its_own_name_and_says_what_is_read_of_it(tube: Desk) -> None:
    """Not that of yt-dlp's tab, "… - Videos", since the letter credits it; Shorts and streams stay out."""
    done = tube.do("sources", "add", "@demokelaviestinta", "--yes")
    assert "without Shorts and streams" in done.out
    assert "    name: Kelan viestintä (demo)\n" in (tube.folder / "sources.yaml").read_text(encoding="utf-8")


def test_a_playlist_becomes_a_course(tube: Desk) -> None:
    """With --drip; a channel has no order and is refused."""
    done = tube.do("sources", "add", LIST, "--yes", "--drip", "1", "--id", "kurssi")
    assert done.code == 0, done.said
    assert "    drip: 1\n" in (tube.folder / "sources.yaml").read_text(encoding="utf-8")
    channel = tube.do("sources", "add", "https://www.youtube.com/@demokelaviestinta", "--yes", "--drip", "1")
    assert channel.code == 1
    assert "a channel has no order" in channel.err


def test_what_is_no_list_is_refused_with_what_to_write(tube: Desk) -> None:
    """A lone video, and a list that YouTube does not have."""
    video = tube.do("sources", "add", "https://www.youtube.com/watch?v=aaaaaaaaaaa", "--yes")
    assert (2, True) == (video.code, "is neither a playlist nor a channel" in video.err)  # noqa: SIM300
    missing = tube.do("sources", "add", "https://www.youtube.com/playlist?list=PLeiOle0000000000001", "--yes")
    assert (2, True) == (missing.code, "does not exist" in missing.err)  # noqa: SIM300


def test_the_sites_that_readers_care_about(tube: Desk) -> None:
    """Suomidigi's listing is found with the selectors of its own markup."""
    done = tube.do("sources", "add", "https://www.suomidigi.fi/artikkelit", "--yes", "--archive")
    assert done.code == 0, done.said
    text = (tube.folder / "sources.yaml").read_text(encoding="utf-8")
    assert "    item: .article-teaser\n" in text
    assert "    lead: .article-teaser__lead\n" in text
