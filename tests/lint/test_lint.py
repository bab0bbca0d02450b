"""Each check finds its own mistake and names it; the letters that we send have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import lint, mail
from pipeline.identity import safe_url
from pipeline.lint import Finding, Quoted
from pipeline.model import LANGUAGES, Digest, Edition, SectionKind
from pipeline.render import Renderer, default_templates
from tests.counts import FULL
from tests.render.samples import SAMPLES, SENT, SITE, digest, full, many, pick, topic

if TYPE_CHECKING:
    from collections.abc import Callable

SENDER = mail.Mailbox("Kooste", "kooste@example.fi")
DATE = datetime(2026, 11, 16, 6, tzinfo=UTC)
RENDERER = Renderer([default_templates()], SITE)
NAMED = {"fi": "Aihe", "sv": "Ämne", "en": "Topic"}
DARK = "@media (prefers-color-scheme: dark) { %s }"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return RENDERER.edition(full(), "fi", SENT)


def judged(edition: Edition, sample: Digest | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with an edition, as before it is frozen."""
    return lint.edition(
        html=edition.html,
        text=edition.text,
        page=edition.page,
        page_text=edition.page_text,
        language=edition.language,
        quoted=Quoted.of(sample or full()),
    )


def sent(edition: Edition, **changes: str) -> bytes:
    """Return the edition's message to a sample recipient."""
    edition = replace(edition, **changes)
    letter = mail.compose(
        subject=edition.subject, html=edition.html, text=edition.text, language=edition.language, sender=SENDER
    )
    return mail.eml(letter, date=DATE)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_letters_are_whole(sample: Callable[[], Digest], language: str) -> None:
    """Nothing at all is found in any sample, hostile and right-to-left ones too, as edition and as message."""
    made = RENDERER.edition(sample(), language, SENT)
    assert judged(made, sample()) == ()
    assert lint.message(sent(made), quoted=Quoted.of(sample())) == ()


BROKEN = [
    # what a template by hand might do: replace the first by the second; the check; words of the reason
    ("<h1", "<h2", "headings", "there is none"),
    ("</h1>", "</h1><h1>Toinen</h1>", "headings", '"Toinen"'),
    ("<h3", "<h4", "headings", "is an h4 after an h2; write h3"),
    ("</h1>", "</h1><h2> </h2>", "headings", "a heading h2 is empty"),
    ("</h1>", '</h1><img src="cid:logo">', "alt", "the picture cid:logo has no alt"),
    ('<html lang="fi"', "<html", "lang", 'lang=""'),
    ('<html lang="fi"', '<html lang="sv"', "lang", 'lang="sv", and this edition is in "fi"'),
    ("</h1>", '</h1><p lang="ruotsi!">Hej</p>', "lang", '"Hej" has lang="ruotsi!", which is no language code'),
    ("<title>", "<title></title><noscript>", "lang", "<title> is missing or empty"),
    ("</h1>", '</h1><a href="https://a.fi">Lue lisää</a>', "links", '"Lue lisää" says nothing'),
    ("</h1>", '</h1><a href="https://a.fi">Läs mer »</a>', "links", "says nothing"),
    ("</h1>", '</h1><a href="https://a.fi">https://a.fi</a>', "links", "says nothing"),
    ("</h1>", '</h1><a href="https://a.fi"><img alt="" src="cid:x"></a>', "links", "link to https://a.fi has no text"),
    ("</h1>", '</h1><a href="https://a.fi">Sama</a> <a href="https://b.fi">Sama</a>', "links", "leads to 2 addresses"),
    ("</h1>", '</h1><a href="#muualla">Muualle</a>', "anchors", "#muualla, which is not there"),
    ("</h1>", '</h1><p id="a">a</p><p id="a">b</p>', "anchors", 'id="a" is there 2 times'),
    ("</h1>", '</h1><a href="javascript:alert(1)">Paina nappia</a>', "urls", "javascript: is not safe"),
    ("</h1>", '</h1><a href="JaVaScRiPt:alert(1)">Paina nappia</a>', "urls", "javascript: is not safe"),
    ("</h1>", '</h1><a href="java\tscript:alert(1)">Paina nappia</a>', "urls", "control characters"),
    ("</h1>", '</h1><a href="data:text/html,x">Paina nappia</a>', "urls", "data: is not safe"),
    ("</h1>", '</h1><a href="https://a@b.fi/">Paina nappia</a>', "urls", "user name or password"),
    ("</h1>", '</h1><a href="https:///polku">Paina nappia</a>', "urls", "names no server"),
    ("</h1>", '</h1><a href="sv.html">På svenska</a>', "urls", "mail needs whole addresses"),
    ("</h1>", '</h1><p onclick="x()">a</p>', "urls", "onclick"),
    ("</h1>", "</h1><script>x()</script>", "urls", "<script> has no place"),
    ("</head>", '<link rel="stylesheet" href="https://a.fi/a.css"></head>', "urls", "loaded from elsewhere"),
    ("</h1>", '</h1><img alt="Logo" src="logo.png">', "urls", "cannot be found from inside a letter"),
    ("</h1>", "</h1><p>{{ letter.day }}</p>", "marks", "{{ letter.day }}"),
    ("</h1>", "</h1><p>{% if x %}</p>", "marks", "left over from a template"),
    ("</h1>", '</h1><p title="%(count)s uutta">a</p>', "marks", "%(count)s uutta"),
    ("</h1>", "</h1><p>&lt;bound method Letter.x&gt;</p>", "marks", "bound method"),
    ("</h1>", '</h1><p style="color:#777">haaleaa</p>', "contrast", "4.47 : 1 in the light colours, and needs 4.5"),
    (
        "</h1>",
        '</h1><p style="color:#959595;font-size:24px">haaleaa</p>',
        "contrast",
        "has 2.99 : 1 in the light colours, and needs 3",
    ),
    ("</h1>", '</h1><table bgcolor="#ccc"><tr><td style="color:#707070">a</td></tr></table>', "contrast", "#cccccc"),
    ("</h1>", '</h1><p style="background:#000">mustaa</p>', "contrast", "in #1c2328 on #000000"),
    ("</h1>", '</h1><p style="color:#1c2328 !important">tummaa</p>', "contrast", "in the dark colours"),
    ("</head>", f"<style>{DARK % 'a { color: #444 !important }'}</style></head>", "contrast", "in the dark colours"),
    ("</head>", "<style>a:visited { color: #ddd !important }</style></head>", "contrast", "light and visited colours"),
]


@pytest.mark.parametrize(("there", "instead", "check", "reason"), BROKEN)
def test_a_broken_letter_is_named(edition: Edition, there: str, instead: str, check: str, reason: str) -> None:
    """One mistake in the letter's HTML is found by its own check, in that file, with what is wrong with it."""
    assert there in edition.html
    html = edition.html.replace(there, instead, 1)
    if there == "<h1":
        html = html.replace("</h1>", "</h2>")

    found = lint.message(sent(edition, html=html), quoted=Quoted.of(full()))

    ours = [one for one in found if one.check == check]
    assert ours, found
    assert {one.part for one in found} == {"letter.html"}
    assert any(reason in one.reason for one in ours), ours
    assert any(one.is_broken for one in ours)
    assert str(ours[0]).startswith(f"letter.html: {check}: ")


@pytest.mark.parametrize(
    ("field", "text", "finding"),
    [
        ("text", "", "letter.txt: parts: the plain text is missing"),
        ("text", " \n", "letter.txt: parts: the plain text is missing"),
        ("text", "Hei {{ letter.title }}", "letter.txt: marks:"),
        ("text", f"{mail.mark('x', 'leave')}\n", "letter.txt: marks: https://"),
        ("html", "", "letter.html: parts: it is empty"),
        ("subject", " ", "headers: headers: Subject missing or empty"),
    ],
)
def test_a_part_that_is_missing_or_unfinished_is_named(edition: Edition, field: str, text: str, finding: str) -> None:
    """Both parts are there with something in them, every place is filled, and the headers are whole."""
    found = list(map(str, lint.message(sent(edition, **{field: text}))))
    assert any(one.startswith(finding) for one in found), found


def test_a_picture_travels_with_the_letter(edition: Edition) -> None:
    """A cid: address that no part of the message has is a hole in the letter."""
    html = edition.html.replace("</h1>", '</h1><img alt="Kooste" src="cid:nowhere">')
    (found,) = lint.message(sent(edition, html=html))
    assert str(found) == "letter.html: urls: the picture cid:nowhere does not travel with the letter"


def test_the_text_comes_first(edition: Edition) -> None:
    """RFC 2046, 5.1.4: the last part is the one that is shown."""
    message = sent(edition).replace(b"text/plain", b"text/swap").replace(b"text/html", b"text/plain", 1)
    (found,) = [one for one in lint.message(message.replace(b"text/swap", b"text/html")) if one.check == "parts"]
    assert "before the HTML" in found.reason


def test_a_message_without_html_is_named() -> None:
    """A message that is text alone has lost its letter."""
    found = list(map(str, lint.message(b"Subject: a\r\nContent-Language: fi\r\n\r\nHei\r\n")))
    assert "letter.html: parts: the message has no HTML part" in found


def test_a_letter_that_gmail_would_cut_is_broken_and_a_long_one_is_told() -> None:
    """Over 102,400 bytes Gmail hides the footer with the way out; over 90,000 is worth knowing; a logo is apart."""
    made = RENDERER.edition(many(1), "fi", SENT)
    for padding, expected in ((60_000, []), (87_000, [False]), (110_000, [True])):
        html = made.html.replace("</body>", f"<p>{'x' * padding}</p></body>")
        found = judged(replace(made, html=html), many(1))
        assert [one.is_broken for one in found if one.check == "size"] == expected
    internal = digest(topic("aihe", NAMED, *(pick(f"Ohje {n}", internal=True, summary="x" * 900) for n in range(90))))
    (flood,) = judged(RENDERER.edition(internal, "fi", SENT), internal)
    assert (flood.check, flood.is_broken) == ("size", False), "nobody could read its items elsewhere"
    logo = f'<img alt="Kooste" src="data:image/png;base64,{"A" * 120_000}"></body>'
    assert judged(replace(made, html=made.html.replace("</body>", logo)), many(1)) == ()


def test_what_is_loaded_from_elsewhere_is_told_but_sent(edition: Edition) -> None:
    """A remote picture tells its owner who reads: the operator may know better, so the letter goes out."""
    pictures = ('<img alt="Logo" src="https://a.fi/logo.png">', '<p style="background:url(https://a.fi/x.png)">a</p>')
    for picture in pictures:
        found = judged(replace(edition, html=edition.html.replace("</h1>", f"</h1>{picture}")))
        assert [(one.check, one.is_broken) for one in found] == [("urls", False)]


def test_the_page_is_judged_too(edition: Edition) -> None:
    """Its colours are variables, its addresses may be relative, and its anchors have to be there."""
    page = edition.page.replace("</head>", "<style>:root { --quiet: #999999 }</style></head>").replace(
        'id="content"', 'id="sisalto"'
    )
    found = judged(replace(edition, page=page))
    assert {one.part for one in found} == {"page.html"}
    assert {one.check for one in found} == {"contrast", "anchors"}
    assert any("in #999999 on #ffffff" in one.reason for one in found)


def test_publishers_titles_never_keep_a_letter_back() -> None:
    """Twins, "Lue lisää", braces and the name of our own link: told where it matters to readers, never broken."""
    sample = digest(
        topic(
            "aihe",
            NAMED,
            pick("Johdanto", url="https://a.fi/1", summary="{{ 7 * 7 }} {% raw %} %(num)s"),
            pick("Johdanto", url="https://b.fi/1"),
            pick("Lue lisää", url="https://c.fi/1", source="{# lähde #}"),
            pick("Lopeta tilaus", url="https://d.fi/1"),
            pick("", url="https://e.fi/1"),
            pick("", url="https://e.fi/2"),
            pick("https://f.fi/otsikko", url="https://f.fi/otsikko"),
            pick("%(title)s {{ otsikko }} ja muuta", url="https://g.fi/1"),
        )
    )
    found = judged(RENDERER.edition(sample, "fi", SENT), sample)
    assert [one for one in found if one.is_broken] == []
    assert {one.check for one in found} == {"links"}
    assert lint.message(sent(RENDERER.edition(sample, "fi", SENT)), quoted=Quoted()) != ()


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120) | st.text(
    "{}%#()<>&\"'= =;:/s", max_size=60
)
addresses = st.from_regex(r"https?://[a-z]{1,9}\.fi/[!-~äö]{0,40}", fullmatch=True).map(safe_url).filter(bool)
items = st.lists(st.tuples(words, words, words, addresses), min_size=1, max_size=6, unique_by=lambda one: one[3])


@given(items, st.sampled_from(LANGUAGES))
@settings(deadline=None, max_examples=120 if FULL else 40)
def test_nothing_that_a_publisher_writes_breaks_a_letter(written: list[tuple[str, str, str, str]], code: str) -> None:
    """Whatever titles, summaries, names and addresses say, the letter goes out."""
    picks = [pick(title, summary=lead, source=name, url=url) for title, lead, name, url in written]
    sample = digest(topic("aihe", NAMED, *picks[1:]), replace(topic("", {}, picks[0]), kind=SectionKind.OTHER))
    made = RENDERER.edition(sample, code, SENT)
    assert [str(one) for one in judged(made, sample) if one.is_broken] == []
    assert [str(one) for one in lint.message(sent(made), quoted=Quoted.of(sample)) if one.is_broken] == []
