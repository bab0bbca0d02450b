"""A feed becomes items, whatever dialect it speaks and however it is broken."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import FetchCode, FetchError, IsolateError, ParseError
from pipeline.model import Asks, ItemKind, Known
from pipeline.sources import feed, read
from pipeline.sources.document import Document, Terms
from tests.counts import FULL

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model import Reading, Source
    from tests.sources.driver import Driver
    from tests.sources.website import Website

RSS = "application/rss+xml"
EXAMPLES = 300 if FULL else 60
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


@pytest.fixture
def reading(driver: Driver, site: Website, source: Callable[..., Source], now: datetime) -> Callable[..., Reading]:
    """Return the reading of a feed with a given body."""

    def reading(body: str | bytes, content_type: str = RSS, known: Known = Known(), **settings: object) -> Reading:  # noqa: B008  # frozen
        url = site.put("/feed", body, content_type)
        return driver.run(read(source(url, **settings), known, agent="digikooste/1", now=now))

    return reading


def rss(items: str, *, channel: str = "") -> str:
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Blogi</title>'
    return f"{head}{channel}{items}</channel></rss>"


def entry(number: int, more: str = "") -> str:
    return f"<item><title>Otsikko {number}</title><link>/{number}</link><guid>g{number}</guid>{more}</item>"


def test_items_are_plain_and_absolute(reading: Callable[..., Reading], site: Website) -> None:
    """Title and summary are plain text, the link absolute, the date in UTC, the language the feed's own."""
    body = rss(
        "<item><title>Näin &lt;b&gt;teet&lt;/b&gt; &amp;amp; opit</title><guid>a1</guid>"
        "<link>/artikkeli?utm_source=rss</link><pubDate>Tue, 03 Nov 2026 10:00:00 EET</pubDate>"
        "<description>&lt;p&gt;Ensimmäinen virke. Toinen virke.&lt;/p&gt;</description></item>",
        channel="<language>fi-FI</language>",
    )
    got = reading(body)
    (item,) = got.items
    assert (got.title, got.complete, got.unchanged, got.warnings) == ("Blogi", True, False, ())
    assert item.title == "Näin teet & opit"
    assert item.summary == "Ensimmäinen virke. Toinen virke."
    assert f"{site.url}/artikkeli?utm_source=rss" == item.url
    assert f"{site.url}/artikkeli".removeprefix("http://") == item.key
    assert (item.publisher_id, item.language, item.kind, item.card) == ("a1", "fi", ItemKind.ARTICLE, True)
    assert datetime(2026, 11, 3, 8, tzinfo=UTC) == item.published


@pytest.mark.parametrize("date", ["0000-00-00", "10000-01-01T00:00:00Z", "1989-12-31", "2026-11-24", "2 years ago", ""])
def test_impossible_date_is_unknown(reading: Callable[..., Reading], date: str) -> None:
    """A date outside 1990 to tomorrow is unknown; feedparser alone makes 2010 of the year 10000."""
    (item,) = reading(rss(entry(1, f"<pubDate>{date}</pubDate>"))).items
    assert item.published is None


def test_finnish_date_is_read(reading: Callable[..., Reading]) -> None:
    """A date as Finns write it is Finnish time; feedparser alone reads none."""
    (item,) = reading(rss(entry(1, "<pubDate>3.11.2026 klo 9.30</pubDate>"))).items
    assert datetime(2026, 11, 3, 7, 30, tzinfo=UTC) == item.published


def test_links_lead_only_to_the_web(reading: Callable[..., Reading]) -> None:
    """An entry whose only link is javascript: leads nowhere: it is left out and told of, the others stay."""
    got = reading(rss("<item><title>x</title><link>javascript:alert(1)</link></item>" + entry(2)))
    assert [item.title for item in got.items] == ["Otsikko 2"]
    assert len(got.warnings) == 1
    assert "1 entry leads nowhere" in got.warnings[0]


def test_liferay_description_is_kept(reading: Callable[..., Reading]) -> None:
    """Liferay escapes its CDATA twice; the summary is there all the same."""
    got = reading(
        rss(entry(1, "<description>&lt;![CDATA[&lt;p&gt;Ministeriö tiedottaa.&lt;/p&gt;]]&gt;</description>"))
    )
    assert got.items[0].summary == "Ministeriö tiedottaa."


def test_podcast_is_audio_with_a_duration(reading: Callable[..., Reading]) -> None:
    """An audio enclosure makes an audio item; itunes:duration is seconds, in any of its three forms."""
    body = rss(
        "".join(
            f'<item><title>Jakso</title><enclosure url="/{n}.mp3" type="audio/mpeg"/>'
            f"<itunes:duration>{text}</itunes:duration></item>"
            for n, text in enumerate(["1:02:03", "62:03", "3723", "soon"])
        )
    ).replace('version="2.0"', 'version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"')
    got = reading(body).items
    assert [item.kind for item in got] == [ItemKind.AUDIO] * 4
    assert [item.duration for item in got] == [3723, 3723, 3723, None]


def test_limit_caps_a_reading_and_spares_the_parser(reading: Callable[..., Reading]) -> None:
    """Of 20,000 entries the first ten are kept; reaching the cap is complete, and the rest is never parsed."""
    body = rss("".join(map(entry, range(20_000))))
    started = time.process_time()
    got = reading(body, limit=10)
    assert ([f"Otsikko {n}" for n in range(10)], True) == ([item.title for item in got.items], got.complete)
    assert time.process_time() - started < 5, "feedparser alone needs more than ten seconds"


def test_second_reading_is_conditional(
    driver: Driver, site: Website, source: Callable[..., Source], now: datetime
) -> None:
    """A 304, or the same body again, is an unchanged reading: no items, nothing parsed, validators kept."""
    blog = source(site.put("/feed", rss(entry(1)), RSS))
    driver.remember(driver.run(read(blog, Known(), agent="a/1", now=now)))
    again = driver.remember(driver.run(read(blog, Known(baseline_open=False), agent="a/1", now=now)))
    assert (again.unchanged, again.items) == (True, ())
    site.put("/feed", rss(entry(1)), RSS, tagged=False)
    same = driver.remember(driver.run(read(blog, Known(baseline_open=False), agent="a/1", now=now)))
    assert same.unchanged
    assert same.seen[0].validators is not None
    assert same.seen[0].validators.etag is None, "an old tag is erased by a 200 that has none"
    assert driver.called == ["parse"]
    assert [status for _, status in site.asked] == [200, 304, 200]


def test_broken_off_feed_is_incomplete(reading: Callable[..., Reading]) -> None:
    """A feed without its end gives what it has, closes no baseline and leaves no validators."""
    got = reading(rss(entry(1) + entry(2)).removesuffix("</channel></rss>"))
    assert (len(got.items), got.complete, got.seen) == (2, False, ())
    assert "breaks off" in got.warnings[0]


def test_ill_formed_feed_is_read_whole(reading: Callable[..., Reading]) -> None:
    """An unknown entity or a bare ampersand costs nothing: the feed is complete and remembered."""
    got = reading(rss(entry(1, "<description>R&D &nbsp; ja muuta</description>") + entry(2)))
    assert (len(got.items), got.complete, len(got.seen)) == (2, True, 1)


def test_suddenly_empty_feed_concludes_nothing(reading: Callable[..., Reading]) -> None:
    """A feed that held items and holds none is no proof of their removal; a new, empty one is complete."""
    emptied = reading(rss(""), known=Known(baseline_open=False, keys=frozenset({"e.fi/1"})))
    assert (emptied.complete, emptied.seen) == (False, ())
    assert reading(rss("")).complete


def test_page_instead_of_feed_names_the_feed(reading: Callable[..., Reading], site: Website) -> None:
    """HTML where a feed should be is an error that says which feed the page names."""
    page = '<!-- x --><!DOCTYPE html><html><link rel="alternate" type="application/atom+xml" href="/atom.xml"></html>'
    with pytest.raises(ParseError, match=f"write url: {site.url}/atom.xml instead"):
        reading(page, "text/html")
    with pytest.raises(ParseError, match="names none"):
        reading("<html><p>Hei", "text/html")


@pytest.mark.parametrize(
    "body", [b"   \n", b"{}", b"[1]", b'{"version": "x", "items": []}', b"hello", b"<a/>", b"\x00" * 50]
)
def test_what_is_no_feed_is_an_error(reading: Callable[..., Reading], body: bytes) -> None:
    """Blank, foreign JSON, text and other XML fail the source in a sentence with its URL."""
    with pytest.raises(ParseError, match=r"http://127\.0\.0\.1:\d+/feed"):
        reading(body, "text/plain")


def test_failing_fetch_fails_the_source(
    driver: Driver, site: Website, source: Callable[..., Source], now: datetime
) -> None:
    """What the server answers reaches the caller as it is."""
    with pytest.raises(FetchError) as caught:
        driver.run(read(source(site.fail("/feed", 410)), Known(), agent="a/1", now=now))
    assert FetchCode.GONE is caught.value.code


@pytest.mark.parametrize(
    ("expected", "channel"),
    [
        (Asks(interval=7200.0), "<ttl>120</ttl>"),
        (Asks(interval=86_400.0), f"<sy:updatePeriod {SY}>daily</sy:updatePeriod>"),
        (
            Asks(interval=21_600.0),
            f"<sy:updatePeriod {SY}>daily</sy:updatePeriod><sy:updateFrequency {SY}>4</sy:updateFrequency>",
        ),
        (
            Asks(skip_hours=frozenset({0, 1, 23})),
            "<skipHours><hour>1</hour><hour> 23 </hour>\n<hour>24</hour></skipHours>",
        ),
        (Asks(skip_days=frozenset({5, 6})), "<skipDays><day>Saturday</day><day>sunday</day></skipDays>"),
        (Asks(), "<ttl>soon</ttl><skipHours><hour>99</hour></skipHours><skipDays><day>Yesterday</day></skipDays>"),
        (Asks(), "<ttl>0</ttl><skipHours/>"),
    ],
)
def test_publisher_says_when_to_come_again(expected: Asks, channel: str, reading: Callable[..., Reading]) -> None:
    """A ttl in minutes or the syndication module's period, hours and days (GMT) to skip; nonsense says nothing."""
    assert expected == reading(rss(entry(1), channel=channel)).asks


@pytest.mark.parametrize(
    "hostile",
    [
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss version="2.0"/>',
        f'<rss version="2.0" {" ".join(f"xmlns:p{n}=" + chr(34) + "u" + chr(34) for n in range(100_000))}/>',
        f'<rss version="2.0">{"<a>" * 200_000}',
    ],
    ids=["entities", "prefixes", "depth"],
)
def test_xml_built_to_hurt_is_refused_at_once(reading: Callable[..., Reading], hostile: str) -> None:
    """Declared entities, 100,000 prefixes and endless nesting hold feedparser for half a minute: it never sees them."""
    started = time.process_time()
    with pytest.raises(ParseError, match="refused because"):
        reading(hostile)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("blanks", [b" " * 200_000, b"\xef\xbb\xbf" + b"\n" * 200_000])
def test_leading_blanks_cost_nothing(reading: Callable[..., Reading], blanks: bytes) -> None:
    """200 kB of blanks before the feed hold feedparser for 27 s; here they are dropped first."""
    started = time.process_time()
    assert len(reading(blanks + rss(entry(1)).encode()).items) == 1
    assert time.process_time() - started < 3


def test_atom_text_title_keeps_its_brackets(reading: Callable[..., Reading]) -> None:
    """In Atom, type="text" has no markup (RFC 4287, 3.1.1.1); in RSS a title's markup goes."""
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv"><title>T</title><entry><id>urn:1</id><link href="/1"/>'
        '<title type="text">Elementet &lt;b&gt; i HTML</title><updated>2026-11-01T00:00:00Z</updated></entry></feed>'
    )
    (item,) = reading(body).items
    assert ("Elementet <b> i HTML", "sv", datetime(2026, 11, 1, tzinfo=UTC)) == (
        item.title,
        item.language,
        item.published,
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_every_unicode_encoding_is_read(reading: Callable[..., Reading], encoding: str) -> None:
    """UTF-16 is read with its mark and without, declared or not."""
    body = rss(entry(1).replace("Otsikko", "Öljyä")).replace("utf-8", "utf-16" if "16" in encoding else "utf-8")
    assert [item.title for item in reading(body.encode(encoding), "text/xml").items] == ["Öljyä 1"]


def test_own_language_comes_before_the_declared(reading: Callable[..., Reading]) -> None:
    """The source's language, then the feed's, then what is detected."""
    text = "<description>Viestintä on tärkeä osa jokaisen asiantuntijan työtä julkishallinnossa.</description>"
    assert reading(rss(entry(1, text), channel="<language>en</language>"), language="sv").items[0].language == "sv"
    assert reading(rss(entry(1, text), channel="<language>en</language>")).items[0].language == "en"
    assert reading(rss(entry(1, text))).items[0].language == "fi"


class TestJsonFeed:
    """JSON Feed 1.0 and 1.1, which feedparser does not read."""

    def test_items(self, reading: Callable[..., Reading], site: Website) -> None:
        """Title, text, date, language, attachment, and an id that is a number."""
        body = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Syöte",
            "language": "fi-FI",
            "items": [
                {
                    "id": 7,
                    "url": "/7",
                    "title": "A <b> & c",
                    "content_text": "Teksti.",
                    "date_published": "2026-11-01T10:00:00+02:00",
                },
                {
                    "id": "http://127.0.0.1/8",
                    "title": "Jakso",
                    "language": "sv",
                    "content_html": "<p>Yksi.</p>",
                    "attachments": [{"url": "/8.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61.5}],
                },
                {"id": "9", "title": 5, "url": ["x"]},
                "nonsense",
            ],
        }
        got = reading(json.dumps(body), "application/feed+json")
        first, second = got.items
        assert (got.title, int(got.warnings[0].split()[0])) == ("Syöte", 2)
        assert ("7", f"{site.url}/7", "A <b> & c", "Teksti.", "fi") == (
            first.publisher_id,
            first.url,
            first.title,
            first.summary,
            first.language,
        )
        assert datetime(2026, 11, 1, 8, tzinfo=UTC) == first.published
        assert (
            second.url,
            second.summary,
            second.language,
            second.kind,
            second.duration,
        ) == ("http://127.0.0.1/8", "Yksi.", "sv", ItemKind.AUDIO, 61)

    @pytest.mark.parametrize(
        "body", ["{" * 100_000, '{"a":' * 100_000, '{"version": "https://jsonfeed.org/version/1", "items": {}}']
    )
    def test_hostile_json_is_an_error(self, reading: Callable[..., Reading], body: str) -> None:
        """Deep nesting and wrong types fail the source, not the process."""
        with pytest.raises(ParseError):
            reading(body, "application/json")


def test_compressed_feed_is_read(
    reading: Callable[..., Reading], site: Website, driver: Driver, now: datetime, source: Callable[..., Source]
) -> None:
    """A gzip-coded answer is the feed itself by the time it is parsed."""
    url = site.put("/gz", gzip.compress(rss(entry(1)).encode()), RSS, headers={"Content-Encoding": "gzip"})
    assert len(driver.run(read(source(url), Known(), agent="a/1", now=now)).items) == 1


def test_killed_parser_costs_its_source_only(driver: Driver, reading: Callable[..., Reading]) -> None:
    """A body that no scan foresees is stopped in its child; the next feed is read as if nothing had been."""
    hostile = "<rss version='2.0'><channel>&<item>" + "<!--" * 100_000
    try:
        reading(hostile)
    except ParseError as error:
        assert isinstance(error, IsolateError) or "no feed" in str(error)  # noqa: PT017  # either is an end in time
    assert len(reading(rss(entry(1))).items) == 1


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.integers(0, 600),
    length=st.integers(0, 40),
    inserted=st.sampled_from(
        [b"", b"<", b">", b"&", b"\xff\xfe", b"]]>", b"<item>", b"</channel>", b"<!--", b"\0", "é".encode()]
    ),
)
def test_any_damage_is_items_or_a_parse_error(start: int, length: int, inserted: bytes) -> None:
    """However a feed is damaged, it gives plain items or our own error, in this process too."""
    body = rss(entry(1, "<description>Teksti &amp; muuta</description>") + entry(2) + entry(3)).encode()
    damaged = body[:start] + inserted + body[start + length :]
    terms = Terms(language="fi", limit=1000, now=datetime(2026, 11, 22, tzinfo=UTC))
    try:
        items = feed.parse(Document(body=damaged, url="https://e.fi/feed"), terms).items
    except ParseError:
        return
    assert all(item.url.startswith(("http://", "https://")) and item.title.isprintable() for item in items)


def test_a_quiet_run_loads_no_parser() -> None:
    """Importing the readers loads none of the parsers: a run in which nothing changed never pays for them."""
    heavy = "feedparser yt_dlp selectolax dateparser protego py3langid html_text lxml w3lib.encoding pycurl pebble"
    program = f"import sys, pipeline.sources; print([name for name in {heavy.split()} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.strip() == "[]"
