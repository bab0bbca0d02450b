"""What foreign bytes can be fed to, and what must hold of whatever comes out."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import config, identity, language, prose, topics
from pipeline.errors import ConfigError, ParseError
from pipeline.model import Kind, Selectors, Text, Topic
from pipeline.sources import card, dates, feed, jsonfeed, listing, opml, robots, sitemap, wordpress
from pipeline.sources.document import Document, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.model import Item

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TERMS = Terms(language=None, limit=1000, now=NOW)
MATCHER = topics.Matcher(
    [Topic(id="t", name={}, words={"fi": ("viestintä", "sosiaalinen media"), "sv": ("medier",), "en": ("media",)})]
)
SELECTORS = Selectors(item=".article-teaser", lead=".lead", date=".date")


def check(items: Iterable[Item]) -> None:
    """Whatever the bytes were, an item is safe to store, to choose and to print."""
    for item in items:
        assert item.url == identity.safe_url(item.url)
        assert item.key == identity.key_of(item.url)
        for text, longest in ((item.title, prose.LONGEST_TITLE), (item.summary, prose.LONGEST_SUMMARY)):
            assert text == prose.clean(text)
            assert "\n" not in text
            assert len(text) <= longest
        assert "=?" not in item.title
        assert item.language is None or item.language.isalpha()
        assert item.published is None or datetime(1990, 1, 1, tzinfo=UTC) <= item.published <= NOW + timedelta(days=2)
        assert item.duration is None or item.duration > 0
        assert item.reading is None or item.reading > 0
        assert all(url == identity.safe_url(url) for _, url in item.addresses)


def _document(data: bytes, content_type: str = "") -> Document:
    return Document(body=data, url="https://e.fi/x", content_type=content_type)


def xml_feed(data: bytes) -> None:
    """Read it as a run does; what feedparser itself raises becomes a ParseError in the child process."""
    try:
        found = feed.parse(_document(data), TERMS)
    except (ParseError, UnicodeError, ValueError, AttributeError, OverflowError, LookupError, TypeError):
        return
    check(found.items)


def json_feed(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        check(jsonfeed.parse(_document(data), TERMS).items)
    with contextlib.suppress(ParseError):
        check(wordpress.parse(_document(data), TERMS).items)


def site_map(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        check(item for _, item in sitemap.parse(_document(data), TERMS, ()).pages)


def page(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        check(listing.parse(_document(data), TERMS, SELECTORS).items)
    for text in (None, Text.FULL):
        with contextlib.suppress(ParseError):
            found = card.parse(_document(data), NOW, text)
            assert found.title == prose.clean(found.title)
            assert found.summary == prose.clean(found.summary)
            assert all(url == identity.safe_url(url) for _, url in found.addresses)


def robots_txt(data: bytes) -> None:
    assert len(robots.judge(data, "digikooste", ("https://e.fi/haku", "https://e.fi/%", "https://e.fi/"))) == 3


def subscriptions(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        (opml.parse if opml.is_opml(data) else opml.lines)(data, "the list")


def text(data: bytes) -> None:
    given = data.decode("utf-8", "surrogateescape")
    title, summary = prose.title(given), prose.summary(given)
    assert title == prose.clean(title)
    assert summary == prose.clean(summary)
    assert len(summary) <= prose.LONGEST_SUMMARY
    code = language.detect(title, summary)
    MATCHER.topics_of(title, summary, code)
    for moment in (dates.spoken(given[:200], NOW), dates.machine(given[:200], NOW)):
        assert moment is None or moment.tzinfo is not None


def address(data: bytes) -> None:
    given = data.decode("utf-8", "surrogateescape")
    once = identity.canonical_url(given)
    assert once == identity.canonical_url(once)
    assert identity.key_of(given) == identity.key_of(once)
    assert identity.video_id(given) == identity.video_id(once)
    safe = identity.safe_url(given, "https://e.fi/a/")
    assert safe is None or safe == identity.safe_url(safe)


def configuration(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sources.yaml"
        file.write_bytes(data)
        try:
            loaded = config.load(file, {})
        except ConfigError as mistakes:
            problems = mistakes.problems
        else:
            assert {source.kind for source in loaded.sources} <= set(Kind)
            return
    assert problems
    assert all(problem.isprintable() for problem in problems)


TARGETS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "feed": (xml_feed, "feed"),
    "json": (json_feed, "json"),
    "sitemap": (site_map, "sitemap"),
    "page": (page, "page"),
    "robots": (robots_txt, "robots"),
    "opml": (subscriptions, "opml"),
    "text": (text, "text"),
    "address": (address, "address"),
    "configuration": (configuration, "configuration"),
}
"""By name: the target, and the folder of ``corpus`` that it begins with."""
