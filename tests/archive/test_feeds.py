"""Feeds, OPML and site map, judged by what did not make them: a RELAX NG grammar, a JSON Schema, other libraries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import jsonschema
import listparser
import pytest
from lxml import etree

from pipeline import jobs
from pipeline.archive import feeds, outline
from pipeline.model import LANGUAGES, Kind, Source
from pipeline.store import Store
from tests.archive import world
from tests.render.samples import OWN

if TYPE_CHECKING:
    from pipeline.jobs import Publishing

HERE = Path(__file__).parent
GRAMMAR = etree.RelaxNG(etree.parse(HERE / "atom.rng"))
SCHEMA: dict[str, Any] = json.loads((HERE / "jsonfeed.json").read_text(encoding="utf-8"))
NAMES = [f"{name}-{language}" for name in ("letters", "items") for language in LANGUAGES]
BASE = "https://viestinta.example.fi/kooste/"


@pytest.mark.parametrize("name", NAMES)
def test_atom_is_valid(output: Path, name: str) -> None:
    """By a grammar of RFC 4287, and by feedparser; an entry's id is its own, and no feed repeats one."""
    body = (output / "feeds" / f"{name}.xml").read_bytes()
    GRAMMAR.assertValid(etree.fromstring(body))
    told = feedparser.parse(body)
    assert not told.bozo, told.get("bozo_exception")
    ids = [entry.id for entry in told.entries]
    assert ids
    assert len(ids) == len(set(ids))
    assert all(entry.link.startswith("https://") for entry in told.entries)
    links = {link["rel"]: link["href"] for link in told.feed.links}
    assert links["self"] == f"{BASE}feeds/{name}.xml"
    assert (output / links["alternate"].removeprefix(BASE)).is_file()


@pytest.mark.parametrize("name", NAMES)
def test_json_feed_is_valid(output: Path, name: str) -> None:
    """By a schema of JSON Feed 1.1; it holds what the Atom feed holds, under the same ids."""
    body = (output / "feeds" / f"{name}.json").read_bytes()
    told = json.loads(body)
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(told)
    assert told["feed_url"] == f"{BASE}feeds/{name}.json"
    atom = feedparser.parse((output / "feeds" / f"{name}.xml").read_bytes())
    assert [item["id"] for item in told["items"]] == [entry.id for entry in atom.entries]
    assert [item["title"] for item in told["items"]] == [
        title.text for title in etree.parse(output / "feeds" / f"{name}.xml").findall("{*}entry/{*}title")
    ]


def test_the_checkers_check() -> None:
    """A feed without an id, with a date that is none, or with an unknown element is refused; so is half a JSON feed."""
    good = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x:1</id><title>T</title><author><name>A</name></author>'
        '<link href="https://example.fi/"/><updated>2026-11-16T06:00:00Z</updated></feed>'
    )
    assert GRAMMAR.validate(etree.fromstring(good))
    for bad in (
        good.replace("<id>urn:x:1</id>", ""),
        good.replace("2026-11-16T06:00:00Z", "16.11.2026"),
        good.replace("<title>T</title>", "<title>T</title><titel>T</titel>"),
        good.replace("<title>T</title>", "<title>T</title><title>U</title>"),
        good.replace("urn:x:1", "relative"),
    ):
        assert not GRAMMAR.validate(etree.fromstring(bad))
    for half in ({"title": "T", "items": []}, {"version": SCHEMA["properties"]["version"]["const"], "title": "T"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(half, SCHEMA)


def test_a_letter_in_a_feed_says_what_is_in_it(output: Path) -> None:
    """Title, day of sending, and every public item as a link; nothing internal."""
    told = json.loads((output / "feeds" / "letters-fi.json").read_bytes())
    newest = told["items"][0]
    assert newest["url"] == f"{BASE}2026-W47/fi.html"
    assert newest["title"].startswith("Viikko 47: ")
    assert newest["date_published"] == "2026-11-16T06:00:00Z"
    assert 'href="https://blogi.example.fi/1"' in newest["content_html"]
    assert world.SECRET not in json.dumps(told, ensure_ascii=False)


def test_an_item_in_a_feed_invents_no_date(output: Path) -> None:
    """An item's own date where it has one; when we found it is when it changed, for programs that sort by that."""
    told = json.loads((output / "feeds" / "items-sv.json").read_bytes())
    by_title = {item["title"]: item for item in told["items"]}
    assert "date_published" not in by_title[world.STORIES[0][0]]
    assert by_title[world.STORIES[0][0]]["date_modified"] == "2026-11-16T05:00:00Z"
    assert by_title[world.STORIES[0][0]]["tags"] == ["Kommunikation"]
    assert by_title[world.ARTICLES[1][0]]["date_published"] == "2026-10-07T06:00:00Z"


def test_text_that_xml_has_no_place_for() -> None:
    """Control characters and lone surrogates cost themselves, not the feed."""
    post = feeds.Post(id="urn:x:2", url="https://example.fi/", title="a\x00b\ud800c\x0b", updated=world.MONDAY)
    channel = feeds.Channel(
        id="urn:x:1",
        place="https://example.fi/f",
        home="https://example.fi/",
        title="T\x1f",
        language="fi",
        author="",
        posts=[post],
    )
    GRAMMAR.assertValid(etree.fromstring(feeds.atom(channel)))
    jsonschema.validate(json.loads(feeds.jsonfeed(channel)), SCHEMA)
    empty = feeds.atom(replace(channel, posts=()))
    GRAMMAR.assertValid(etree.fromstring(empty))
    assert replace(channel, posts=()).updated == datetime(2000, 1, 1, tzinfo=UTC)


def test_opml_names_the_public_sources(output: Path) -> None:
    """Another program's reader finds the feeds; a page is a link, a playlist YouTube's feed of it."""
    told = listparser.parse((output / "sources.opml").read_bytes())
    assert not told.bozo
    assert {feed.url: feed.title for feed in told.feeds} == {
        "https://blogi.example.fi/feed": "Viraston blogi",
        "https://www.youtube.com/feeds/videos.xml?playlist_id=PLtarina": "Tarinallistaminen",
    }
    assert b"https://nyheter.example.fi/lista" in (output / "sources.opml").read_bytes()
    assert b"intra" not in (output / "sources.opml").read_bytes()


def test_opml_tells_no_secret_and_no_file() -> None:
    """An address with a password in it, or a file of the operator's, stays at home; a channel has a feed too."""
    sources = [
        Source(id="a", url="https://user:word@example.fi/feed", kind=Kind.FEED),
        Source(id="b", url="file:///srv/feed.xml", kind=Kind.FEED),
        Source(id="c", url="https://www.youtube.com/channel/UCx", kind=Kind.YOUTUBE),
        Source(id="d", url="https://www.youtube.com/@virasto", kind=Kind.YOUTUBE),
    ]
    said = outline.opml("T", sources, {source.id: source.id for source in sources}).decode()
    assert "word" not in said
    assert "srv" not in said
    assert "videos.xml?channel_id=UCx" in said
    assert 'type="link" text="d"' in said


def test_the_site_map_lists_every_page(output: Path) -> None:
    """Each public page by its address; the letters' with their day."""
    ns = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    root = etree.parse(output / "sitemap.xml").getroot()
    listed = {url.findtext("s:loc", namespaces=ns): url.findtext("s:lastmod", namespaces=ns) for url in root}
    ours = {str(path.relative_to(output)) for path in output.rglob("*.html")}
    left_out = {"saavutettavuus.html", "tillganglighet.html", "accessibility.html"}
    left_out |= {name for name in ours if name.endswith("/index.html")}
    assert {address and address.removeprefix(BASE) for address in listed} == ours - left_out
    assert listed[f"{BASE}2026-W47/sv.html"] == "2026-11-16"


def test_without_an_address_there_is_nothing_that_needs_one(tmp_path: Path) -> None:
    """No site.url: pages, lists and search stand, feeds and site map do not, and no page names them."""
    with Store(tmp_path / "digikooste.db") as store:
        what = world.published(tmp_path, store, replace(OWN, url=None))
    names = {str(path.relative_to(what.output)) for path in what.output.rglob("*") if path.is_file()}
    assert not [name for name in names if name.startswith("feeds/") or name in {"sitemap.xml", "robots.txt"}]
    page = (what.output / "topics" / "viestinta" / "fi.html").read_text(encoding="utf-8")
    assert "canonical" not in page
    assert "og:url" not in page
    assert "feeds/" not in page
    assert 'hreflang="sv" href="sv.html"' in page


def test_robots_only_at_the_root_of_a_host(own: Publishing) -> None:
    """Nobody asks for robots.txt elsewhere; one that the operator wrote stays as it is."""
    assert not (own.output / "robots.txt").exists()
    at_root = replace(OWN, url="https://kooste.example.fi/")
    jobs.publish(world.publishing(own.var.parent, own.store, at_root))
    assert "Sitemap: https://kooste.example.fi/sitemap.xml" in (own.output / "robots.txt").read_text()
    (own.output / "robots.txt").unlink()
    (own.var / "published.json").unlink()
    (own.output / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    jobs.publish(world.publishing(own.var.parent, own.store, at_root))
    assert "Disallow: /\n" in (own.output / "robots.txt").read_text()
