"""What stands in output/: the page of an edition, the choice of language, the list of all digests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.model import LANGUAGES
from pipeline.render import DigestLine, Renderer, default_templates
from tests.render.markup import HTMLParser, attributes, first, texts
from tests.render.samples import SENT, SITE, SOCIAL, digest, full, pick, short, topic


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
