"""The scripted Suomidigi: what facts about the service say of its markup, addresses and validators."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pycurl
import pytest
from protego import Protego
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.demo.content import Article, ArticleKind, Content
from pipeline.demo.internet import Internet, serve
from tests.demo.clients import get

SITE = "https://www.suomidigi.fi"
DATE = datetime(2023, 8, 15, 13, 27, 23, tzinfo=UTC)


def _article(
    number: int,
    *,
    published: datetime | None = None,
    modified: datetime | None = None,
    tags: tuple[str, ...] = ("Viestintä",),
    language: str = "fi",
    kind: ArticleKind = ArticleKind.ARTICLE,
) -> Article:
    return Article(
        slug=f"sivu-{number}",
        title=f'Otsikko {number}: "some" & <viestintä>',
        lead=f"Johdanto {number} & muuta",
        body=("Ensimmäinen kappale.", "Toinen <kappale>."),
        published=published or DATE - timedelta(days=number),
        modified=modified,
        tags=tags,
        language=language,
        kind=kind,
    )


def _content(*articles: Article) -> Content:
    return Content(now=DATE, articles=articles)


def _teasers(body: bytes) -> list[str]:
    tree = LexborHTMLParser(body)
    return [node.attributes["href"] or "" for node in tree.css(".article-teaser > a.article-teaser__link")]


def _one(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = node.css_first(selector)
    assert found is not None, selector
    return found


def _next(body: bytes) -> str | None:
    node = LexborHTMLParser(body).css_first("a[rel=next]")
    return None if node is None else node.attributes["href"]


@pytest.mark.parametrize(("count", "pages"), [(0, [0]), (1, [1]), (9, [9]), (10, [9, 1]), (27, [9, 9, 9])])
def test_a_listing_leads_through_all_of_its_pages(count: int, pages: list[int]) -> None:
    """Nine teasers a page, newest first, rel=next up to the last page and not on it."""
    with serve(_content(*(_article(number) for number in range(count)))) as internet:
        found: list[str] = []
        sizes: list[int] = []
        query: str | None = ""
        while query is not None:
            body = get(internet, f"{SITE}/artikkelit{query}").body
            found += _teasers(body)
            sizes.append(len(_teasers(body)))
            query = _next(body)
        beyond = get(internet, f"{SITE}/artikkelit?page={len(pages)}")

    assert [f"/artikkelit/sivu-{number}" for number in range(count)] == found
    assert pages == sizes
    assert (200, []) == (beyond.status, _teasers(beyond.body))


def test_an_article_teaser_has_a_label_and_a_lead_but_no_date() -> None:
    """Text is escaped; there is nothing to take for a date."""
    with serve(_content(_article(1))) as internet:
        tree = LexborHTMLParser(get(internet, f"{SITE}/artikkelit").body)

    teaser = _one(tree, ".article-teaser")
    assert 'Otsikko 1: "some" & <viestintä>' == _one(teaser, ".article-teaser__label").text(strip=True)
    assert "Johdanto 1 & muuta" == _one(teaser, ".article-teaser__lead").text(strip=True)
    assert teaser.css_first("time") is None
    assert re.search(r"\d+\.\d+\.\d{4}", teaser.text()) is None


def test_a_blog_teaser_shows_its_day() -> None:
    """The day is Helsinki's: half past midnight is the next day already."""
    blog = _article(1, kind=ArticleKind.BLOG, published=datetime(2017, 11, 2, 22, 30, tzinfo=UTC))
    with serve(_content(blog, _article(2))) as internet:
        tree = LexborHTMLParser(get(internet, f"{SITE}/blogit").body)

    assert ["/blogit/sivu-1"] == [node.attributes["href"] for node in tree.css("a.blog-teaser__link")]
    assert "3.11.2017" == _one(tree, ".blog-teaser__date").text(strip=True)


def test_the_head_of_an_article() -> None:
    """og: and article: properties, times with a colonless zone, no JSON-LD and no time element."""
    article = _article(1, published=DATE, modified=DATE + timedelta(days=100), tags=("Kela", "Some & muut"))
    with serve(_content(article)) as internet:
        page = get(internet, f"{SITE}/artikkelit/sivu-1")

    tree = LexborHTMLParser(page.body)
    head = [(node.attributes["property"], node.attributes["content"]) for node in tree.css("head meta[property]")]
    assert {
        ("og:title", 'Otsikko 1: "some" & <viestintä>'),
        ("og:description", "Johdanto 1 & muuta"),
        ("og:url", f"{SITE}/artikkelit/sivu-1"),
        ("article:published_time", "2023-08-15T16:27:23+0300"),
        ("article:modified_time", "2023-11-23T15:27:23+0200"),
        ("article:tag", "Kela"),
        ("article:tag", "Some & muut"),
    } <= set(head)
    assert "fi" == _one(tree, "html").attributes["lang"]
    assert "text/html; charset=UTF-8" == page.headers["content-type"]
    assert [] == tree.css("script, time")
    assert ["Ensimmäinen kappale.", "Toinen <kappale>."] == [node.text() for node in tree.css(".article__contents p")]


@pytest.mark.parametrize(
    ("kind", "language", "listing"),
    [
        (ArticleKind.ARTICLE, "fi", "/artikkelit"),
        (ArticleKind.ARTICLE, "sv", "/sv/artiklar"),
        (ArticleKind.ARTICLE, "en", "/en/articles"),
        (ArticleKind.BLOG, "fi", "/blogit"),
    ],
)
def test_every_section_has_its_own_address(kind: ArticleKind, language: str, listing: str) -> None:
    """The listing and the page below it are in the section's language, and nobody else's."""
    with serve(_content(_article(1, kind=kind, language=language))) as internet:
        for path in (listing, f"{listing}/sivu-1"):
            page = get(internet, f"{SITE}{path}")
            assert (200, language) == (page.status, _one(LexborHTMLParser(page.body), "html").attributes["lang"])
        other = "/blogit" if listing != "/blogit" else "/artikkelit"
        assert 404 == get(internet, f"{SITE}{other}/sivu-1").status


def test_the_sitemap_says_what_changed() -> None:
    """One entry per page, lastmod in W3C form."""
    with serve(_content(_article(1), _article(2, language="sv"))) as internet:
        internet.suomidigi.revise("sivu-2", DATE + timedelta(days=100))
        page = get(internet, f"{SITE}/sitemap.xml")

    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ET.fromstring(page.body)
    assert [
        (f"{SITE}/artikkelit/sivu-1", "2023-08-14T16:27:23+03:00"),
        (f"{SITE}/sv/artiklar/sivu-2", "2023-11-23T15:27:23+02:00"),
    ] == [(entry.findtext(f"{name}loc"), entry.findtext(f"{name}lastmod")) for entry in root]


def test_robots_allow_the_pages() -> None:
    """Plain text; articles may be read, the machinery may not."""
    with serve(_content()) as internet:
        page = get(internet, f"{SITE}/robots.txt")
    rules = Protego.parse(page.body.decode())
    assert page.headers["content-type"].startswith("text/plain")
    assert rules.can_fetch(f"{SITE}/artikkelit?page=1", "digikooste")
    assert not rules.can_fetch(f"{SITE}/admin/content", "digikooste")


def test_the_feed_of_a_topic() -> None:
    """RSS 2.0, the ten newest in that language, also under the language's prefix."""
    articles = [_article(number) for number in range(12)]
    with serve(_content(*articles, _article(20, language="sv"), _article(21, tags=("Muu",)))) as internet:
        number = internet.suomidigi.term("Viestintä")
        finnish = feedparser.parse(get(internet, f"{SITE}/taxonomy/term/{number}/feed").body)
        swedish = feedparser.parse(get(internet, f"{SITE}/sv/taxonomy/term/{number}/feed").body)
        assert 404 == get(internet, f"{SITE}/taxonomy/term/999/feed").status

    assert ("rss20", False, "fi") == (finnish.version, finnish.bozo, finnish.feed.language)
    assert [f"{SITE}/artikkelit/sivu-{number}" for number in range(10)] == [entry.link for entry in finnish.entries]
    assert "Tue, 15 Aug 2023 16:27:23 +0300" == finnish.entries[0].published
    assert [f"{SITE}/sv/artiklar/sivu-20"] == [entry.link for entry in swedish.entries]


@pytest.mark.parametrize("path", ["/artikkelit", "/artikkelit/sivu-1", "/sitemap.xml", "/robots.txt", "/"])
def test_a_known_page_is_not_sent_again(path: str) -> None:
    """If-None-Match with the page's ETag: 304, the same ETag, no body; with another: 200."""
    with serve(_content(_article(1))) as internet:
        first = get(internet, f"{SITE}{path}")
        tag = first.headers["etag"]
        again = get(internet, f"{SITE}{path}", If_None_Match=f'"other", {tag}')
        other = get(internet, f"{SITE}{path}", If_None_Match='"other"')

    assert (304, tag, b"") == (again.status, again.headers["etag"], again.body)
    assert (200, first.body) == (other.status, other.body)


def test_a_changed_page_is_sent_again() -> None:
    """A new article changes the listing's ETag, a revision the article's; nothing else changes."""
    with serve(_content(_article(1), _article(2))) as internet:

        def tags() -> list[str]:
            paths = ("/artikkelit", "/artikkelit/sivu-1", "/artikkelit/sivu-2")
            return [get(internet, f"{SITE}{path}").headers["etag"] for path in paths]

        before = tags()
        internet.suomidigi.revise("sivu-1", DATE, title="Uusi otsikko")
        revised = tags()
        internet.suomidigi.add_article(_article(0))
        added = tags()

    assert [True, True, False] == [old != new for old, new in zip(before, revised, strict=True)]
    assert [True, False, False] == [old != new for old, new in zip(revised, added, strict=True)]


def test_articles_come_and_go() -> None:
    """In the listing by date, newest first; a removed one is a 404."""
    with serve(_content(_article(5))) as internet:
        internet.suomidigi.add_article(_article(7))
        internet.suomidigi.add_article(_article(3))
        internet.suomidigi.remove_article("sivu-5")
        listing = get(internet, f"{SITE}/artikkelit")
        gone = get(internet, f"{SITE}/artikkelit/sivu-5")
        with pytest.raises(LookupError, match="sivu-5"):
            internet.suomidigi.remove_article("sivu-5")

    assert ["/artikkelit/sivu-3", "/artikkelit/sivu-7"] == _teasers(listing.body)
    assert 404 == gone.status
    assert "etag" not in gone.headers


def test_curl_sees_it_too(internet: Internet) -> None:
    """With a proxy and a CA file: gzip-coded page, then 304 on the same connection."""
    url = f"{SITE}/artikkelit"
    curl, tags = pycurl.Curl(), []

    def note(line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name.lower() == b"etag":
            tags.append(value.strip())

    def perform(*headers: bytes) -> tuple[int, int, bytes]:
        body = io.BytesIO()
        curl.setopt(pycurl.HTTPHEADER, list(headers))
        curl.setopt(pycurl.WRITEDATA, body)
        curl.perform()
        return curl.getinfo(pycurl.RESPONSE_CODE), curl.getinfo(pycurl.NUM_CONNECTS), body.getvalue()

    for option, value in {
        pycurl.URL: url,
        pycurl.PROXY: internet.proxy,
        pycurl.CAINFO: internet.ca_file,
        pycurl.ACCEPT_ENCODING: "",
        pycurl.HEADERFUNCTION: note,
    }.items():
        curl.setopt(option, value)
    status, connects, body = perform()
    assert (200, 1, 9) == (status, connects, len(_teasers(body)))
    assert (304, 0, b"") == perform(b"If-None-Match: " + tags[0])
    curl.close()
    assert [200, 304] == [exchange.status for exchange in internet.requests]
