"""A sitemap becomes items below a prefix, the ones changed last first."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import FetchError, ParseError
from pipeline.model import Kind, Known
from pipeline.sources import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.model import Reading, Source
    from tests.sources.driver import Driver
    from tests.sources.website import Website

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XML = "application/xml"


def urlset(*entries: tuple[str, str]) -> str:
    listed = "".join(
        f"<url><loc>{{site}}{path}</loc>{lastmod and f'<lastmod>{lastmod}</lastmod>'}"
        f'<i:image xmlns:i="urn:i"><i:loc>{{site}}/kuva.png</i:loc></i:image></url>'
        for path, lastmod in entries
    )
    return f"<?xml version='1.0'?><urlset {NAMESPACE}>{listed}</urlset>"


def index(*entries: tuple[str, str]) -> str:
    listed = "".join(f"<sitemap><loc>{{site}}{path}</loc><lastmod>{mod}</lastmod></sitemap>" for path, mod in entries)
    return f"<sitemapindex {NAMESPACE}>{listed}</sitemapindex>"


@pytest.fixture
def reading(driver: Driver, source: Callable[..., Source], site: Website, now: datetime) -> Callable[..., Reading]:
    """Return a reading of the site's sitemap."""

    def reading(known: Known = Known(), cards: int = 0, **settings: object) -> Reading:  # noqa: B008  # frozen
        listed = source(f"{site.url}/sitemap.xml", Kind.SITEMAP, **settings)
        return driver.remember(driver.run(read(listed, known, agent="digikooste/1", now=now, cards=cards)))

    return reading


def test_prefix_and_order(reading: Callable[..., Reading], site: Website) -> None:
    """Below the prefixes, changed last first; lastmod is no item's date; titles come from the pages."""
    site.put(
        "/sitemap.xml",
        urlset(
            ("/a/1", ""),
            ("/a/2", "2026-01-01"),
            ("/muu/3", "2026-02-01"),
            ("/b/4", "2026-03-01T10:00:00+02:00"),
            ("/a/1", ""),
        ),
        XML,
    )
    site.put("/b/4", '<html lang="fi"><title>Neljäs</title></html>')
    got = reading(prefixes=(f"{site.url}/a/", f"{site.url}/b/"), cards=1)
    assert [item.url.removeprefix(site.url) for item in got.items] == ["/b/4", "/a/2", "/a/1"]
    assert [(item.title, item.card) for item in got.items] == [("Neljäs", True), ("", False), ("", False)]
    assert ({None}, True, ()) == ({item.published for item in got.items}, got.complete, got.warnings)


def test_limit_is_complete(reading: Callable[..., Reading], site: Website) -> None:
    """The cap keeps those changed last, and reaching it closes the baseline."""
    site.put("/sitemap.xml", urlset(*((f"/{n}", f"2026-01-{n:02}") for n in range(1, 30))), XML)
    got = reading(limit=3)
    assert ([item.url.removeprefix(site.url) for item in got.items], got.complete) == (["/29", "/28", "/27"], True)


def test_index_is_followed(reading: Callable[..., Reading], site: Website) -> None:
    """An index leads to its sitemaps, packed or not, newest first, up to the cap."""
    site.put(
        "/sitemap.xml",
        index(("/old.xml", "2020-01-01"), ("/one.xml", "2026-01-01"), ("/two.xml.gz", "2026-02-01")),
        XML,
    )
    site.put("/one.xml", urlset(("/1", "")), XML)
    site.put(
        "/two.xml.gz",
        gzip.compress(urlset(("/2", "2026-02-01")).replace("{site}", site.url).encode()),
        "application/gzip",
    )
    got = reading(pages=2)
    assert site.paths() == ["/sitemap.xml", "/two.xml.gz", "/one.xml"]
    assert ([item.url.removeprefix(site.url) for item in got.items], got.complete) == (["/2", "/1"], True)
    again = reading(Known(baseline_open=False, keys=frozenset(item.key for item in got.items)), pages=2)
    assert (again.unchanged, again.items) == (True, ())
    site.put("/one.xml", urlset(("/1", ""), ("/9", "")), XML)
    partly = reading(Known(baseline_open=False), pages=2)
    assert (
        [item.url.removeprefix(site.url) for item in partly.items],
        partly.complete,
        partly.unchanged,
    ) == (["/1", "/9"], False, False)


def test_failing_part_is_incomplete(reading: Callable[..., Reading], site: Website) -> None:
    """One sitemap of an index that fails leaves the baseline open; if all fail, the source does."""
    site.put("/sitemap.xml", index(("/one.xml", ""), ("/two.xml", "")), XML)
    site.put("/one.xml", urlset(("/1", "")), XML)
    site.fail("/two.xml", 500)
    got = reading()
    assert (len(got.items), got.complete, got.seen, len(got.warnings)) == (1, False, (), 1)
    site.fail("/one.xml", 500)
    with pytest.raises(FetchError):
        reading()


def test_second_reading_is_conditional(reading: Callable[..., Reading], site: Website) -> None:
    """An unchanged sitemap gives no items, and still reads the cards that wait."""
    site.put("/sitemap.xml", urlset(("/1", ""), ("/2", "")), XML)
    site.put("/2", "<title>Toinen</title>")
    first = reading()
    waiting = Known(baseline_open=False, keys=frozenset(item.key for item in first.items), uncarded=first.items[1:])
    got = reading(waiting, cards=20)
    assert (got.unchanged, got.items, [item.title for item in got.cards]) == (True, (), ["Toinen"])


def test_nothing_below_the_prefix_is_told(reading: Callable[..., Reading], site: Website) -> None:
    """A prefix that fits nothing is a warning and no complete reading."""
    site.put("/sitemap.xml", urlset(("/a", ""), ("/b", "")), XML)
    got = reading(prefixes=(f"{site.url}/x/",))
    assert (got.items, got.complete) == ((), False)
    assert f"None of the 2 addresses in {site.url}/sitemap.xml begins with {site.url}/x/" in got.warnings[0]


def test_pages_that_cannot_be_read(reading: Callable[..., Reading], site: Website) -> None:
    """A page that is a PDF is a failed card; a robots.txt out of reach leaves all pages for the next run."""
    site.put("/sitemap.xml", urlset(("/1", ""), ("/2", "")), XML)
    site.put("/1", "%PDF-1.7", "application/pdf")
    site.put("/2", "<title>Toinen</title>")
    got = reading(cards=20)
    assert (["", "Toinen"], [got.items[0].key]) == ([item.title for item in got.items], list(got.failed_cards))
    site.fail("/robots.txt", 503)
    site.put("/sitemap.xml", urlset(("/1", ""), ("/2", ""), ("/3", "")), XML)
    closed = reading(cards=20)
    assert (len(closed.items), closed.complete, closed.failed_cards) == (3, True, ())
    assert "No page of" in closed.warnings[0]


def test_dead_host_is_left_in_peace(reading: Callable[..., Reading], site: Website) -> None:
    """Three failures of the host in a row end the reading of cards; one good page between them starts anew."""
    site.put("/sitemap.xml", urlset(*((f"/{n}", f"2026-01-{30 - n:02}") for n in range(1, 10))), XML)
    for number in (1, 2, 4, 5, 6, 7):
        site.fail(f"/{number}", 500)
    site.put("/3", "<title>Kolmas</title>")
    got = reading(cards=20)
    assert ["/sitemap.xml", *(f"/{n}" for n in range(1, 7))] == site.paths()
    assert (len(got.failed_cards), got.items[2].title, len(got.warnings)) == (5, "Kolmas", 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html/>", "is no sitemap"),
        (b"hello", "not well-formed"),
        (urlset(("/1", ""))[:-4].encode(), "not well-formed"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><urlset/>", "declares entities"),
        (b"<urlset>" + b"<a>" * 1000, "nested too deep"),
        (gzip.compress(b"x" * 1000)[:-20], "breaks off"),
        (b"\x1f\x8b" + b"x" * 50, "broken gzip"),
        (gzip.compress(b" " * (51 * 2**20)), "larger than 50 MB"),
    ],
    ids=["html", "text", "cut", "entities", "depth", "cut gzip", "broken gzip", "bomb"],
)
def test_what_is_no_sitemap_is_named(reading: Callable[..., Reading], site: Website, body: bytes, words: str) -> None:
    """Other XML, broken XML, XML built to hurt, and what gzip can hide, each fail the source in a sentence."""
    site.put("/sitemap.xml", body, XML)
    with pytest.raises(ParseError, match=words):
        reading()
