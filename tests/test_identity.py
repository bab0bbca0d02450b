"""When two entries are the same item."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline import identity
from pipeline.identity import (
    _PLAIN,
    Sighted,
    _page,
    canonical_url,
    key_of,
    match,
    safe_url,
    similar_titles,
    video_id,
)
from pipeline.model import Item
from tests.counts import FULL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANY = settings(max_examples=1000 if FULL else 200, deadline=None)

VIDEO = "dQw4w9WgXcQ"
WATCH = f"https://www.youtube.com/watch?v={VIDEO}"

PIECES = [
    "http://", "https://", "HTTP://", "m.", "www.", "mobile.", "amp.", "fi.m.", "youtube.com", "youtu.be",
    "www.youtube-nocookie.com", "example.fi", "EXAMPLE.fi.", "ä.fi", ":80", ":443", ":8080", "/", "//", "/..", "/.",
    "/a", "/amp", "/AMP/", "/watch", "/embed/", "/shorts/", "dQw4w9WgXcQ", "?", "v=", "list=PL1", "&", "a=1", "b",
    "utm_source=x", "utm%5Fsource=1", "amp=1", "=", "%2e%2e", "%2F", "%3F", "%26", "+", "%20", "#", "#!", "#/",
    ";jsessionid=1", ".amp", ".html", ";x=1", ";", "google.com/amp/s/", "www-x-fi.cdn.ampproject.org/c/s/", "ö",
    "%e4", "%", "[::1]", "@", "\\\\", "|", "^", "'", '"', "<", ">", "`", "{", "ﬀ", "™", "†.fi",
]  # fmt: skip
addresses = st.builds(
    "".join,
    st.tuples(st.sampled_from(["", "https://example.fi/", "http://"]), st.lists(st.sampled_from(PIECES)).map("".join)),
)


# --- The gate ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("https://suomidigi.fi/artikkelit", "https://suomidigi.fi/artikkelit"),
        ("https://suomidigi.fi/a", " \n https://suomidigi.fi/a\t"),
        ("https://example.fi/a%20b?c=%20d", "https://example.fi/a b?c= d"),
        ("https://xn--hmeenlinna-q5a.fi/%C3%A4", "https://hämeenlinna.fi/ä"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("https://ttptm.xn--se-72t/A", "https://ttp™.†se/A"),
    ],
)
def test_gate_lets_web_addresses_through_in_ascii(expected: str, url: str) -> None:
    """An absolute http or https URL passes, encoded so that every program reads it alike."""
    assert expected == safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.fi/",
        "mailto:a@example.fi",
        "/artikkelit",
        "//example.fi/a",
        "https:///a",
        "https:example.fi",
        "https://",
        "https://user@example.fi/",
        "https://user:secret@example.fi/",
        "https://@example.fi/",
        "https://good.fi\\@evil.fi/",
        "https://example.fi/a\r\nBcc: x@y.fi",
        "https://example.fi/a\x00",
        "https://example.fi/\u2028",
        "https://example.fi/\ud800",
        "https://example.fi:0/",
        "https://example.fi:99999/",
        "https://example.fi:x/",
        "https://[::1/",
        "https://exa mple.fi/",
        "https://exa%00mple.fi/",
        'https://example.fi"onload=x/',
        "https://example.fi/" + "a" * 2000,
        "https://example.fi/" + "ä" * 400,
    ],
)
def test_gate_refuses_what_is_no_plain_web_address(url: str) -> None:
    """Another scheme, no host, credentials, control characters, a broken port, too long: None."""
    assert safe_url(url) is None


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("https://example.fi/b", "/b"),
        ("https://example.fi/a/b", "b"),
        ("https://other.fi/b", "//other.fi/b"),
        ("https://other.fi/b", "https://other.fi/b"),
        ("https://example.fi/a/?page=2", "?page=2"),
        (None, "javascript:alert(1)"),
        (None, "//user@other.fi/"),
        (None, ""),
    ],
)
def test_gate_resolves_relative_links(expected: str | None, url: str) -> None:
    """A relative link is resolved against the page that holds it; the gate judges the result."""
    assert expected == safe_url(url, "https://example.fi/a/")


@MANY
@given(st.one_of(addresses, st.text(), st.text().map("https://example.fi/{}".format)))
def test_what_passes_the_gate_stays_as_it_is(url: str) -> None:
    """A safe URL is printable ASCII without a character that ends an attribute, and passes unchanged."""
    safe = safe_url(url)
    if safe is not None:
        assert safe == safe_url(safe)
        assert safe.isascii()
        assert safe.isprintable()
        assert not set(safe) & set(' "<>\\`')


# --- Canonical URL ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "url"),
    [
        ("https://www.suomidigi.fi/artikkelit/some", "HTTPS://WWW.Suomidigi.FI:443/artikkelit/some/?utm_source=x#top"),
        ("http://example.fi/", "http://example.fi.:80"),
        ("http://example.fi:8080/a", "http://example.fi:8080/a/"),
        ("https://example.fi/a?a=1&b=2", "https://example.fi/a?b=2&a=1&fbclid=X&UTM_Medium=rss"),
        ("https://example.fi/?p=7", "https://example.fi?p=7&mc_cid=1"),
        ("https://example.fi/b", "https://example.fi/a/../b"),
        ("https://example.fi/%C3%A4", "https://example.fi/%c3%a4"),
        ("https://example.fi/a", "https://m.example.fi/a"),
        ("https://fi.wikipedia.org/wiki/Some", "https://fi.m.wikipedia.org/wiki/Some"),
        ("https://example.fi/juttu", "https://example.fi/juttu/amp/"),
        ("https://example.fi/juttu", "https://example.fi/juttu?amp=1"),
        ("https://example.fi/juttu.html", "https://amp.example.fi/juttu.amp.html"),
        ("https://example.fi/juttu", "https://www.google.com/amp/s/example.fi/juttu/amp"),
        ("https://www.example.fi/juttu", "https://www-example-fi.cdn.ampproject.org/c/s/www.example.fi/juttu"),
        ("https://example.fi/a", "https://example.fi/a;jsessionid=0A1B?PHPSESSID=1"),
        ("https://example.fi/#!/kurssi/2", "https://example.fi/#!/kurssi/2"),
        ("https://example.fi/#/kurssi/2", "https://example.fi/#/kurssi/2"),
        (
            "https://www.youtube.com/playlist?list=PL1-_x",
            "https://m.youtube.com/playlist?si=1&list=PL1-_x&feature=share",
        ),
        ("mailto:a@example.fi", "mailto:a@example.fi"),
    ],
)
def test_addresses_of_one_page_have_one_form(expected: str, url: str) -> None:
    """What servers, mailings and telephones add to a page's address is taken off again."""
    assert expected == canonical_url(url)


@pytest.mark.parametrize(
    "url",
    [
        WATCH,
        f"http://youtube.com/watch?v={VIDEO}&list=PL1&index=3&t=42s",
        f"https://m.youtube.com/watch?app=desktop&v={VIDEO}",
        f"https://music.youtube.com/watch?v={VIDEO}&si=x",
        f"https://youtu.be/{VIDEO}?si=abc",
        f"https://www.youtube.com/embed/{VIDEO}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}",
        f"https://www.youtube.com/live/{VIDEO}?feature=share",
        f"https://www.youtube.com/v/{VIDEO}",
    ],
)
def test_a_video_is_one_item_however_it_is_shared(url: str) -> None:
    """Watch, short, embedded, live and shared forms are the same video."""
    assert WATCH == canonical_url(url)
    assert f"youtube:{VIDEO}" == key_of(url)
    assert VIDEO == video_id(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/playlist?list=PL1",
        "https://www.youtube.com/@suomidigi",
        "https://www.youtube.com/embed/videoseries?list=PL1",
        "https://www.youtube.com/embed/live_stream?channel=UC1",
        "https://www.youtube.com/watch?v=short",
        f"https://example.fi/watch?v={VIDEO}",
        f"https://youtube.com.evil.fi/watch?v={VIDEO}",
        "youtube",
    ],
)
def test_what_is_no_video_has_no_video_id(url: str) -> None:
    """Lists, channels, players of lists, and other sites' addresses are no videos."""
    assert video_id(url) is None


@MANY
@given(addresses)
@example("http://http://;;jsessionid=1")
@example("https://example.fi/a;;jsessionid=1;;")
def test_canonicalising_twice_changes_nothing(url: str) -> None:
    """The form of a form is itself, and names the same item."""
    once = canonical_url(url)
    assert once == canonical_url(once)
    assert key_of(url) == key_of(once)
    assert video_id(url) == video_id(once)


segments = st.text("abcåäöABC0129-_.~,:()'! ", min_size=1, max_size=8).filter(
    lambda text: text.strip() == text and set(text) != {"."}
)
names = st.sampled_from(["id", "p", "page", "part", "osa", "v", "q", "s", "list", "index", "t", "source"])
queries = st.dictionaries(names, st.text("abÄ019 &=+/#%?", max_size=6), max_size=3)
pages = st.tuples(st.lists(segments, max_size=4), queries)


def address_of(page: tuple[list[str], dict[str, str]]) -> str:
    path, query = page
    return "https://example.fi/" + "/".join(path) + ("?" + urlencode(query) if query else "")


@MANY
@given(pages, pages)
def test_two_pages_never_become_one(
    one: tuple[list[str], dict[str, str]], other: tuple[list[str], dict[str, str]]
) -> None:
    """Another path, letter case, part, page or any other meaningful parameter is another item."""
    assert (one == other) == (key_of(address_of(one)) == key_of(address_of(other)))


ids = st.text("abcXYZ019-_", min_size=11, max_size=11)


@MANY
@pytest.mark.parametrize("base", [None, "https://example.fi/syote", "http://example.fi/syote"])
@given(st.one_of(st.from_regex(_PLAIN, fullmatch=True), addresses, pages.map(address_of)))
def test_the_short_way_for_plain_addresses_leads_where_the_long_one_does(base: str | None, url: str) -> None:
    """Most addresses are recognised by their form alone, and every answer is the one that the full way gives."""
    _page.cache_clear()
    short = (safe_url(url, base), canonical_url(url), key_of(url), video_id(url))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_PLAIN", re.compile("(?!)"))
        _page.cache_clear()
        assert (safe_url(url, base), canonical_url(url), key_of(url), video_id(url)) == short
    _page.cache_clear()


@given(ids, ids)
def test_two_videos_never_become_one(one: str, other: str) -> None:
    """Video ids are told apart to the letter, upper and lower case."""
    assert (one == other) == (key_of(f"https://youtu.be/{one}") == key_of(f"https://www.youtube.com/watch?v={other}"))


def test_key_names_the_item_however_its_publisher_writes_the_address() -> None:
    """By http or https, with and without www., it is one item across sources."""
    assert "suomidigi.fi/artikkelit/some" == key_of("http://www.suomidigi.fi/artikkelit/some/")
    assert "suomidigi.fi/artikkelit/some" == key_of("https://suomidigi.fi/artikkelit/some?utm_campaign=kirje")
    assert "suomidigi.fi" == key_of("https://www.suomidigi.fi/")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.fi/" + "/amp" * 480,
        "https://x.fi/?" + "&" * 1900,
        "https://www.google.com/amp/" * 70 + "x.fi",
        "https://" + "m." * 900 + "x.fi",
        "https://x.fi/" + "../" * 600,
        "https://x.fi/" + ";jsessionid=" * 160,
        "https://x.fi/" + "%" * 1900,
        "https://x.fi/" + "a" * 10_000_000,
        " " * 10_000_000,
    ],
)
def test_a_hostile_address_costs_no_time(url: str) -> None:
    """No address, however long or folded, holds a reading up."""
    start = time.process_time()
    key_of(url)
    assert time.process_time() - start < 0.5


# --- Near-identical titles --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Tarinallistaminen on vain muotitermi", "Tarinallistaminen on vain muotitermi"),
        ("Seitsemän askelta sosiaaliseen mediaan", "SEITSEMÄN ASKELTA  SOSIAALISEEN MEDIAAN"),
        ("Digitaalinen viestintäosaaminen Kelassa", "Digitaalinen viestintäosaaminen Kelassa!"),
        ("Saavutettavuus 2026: mitä muuttuu?", "Saavutettavuus 2026, mitä muuttuu"),
        ("Osa 02: Johdanto", "Osa 2: Johdanto"),
        ("Viestintäsuositus uudistui keväällä", "Viestintäsuositus uusittiin keväällä"),
        ("Valtion viestintäsuositus uudistui keväällä", "Viestintäsuositus uudistui keväällä"),
        ("Tammikuun uutiskirje on ilmestynyt", "Tammikuun uutiskirje on nyt ilmestynyt"),
        ("Guidelines for plain language published", "Guidelines on plain language published"),
        ("Ny rekommendation om klarspråk", "En ny rekommendation om klarspråk"),
    ],
)
def test_titles_that_say_the_same(a: str, b: str) -> None:
    """Case, spacing and punctuation make no other title."""
    assert similar_titles(a, b)
    assert similar_titles(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Tarinallistaminen, osa 1", "Tarinallistaminen, osa 2"),
        ("Tarinallistaminen, osa I", "Tarinallistaminen, osa II"),
        ("Viestinnän vuosi 2025", "Viestinnän vuosi 2026"),
        ("Johdanto", "Yhteenveto"),
        ("Viestinnän aamukahvit tammikuussa", "Viestinnän aamukahvit helmikuussa"),
        ("Viestintäwebinaari järjestetään maanantaina", "Viestintäwebinaari järjestetään tiistaina"),
        ("Webbinarium på måndag om klarspråk", "Webbinarium på tisdag om klarspråk"),
        ("Breakfast on Thursday about accessibility", "Breakfast on Tuesday about accessibility"),
        (
            "Valtionhallinnon viestintäverkoston ensimmäinen tapaaminen",
            "Valtionhallinnon viestintäverkoston toinen tapaaminen",
        ),
        ("Podcast: Tekoäly viestinnässä, jakso yksi", "Podcast: Tekoäly viestinnässä, jakso kaksi"),
        ("Helsingin kaupungin viestintä uudistuu", "Espoon kaupungin viestintä uudistuu"),
        ("Saavutettavuus ei ole vaikeaa kenellekään", "Saavutettavuus on vaikeaa kenellekään"),
        ("Why plain language is not enough for all", "Why plain language is enough for all"),
        ("Kelan viestintä kertoo asiakkaille uudistuksesta", "Trafin viestintä kertoo asiakkaille uudistuksesta"),
        ("Julkishallinto ei voi tarinallistaa", "En osaa aloittaa tarinallistamista"),
        ("Some-opas uudistui: katso mitä muuttui", "Some-opas uudistui: näin se muuttui"),
        ("", ""),
        ("?!", "?!"),
        ("Johdanto", ""),
    ],
)
def test_titles_that_do_not(a: str, b: str) -> None:
    """Another number is another part, 96 of 100 alike as they are; nothing is like an empty title."""
    assert not similar_titles(a, b)
    assert not similar_titles(b, a)


# --- Which stored item an entry is ------------------------------------------------------------------


def entry(key: str, publisher_id: str | None = None) -> Item:
    return Item(url=f"https://{key}", key=key, publisher_id=publisher_id)


def sighted(item_id: int, key: str, publisher_id: str | None = None) -> Sighted:
    return Sighted(item_id=item_id, publisher_id=publisher_id, url_key=key)


def test_a_known_entry_is_its_stored_item_and_others_are_new() -> None:
    """Stored items answer with their number, newcomers with -1, -2 in the order of the reading."""
    reading = [entry("a.fi/3", "c"), entry("a.fi/1", "a"), entry("a.fi/2", "b")]
    assert (-1, 7, -2) == match(reading, [sighted(7, "a.fi/1", "a")], {})


def test_a_corrected_slug_is_the_same_item() -> None:
    """The publisher's id outlives its URL."""
    assert (7,) == match([entry("a.fi/right", "a")], [sighted(7, "a.fi/wrnog", "a")], {})


def test_a_corrected_id_is_the_same_item() -> None:
    """The URL outlives the publisher's id, also one that was not there before."""
    assert (7,) == match([entry("a.fi/1", "new")], [sighted(7, "a.fi/1", "old")], {})
    assert (7,) == match([entry("a.fi/1", "new")], [sighted(7, "a.fi/1")], {})
    assert (7,) == match([entry("a.fi/1")], [sighted(7, "a.fi/1", "old")], {})


def test_an_id_that_all_entries_share_is_no_identity() -> None:
    """A feed that repeats one id for every entry is told apart by URLs."""
    before = [sighted(1, "a.fi/1", "same"), sighted(2, "a.fi/2", "same")]
    reading = [entry("a.fi/3", "same"), entry("a.fi/2", "same"), entry("a.fi/1", "same")]
    assert (-1, 2, 1) == match(reading, before, {})
    assert (-1, -2) == match([entry("a.fi/3", "same"), entry("a.fi/4", "same")], before[:1], {})


def test_a_url_that_all_entries_share_is_no_identity() -> None:
    """A feed whose entries all lead to the front page is told apart by ids; nothing merges across sources."""
    before = [sighted(1, "a.fi", "1"), sighted(2, "a.fi", "2")]
    assert (-1, 2, 1) == match([entry("a.fi", "3"), entry("a.fi", "2"), entry("a.fi", "1")], before, {"a.fi": 1})
    assert (-1, 2) == match([entry("a.fi", "3"), entry("a.fi", "2")], before, {})
    assert (-1, -2) == match([entry("a.fi", "3"), entry("a.fi", "4")], (), {"a.fi": 1})


def test_a_url_handed_on_does_not_make_the_newcomer_old() -> None:
    """When an item moves away and another one takes its URL, the newcomer is new, also by its key."""
    before = [sighted(1, "a.fi/uusin", "1")]
    reading = [entry("a.fi/uusin", "2"), entry("a.fi/arkisto/1", "1")]
    assert (-1, 1) == match(reading, before, {"a.fi/uusin": 1})


def test_two_sources_hold_the_same_item_by_its_key() -> None:
    """Across sources the canonical URL or the video id decides."""
    assert (9, -1) == match([entry("youtube:dQw4w9WgXcQ"), entry("a.fi/2")], [], {"youtube:dQw4w9WgXcQ": 9})


def test_own_memory_outweighs_other_sources() -> None:
    """What the source itself gave before wins over another source's item with the same key."""
    assert (1,) == match([entry("a.fi/b", "1")], [sighted(1, "a.fi/a", "1")], {"a.fi/b": 9})


def test_the_same_entry_twice_is_one_item() -> None:
    """A video listed twice, or a teaser with two links, is one item, new or known."""
    assert (-1, -2, -1) == match([entry("a.fi/1", "1"), entry("a.fi/2", "2"), entry("a.fi/1", "1")], [], {})
    assert (-1, -1) == match([entry("a.fi/1"), entry("a.fi/1")], [], {})
    assert (-1, -1) == match([entry("a.fi/1"), entry("a.fi/1", "1")], [], {})
    assert (5, 5) == match([entry("a.fi/1"), entry("a.fi/1")], [sighted(5, "a.fi/1")], {})


def test_an_empty_reading_matches_nothing() -> None:
    """No entries, no answers."""
    assert () == match([], [sighted(1, "a.fi/1")], {"a.fi/1": 1})


readings = st.lists(st.builds(entry, st.sampled_from("uvwx"), st.none() | st.sampled_from("1234")), max_size=6)


def recorded(
    reading: Sequence[Item], answers: Sequence[int], before: Mapping[int, tuple[str, str | None]]
) -> dict[int, tuple[str, str | None]]:
    """Do as a store does: number the new ones, keep each item's latest URL and the latest id that it had."""
    store = dict(before)
    numbers: dict[int, int] = {}
    for item, answer in zip(reading, answers, strict=True):
        number = numbers.setdefault(answer, answer if answer > 0 else len(store) + 1)
        _, known = store.get(number, ("", None))
        store[number] = (item.key, item.publisher_id or known)
    return store


def memory(store: Mapping[int, tuple[str, str | None]]) -> list[Sighted]:
    return [sighted(number, key, publisher_id) for number, (key, publisher_id) in store.items()]


@MANY
@given(readings, readings)
def test_what_was_recorded_is_never_new_again(first: list[Item], second: list[Item]) -> None:
    """Read, record, read the same again: every entry is the item that it became, whatever came before."""
    store = recorded(first, match(first, [], {}), {})
    answers = match(second, memory(store), {})
    store = recorded(second, answers, store)
    again = match(second, memory(store), {})
    assert all(answer > 0 for answer in again)
    assert [answer for answer in answers if answer > 0] == [
        now for now, then in zip(again, answers, strict=True) if then > 0
    ]


@MANY
@given(readings, readings, st.dictionaries(st.sampled_from("uvwx"), st.integers(1, 9)))
def test_entries_that_differ_in_id_and_url_never_merge(
    first: list[Item], second: list[Item], across: dict[str, int]
) -> None:
    """Two entries of one reading get one answer only if their URL is the same and their ids are no two."""
    store = recorded(first, match(first, [], {}), {})
    answers = match(second, memory(store), across)
    for one, its in zip(second, answers, strict=True):
        for other, others in zip(second, answers, strict=True):
            if its == others:
                assert one.key == other.key
                assert None in {one.publisher_id, other.publisher_id} or one.publisher_id == other.publisher_id


@MANY
@given(st.permutations(range(5)))
def test_the_order_of_a_reading_does_not_matter(order: list[int]) -> None:
    """Stored items are found wherever they stand."""
    before = [sighted(1, "u", "1"), sighted(2, "v", "2"), sighted(3, "w"), sighted(4, "x", "4")]
    reading = [entry("v", "1"), entry("u", "9"), entry("w", "3"), entry("y", "4"), entry("z")]
    expected = [1, -1, 3, 4, -1]
    answers = match([reading[place] for place in order], before, {})
    assert [expected[place] > 0 and expected[place] for place in order] == [answer > 0 and answer for answer in answers]


def test_ten_thousand_entries_are_matched_at_once() -> None:
    """A playlist or an archive of 10,000 entries costs a fraction of a second."""
    reading = [entry(f"a.fi/{number}", str(number)) for number in range(10_000)]
    before = [sighted(number + 1, f"a.fi/{number}", str(number)) for number in range(10_000)]
    start = time.process_time()
    assert tuple(range(1, 10_001)) == match(reading, before, {})
    assert time.process_time() - start < 1
