"""HTML in, safe plain text out."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import prose
from pipeline.prose import LONGEST_INPUT, clean, has_markup, is_visible, plain, summary, title
from tests.counts import FULL

MANY = settings(max_examples=1000 if FULL else 200, deadline=None)

PIECES = [
    "<b>", "</b>", "<p>", "</p>", "<br>", "<a href='x'>", "</a>", "<script>", "</script>", "<style>", "<!--",
    "-->", "<![CDATA[", "]]>", "&lt;![CDATA[", "&lt;", "&amp;", "&#0;", "&#x202e;", "&nbsp;", "&", "<", ">",
    '"', "<svg/onload>", "<?xml ?>", "<!doctype html>", "<table>", "<td>", "<title>", "x", "Ä", "e\u0301",
    "\u0323", "\u202e", "\u200d", "😀", "\ud800", "\x00", "\x1b[31m", "\x85", "\u2028", "\xa0", "\n", "\r",
    " ", "=?utf-8?q?a?=", "Lue lisää", ". ", "\U000e0041", "\ufeff",
]  # fmt: skip
soup = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


def is_safe(text: str) -> bool:
    """Judge by Unicode's own categories, not by the room's list: only a joiner of pictographs may be unseen."""
    unseen = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return all(unicodedata.category(character) not in unseen for character in text if character not in "\n\u200d")


# --- Characters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Hyvää huomenta", "Hyvää huomenta"),
        ("yksi kaksi", "  yksi \t\xa0 kaksi  "),
        ("yksi\nkaksi", "yksi\r\n\r\n \u2028kaksi\x85"),
        ("evil", "\u202eevil\u202c\u2066\u2069\u200e\u200f\u061c"),
        ("sanaluettelo", "sana\xadluet\u200btelo\ufeff"),
        ("punainen[31m", "punainen\x1b[31m"),
        ("ab", "a\ud800\udfffb"),
        ("é", "e\u0301"),
        ("ä\u0301\u0302", "a\u0308" + "\u0301\u0302\u0303" + "\u0304" * 1000),
        ("👩🏽\u200d💻 ja 🏳️\u200d🌈", "👩🏽\u200d💻 ja 🏳️\u200d🌈"),
        ("salasana", "sala\u200dsana"),
        ("", "\u200b\u2060\U000e0041\ue000"),
        ("", ""),
    ],
)
def test_text_keeps_what_is_seen_and_nothing_else(expected: str, text: str) -> None:
    """Controls, bidi controls, zero widths, surrogates and piled-up accents go; families of emoji stay."""
    assert expected == clean(text)


@MANY
@given(soup)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Clean text is safe by Unicode's own tables, has no empty or ragged line, and stays as it is."""
    once = clean(text)
    assert once == clean(once)
    assert is_safe(once)
    assert "  " not in once
    assert all(line == line.strip() != "" for line in once.split("\n")) or once == ""
    assert unicodedata.is_normalized("NFC", once)


lines = st.lists(
    st.one_of(
        st.sampled_from(["The post ", "appeared first on ", "Lue lisää", "Läs mer ", "Read more", "om ", "[…]"]),
        st.sampled_from(["Artikkeli ", "julkaistiin ensin ", "Continue reading ", "submitted by /u/", "Loppu. "]),
        st.text("aäé. \u2013”\u02ff\u0300\u200d", max_size=5),
    ),
    max_size=8,
).map("".join)


@MANY
@given(st.one_of(soup, lines))
def test_nothing_is_missed_by_looking_first_whether_it_can_be_there(text: str) -> None:
    """Texts of Latin letters skip the search for marks, and lines without its words that for boilerplate."""
    quick = (clean(text), summary(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "_BEYOND_LATIN", re.compile(""))
        patch.setattr(prose, "_BOILERPLATE_SIGNS", ("",))
        assert (clean(text), summary(text)) == quick


def test_what_is_not_looked_at_is_composed_already() -> None:
    """Latin letters and punctuation are their own form C, alone and after every other, and join nothing."""
    letters = [sign for sign in map(chr, range(0x10000)) if not prose._BEYOND_LATIN.match(sign)]
    assert 850 < len(letters) < 950
    assert "\u200d" not in letters
    assert not any(map(unicodedata.combining, letters))
    for first in letters:
        joined = first.join(letters)
        assert joined == unicodedata.normalize("NFC", joined)


@pytest.mark.parametrize(
    ("expected", "text"), [(True, "a"), (True, "?"), (True, "😀"), (False, ""), (False, " \u0301\n")]
)
def test_visible_is_what_leaves_ink(expected: bool, text: str) -> None:  # noqa: FBT001 - a table's column
    """A letter, digit, sign or pictograph; not marks and spaces alone."""
    assert expected is is_visible(text)


# --- Markup -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ("Digitaidot", "Digi<b>taidot</b>"),
        ("H2O ja CO2", "H<sub>2</sub>O ja <span>CO<sub>2</sub></span>"),
        ("yksi\nkaksi\nkolme", "<p>yksi</p><p>kaksi<br/>kolme</p>"),
        ("yksi kaksi", "<a href=x>yksi</a><a href=y>kaksi</a>"),
        ("Lue Suomidigin ja Kelan ohje.", "Lue <a href=x>Suomidigi</a>n ja <span><a href=x>Kela</a></span>n ohje."),
        ("Viestintäsuositus on uusi", "Viestintä<a href=x>suositus</a> on <span>uusi</span>"),
        ("Tekoäly Somepreesensissä", "<span class=anfangi>T</span>ekoäly <a href=x><i>Somepreesens</i></a>issä"),
        ("Julkaistu 3.11.2026 klo 9", "<span>Julkaistu</span><span>3.11.2026</span><span>klo 9</span>"),
        ("Uutinen Avaa", "<span>Uutinen</span>Avaa"),
        (
            "Katso https://suomidigi.fi/artikkelit/somessa",
            (
                "Katso <a href=x><span class='invisible'>https://</span>"
                "<span class='ellipsis'>suomidigi.fi/artik</span>"
                "<span class='invisible'>kelit/somessa</span></a>"
            ),
        ),
        ("näkyy", "<style>p{}</style><script>alert(1)</script><!-- ei --><p>näkyy</p>"),
        ("A & B < C", "A &amp; B &lt; C"),
        ("&lt;", "&amp;lt;"),
        ("a < b ja c > d", "a < b ja c > d"),
        ("List<String> ja #include <iostream>", "List<String> ja #include <iostream>"),
        ("x?a=1&copy=2", "x?a=1&copy=2"),
        ("Kela \u2013 some", "Kela &#150; some"),
        ("evil", "&#x202e;evil"),
        ("Hei\nmaailma", "&lt;![CDATA[<p>Hei</p><p>maailma</p>]]&gt;"),
        ("Hei", "<![CDATA[<p>Hei</p>]]>"),
        ("mäki", "&lt;![CDATA[<p>m&amp;auml;ki</p>]]&gt;"),
        ("{{7*7}} ${x}", "{{7*7}} ${x}"),
        ("", "<img src=x onerror=alert(1)>"),
        ("", ""),
    ],
)
def test_html_becomes_text_once(expected: str, html: str) -> None:
    """Tags go, paragraphs stay, entities are decoded once, and text that is no HTML stays text."""
    assert expected == plain(html)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (True, "<p>x"),
        (True, "a<br/>b"),
        (True, "A &amp; B"),
        (True, "<!-- x"),
        (False, "a < b"),
        (False, "R&D; x"),
        (False, "<3"),
    ],
)
def test_markup_is_told_from_text(expected: bool, text: str) -> None:  # noqa: FBT001 - a table's column
    """HTML's own tags, comments and entities are markup; a heart and a comparison are not."""
    assert expected is has_markup(text)


@MANY
@given(soup)
def test_whatever_comes_in_safe_text_comes_out(html: str) -> None:
    """No input, however broken, raises, or leaves a control, a line break in a title, or an encoded word."""
    assert is_safe(plain(html))
    for text, limit in ((title(html), 300), (summary(html), 280), (summary(html, 40), 40)):
        assert is_safe(text)
        assert "\n" not in text
        assert text == text.strip()
        assert text == "" or is_visible(text)
        assert len(text) <= limit
    assert "=?" not in title(html)
    assert title(html) == title(title(html)) or has_markup(title(html))


# --- Titles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ("Seitsemän askelta sosiaaliseen mediaan", " Seitsemän askelta\n sosiaaliseen mediaan "),
        ("Miksi Kela on somessa?", "<h2>Miksi <em>Kela</em> on somessa?</h2>"),
        ("= ?utf-8?q?a=0ABcc=3Av=40e.fi?=", "=?utf-8?q?a=0ABcc=3Av=40e.fi?="),
        ("Otsikko Bcc: v@e.fi", "Otsikko\r\nBcc: v@e.fi"),
        ("", "\u202e\u200b&#8203;"),
        ("", "<b></b>"),
    ],
)
def test_a_title_is_one_line_of_text(expected: str, html: str) -> None:
    """A title is never HTML and never writes a header; an invisible one is ''."""
    assert expected == title(html)


def test_a_long_title_ends_at_a_word() -> None:
    """300 characters, cut between words, with an ellipsis."""
    cut = title("viestintä " * 100)
    assert cut.endswith("viestintä…")
    assert 280 < len(cut) <= 300
    assert 300 == len(title("x" * 1000))


# --- Summaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "html"),
    [
        ("Yksi lause.", "Yksi lause."),
        ("Yksi lause. Kaksi lausetta!", "<p>Yksi lause. Kaksi lausetta! Kolme lausetta.</p>"),
        (
            "Yksi\nkappale. Toinen kappale.".replace("\n", " "),
            "<p>Yksi kappale.</p><p>Toinen kappale.</p><p>Kolmas.</p>",
        ),
        (
            "Tapahtuma on ma 3. marraskuuta klo 9. Tervetuloa!",
            "Tapahtuma on ma 3. marraskuuta klo 9. Tervetuloa! Ota kaverikin.",
        ),
        ("Katso esim. Kelan ohje. Se on hyvä.", "Katso esim. Kelan ohje. Se on hyvä. Lue se."),
        ("Det gäller t.ex. Finland. Bra.", "Det gäller t.ex. Finland. Bra. Läs den."),
        ("Tukea 2,5 milj. Euroopasta. Se loppui.", "Tukea 2,5 milj. Euroopasta. Se loppui. Kolmas."),
        ("Kuvia, tekstejä tms. Suomesta. Hyvä.", "Kuvia, tekstejä tms. Suomesta. Hyvä. Kolmas."),
        ("Se kostar 3 mn. Euro resp. Dollar. Bra.", "Se kostar 3 mn. Euro resp. Dollar. Bra. Tre."),
        ("Lause on tässä.", "<p>Lause on tässä.</p><p><a href=x>Lue lisää</a></p>"),
        ("Lause on tässä.", "Lause on tässä. Lue lisää »"),
        ("Lause on tässä.", "Lause on tässä. Lue lisää aiheesta verkkosivuiltamme."),
        ("Texten är här.", "<p>Texten är här.</p> Läs mer →"),
        ("It is here.", "It is here. Continue reading “It is here”"),
        ("It is here.", "<p>It is here.</p><p>The post <a href=x>Title</a> appeared first on <a href=y>Blog</a>.</p>"),
        ("Se on täällä.", "<p>Se on täällä.</p><p>Artikkeli Otsikko julkaistiin ensimmäisen kerran Blogi.</p>"),
        ("Den är här.", "<p>Den är här.</p><p>Inlägget Titel dök först upp på Blogg.</p>"),
        ("Lause jatkuu…", "Lause jatkuu [&#8230;]"),
        ("Lause jatkuu…", "Lause jatkuu [...] Lue lisää"),
        ("Read more books and write better.", "Read more books and write better."),
        ("Lue lisää kirjoja joka viikko.", "Lue lisää kirjoja joka viikko."),
        ("Many read on their phones.", "Many read on their phones."),
        ("", "<p>Lue lisää</p>"),
        ("", "<img src=x>"),
        ("", ""),
    ],
)
def test_a_summary_is_one_or_two_sentences(expected: str, html: str) -> None:
    """The first two sentences, without what a publishing system adds, and whole where they fit."""
    assert expected == summary(html)


def test_a_summary_ends_at_a_sentence_where_one_fits() -> None:
    """Only sentences that fit are taken; one that does not ends at a word."""
    first = "Ensimmäinen lause kertoo, mistä on kyse, ja on jo itsessään melko pitkä ja kattava."
    assert first == summary(f"{first} {'Toinen lause on liian pitkä ' * 20}.")
    assert "sana sana…" == summary("sana " * 100, 11)
    assert summary("Hei! " + "Tämä lause on pitkä " * 20).startswith("Hei! Tämä lause on pitkä")
    assert summary("Hei! " + "Tämä lause on pitkä " * 20).endswith("…")


# --- Hostile input ----------------------------------------------------------------------------------

HOSTILE = [
    "<b>", "<div>", "<p>", "<br>", "<table>", "<a href=x>", "<select><option>", "<svg><style>", "<script>", "<!--", "<",
    "<a", "<a ", "</", "&", "&lt;", "&lt;![CDATA[", "<![CDATA[", " ", "\n", "\r", "\u0301\u0323", "\u200b", "\u200d",
    "😀\u200d", "\ud800", "<b>\x00", "A. ", ".!?", "a.b.", "[", "The post ", "Lue lisää ", "Artikkeli a julkaistiin ",
    "<p>Lue lisää ", "=?",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_input_costs_no_time(piece: str) -> None:
    """A megabyte of whatever is worst for a parser costs little CPU (a reading has ten seconds for all its entries)."""
    html = "<i>a</i>" + piece * (1_000_000 // len(piece))
    title("<b>warm</b>")
    start = time.process_time()
    title(html)
    summary(html)
    assert time.process_time() - start < 1.5


def test_only_the_beginning_is_looked_at() -> None:
    """What stands after 200,000 characters is not read."""
    assert "a" == plain("a" + " " * LONGEST_INPUT + "b")
