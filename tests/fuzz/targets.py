"""What foreign bytes can be fed to, and what must hold of whatever comes out: a target for each parser."""

from __future__ import annotations

import contextlib
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import bounces, config, identity, language, prose, safekeeping, topics
from pipeline.config.rewriting import Rewriting
from pipeline.errors import ConfigError, ParseError, StoreError
from pipeline.fetch import coding, headers, urls
from pipeline.model import Kind, Selectors, Text, Topic
from pipeline.sources import (
    card,
    dates,
    feed,
    items,
    jsonfeed,
    listing,
    opml,
    page,
    recognition,
    revision,
    robots,
    sitemap,
    versions,
    wordpress,
    youtube,
)
from pipeline.sources.document import Document, Terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
        assert all(version.url == identity.safe_url(version.url) for version in item.addresses)


def check_name(name: str | None) -> None:
    """A source's own name is printed too."""
    assert name is None or (name == prose.title(items.literal(name)) and "\n" not in name)


def check_addresses(found: Iterable[str | None]) -> None:
    """Whatever leads somewhere has passed the one gate."""
    assert all(url is None or url == identity.safe_url(url) for url in found)


def _document(data: bytes, content_type: str = "") -> Document:
    return Document(body=data, url="https://e.fi/x", content_type=content_type)


# Feeds and lists --------------------------------------------------------------------------------------


def xml_feed(data: bytes) -> None:
    """Read it as a run does; what feedparser itself raises becomes a ParseError in the child process."""
    try:
        found = feed.parse(_document(data), TERMS)
    except (ParseError, UnicodeError, ValueError, AttributeError, OverflowError, LookupError, TypeError):
        return
    check(found.items)
    check_name(found.title)
    check_addresses([found.hub])
    assert found.asks is None or found.asks.interval is None or found.asks.interval > 0


def json_feed(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = jsonfeed.parse(_document(data), TERMS)
        check(found.items)
        check_name(found.title)
        check_addresses([found.hub])


def posts(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        check(wordpress.parse(_document(data), TERMS).items)


def site_map(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = sitemap.parse(_document(data), TERMS, ())
        check(item for _, item in found.pages)
        check_addresses(found.maps)


def subscriptions(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = opml.parse(data, "the list")
        check_addresses(one.url for one in found.listed)
        assert all(one == prose.clean(one) for one in found.lost)
        for one in found.listed:
            check_name(one.name)


def address_lines(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = opml.lines(data, "the list")
        check_addresses(one.url for one in found.listed)
        for one in found.listed:
            check_name(one.name)


def videos(data: bytes) -> None:
    """What yt-dlp hands on of YouTube's answer, entry by entry."""
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries):
        with contextlib.suppress(AttributeError, TypeError, LookupError):  # a member of another type: a ParseError
            found = list(youtube._items(entries, None, ordered=True))
            check(found)
            assert [item.place for item in found if item.place] == list(range(1, sum(bool(i.place) for i in found) + 1))


# Pages ------------------------------------------------------------------------------------------------


def teasers(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        found = listing.parse(_document(data), TERMS, SELECTORS)
        check(found.items)
        check_name(found.title)
        check_addresses([found.next])


def page_card(data: bytes) -> None:
    for text in (None, Text.LEAD, Text.FULL):
        with contextlib.suppress(ParseError):
            found = card.parse(_document(data), NOW, text)
            assert found.title == prose.clean(found.title)
            assert found.summary == prose.clean(found.summary)
            assert found.reading is None or found.reading > 0
            check_addresses(url for _, url in found.addresses)


def document_text(data: bytes) -> None:
    """A document that is watched for revisions."""
    with contextlib.suppress(ParseError):
        found = revision.parse(_document(data), NOW)
        assert found.sentences
        assert all(sentence == prose.clean(sentence) for sentence in found.sentences)


def languages(data: bytes) -> None:
    """The same article in other languages: hreflang and the site's own links."""
    found = versions.addresses(page.open_page(_document(data)), "fi")
    check_addresses(url for _, url in found)
    assert {code for code, _ in found} <= {"sv", "en"}
    assert all(identity.key_of(url) != identity.key_of("https://e.fi/x") for _, url in found)


def discovery(data: bytes) -> None:
    """Anything at all, as `sources add` looks at it."""
    for content_type in ("", "text/html"):
        try:
            found = recognition.recognise(_document(data, content_type), NOW)
        except (ParseError, UnicodeError, ValueError, AttributeError, OverflowError, LookupError, TypeError):
            continue
        check_name(found.title)
        check_addresses([*found.feeds, *found.maps, found.api])
        if found.selectors is not None:  # what is proposed can be read
            listing.parse(_document(data, content_type), TERMS, found.selectors)
    check_addresses(recognition.maps(_document(data)))


def robots_txt(data: bytes) -> None:
    assert len(robots.judge(data, "digikooste", ("https://e.fi/haku", "https://e.fi/%", "https://e.fi/"))) == 3


# Answers ----------------------------------------------------------------------------------------------


def header_lines(data: bytes) -> None:
    """An answer's header: a wait is a number of seconds within a year, whatever it says."""
    found = headers.fields(line + b"\n" for line in data.split(b"\n") if line)
    for wait in (headers.fresh_for(found, NOW), headers.retry_after(found, NOW)):
        assert wait is None or 0 <= wait <= headers.YEAR
    moment = headers.http_date(found.get("date", ""))
    assert moment is None or moment.tzinfo is not None
    headers.validators(found)


def packed_body(data: bytes) -> None:
    """Content-Encoding undone, within its limit."""
    for encoding in ("gzip", "deflate", "gzip, deflate, gzip"):
        with contextlib.suppress(coding.CodingError):
            assert len(coding.decode(data, encoding, 100_000)) <= 100_000


def address(data: bytes) -> None:
    given = data.decode("utf-8", "surrogateescape")
    once = identity.canonical_url(given)
    assert once == identity.canonical_url(once)
    assert identity.key_of(given) == identity.key_of(once)
    assert identity.video_id(given) == identity.video_id(once)
    safe = identity.safe_url(given, "https://e.fi/a/")
    assert safe is None or safe == identity.safe_url(safe)
    for base in (None, "https://e.fi/a/"):
        with contextlib.suppress(urls.BadTarget):
            target = urls.resolve(given, base)
            assert target.scheme in {"http", "https"}
            target.objection(allow_private=False)


# Texts ------------------------------------------------------------------------------------------------


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


# sources.yaml -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _file_of(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sources.yaml"
        file.write_bytes(data)
        yield file


def configuration(data: bytes) -> None:
    with _file_of(data) as file:
        try:
            loaded = config.load(file, {})
        except ConfigError as mistakes:
            problems = mistakes.problems
        else:
            assert {source.kind for source in loaded.sources} <= set(Kind)
            return
    assert problems
    assert all(problem.isprintable() for problem in problems)


def editing(data: bytes) -> None:
    """A source put into any file that loads, and taken out again: nothing else of it changes."""
    with _file_of(data) as file, contextlib.suppress(ConfigError):
        rewriting = Rewriting(file, {})
        before = rewriting.config
        rewriting.add([{"id": "uusi", "name": "Uusi: lähde #1", "url": "https://uusi.example.fi/feed"}])
        after = rewriting.config
        assert after.sources[:-1] == before.sources
        assert (after.digest, after.topics) == (before.digest, before.topics)
        assert all(line in rewriting.text for line in data.decode("utf-8-sig").split() if "]" not in line)
        rewriting.disable("uusi")
        rewriting.enable("uusi")
        assert rewriting.config.sources == after.sources
        rewriting.remove("uusi")
        assert rewriting.config.sources == before.sources


# Returns and backups ----------------------------------------------------------------------------------


def returned_mail(data: bytes) -> None:
    """A message in the maildir of returns: whatever it is, it is of one kind, and its addresses are texts."""
    with contextlib.suppress(ParseError):
        found = bounces.read(data)
        assert found.kind in bounces.Kind
        assert found.status == "" or found.status[0] in "245"
        assert bounces.ReturnPath("r{token}@example.fi", b"secret").origin(found.addresses) is None


def backup_file(data: bytes) -> None:
    """A file that somebody wants to restore: what is unpacked is what was packed, or nothing is."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(StoreError):
        file, place = Path(folder) / "backup.zip", Path(folder) / "place"
        file.write_bytes(data)
        place.mkdir()
        found = safekeeping.extract(file, place)
        unpacked = {one.relative_to(place).as_posix() for one in place.rglob("*") if one.is_file()}
        assert unpacked == set(found.files)


@dataclass(frozen=True, slots=True)
class Target:
    """One parser, and the folders of ``corpus`` that it begins with; the first keeps what is found."""

    run: Callable[[bytes], None]
    folders: tuple[str, ...]


TARGETS = {
    "feed": Target(xml_feed, ("feed",)),
    "jsonfeed": Target(json_feed, ("json",)),
    "wordpress": Target(posts, ("json",)),
    "sitemap": Target(site_map, ("sitemap",)),
    "opml": Target(subscriptions, ("opml",)),
    "lines": Target(address_lines, ("lines",)),
    "videos": Target(videos, ("videos",)),
    "listing": Target(teasers, ("page",)),
    "card": Target(page_card, ("page",)),
    "revision": Target(document_text, ("page",)),
    "languages": Target(languages, ("page",)),
    "discovery": Target(discovery, ("page", "feed", "sitemap", "json", "robots")),
    "robots": Target(robots_txt, ("robots",)),
    "headers": Target(header_lines, ("headers",)),
    "packed": Target(packed_body, ("packed",)),
    "address": Target(address, ("address",)),
    "text": Target(text, ("text",)),
    "configuration": Target(configuration, ("configuration",)),
    "editing": Target(editing, ("configuration",)),
    "returns": Target(returned_mail, ("returns",)),
    "backup": Target(backup_file, ("backup",)),
}
"""By name."""
