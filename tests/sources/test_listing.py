"""A page that lists articles becomes items, each known better by its own page's card."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.demo.content import Article, Content
from pipeline.demo.internet import serve
from pipeline.errors import FetchCode, FetchError, ParseError
from pipeline.model import Item, Kind, Known, Selectors, Source
from pipeline.sources import read
from tests.sources.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.isolate import Pool
    from pipeline.model import Reading
    from tests.sources.website import Website

SELECTORS = Selectors(item=".teaser", link="a", lead=".lead", date=".date")


def teaser(number: int, date: str = "") -> str:
    lead = f'<p class="lead">Ingressi {number}.</p>'
    return f'<li class="teaser"><a href="a/{number}">Artikkeli <b>{number}</b></a>{lead}<i class="date">{date}</i></li>'


def listing(numbers: range, following: str = "", head: str = "") -> str:
    link = f'<a rel="nofollow next" href="{following}">Seuraava</a>' if following else ""
    teasers = "".join(map(teaser, numbers))
    return f'<html lang="fi"><head><title>Artikkelit</title>{head}</head><ul>{teasers}</ul>{link}</html>'


def article(number: int) -> str:
    return (
        f'<html lang="fi"><meta property="og:title" content="Toinen {number}">'
        f'<meta property="article:published_time" content="2026-11-{number:02}T10:00:00+0200">'
        f'<meta property="og:description" content="Kuvaus {number}."></html>'
    )


@pytest.fixture
def reading(driver: Driver, source: Callable[..., Source], site: Website, now: datetime) -> Callable[..., Reading]:
    """Return a reading of the site's listing."""

    def reading(known: Known = Known(), cards: int = 20, **settings: object) -> Reading:  # noqa: B008  # frozen
        settings = {"selectors": SELECTORS} | settings
        listed = source(f"{site.url}/lista/", Kind.LISTING, **settings)
        return driver.remember(driver.run(read(listed, known, agent="digikooste/1", now=now, cards=cards)))

    return reading


def known(site: Website, *numbers: int) -> Known:
    """Return a closed baseline with these articles."""
    base = site.url.removeprefix("http://")
    return Known(baseline_open=False, keys=frozenset(f"{base}/lista/a/{number}" for number in numbers))


def test_pages_and_cards(reading: Callable[..., Reading], site: Website) -> None:
    """All pages are followed; an item has the listing's title and lead, and its date from its own page."""
    site.put("/lista/", listing(range(1, 4), "?sivu=2"))
    site.put("/lista/?sivu=2", listing(range(3, 6)))
    for number in range(1, 6):
        site.put(f"/lista/a/{number}", article(number))
    got = reading()
    assert [f"{site.url}/lista/a/{n}" for n in range(1, 6)] == [item.url for item in got.items]
    assert (got.title, got.complete, got.warnings) == ("Artikkelit", True, ())
    third = got.items[2]
    assert (third.title, third.summary, third.language, third.card) == ("Artikkeli 3", "Ingressi 3.", "fi", True)
    assert datetime(2026, 11, 3, 8, tzinfo=UTC) == third.published
    assert ["/lista/", "/lista/?sivu=2", *(f"/lista/a/{n}" for n in range(1, 6))] == site.paths()


def test_later_pages_only_while_there_is_news(reading: Callable[..., Reading], site: Website) -> None:
    """Once the baseline is closed the walk ends at a page that holds nothing unknown; absences conclude nothing."""
    site.put("/lista/", listing(range(1, 4), "?sivu=2"))
    site.put("/lista/?sivu=2", listing(range(4, 7), "?sivu=3"))
    site.put("/lista/?sivu=3", listing(range(7, 10)))
    got = reading(known(site, 1, 2, 3, 4, 5, 6), cards=0)
    assert (site.paths(), got.complete, len(got.seen)) == (["/lista/"], False, 1)
    got = reading(known(site, 2, 3, 4, 5, 6), cards=0, language="fi")
    assert site.paths()[1:] == [], "the 304 of the first page ends it at once"
    site.put("/lista/", listing(range(11, 14), "?sivu=2"))
    got = reading(known(site, 4, 5, 6), cards=0)
    assert (site.paths(), len(got.items)) == (["/lista/", "/lista/?sivu=2"], 6)


def test_page_cap_is_complete(reading: Callable[..., Reading], site: Website) -> None:
    """Reaching the configured number of pages closes the baseline; a loop of pages ends."""
    site.put("/lista/", listing(range(1, 4), "?sivu=2"))
    site.put("/lista/?sivu=2", listing(range(4, 7), "/lista/"))
    assert (len((capped := reading(pages=1, cards=0)).items), capped.complete) == (3, True)
    site.put("/lista/", listing(range(1, 3), "?sivu=2"))
    assert (len((looped := reading(cards=0)).items), looped.complete) == (5, True)


def test_unchanged_listing_still_reads_waiting_cards(reading: Callable[..., Reading], site: Website) -> None:
    """After a 304 the cards that wait are read, in the order in which they were asked for."""
    site.put("/lista/", listing(range(1, 4)))
    site.put("/lista/a/9", article(9))
    reading(cards=0)
    waiting = tuple(Item(url=f"{site.url}/lista/a/{n}", key=f"k{n}", card=False) for n in (9, 8))
    got = reading(Known(baseline_open=False, uncarded=waiting))
    assert (got.unchanged, got.items) == (True, ())
    assert [(item.key, item.title, item.card) for item in got.cards] == [("k9", "Toinen 9", True)]
    assert got.failed_cards == ("k8",)


def test_news_come_first_among_cards(reading: Callable[..., Reading], site: Website) -> None:
    """Of a limited number of cards new items take theirs first, then the waiting ones."""
    site.put("/lista/", listing(range(1, 4)))
    for number in range(1, 10):
        site.put(f"/lista/a/{number}", article(number))
    waiting = tuple(Item(url=f"{site.url}/lista/a/{n}", key=f"k{n}", card=False) for n in (7, 8))
    before = known(site, 1, 2)
    got = reading(Known(baseline_open=False, keys=before.keys, uncarded=waiting), cards=2)
    assert site.paths() == ["/lista/", "/lista/a/3", "/lista/a/7"]
    assert [item.card for item in got.items] == [False, False, True]
    assert [item.key for item in got.cards] == ["k7"]


def test_tired_host_is_left_in_peace(reading: Callable[..., Reading], site: Website) -> None:
    """A 429 on a page ends the reading of cards; the listing's items stay, the untried ones wait."""
    site.put("/lista/", listing(range(1, 6)))
    site.fail("/lista/a/1", 404)
    site.fail("/lista/a/2", 429)
    got = reading()
    assert site.paths() == ["/lista/", "/lista/a/1", "/lista/a/2"]
    assert (len(got.items), len(got.failed_cards), got.complete) == (5, 2, True)
    assert "left for the next run" in got.warnings[0]


def test_broken_second_page_is_incomplete(reading: Callable[..., Reading], site: Website) -> None:
    """What the first page held is kept, and read again next time: no validators, no closed baseline."""
    site.put("/lista/", listing(range(1, 4), "?sivu=2"))
    site.fail("/lista/?sivu=2", 500)
    got = reading(cards=0)
    assert (len(got.items), got.complete, got.seen) == (3, False, ())
    assert "Page 2 of the listing" in got.warnings[0]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Julkaistu 3.11.2017", datetime(2017, 11, 2, 22, tzinfo=UTC)),
        ("3. marraskuuta 2017", datetime(2017, 11, 2, 22, tzinfo=UTC)),
        ("3 november 2017", datetime(2017, 11, 2, 22, tzinfo=UTC)),
        ("3.6.2017 klo 12.30", datetime(2017, 6, 3, 9, 30, tzinfo=UTC)),
        ('<time datetime="2017-11-03T08:00:00+02:00">eilen</time>', datetime(2017, 11, 3, 6, tzinfo=UTC)),
        ("3.11.", None),
        ("2 vuotta sitten", None),
        ("31.2.2017", None),
        ("3.11.2027", None),
    ],
)
def test_dates_are_read_never_made(
    reading: Callable[..., Reading], site: Website, date: str, expected: datetime | None
) -> None:
    """Day, month and year in Finnish or Swedish, or a machine's date; anything less is unknown."""
    site.put("/lista/", f"<ul>{teaser(1, date)}</ul>")
    assert expected == reading(cards=0).items[0].published


def test_changed_page_is_named(reading: Callable[..., Reading], site: Website) -> None:
    """A selector that finds nothing, or nothing with a link, fails the source by the selector's name."""
    site.put("/lista/", "<html><p>Uudistimme sivumme</p></html>")
    with pytest.raises(ParseError, match=r"Nothing on .*/lista/ matches item: \.teaser"):
        reading()
    site.put("/lista/", '<li class="teaser"><a href="javascript:void(0)">x</a></li>')
    with pytest.raises(ParseError, match="None of the 1 elements"):
        reading()


def test_base_address_and_foreign_next(reading: Callable[..., Reading], site: Website) -> None:
    """Links are resolved against ``<base>``; a next page on another host is not followed."""
    site.put("/lista/", listing(range(1, 2), "http://127.0.0.2/x", head='<base href="/muu/">'))
    got = reading(cards=0)
    assert (f"{site.url}/muu/a/1", ["/lista/"]) == (got.items[0].url, site.paths())


def test_whole_teaser_may_be_the_link(reading: Callable[..., Reading], site: Website) -> None:
    """Without a link selector the item itself, or its first link; the heading inside is the title."""
    site.put(
        "/lista/",
        '<a class="teaser" href="/x"><h3>Otsikko</h3><p>Muuta</p></a><div class="teaser"><a href="/y">Y</a></div>',
    )
    got = reading(cards=0, selectors=Selectors(item=".teaser"))
    assert [("Otsikko", f"{site.url}/x"), ("Y", f"{site.url}/y")] == [(item.title, item.url) for item in got.items]


class TestRobots:
    """robots.txt is asked before any page (RFC 9309)."""

    def test_forbidden_listing(self, reading: Callable[..., Reading], site: Website) -> None:
        """A listing that robots.txt closes is not read, in a sentence that says so."""
        site.put("/robots.txt", "User-agent: *\nDisallow: /lista/", "text/plain")
        with pytest.raises(FetchError) as caught:
            reading()
        assert (caught.value.code, site.paths()) == (FetchCode.ROBOTS, [])

    def test_forbidden_cards(self, reading: Callable[..., Reading], site: Website) -> None:
        """Pages that robots.txt closes to us by name are failed cards; a group of our own name goes before ``*``."""
        rules = "User-agent: *\nDisallow: /\n\nUser-agent: Digikooste\nDisallow: /lista/a/*1$\n"
        site.put("/robots.txt", rules, "text/plain")
        site.put("/lista/", listing(range(1, 3)))
        site.put("/lista/a/2", article(2))
        got = reading()
        assert site.paths() == ["/lista/", "/lista/a/2"]
        assert [got.items[0].key] == list(got.failed_cards)

    @pytest.mark.parametrize("status", [404, 403, 410])
    def test_absent(self, reading: Callable[..., Reading], site: Website, status: int) -> None:
        """No robots.txt, however it is missing: everything may be read."""
        site.fail("/robots.txt", status)
        site.put("/lista/", listing(range(1, 3)))
        assert len(reading(cards=0).items) == 2

    def test_unreachable(self, reading: Callable[..., Reading], site: Website) -> None:
        """A robots.txt that fails with 5xx closes the site until it answers (2.3.1.4)."""
        site.fail("/robots.txt", 503)
        site.put("/lista/", listing(range(1, 3)))
        with pytest.raises(FetchError, match="robots"):
            reading()
        assert site.paths() == []


def test_suomidigi(pool: Pool, now: datetime) -> None:
    """Suomidigi's listing, nine undated teasers a page, is read whole; cards bring the dates."""
    articles = tuple(
        Article(
            slug=f"juttu-{n}",
            title=f"Juttu {n}",
            lead=f"Ingressi {n}.",
            body=("Teksti.",),
            published=datetime(2023, 8, 1 + n, 9, tzinfo=UTC),
        )
        for n in range(20)
    )
    with serve(Content(now=now, articles=articles)) as internet:
        driver = Driver(pool=pool, proxy=internet.proxy, ca_file=internet.ca_file)
        source = Source(
            id="suomidigi",
            url="https://www.suomidigi.fi/artikkelit",
            kind=Kind.LISTING,
            selectors=Selectors(
                item=".article-teaser",
                link="a.article-teaser__link",
                title=".article-teaser__label",
                lead=".article-teaser__lead",
            ),
        )
        got = driver.run(read(source, Known(), agent="digikooste/1", now=now, cards=5))
        assert (len(got.items), got.complete, got.warnings) == (20, True, ())
        assert [item.published is not None for item in got.items] == [True] * 5 + [False] * 15
        assert {"Juttu 19", "Juttu 0"} <= {item.title for item in got.items}
        again = driver.run(read(source, Known(), agent="digikooste/1", now=now, cards=0))
        assert len(again.items) == 20
