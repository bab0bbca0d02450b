"""Real input: the feeds and YouTube answers that others recorded."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from pipeline.demo.content import Content
from pipeline.demo.internet import serve
from pipeline.demo.youtube import HOST
from pipeline.errors import ParseError, YouTubeError
from pipeline.isolate import Call
from pipeline.model import Kind, Known
from pipeline.sources import feed, read
from pipeline.sources.document import Document, Terms
from tests.sources import recorded
from tests.sources.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.isolate import Pool
    from pipeline.model import Source

LEADS_NOWHERE = {
    # Entries without any address: no link, no id that is one, nothing enclosed, no link in the text.
    # There is nothing that a reader could open, so they are counted in a warning instead.
    "feed-rs__atom_entry_1.xml": 1,
    "feed-rs__atom_pub_spec_1.xml": 1,
    "feed-rs__rss_0.92_spec_1.xml": 1,
    "feed-rs__xml_iso8859.xml": 1,
    "feedjira__AtomEscapedHTMLInPreTag.xml": 1,
    "miniflux__no_encoding_ISO-8859-1.xml": 1,
    "rome__bookexample.xml": 2,
    # Play lists and simple-sharing samples: titles and notes only, in every entry.
    "rome__ep1_v1a.xml": 14,
    "rome__ep1_v1b.xml": 15,
    "rome__ep1_v2a.xml": 17,
    "rome__ep1_v3a.xml": 17,
    "rome__ep1_v4a.xml": 18,
    "rome__ep1_v5a.xml": 17,
    "rome__ep2_v1a.xml": 14,
    "rome__ep2_v1b.xml": 15,
    "rome__ep2_v2a.xml": 17,
    "rome__ep2_v3a.xml": 17,
    "rome__ep2_v4a.xml": 18,
    "rome__ep2_v5a.xml": 17,
    "rome__rss-playlist-sse.xml": 13,
    "rome__rss-playlist.xml": 13,
    "rome__v1.xml": 13,
    "rome__v2.xml": 17,
    "rome__v3.xml": 17,
    "rome__v4.xml": 18,
    "rome__v5.xml": 18,
    "rome__v6.xml": 18,
}
GAINED = {
    # UTF-16 without its mark, which feedparser does not read and we recode.
    "simplepie__feed-utf16be.xml": 1,
    "simplepie__feed-utf16le.xml": 1,
}


def test_every_recorded_feed_gives_its_entries(pool: Pool, data: Path, now: datetime) -> None:
    """Over all recorded feeds: no crash, no hang, an item for every entry, each difference named above."""
    with (data / "feeds" / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        counts = {row[0]: int(row[2]) for row in list(csv.reader(index, delimiter="\t"))[1:]}
    terms = Terms(language=None, limit=1000, now=now)
    jobs = {}
    for name in counts:
        document = Document(body=(data / "feeds" / name).read_bytes(), url=f"https://feeds.example/{name}")
        jobs[name] = pool.submit(Call(feed.parse, (document, terms), what=f"the feed {document.url}"))
    differences: dict[str, tuple[int, int]] = {}
    refusals: dict[str, str] = {}
    for name, job in jobs.items():
        try:
            items = len(job.result().items)
        except ParseError as error:
            refusals[name] = str(error)
            items = 0
        expected = counts[name] - LEADS_NOWHERE.get(name, 0) + GAINED.get(name, 0)
        if items != expected:
            differences[name] = (expected, items)
    assert not differences
    assert not [name for name, sentence in refusals.items() if f"https://feeds.example/{name}" not in sentence]
    assert len(counts) > 200


@pytest.fixture
def youtube(pool: Pool, data: Path, now: datetime) -> Iterator[Driver]:
    """Return a driver whose YouTube gives the recorded answers."""
    sites = {HOST: recorded.site(data / "youtube")}
    with serve(Content(now=now), sites=sites) as internet:
        yield Driver(pool=pool, proxy=internet.proxy, ca_file=internet.ca_file, environment=internet.environment)


@pytest.mark.parametrize(("list_id", "count"), [(recorded.LEARNING, 49), (recorded.LONG, 150)])
def test_recorded_list_comes_back_complete(
    youtube: Driver, source: Callable[..., Source], now: datetime, list_id: str, count: int
) -> None:
    """The real yt-dlp reads the recorded lists of 49 and of 150 (two pages) to the end."""
    playlist = source(f"https://www.youtube.com/playlist?list={list_id}", Kind.YOUTUBE)
    got = youtube.run(read(playlist, Known(), agent="a/1", now=now, proxy=youtube.proxy))
    assert (count, count, True, ()) == (len(got.items), got.count, got.complete, got.warnings)
    assert list(range(1, count + 1)) == [item.place for item in got.items]
    assert all(item.title and item.duration and item.key == f"youtube:{item.publisher_id}" for item in got.items)


def test_recorded_missing_list_is_an_error(youtube: Driver, source: Callable[..., Source], now: datetime) -> None:
    """The recorded answer for a list that does not exist fails the source in YouTube's words."""
    playlist = source(f"https://www.youtube.com/playlist?list={recorded.MISSING}", Kind.YOUTUBE)
    with pytest.raises(YouTubeError, match="This playlist type is unviewable"):
        youtube.run(read(playlist, Known(), agent="a/1", now=now, proxy=youtube.proxy))


def test_recorded_channel_feed_is_read(data: Path, now: datetime) -> None:
    """The recorded Atom feed of a channel gives 15 dated videos under their video ids."""
    body = (data / "youtube" / "feed.body.xml").read_bytes()
    parsed = feed.parse(
        Document(body=body, url="https://www.youtube.com/feeds/videos.xml"), Terms(language=None, limit=1000, now=now)
    )
    assert [len(parsed.items), sum(item.published is not None for item in parsed.items)] == [15, 15]
    assert all(item.key.startswith("youtube:") and item.kind == "video" for item in parsed.items)
