"""A page's card is what the page declares of itself, best source first; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ParseError
from pipeline.model import Item, ItemKind, Kind, Source, Text
from pipeline.sources.card import Card, parse
from pipeline.sources.cards import merged
from pipeline.sources.document import Document
from tests.counts import FULL

SOURCE = Source(id="e", url="https://e.fi/", kind=Kind.LISTING)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EXAMPLES = 300 if FULL else 60
NOVEMBER = datetime(2017, 11, 2, 22, tzinfo=UTC)


def card(page: str, content_type: str = "text/html; charset=utf-8") -> Card:
    return parse(Document(body=page.encode(), url="https://e.fi/a", content_type=content_type), NOW)


def linked(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


def test_json_ld_comes_first() -> None:
    """JSON-LD's headline, description, date and language go before everything else on the page."""
    page = (
        '<html lang="en"><title>T</title><meta property="og:title" content="Avoin">'
        '<meta property="og:description" content="K"><meta property="article:published_time" content="2020-01-01">'
        + linked(
            '{"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "datePublished": "2019-01-01"}, '
            '{"@type": ["NewsArticle"], "headline": "Otsikko & muuta", "description": "Kuvaus.", '
            '"datePublished": "2023-08-15T16:27:23+0300", "inLanguage": "fi-FI"}]}'
        )
    )
    moment = datetime(2023, 8, 15, 13, 27, 23, tzinfo=UTC)
    assert Card(title="Otsikko & muuta", summary="Kuvaus.", published=moment, language="fi") == card(page)


def test_open_graph_is_next() -> None:
    """og: and article: serve where there is no JSON-LD; the site's name is taken off the title."""
    page = (
        '<html lang="sv-FI"><meta property="og:title" content="Rubrik | Suomidigi">'
        '<meta property="og:site_name" content="Suomidigi"><meta name="description" content="Kort.">'
        '<meta property="article:published_time" content="2023-08-15T16:27:23+0300">'
        '<meta property="article:modified_time" content="2024-08-15T16:27:23+0300">'
    )
    expected = Card(
        title="Rubrik", summary="Kort.", published=datetime(2023, 8, 15, 13, 27, 23, tzinfo=UTC), language="sv"
    )
    assert expected == card(page)


@pytest.mark.parametrize(
    ("body", "published"),
    [
        ('<main><h1>O</h1><time datetime="2017-11-03">3.11.</time></main>', NOVEMBER),
        ('<main><p>Päivitetty <time datetime="2018-01-01">x</time></p><time datetime="2017-11-03">x</time>', NOVEMBER),
        ('<main><dl><dt>Muokattu</dt> <dd><time datetime="2018-01-01">x</time></dd></dl></main>', None),
        ("<main><h1>O</h1><div><span>Julkaistu 3.11.2017</span></div></main>", NOVEMBER),
        ("<main><header><h1>O</h1></header><p>3. marraskuuta 2017</p></main>", NOVEMBER),
        ("<main><h1>O</h1><p>Muokattu 3.11.2017</p></main>", None),
        ("<main><h1>O</h1><p>Laki tuli voimaan 3.11.2017, ja sen jälkeen on tapahtunut paljon.</p></main>", None),
        ("<main><h1>O</h1><p>Hei</p></main><aside>3.11.2017</aside>", None),
        ('<h1>O</h1><nav><time datetime="2017-11-03">x</time></nav>', None),
        ("<p>3.11.2017</p>", None),
        ('<main><h1>O</h1><time datetime="2 vuotta sitten">x</time></main>', None),
    ],
)  # fmt: skip
def test_date_on_the_page(body: str, published: datetime | None) -> None:
    """``<time>`` of the page's own text, then a line by the heading that is a date; never a revision, never prose."""
    assert published == card(f"<html><body>{body}</body></html>").published


def test_undeclared_language_is_detected() -> None:
    """A page that names no language is in the one that its title and description are in."""
    page = (
        "<title>Viestintä kuuluu kaikille</title><meta name=description content='Näin asiantuntija kertoo työstään.'>"
    )
    assert card(page).language == "fi"


def test_video_has_its_duration() -> None:
    """A VideoObject is a video; an ISO 8601 duration is seconds."""
    got = card(linked('{"@type": "VideoObject", "name": "Video", "uploadDate": "2017-11-03", "duration": "PT4M12S"}'))
    assert (got.title, got.kind, got.duration, got.published) == ("Video", ItemKind.VIDEO, 252, NOVEMBER)


@pytest.mark.parametrize(
    "json",
    [
        "{",
        "[" * 100_000,
        '{"@graph": {"@graph": {"@graph": []}}}',
        '{"@type": {}, "headline": []}',
        '["x", null, 5]',
        '{"@type": "Article", "headline": 5}',
    ],
)
def test_broken_json_ld_costs_nothing(json: str) -> None:
    """What cannot be read, or has other types, is as if it were not there."""
    assert Card(title="Otsikko") == card(f"<title>Otsikko</title>{linked(json)}")


def test_what_is_no_page_is_an_error() -> None:
    """A PDF has no card."""
    with pytest.raises(ParseError, match=r"https://e\.fi/a is no web page but application/pdf"):
        card("%PDF-1.7", "application/pdf; x=y")


def test_page_is_decoded_as_it_says() -> None:
    """The header's coding, else the page's own ``<meta>``, else UTF-8."""
    page = "<meta charset=iso-8859-1><title>Öljyä</title>".encode("iso-8859-1")
    assert parse(Document(body=page, url="https://e.fi/a"), NOW).title == "Öljyä"
    assert parse(Document(body="<title>Öljyä</title>".encode(), url="https://e.fi/a"), NOW).title == "Öljyä"


def test_listing_stays_above_the_card() -> None:
    """What the listing said of an item stays; the card fills what it lacks, and knows the language better."""
    item = Item(url="https://e.fi/a", key="e.fi/a", title="Listalla", language="en", card=False)
    page = Card(title="Sivulla", summary="Kuvaus.", published=NOVEMBER, language="fi", kind=ItemKind.VIDEO, duration=5)
    got = merged(item, page, SOURCE)
    assert (
        got.title,
        got.summary,
        got.published,
        got.language,
        got.kind,
        got.duration,
        got.card,
    ) == ("Listalla", "Kuvaus.", NOVEMBER, "fi", ItemKind.VIDEO, 5, True)
    assert merged(item, page, replace(SOURCE, language="sv")).language == "sv"


def test_a_source_that_asks_for_it_gets_the_pages_own_lead() -> None:
    """With text: lead, the page's words come before the listing's; where it has none, the listing's stay."""
    asks = replace(SOURCE, text=Text.LEAD)
    item = Item(url="https://e.fi/a", key="e.fi/a", title="Otsikko", summary="Listan kuvaus.", card=False)
    assert merged(item, Card(summary="Sivun ingressi.", reading=120), asks).summary == "Sivun ingressi."
    assert merged(item, Card(), asks).summary == "Listan kuvaus."


PARAGRAPH = (
    "Viestinnän suunnittelu alkaa siitä, että tunnetaan ne ihmiset, joille kirjoitetaan. Hyvä teksti säästää lukijan "
    "aikaa ja vaivaa. "
)
ARTICLE = (
    '<html lang="fi"><head><title>Selkeää kieltä</title></head><body><nav><a href="/">Etusivu</a> '
    "<a href='/haku'>Haku</a></nav><div class='cookie'>Käytämme evästeitä.</div><main><article><h1>Selkeää kieltä</h1>"
    + "".join(f"<p>{PARAGRAPH}{f'Luvussa {n} kerrotaan lisää esimerkein {n * 7}. ' * 9}</p>" for n in range(1, 6))
    + "<p>Jaa Facebookissa</p></article></main><footer>Yhteystiedot</footer></body></html>"
)


def test_the_whole_text_tells_its_lead_and_how_long_it_takes_to_read() -> None:
    """Found by trafilatura between menu and footer: 2,700 characters are three minutes."""
    document = Document(body=ARTICLE.encode(), url="https://e.fi/a", content_type="text/html; charset=utf-8")
    full, lead, plain = (parse(document, NOW, text) for text in (Text.FULL, Text.LEAD, None))
    assert (full.reading, lead.reading, plain.reading) == (180, None, None)
    assert full.summary == lead.summary == PARAGRAPH.strip()
    assert plain.summary == ""


def test_a_declared_text_is_taken_at_its_word() -> None:
    """JSON-LD's articleBody needs no search for it; a text too short to be an article has no reading time."""
    page = linked('{"@type": "Article", "headline": "O", "articleBody": "' + "sana " * 1000 + '"}')
    document = Document(body=page.encode(), url="https://e.fi/a", content_type="text/html")
    assert parse(document, NOW, Text.FULL).reading == 300
    short = Document(body=b"<main><h1>O</h1><p>Lyhyt ilmoitus.</p></main>", url="https://e.fi/a")
    assert parse(short, NOW, Text.FULL).reading is None


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ('<link rel="alternate" hreflang="sv-FI" href="/sv/artiklar/a">', (("sv", "https://e.fi/sv/artiklar/a"),)),
        (
            '<link rel="alternate" hreflang="fi" href="/a"><a hreflang="en" href="//www.e.fi/en/b1">EN</a>',
            (("en", "https://www.e.fi/en/b1"),),
        ),
        ('<nav><a href="/sv/artiklar/a">På svenska</a> <a href="/en/a1">In English</a></nav>',
         (("en", "https://e.fi/en/a1"), ("sv", "https://e.fi/sv/artiklar/a"))),
        ('<nav><a href="/sv">Svenska</a> <a href="/en/">English</a> <a href="/">Suomi</a></nav>', ()),
        ('<link rel="alternate" hreflang="sv" href="https://other.fi/sv/artiklar/a">', ()),
        ('<link rel="alternate" hreflang="sv" href="javascript:alert(1)"><a href="//e.fi:x/">Svenska</a>', ()),
        ('<link rel="alternate" hreflang="de" href="/de/artikel/a">', ()),
    ],
)  # fmt: skip
def test_the_same_article_in_other_languages_is_named(links: str, expected: tuple[tuple[str, str], ...]) -> None:
    """By hreflang, else by the site's own language links; never a front page, another site, another language."""
    assert card(f'<html lang="fi"><head>{links}</head><h1>Otsikko</h1></html>').addresses == expected


PIECES = st.sampled_from(
    [
        "<main>",
        "</main>",
        "<h1>x</h1>",
        "<aside>",
        "3.11.2017",
        "<time datetime='",
        "'>",
        "<meta property=",
        "og:title content='x'>",
        "<base href='//'>",
        "<!--",
        "</",
        "<article>",
        linked("{"),
        "é",
    ]
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_page_has_a_card(page: str) -> None:
    """However a page is broken, it has a card, perhaps an empty one."""
    assert isinstance(card(page), Card)
