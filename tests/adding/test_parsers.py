"""The parsers behind adding: any bytes end in a value or a ParseError, never in anything else."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli import adding, checking, keeping, lists
from pipeline.errors import ParseError
from pipeline.model import Selectors
from pipeline.sources import listing, opml, recognition, repeated, revision, wordpress
from pipeline.sources.document import Document, Terms
from pipeline.sources.page import open_page
from tests.counts import FULL

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TERMS = Terms(language=None, limit=100, now=NOW)
EXAMPLES = 300 if FULL else 60
DOCS = Path(__file__).parents[2] / "docs" / "sources.md"

_PIECES = st.sampled_from(
    [
        *(b"<html> <main> <article class=a> </article> <h2> <li> <time> ]]> <!-- <urlset> <opml> <rss>".split()),
        b"<a href='/x'>Otsikko on tarpeeksi pitk\xc3\xa4</a>",
        b"<p>1.2.2026</p>",
        b"<url><loc>https://a.fi/1</loc></url>",
        b"<item><title>x</title></item>",
        b"<outline xmlUrl='https://a.fi/f' text='&#x202e;x'/>",
        b"Sitemap: /x\nUser-agent: *\n",
        b'[{"id":1,"link":"https://a.fi/1","guid":{}}]',
        b'{"namespaces":["wp/v2"],"name":1}',
        b"\xff\xfe",
        b"\x00",
        b"\x1f\x8b\x08",
        b"<link rel='https://api.w.org/' href='//['>",
        b"<link rel=alternate type=application/rss+xml href='/f'>",
        b"<base href='x:'>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"<a class='next' href='#'>",
    ]
)
BODIES = st.one_of(st.binary(max_size=200), st.lists(_PIECES, max_size=25).map(b"".join))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    body=BODIES,
    kind=st.sampled_from(["", "text/html; charset=utf-8", "application/xml", "text/plain; charset=klingon"]),
)
def test_any_bytes_are_recognised_or_refused(body: bytes, kind: str) -> None:
    """Feed, sitemap, robots.txt, API, page or ParseError."""
    document = Document(body=body, url="https://a.fi/sivu", content_type=kind)
    for parse in (
        lambda: recognition.recognise(document, NOW),
        lambda: recognition.maps(document),
        lambda: revision.parse(document, NOW),
        lambda: wordpress.parse(document, TERMS),
        lambda: opml.parse(body, "the list"),
        lambda: opml.lines(body, "the list"),
    ):
        with suppress(ParseError):
            parse()


_KEYS = st.sampled_from(["id", "link", "title", "rendered", "excerpt", "date_gmt", "lang", "message"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(_KEYS, part, max_size=4),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(value=_JSON)
def test_any_json_is_posts_or_refused(value: object) -> None:
    """WordPress's members are taken only where they have their type."""
    body = json.dumps(value).encode()
    with suppress(ParseError):
        wordpress.parse(Document(body=body, url="https://a.fi/wp-json/wp/v2/posts"), TERMS)


@pytest.mark.parametrize(
    ("line", "is_date"),
    [
        ("Sivu on viimeksi päivitetty 3.11.2026 klo 12.30", True),
        ("Julkaistu 3. marraskuuta 2026 / Maija Meikäläinen", True),
        ("Uppdaterad den 3 november 2026", True),
        ("Last updated on 2026-11-03T10:00:00Z", True),
        ("© 2026 Virasto", True),
        ("Suositus on voimassa 31.12.2027 asti kaikissa virastoissa.", False),
        ("Kappale 2 käsittelee kieltä.", False),
    ],
)
def test_a_line_that_is_a_date_is_no_text(line: str, *, is_date: bool) -> None:
    """A date inside a sentence belongs to what the document says."""
    body = f"<main><p>Ensimmäinen lause.</p><p>{line}</p></main>".encode()
    text = revision.parse(Document(body=body, url="https://a.fi/", content_type="text/html; charset=utf-8"), NOW)
    assert is_date == (len(text.sentences) == 1)


def test_menus_and_headers_are_no_list_of_articles() -> None:
    """Short links, and the frame of the page, are never proposed."""
    menu = "".join(f"<li class='kohta'><a href='/{n}'>Kohta {n}</a></li>" for n in range(30))
    frame = "".join(f"<li class='uutinen'><a href='/u{n}'>Pitkä otsikko alatunnisteessa</a></li>" for n in range(30))
    body = f"<div><ul>{menu}</ul></div><footer><ul>{frame}</ul></footer>".encode()
    page = open_page(Document(body=body, url="https://a.fi/"))
    assert repeated.propose(page, NOW) is None


TITLES = [
    "Tekoälyn käyttö viestinnässä lisääntyy",
    "Uusi ohje some-viestintään julkaistu",
    "Saavutettavuusvaatimukset muuttuvat kesällä",
    "Selkeä kieli kuuluu kaikille virastoille",
]
LEAD = "Tiivistelmä kertoo uutisesta muutaman sanan enemmän."


@pytest.mark.parametrize(
    ("teaser", "proposed"),
    [
        (
            (
                "<div class='asset'><h3 class='name'><a href='{u}'>{t}</a></h3><span class='metadata-entry "
                "metadata-publish-date'>{d}</span><div class='summary'>{l} <a href='{u}'>Lue lisää</a></div></div>"
            ),
            Selectors(item=".asset", lead=".summary", date=".metadata-publish-date"),
        ),
        (
            (
                "<div class='row-of'><article class='node'><a href='{u}'><h3>{t}</h3></a><time datetime='2026-10-01'>"
                "{d}</time><div class='field field--name-field-ingress'>{l}</div></article></div>"
            ),
            Selectors(item=".row-of", lead=".field--name-field-ingress"),
        ),
        (
            (
                "<div class='rounded p-4 shadow'><a class='text-blue-500 font-bold' href='{u}'>{t}</a>"
                "<p class='mt-2 text-sm'>{l}</p></div>"
            ),
            Selectors(item="main > div > div", lead="p"),
        ),
        (
            "<article class='C__Xy12Z'><header><h2><a href='{u}'>{t}</a></h2></header><footer>{d}</footer></article>",
            Selectors(item="article", date="footer"),
        ),
        ("<p><strong>{d}</strong> <a href='{u}'>{t}</a></p>", Selectors(item="main > div > p", date="strong")),
    ],
    ids=["liferay", "drupal", "utility classes", "headers of articles", "plain"],
)
def test_the_makes_of_public_sites_are_understood(teaser: str, proposed: Selectors) -> None:
    """A class that says what it is comes before one that says how it looks; an article's header is its own."""
    menu = "".join(f"<li><a href='/m{n}'>Navigaation pitkähkö kohta {n}</a></li>" for n in range(12))
    teasers = "".join(
        teaser.format(u=f"/uutiset/{n}", t=title, d=f"{n + 1}.10.2026", l=LEAD) for n, title in enumerate(TITLES)
    )
    body = f"<html lang='fi'><header><nav><ul>{menu}</ul></nav></header><main><div>{teasers}</div></main><footer>{menu}"
    document = Document(body=body.encode(), url="https://a.fi/uutiset", content_type="text/html; charset=utf-8")
    assert repeated.propose(open_page(document), NOW) == proposed
    found = listing.parse(document, TERMS, proposed).items
    assert [item.title for item in found] == TITLES
    assert all(item.published for item in found) == ("{d}" in teaser)
    assert all(item.summary == LEAD for item in found) == ("{l}" in teaser)


def test_every_option_that_the_page_names_exists() -> None:
    """docs/sources.md speaks of real commands and options."""
    text = DOCS.read_text(encoding="utf-8")
    commands = (adding.add, checking.check, lists.import_list, lists.export, keeping.list_sources, keeping.show)
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert named
    assert named <= known
    names = {command.name for command in (*commands, keeping.enable, keeping.disable, keeping.remove)}
    assert set(re.findall(r"digikooste sources ([a-z]+)", text)) <= names
