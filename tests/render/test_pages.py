"""What stands in output/: the page of an edition, the choice of language, the list of all digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.model import LANGUAGES
from pipeline.render import DigestLine, Renderer, SiteFacts, default_templates
from pipeline.render.statement import FILES
from tests.render.markup import HTMLParser, attributes, first, texts
from tests.render.samples import OWN, SENT, SITE, SOCIAL, digest, full, pick, short, topic


def line(renderer: Renderer) -> DigestLine:
    """Return week 47 in all its languages."""
    subjects = {language: renderer.edition(full(), language, SENT).subject for language in LANGUAGES}
    return DigestLine(key="2026-W47", sent=SENT, subjects=subjects)


def output(renderer: Renderer) -> dict[str, bytes]:
    """Return all of output/ after two digests, the first of them in Finnish only."""
    earlier = DigestLine(key="2026-W46", sent=date(2026, 11, 9), subjects={"fi": "Viikko 46: Somen mittarit"})
    editions = [renderer.edition(full(), language, SENT) for language in LANGUAGES]
    finnish = [renderer.edition(short(), "fi", earlier.sent)]
    return (
        renderer.index([earlier, line(renderer)])
        | {f"2026-W47/{name}": body for name, body in renderer.folder(line(renderer), editions).items()}
        | {f"2026-W46/{name}": body for name, body in renderer.folder(earlier, finnish).items()}
    )


def test_files(renderer: Renderer) -> None:
    """A page and a text per language, a choice of language per digest, and a list per language."""
    assert sorted(output(renderer)) == [
        "2026-W46/fi.html",
        "2026-W46/fi.txt",
        "2026-W46/index.html",
        "2026-W47/en.html",
        "2026-W47/en.txt",
        "2026-W47/fi.html",
        "2026-W47/fi.txt",
        "2026-W47/index.html",
        "2026-W47/sv.html",
        "2026-W47/sv.txt",
        "en.html",
        "index.html",
        "sv.html",
    ]


def test_the_list_is_newest_first(renderer: Renderer) -> None:
    """Each digest by its week and day of sending, with what was in it; in Swedish where there is a Swedish edition."""
    files = output(renderer)
    tree = HTMLParser(files["sv.html"])
    assert texts(tree, "h2 a") == [
        "Vecka 47 · 16 november 2026",
        "Vecka 46 · 9 november 2026",
    ]
    assert attributes(tree, "h2 a", "href") == ["2026-W47/sv.html", "2026-W46/fi.html"]
    assert texts(tree, ".lead")[1] == "Somen mittarit"


def test_an_empty_list_says_so(renderer: Renderer) -> None:
    """Before the first digest the front page is not bare."""
    assert "Ensimmäinen kirje ei ole vielä ilmestynyt." in renderer.index([])["index.html"].decode()


def test_every_link_within_output_leads_somewhere(renderer: Renderer) -> None:
    """output/ can be opened from a disk or moved to another server: its own links are relative and none is dead.

    (A language in which an old digest had no edition is the exception, so week 46 has its links judged without.)
    """
    files = output(renderer)
    for name, body in files.items():
        if not name.endswith(".html") or name == "2026-W46/fi.html":
            continue
        folder = name.rpartition("/")[0]
        tree = HTMLParser(body)
        for node in tree.css("a[href], link[rel=alternate]"):
            href = node.attributes["href"] or ""
            if "://" in href or href.startswith("mailto:"):
                continue
            if href.startswith("#"):
                assert tree.css(f'[id="{href[1:]}"]'), (name, href)
                continue
            parts: list[str] = []
            for part in f"{folder}/{href}".split("/"):
                parts = parts[:-1] if part == ".." else parts + [part] * (part not in {"", "."})
            assert "/".join(parts) in files, (name, href)


def test_a_page_names_its_published_address(renderer: Renderer) -> None:
    """Search engines and readers of a copy find the original; without a site.url there is none to name."""
    page = HTMLParser(renderer.edition(short(), "sv", SENT).page)
    assert attributes(page, "link[rel=canonical]", "href") == ["https://viestinta.example.fi/kooste/2026-W47/sv.html"]
    unpublished = Renderer([default_templates()], replace(SITE, url=None)).edition(short(), "sv", SENT).page
    assert HTMLParser(unpublished).css("link[rel=canonical]") == []


def test_landmarks(renderer: Renderer) -> None:
    """A page has one banner, main and footer, a way past the banner, and navigations and sections that have names."""
    tree = HTMLParser(renderer.edition(full(), "fi", SENT).page)
    assert [len(tree.css(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert first(tree, "body").css("a")[0].attributes["href"] == "#content"
    for node in tree.css("nav, section"):
        name = node.attributes.get("aria-label") or tree.css(f'[id="{node.attributes["aria-labelledby"]}"]')
        assert name


def test_a_page_with_nothing_public_says_so(renderer: Renderer) -> None:
    """Where every item is internal, the page is no riddle."""
    edition = renderer.edition(digest(topic("a", SOCIAL, pick("Salainen", internal=True))), "fi", SENT)
    assert edition.subject == "Viikko 47: Digiviestinnän viikkokooste"
    assert "Tämän kirjeen sisältö ei ole julkinen." in edition.page
    assert "Salainen" not in edition.page


@pytest.mark.parametrize(("key", "sent", "named"), [("2026-11-16", SENT, 1), ("2026-11-16", date(2026, 11, 17), 2)])
def test_a_daily_digest_names_its_day_once(renderer: Renderer, key: str, sent: date, named: int) -> None:
    """The period and the day of sending are told apart only where they differ."""
    row = renderer.index([DigestLine(key=key, sent=sent, subjects={"fi": "x: y"})])["index.html"].decode()
    assert row.count("marraskuuta 2026") == named
    daily = replace(short(), period=replace(short().period, key=key))
    when = first(HTMLParser(renderer.edition(daily, "fi", sent).html), ".when").text()
    assert when.count("marraskuuta 2026") == named


def statement(site: SiteFacts, language: str) -> HTMLParser:
    """Return the accessibility statement in one language."""
    return HTMLParser(Renderer([default_templates()], site).index([])[FILES[language]])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fi",
            [
                "Esimerkkivirasto haluaa, että Digiviestinnän viikkokooste on jokaisen luettavissa.",
                "julkisia verkkosivuja osoitteessa https://viestinta.example.fi/kooste/.",
                "Laki digitaalisten palvelujen tarjoamisesta (306/2019)",
                "täyttävät osittain lain vaatimukset",
                "Logon teksti erottuu huonosti",
                "Esimerkkivirasto on arvioinut saavutettavuuden itse. Seloste on laadittu 16. marraskuuta 2026.",
                "Vastaamme 14 päivän kuluessa.",
                "Saavutettavuuspalaute: viestinta@example.fi",
                "Liikenne- ja viestintävirasto Traficom",
                "www.saavutettavuusvaatimukset.fi",
            ],
        ),
        (
            "sv",
            [
                "Exempelverket vill att alla ska kunna läsa Veckans digitala kommunikation.",
                "Lagen om tillhandahållande av digitala tjänster (306/2019)",
                "uppfyller delvis lagens krav",
                "Utlåtandet har upprättats den 16 november 2026.",
                "Vi svarar inom 14 dagar.",
                "Transport- och kommunikationsverket Traficom",
                "www.tillganglighetskrav.fi",
            ],
        ),
        (
            "en",
            [
                "The Act on the Provision of Digital Services (306/2019)",
                "meet the requirements of the act in part",
                "This statement was drawn up on 16 November 2026.",
                "We answer within 14 days.",
                "www.webaccessibility.fi",
            ],
        ),
    ],
)
def test_the_statement_says_what_the_law_asks(language: str, said: list[str]) -> None:
    """What it covers, how far it conforms and what is missing, how that was found, feedback, supervision."""
    text = " ".join(first(statement(OWN, language), "main").text().replace("\N{NO-BREAK SPACE}", " ").split())
    for sentence in said:
        assert sentence in text


def test_a_shortcoming_said_in_one_language_is_marked_in_the_others() -> None:
    """Better in Finnish than not at all, and a screen reader reads it as Finnish."""
    assert attributes(statement(OWN, "sv"), "main ul", "lang") == ["fi"]
    assert attributes(statement(OWN, "fi"), "main ul", "lang") == [""]


def test_a_statement_without_shortcomings_has_no_list_of_them() -> None:
    """Where all is well the page is short; an expert's judgement is called that."""
    assert OWN.statement is not None
    fine = replace(OWN, url=None, statement=replace(OWN.statement, conforms="fully", by_expert=True, shortcomings={}))
    tree = statement(fine, "fi")
    text = first(tree, "main").text()
    assert tree.css("main ul") == []
    assert "täyttävät lain vaatimukset" in text
    assert "Saavutettavuuden on arvioinut ulkopuolinen asiantuntija." in text
    assert "osoitteessa" not in text


def test_the_statement_is_linked_from_letter_and_pages() -> None:
    """Absolute by mail, relative on pages; one that is elsewhere stays there; without a site the mail has no link."""
    renderer = Renderer([default_templates()], OWN)
    edition = renderer.edition(short(), "sv", SENT)
    for html, link in (
        (edition.html, "https://viestinta.example.fi/kooste/tillganglighet.html"),
        (edition.page, "../tillganglighet.html"),
        (renderer.index([])["sv.html"].decode(), "./tillganglighet.html"),
    ):
        links = {node.text(): node.attributes["href"] for node in HTMLParser(html).css("a")}
        assert links["Tillgänglighetsutlåtande"] == link
    assert "https://viestinta.example.fi/kooste/tillganglighet.html" in edition.text.split("\n")
    elsewhere = Renderer([default_templates()], SITE)
    assert set(elsewhere.index([])) == {"index.html", "sv.html", "en.html"}
    unpublished = Renderer([default_templates()], replace(OWN, url=None)).edition(short(), "sv", SENT)
    assert "Tillgänglighetsutlåtande" not in unpublished.html + unpublished.text


def test_a_page_leads_to_its_plain_text(renderer: Renderer) -> None:
    """For those who would rather have that; the list of letters has none."""
    page = HTMLParser(renderer.edition(short(), "fi", SENT).page)
    assert attributes(page, 'footer a[href$=".txt"]', "href") == ["fi.txt"]
    assert HTMLParser(renderer.index([])["index.html"]).css('a[href$=".txt"]') == []


def test_the_note_stands_before_the_news(renderer: Renderer) -> None:
    """In mail, text and page alike, its paragraphs as they were written, and nothing in it takes effect."""
    said = "Hyvää <b>viikkoa</b>!\n\nToinen\nrivi."
    edition = renderer.edition(short(), "fi", SENT, said=said)
    assert texts(HTMLParser(edition.html), ".said p") == ["Toimitukselta", "Hyvää <b>viikkoa</b>!", "Toinen rivi."]
    assert texts(HTMLParser(edition.page), ".note p") == ["Toimitukselta", "Hyvää <b>viikkoa</b>!", "Toinen rivi."]
    assert "\n\nToimitukselta:\nHyvää <b>viikkoa</b>!\n\nToinen rivi.\n\n\nSosiaalinen media\n---" in edition.text
    assert edition.page == renderer.page(short(), "fi", SENT, said=said)
    assert "Toimitukselta" not in renderer.edition(short(), "fi", SENT, said=" \n ").html


def test_contact_may_be_a_page() -> None:
    """A form is linked as it is, an address by mail."""
    form = replace(SITE, contact="https://www.example.fi/palaute?a=@")
    html = Renderer([default_templates()], form).edition(short(), "fi", SENT).html
    assert "https://www.example.fi/palaute?a=@" in attributes(HTMLParser(html), ".footer a", "href")
    assert SITE.contact_url == "mailto:viestinta@example.fi"
    assert replace(SITE, contact=None).contact_url == ""
