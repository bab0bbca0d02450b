"""Sources and topics: their defaults, their ids, and the rules over several keys."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pipeline.model import Kind, Selectors, Source, Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline import config
from pipeline.errors import ConfigError

PLAYLIST = "https://www.youtube.com/playlist?list=PLabcdefghijklmnop"


@pytest.mark.parametrize(
    ("entry", "column", "expected"),
    [
        ("{url: 'https://x.fi/', drip: 1, enabled: false}", 30,
         ("drip: only a YouTube playlist can be a course; this "
          "source is read as a feed")),
        ("{url: 'https://www.youtube.com/@kela', drip: 1}", 46,
         ("drip: only a YouTube playlist can be a course; a channel "
          "has no order")),
        ("{url: 'https://x.fi/', kind: listing}", 30, 'a listing needs "item", the CSS selector of one teaser'),
        ("{url: 'https://x.fi/', title: Blogi}", 31,
         ("title: only a listing has it, and this source is read as a feed; "
          'did you mean "name"?')),
        ("{url: 'https://x.fi/', item: li, prefix: /a}", 42,
         ("prefix: only a sitemap has it, and this source is read as "
          "a listing")),
        ("{url: 'https://x.fi/sitemap.xml', prefix: a}", 43, 'prefix: must be a path or an address; write "/a"'),
        ("{url: 'https://x.fi/', item: 'a['}", 30, 'item: "a[" is no CSS selector, such as .article-teaser or h2 > a'),
        ("{url: 'https://x.fi/', kind: youtube}", 7,
         ("url: kind youtube reads addresses at www.youtube.com, not "
          '"https://x.fi/"')),
        ("{url: 'https://x.fi/', kind: rss}", 30,
         'kind: must be feed, youtube, listing, sitemap, wordpress or page, not "rss"'),
        ("{url: 'https://x.fi/', kind: Lisitng}", 30,
         ('kind: must be feed, youtube, listing, sitemap, wordpress or page, not "Lisitng"; '
          'did you mean "listing"?')),
        ("{url: 'http://10.1.2.3/'}", 7,
         ('url: leads to a private address; write "allow_private: true" if this is your '
          "own network")),
        ("{url: 'http://x.fi:8080/'}", 7,
         ('url: leads to port 8080; write "allow_private: true" if this is your own '
          "network")),
        ("{url: 'https://x.fi/', user_agent: Näytä}", 36,
         ("user_agent: goes into a header of HTTP; write it in plain "
          "ASCII")),
        ("https://x.fi/…", 1,
         ('url: "https://x.fi/…" is still to be filled in; write the address, or "enabled: false" '
          "for now")),
        ("{url: 'https://www.youtube.com/playlist?list=PLAYLIST_ID'}", 7,
         ('url: "https://www.youtube.com/playlist?list=PLAYLIST_ID" is still to be filled in; write the address, or '
         '"enabled: false" for now')),
        ("x.fi/feed", 1, 'url: must begin with https:// or http://, unlike "x.fi/feed"; write "https://x.fi/feed"'),
        ("{url: 'https://x.fi/', type: feed}", 24, '"type" is no key of a source; did you mean "kind"?'),
        ("{url: 'https://x.fi/', topics: [a]}", 33,
         ('topics: "a" is no topic of this file; add it under topics, or leave '
          "it out here")),
        ("{url: 'https://x.fi/', limit: 0}", 31, "limit: must be at least 1"),
    ],
)  # fmt: skip
def test_a_source_is_judged_as_a_whole(
    problems: Callable[..., list[str]], entry: str, column: int, expected: str
) -> None:
    """The rules over several keys of a source, each with its advice."""
    assert [f"2:{column + 4}: {expected}"] == problems(f"sources:\n  - {entry}\n")


@pytest.mark.parametrize(
    "url", ["https://[…/", "https://<a[b>/", "https://x.fi:<portti>/", "…", "ftp://x.fi/…", "https://…", "<osoite>"]
)
def test_a_placeholder_excuses_only_itself(load: Callable[..., config.Config], url: str) -> None:
    """What stands around it is judged; whatever it is, the answer is a source or a sentence."""
    text = f"sources:\n  - {{url: '{url}', enabled: false}}\n"
    try:
        (source,) = load(text).sources
    except ConfigError as error:
        (problem,) = error.problems
        assert "2:11: url: " in problem
        assert "still to be filled in" not in problem
    else:
        assert (url, False) == (source.url, source.enabled)
        assert url.startswith("https://")


@pytest.mark.parametrize(
    "url", ["https://x.fi/?FEED_ID=3", "https://x.fi/MY_ID=3", "https://x.fi/a_ID/", "https://x.fi/ID"]
)
def test_a_word_in_capitals_is_no_placeholder_by_itself(load: Callable[..., config.Config], url: str) -> None:
    """Only where a value should stand."""
    assert url == load(f"sources: ['{url}']\n").sources[0].url


def test_a_wrong_address_hides_no_other_mistake(problems: Callable[..., list[str]]) -> None:
    """What the kind alone tells is said too."""
    said = problems(
        """\
        sources:
          - url: x.fi
            kind: feed
            drip: 1
            prefix: a
            topics: [b]
        """
    )
    assert ["2:10: url", "4:11: drip", "5:13: prefix", "5:13: prefix", "6:14: topics"] == [
        ": ".join(line.split(": ")[:2]) for line in said
    ]


def test_a_youtube_feed_is_accepted_with_a_note(load: Callable[..., config.Config]) -> None:
    """Who asks for the feed gets it, and hears what it lacks."""
    loaded = load(
        """\
        sources:
          - id: lista
            kind: feed
            url: https://www.youtube.com/feeds/videos.xml?playlist_id=PLabcdefghij
        """
    )
    assert Kind.FEED is loaded.sources[0].kind
    assert ("lista: YouTube's feeds hold 15 videos at most; kind youtube reads them all",) == loaded.notes


def test_a_repeated_id_is_named_although_its_source_is_wrong(problems: Callable[..., list[str]]) -> None:
    """One wrong key hides no other mistake."""
    said = problems(
        """\
        sources:
          - {id: a, url: 'https://x.fi/'}
          - {id: a, url: htp//x}
        """
    )
    assert ["3:10", "3:18"] == [line.split(": ")[0] for line in said]


def test_a_source_takes_all_its_keys(load: Callable[..., config.Config]) -> None:
    """Every key reaches the value that the rooms read."""
    loaded = load(
        """\
        topics: [{id: some}]
        sources:
          - id: lista
            name: Lista
            kind: listing
            url: http://intra.example.fi:8080/uutiset
            language: SV
            topics: [some]
            only_topics: true
            archive: true
            enabled: false
            internal: false
            allow_private: true
            user_agent: Lukija/1.0
            limit: 50
            item: .teaser
            link: a.more
            title: h2
            lead: p
            date: time
            next: a.next
            pages: 3
        """
    )
    assert (
        Source(
            id="lista",
            url="http://intra.example.fi:8080/uutiset",
            kind=Kind.LISTING,
            name="Lista",
            language="sv",
            topics=("some",),
            only_topics=True,
            archive=True,
            enabled=False,
            internal=False,
            allow_private=True,
            user_agent="Lukija/1.0",
            selectors=Selectors(item=".teaser", link="a.more", title="h2", lead="p", date="time", next="a.next"),
            pages=3,
            limit=50,
        ),
    ) == loaded.sources


def test_defaults_of_a_source_depend_on_its_kind(load: Callable[..., config.Config]) -> None:
    """Playlists fill short letters, channels and the rest only when asked; an intranet's items are internal."""
    playlist, quiet, channel, intranet = load(
        f"""\
        sources:
          - {PLAYLIST}
          - {{url: '{PLAYLIST}2', archive: false, drip: 1}}
          - https://www.youtube.com/@kela
          - {{url: 'http://intra/rss', allow_private: true}}
        """
    ).sources
    assert (True, False, False, False) == (playlist.archive, quiet.archive, channel.archive, intranet.archive)
    assert (False, False, False, True) == (playlist.internal, quiet.internal, channel.internal, intranet.internal)
    assert (0, 1, 0, 0) == (playlist.drip, quiet.drip, channel.drip, intranet.drip)


def test_prefixes_are_whole_addresses(load: Callable[..., config.Config]) -> None:
    """A path is taken from the sitemap's host, one prefix needs no list."""
    one, two = load(
        """\
        sources:
          - {url: 'https://x.fi/sitemap.xml', prefix: /blogit/}
          - {url: 'https://x.fi/kartta', prefix: [/työ/, "https://y.fi/a"]}
        """
    ).sources
    assert (Kind.SITEMAP, ("https://x.fi/blogit/",)) == (one.kind, one.prefixes)
    assert (Kind.SITEMAP, ("https://x.fi/ty%C3%B6/", "https://y.fi/a")) == (two.kind, two.prefixes)


def test_a_disabled_source_may_wait_for_its_address(load: Callable[..., config.Config]) -> None:
    """The shipped courses do; a note says which."""
    loaded = load(
        """\
        sources:
          - id: kurssi
            url: https://www.youtube.com/playlist?list=PLAYLIST_ID
            drip: 1
            enabled: false
        """
    )
    assert (Kind.YOUTUBE, True, False) == (
        loaded.sources[0].kind,
        loaded.sources[0].archive,
        loaded.sources[0].enabled,
    )
    assert ("disabled, with an address that is still to be filled in: kurssi",) == loaded.notes


def test_ids_of_bare_addresses_differ_and_stay(load: Callable[..., config.Config]) -> None:
    """What was read is kept under the id, so it may not depend on the other entries more than it must."""
    addresses = [
        "https://www.x.fi/feed",
        "https://x.fi/feed/",
        "https://x.fi/" + "a" * 100,
        "https://x.fi/" + "a" * 101,
    ]
    ids = [source.id for source in load("sources:\n" + "".join(f"  - {url}\n" for url in addresses)).sources]
    assert "x-fi-feed" == ids[0]
    assert 4 == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", each) for each in ids)
    assert ids[2:] == [
        source.id for source in load("sources:\n" + "".join(f"  - {u}\n" for u in addresses[2:])).sources
    ]


def test_two_sources_that_read_the_same_are_noted(load: Callable[..., config.Config]) -> None:
    """It harms nothing, but is most likely a slip."""
    notes = load("sources:\n  - {id: a, url: 'https://x.fi/'}\n  - {id: b, url: 'https://x.fi/'}\n").notes
    assert ("a or b is one too many: both read https://x.fi/",) == notes


def test_topics_take_one_text_for_all_languages_or_one_for_each(load: Callable[..., config.Config]) -> None:
    """The name is the id, and the words are the name, where nothing else is said."""
    loaded = load(
        """\
        topics:
          - id: kela
          - {id: some, name: Some, words: [some, LinkedIn]}
          - {id: tarina, name: {fi: Tarina, sv: Berättelse}, words: {fi: [tarina]}}
        """
    )
    assert (
        Topic(
            id="kela",
            name={"fi": "kela", "sv": "kela", "en": "kela"},
            words={"fi": ("kela",), "sv": ("kela",), "en": ("kela",)},
        ),
        Topic(
            id="some",
            name={"fi": "Some", "sv": "Some", "en": "Some"},
            words=dict.fromkeys(("fi", "sv", "en"), ("some", "LinkedIn")),
        ),
        Topic(id="tarina", name={"fi": "Tarina", "sv": "Berättelse"}, words={"fi": ("tarina",)}),
    ) == loaded.topics


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("file:feed.xml", None),
        ("file:esimerkit/syöte 1.xml", None),
        ("file:../feed.xml", "must name a file below the folder of sources.yaml"),
        ("file:a//b.xml", "must name a file below the folder of sources.yaml"),
        ("file:///etc/passwd", "names a file from the top"),
        ("file:", "must name a file below the folder of sources.yaml"),
    ],
)
def test_a_feed_to_try_out_stands_below_the_folder(
    load: Callable[..., config.Config], problems: Callable[..., list[str]], address: str, expected: str | None
) -> None:
    """A file's address is relative, and leads down."""
    if expected is None:
        assert [address] == [source.url for source in load(f"sources:\n  - url: '{address}'\n").sources]
    else:
        assert expected in problems(f"sources:\n  - url: '{address}'\n")[0]


def test_only_a_feed_is_read_from_a_file(problems: Callable[..., list[str]]) -> None:
    """Pages have a host, whose robots.txt counts."""
    expected = "2:11: url: only a feed is read from a file, and this source is read as a page"
    assert [expected] == problems("sources:\n  - {url: 'file:a.html', kind: page}\n")
