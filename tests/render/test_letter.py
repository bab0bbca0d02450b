"""One digest as mail HTML and as plain text, in one language."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import LANGUAGES, CoursePlace, Digest, ItemKind, Section, SectionKind
from pipeline.render import Renderer, SiteFacts, default_templates, fitting
from tests.render.markup import HTMLParser, attributes, first, texts
from tests.render.samples import (
    SAMPLES,
    SENT,
    SITE,
    SOCIAL,
    archive,
    digest,
    empty_section,
    full,
    hostile,
    lessons,
    many,
    mixed,
    nothing_new,
    pick,
    right_to_left,
    short,
    topic,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = Renderer([default_templates()], SITE)


def mail(renderer: Renderer, sample: Digest, language: str = "fi") -> HTMLParser:
    return HTMLParser(renderer.edition(sample, language, SENT).html)


def test_head_of_the_letter(renderer: Renderer) -> None:
    """Week and day of sending, the digest's name as the only h1, the counts, and what is there besides."""
    tree = mail(renderer, full())
    assert texts(tree, ".when") == ["Viikko 47 · 16. marraskuuta 2026"]
    assert texts(tree, "h1") == ["Digiviestinnän viikkokooste"]
    assert texts(tree, ".counts") == ["14 uutta: 9 artikkelia, 5 videota, yhteensä 1 t 12 min"]
    assert texts(tree, ".besides") == ["Lisäksi 2 kurssiosaa (9 min 30 s) ja 3 poimintaa arkistosta"]
    assert texts(tree, "title") == [renderer.edition(full(), "fi", SENT).subject]


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("fi", ["Viestintäsuositus", "Sosiaalinen media", "Tarinallistaminen", "Muut", "Kurssit", "Arkistosta"]),
        ("sv", ["Kommunikationsrekommendationen", "Sociala medier", "Storytelling", "Övrigt", "Kurser", "Ur arkivet"]),
        (
            "en",
            ["Communications guidelines", "Social media", "Storytelling", "Other", "Courses", "From the archive"],
        ),
    ],
)
def test_sections(renderer: Renderer, language: str, headings: list[str]) -> None:
    """Topics by their names in the letter's language, then the rest, courses and archive; contents name them all."""
    tree = mail(renderer, full(), language)
    assert texts(tree, "h2")[1:] == headings
    assert texts(tree, ".contents a") == headings
    assert [f"#{name}" for name in attributes(tree, "h2[id]", "id")] == attributes(tree, ".contents a", "href")


def test_an_item(renderer: Renderer) -> None:
    """Title as the link, then kind, source, date, length and language; one or two sentences; where else it is."""
    tree = mail(renderer, full())
    assert texts(tree, ".facts")[0] == "Artikkeli · Valtioneuvosto · 12.11.2026"
    assert texts(tree, ".facts")[5] == "Video · W3C WAI · 14.11.2026 · 25 min · englanniksi"
    assert texts(tree, ".after")[0] == "Myös täällä: Suomidigi, artikkelit · Valtiovarainministeriö"
    assert texts(tree, "h3 a") == [entry.item.title or "(nimetön)" for entry in full().picks]
    assert attributes(tree, "h3 a", "href") == [entry.item.url for entry in full().picks]


def test_a_lesson_says_its_place_and_what_comes_next(renderer: Renderer) -> None:
    """A lesson is known by its course, "osa 2/6", its length, and the part that follows; the last one says so."""
    tree = mail(renderer, digest(lessons()))
    assert texts(tree, ".facts") == [
        "Tarinallistaminen, osa 2/6 · 4 min 12 s",
        "Somepreesens (Tom Laine), osa 6/6 · 5 min 18 s",
    ]
    assert texts(tree, ".after") == [
        "Seuraavaksi: En osaa aloittaa tarinallistamista",
        "Tämä oli kurssin viimeinen osa.",
    ]


def test_only_the_last_part_says_that_it_was_the_last(renderer: Renderer) -> None:
    """With two lessons a letter, nothing stands below the first of them: what follows it is there."""
    parts = [
        pick(title, source="Kurssi", course=CoursePlace(source="k", title="Kurssi", place=n, total=2, followed=n == 1))
        for n, title in enumerate(("Alku", "Loppu"), start=1)
    ]
    edition = renderer.edition(digest(Section(kind=SectionKind.LESSONS, picks=tuple(parts))), "fi", SENT)
    for text in (edition.text, edition.page_text, edition.html, edition.page):
        first, last = text[text.index("Alku") :].split("Loppu", 1)
        assert "viimeinen osa" not in first
        assert "viimeinen osa" in last


def test_contents_only_over_six_items(renderer: Renderer) -> None:
    """Six items need no table of contents, and one chapter needs none however long it is."""
    six = digest(topic("a", SOCIAL, *(pick(f"A{n}") for n in range(3))), archive())
    seven = digest(topic("a", SOCIAL, *(pick(f"A{n}") for n in range(4))), archive())
    one_chapter = digest(topic("a", SOCIAL, *(pick(f"A{n}") for n in range(9))))
    assert [len(mail(renderer, sample).css(".contents")) for sample in (six, seven, one_chapter)] == [0, 1, 0]


def test_other_is_called_new_when_there_are_no_topics(renderer: Renderer) -> None:
    """Without topics "Muut" would be other than nothing."""
    other = Section(kind=SectionKind.OTHER, picks=(pick("Uusi"),))
    assert texts(mail(renderer, digest(other, archive())), "h2") == ["Uutta", "Arkistosta"]
    assert texts(mail(renderer, digest(topic("a", SOCIAL, pick("A")), other)), "h2") == ["Sosiaalinen media", "Muut"]


def test_languages_of_items_are_marked(renderer: Renderer) -> None:
    """An item in another language has its lang on title and summary; in the letter's own, or in none, it has not."""
    tree = mail(renderer, mixed())
    assert attributes(tree, "h3 a > span", "lang") == ["ar", "he", "sv", "se", "de"]
    assert attributes(tree, "p.lead", "lang") == ["he"]
    assert attributes(tree, "html", "lang") == ["fi"]
    swedish = mail(renderer, mixed(), "sv")
    assert attributes(swedish, "h3 a > span", "lang")[-1] == "fi"


def test_a_leftward_text_turns_nothing_round(renderer: Renderer) -> None:
    """A title, a source, a course or a summary in Hebrew or Arabic stands in an element with its own direction."""
    tree = mail(renderer, right_to_left())
    assert attributes(tree, "h3 a > span", "dir") == ["rtl", "rtl", "rtl"]
    assert texts(tree, '[dir="rtl"]') == [
        "ما الجديد في الخدمات العامة 2026؟",
        "خدمة (1)",
        "دليل قصير للكتابة الواضحة: 3 خطوات.",
        "שירות ציבורי",
        "(חלק 2) שירות ציבורי דיגיטלי!",
        "الدرس الثاني",
        "دورة 2026",
        "الدرس الثالث",
    ]
    mixed_title = digest(topic("a", SOCIAL, pick("Uutta: שירות ציבורי")))
    assert attributes(mail(renderer, mixed_title), "h3 a > span", "dir") == ["ltr"]
    assert "dir=" not in renderer.edition(full(), "fi", SENT).html


def test_untitled_item(renderer: Renderer) -> None:
    """A title that nobody can see is called untitled, in the letter's language."""
    sample = digest(topic("a", SOCIAL, pick("\u200b\u2800")))
    assert [texts(mail(renderer, sample, language), "h3")[0] for language in LANGUAGES] == [
        "(nimetön)",
        "(utan rubrik)",
        "(untitled)",
    ]


def test_footer_tells_why_and_how_to_leave(renderer: Renderer) -> None:
    """Why you get it, one click to leave, the page, other languages, the archive, the accessibility statement."""
    tree = mail(renderer, short())
    links = {node.text(): node.attributes["href"] for node in tree.css(".footer a")}
    assert links == {
        "Lopeta tilaus": "mailto:kooste@example.fi?subject=Lopeta",
        "Lue kirje selaimessa": "https://viestinta.example.fi/kooste/2026-W47/fi.html",
        "På svenska": "https://viestinta.example.fi/kooste/2026-W47/sv.html",
        "In English": "https://viestinta.example.fi/kooste/2026-W47/en.html",
        "Aiemmat kirjeet": "https://viestinta.example.fi/kooste/index.html",
        "viestinta@example.fi": "mailto:viestinta@example.fi",
        "Saavutettavuusseloste": "https://viestinta.example.fi/saavutettavuus",
    }
    swedish = {node.text(): node.attributes["href"] for node in mail(renderer, short(), "sv").css(".footer a")}
    assert swedish["Tidigare brev"] == "https://viestinta.example.fi/kooste/sv.html"


def test_a_letter_without_a_site_has_no_dead_links() -> None:
    """Where output/ is published nowhere, the mail has no link to it."""
    renderer = Renderer([default_templates()], SiteFacts(title={"fi": "Kooste"}))
    edition = renderer.edition(short(), "fi", SENT)
    assert attributes(HTMLParser(edition.html), "a", "href") == [entry.item.url for entry in short().picks]
    assert "None" not in edition.html + edition.text + edition.page + edition.page_text


def test_internal_items_are_in_the_mail_only(renderer: Renderer) -> None:
    """The page, its text, its counts and the subject know nothing of an internal item; the mail shows it."""
    sample = digest(topic("a", SOCIAL, pick("Salainen", internal=True), pick("Julkinen")))
    edition = renderer.edition(sample, "fi", SENT)
    assert "Salainen" in edition.html
    assert "Salainen" in edition.text
    assert "Salainen" not in edition.page + edition.page_text + edition.subject
    assert texts(HTMLParser(edition.html), ".counts") == ["2 uutta artikkelia"]
    assert texts(HTMLParser(edition.page), ".counts") == ["1 uusi artikkeli"]


def test_the_excess_is_one_link_with_the_right_count(renderer: Renderer) -> None:
    """What the letter leaves to the page is counted in one link; an internal item has no page, so it stays."""
    picks = [pick(f"A{n}", in_letter=n < 2) for n in range(5)]
    sample = digest(topic("a", SOCIAL, *picks, pick("Salainen", internal=True, in_letter=False)))
    tree = mail(renderer, sample)
    assert texts(tree, "h3") == ["A0", "A1", "Salainen"]
    assert texts(tree, ".more a") == ["Lue verkkosivulta vielä 3 muuta"]
    assert texts(tree, ".counts") == ["6 uutta artikkelia"], "the counts are the whole digest's"
    page = HTMLParser(renderer.edition(sample, "fi", SENT).page)
    assert texts(page, "h3") == ["A0", "A1", "A2", "A3", "A4"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_gmail_shows_the_whole_letter(renderer: Renderer, language: str) -> None:
    """However long the digest is, the mail stays under 90 KB, every topic keeps items, and the rest is counted."""
    sample = many(400)
    edition = renderer.edition(sample, language, SENT)
    tree = HTMLParser(edition.html)
    shown = len(tree.css("h3"))
    assert 80_000 < len(edition.html.encode()) <= fitting.BUDGET
    assert len(tree.css("h2[id]")) == 5
    assert re.findall(r"\d+", texts(tree, ".more")[0]) == [str(400 - shown)]
    assert edition.text.count("suomidigi.example") == shown, "both parts hold the same"
    assert len(HTMLParser(edition.page).css("h3")) == 400


def test_without_a_page_the_excess_is_only_counted() -> None:
    """No link can be offered where nothing is published."""
    renderer = Renderer([default_templates()], replace(SITE, url=None))
    sample = digest(topic("a", SOCIAL, pick("A"), pick("B", in_letter=False)))
    assert texts(mail(renderer, sample), ".more") == ["1 muu ei mahtunut tähän kirjeeseen."]


def test_sixty_items_stay_small(renderer: Renderer) -> None:
    """A letter of 60 items with two sentences each takes less than 50 KB."""
    assert len(renderer.edition(many(60), "fi", SENT).html.encode()) < 50_000


def test_what_a_publisher_writes_stays_text(renderer: Renderer) -> None:
    """No tag, attribute, template mark or placeholder of a title, summary, source or topic takes effect."""
    for html in (renderer.edition(hostile(), "fi", SENT).html, renderer.edition(hostile(), "fi", SENT).page):
        tree = HTMLParser(html)
        assert tree.css("script, [onmouseover], b") == []
        assert texts(tree, "h3")[0] == "<script>alert(1)</script>"
        assert texts(tree, ".lead") == ["{{ 7 * 7 }} {% raw %} </p></td></table> & &amp;"]
        assert texts(tree, "h3")[2] == "%(num)s %s 100 % {title}"
        assert texts(tree, "h2") == ["Some & <muu>"]
        assert texts(tree, ".facts")[1] == 'Artikkeli · " onmouseover="alert(1)'


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_structure(renderer: Renderer, sample: Callable[[], Digest], language: str) -> None:
    """One h1, headings in order, layout tables marked, every id once, every link with a text, no picture or script."""
    edition = renderer.edition(sample(), language, SENT)
    for html in (edition.html, edition.page):
        tree = HTMLParser(html)
        levels = [int((node.tag or "")[1:]) for node in tree.css("h1, h2, h3")]
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert set(attributes(tree, "table", "role")) <= {"presentation"}
        ids = attributes(tree, "[id]", "id")
        assert len(ids) == len(set(ids))
        assert all(node.text().strip() for node in tree.css("a, h1, h2, h3, title"))
        assert tree.css("img, script, link[rel=stylesheet], iframe, form") == []
        assert "url(" not in html


def test_styles_are_moved_inline(renderer: Renderer) -> None:
    """A program that drops the head still shows the design; the head keeps only what can stand nowhere else."""
    tree = mail(renderer, full())
    assert "font-size:30px" in attributes(tree, "h1", "style")[0]
    assert all("@media" in sheet.text() or "data-ogs" in sheet.text() for sheet in tree.css("head > style"))
    assert "mso-padding-alt" in attributes(tree, ".column", "style")[0]
    assert '<!--[if mso]><table role="presentation" width="640"' in renderer.edition(full(), "fi", SENT).html


def test_preheader_is_for_the_inbox_only(renderer: Renderer) -> None:
    """It goes on where the subject ends, is hidden in the letter itself, and leaks into neither text nor page."""
    edition = renderer.edition(short(), "fi", SENT)
    hidden = first(HTMLParser(edition.html), "body > .preheader")
    assert hidden.text().replace("\N{NO-BREAK SPACE}", " ") == "1 uusi artikkeli. Lisäksi 1 kurssiosa (4 min 12 s)."
    assert "display:none" in (hidden.attributes["style"] or "")
    assert hidden.text() not in edition.text
    assert "preheader" not in edition.page


def test_a_topic_without_items_has_no_heading(renderer: Renderer) -> None:
    """An empty section is not shown."""
    assert texts(mail(renderer, empty_section()), "h2") == ["Tarinallistaminen"]


def test_plain_text_reads_like_a_letter(renderer: Renderer) -> None:
    """Headings underlined, one thing on a line, links on their own lines."""
    text = renderer.edition(nothing_new(), "fi", SENT).text
    assert text.startswith(
        "Digiviestinnän viikkokooste\n"
        "===========================\n"
        "Viikko 47 · 16. marraskuuta 2026\n"
        "\n"
        "Ei uutta tällä kertaa, mutta mukana on 2 kurssiosaa (9 min 30 s) ja 3\n"
        "poimintaa arkistosta.\n"
        "\n"
        "\n"
        "Kurssit\n"
        "-------\n"
        "\n"
        "Julkishallinto ei voi tarinallistaa\n"
        "Tarinallistaminen, osa 2/6 · 4 min 12 s\n"
        "Anne Kalliomäki vastaa väitteeseen, että tarinat kuuluvat vain\n"
        "yrityksille.\n"
        "Seuraavaksi: En osaa aloittaa tarinallistamista\n"
        "https://www.suomidigi.example/artikkelit/julkishallinto-ei-voi-tarinallistaa-"
    )
    assert text.endswith("Kysymykset ja palaute: viestinta@example.fi\n")


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_text_is_plain(renderer: Renderer, sample: Callable[[], Digest], language: str) -> None:
    """At most 72 characters a line (an address or a single word may be longer), no entity, no trailing space."""
    digest_ = sample()
    edition = renderer.edition(digest_, language, SENT)
    for text in (edition.text, edition.page_text):
        lines = text.split("\n")
        assert all(len(line) <= 72 or max(map(len, line.split())) > 60 for line in lines)
        assert all(line == line.rstrip() for line in lines)
        assert not re.search(r"\n{4}", text)
        assert "&nbsp;" not in text
        assert "\N{NO-BREAK SPACE}" not in text
        for entry in digest_.picks:
            assert entry.item.url in lines
        if not any("&amp;" in entry.item.summary for entry in digest_.picks):
            assert "&amp;" not in text


def test_public_text_has_no_way_to_leave(renderer: Renderer) -> None:
    """Who reads the public page's text has not subscribed."""
    edition = renderer.edition(short(), "fi", SENT)
    assert "kirjoita osoitteeseen kooste@example.fi" in edition.text
    assert "kooste@example.fi" not in edition.page_text + edition.page
    by_web = Renderer([default_templates()], replace(SITE, leave="https://example.fi/leave"))
    assert "Lopeta tilaus:\nhttps://example.fi/leave\n" in by_web.edition(short(), "fi", SENT).text


@settings(max_examples=25, deadline=None)
@given(
    title=st.text(max_size=80),
    summary=st.text(max_size=120),
    source=st.text(min_size=1, max_size=40),
    kind=st.sampled_from(ItemKind),
)
def test_any_text_can_be_shown(title: str, summary: str, source: str, kind: ItemKind) -> None:
    """Whatever characters a publisher sends, there is a letter, in UTF-8, with exactly one item in it."""
    title, summary, source = (text.encode("utf-8", "replace").decode() for text in (title, summary, source))
    sample = digest(topic("a", SOCIAL, pick(title, summary=summary, source=source, kind=kind)))
    edition = SHIPPED.edition(sample, "fi", SENT)
    for html in (edition.html, edition.page):
        assert len(HTMLParser(html.encode()).css("h3")) == 1
    assert "\n" not in edition.subject
