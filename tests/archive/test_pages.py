"""The archive's pages: what there is, what each tells, and where its links lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pipeline.model import LANGUAGES
from tests.archive import world
from tests.counts import in_full
from tests.render.markup import HTMLParser, attributes, first, texts
from tests.render.test_html import checked, excepted
from tests.render.test_html import pytestmark as needs_checker

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.jobs import Publishing

BASE = "https://viestinta.example.fi/kooste/"


def page(output: Path, name: str) -> HTMLParser:
    return HTMLParser((output / name).read_bytes())


def test_every_kind_of_page_is_there_in_every_language(output: Path) -> None:
    """Front page, overviews, a page for each topic, source, course, month, and the search."""
    for language in LANGUAGES:
        for name in (
            f"topics/{language}.html",
            f"topics/viestinta/{language}.html",
            f"topics/some/{language}.html",
            f"sources/{language}.html",
            f"sources/blogi/{language}.html",
            f"courses/{language}.html",
            f"courses/tarinallistaminen/{language}.html",
            f"items/{language}.html",
            f"items/2026-11/{language}.html",
            f"search/{language}.html",
            f"2026-W47/{language}.html",
        ):
            assert (output / name).is_file(), name
    assert not (output / "topics" / "tyhja").exists(), "a topic that holds nothing has no page"


def test_the_front_page_holds_the_newest_letter_and_all_weeks(output: Path) -> None:
    """What stands in the newest, with its links, then every letter by year."""
    tree = page(output, "sv.html")
    assert texts(tree, ".newest h2 a") == ["Det senaste brevet: Vecka 47 · 16 november 2026"]
    assert world.ARTICLES[1][0] in texts(tree, ".newest li a")
    assert texts(tree, "main > h2") == ["2026"]
    assert attributes(tree, "main > h3 a", "href") == ["2026-W47/sv.html", "2026-W46/sv.html"]


def test_a_course_is_told_in_order(output: Path) -> None:
    """Its parts with their durations, the sum, and in which letter each was; one to come says so."""
    tree = page(output, "courses/tarinallistaminen/fi.html")
    assert texts(tree, ".parts .title") == list(world.LESSONS)
    assert texts(tree, ".counts") == ["3 osaa, yhteensä 12 min"]
    assert texts(tree, ".parts .facts") == ["4 min 1 s", "4 min 2 s", "4 min 3 s"]
    assert texts(tree, ".parts .after") == [
        "Kirjeessä: viikko 46/2026",
        "Kirjeessä: viikko 47/2026",
        "Ei ole vielä ollut kirjeessä.",
    ]
    assert attributes(tree, ".parts .after a", "href") == ["../../2026-W46/fi.html", "../../2026-W47/fi.html"]


def test_a_topic_holds_what_speaks_of_it_in_any_language(output: Path) -> None:
    """By the words of the file, in their forms; what is in another language is marked, and says so."""
    tree = page(output, "topics/viestinta/fi.html")
    assert set(texts(tree, ".rows .title")) == {world.ARTICLES[0][0], world.ARTICLES[5][0], world.STORIES[0][0]}
    (swedish,) = (node for node in tree.css(".rows li") if "ruotsiksi" in node.text())
    assert [node.attributes["lang"] for node in swedish.css("span[lang], .lead")] == ["sv", "sv"]


def test_nothing_internal_stands_anywhere(output: Path) -> None:
    """Neither its title nor its address nor its source, nor what an internal source holds besides a public one."""
    for path in output.rglob("*"):
        if path.suffix in {".html", ".txt", ".xml", ".json", ".opml"}:
            told = path.read_text(encoding="utf-8")
            for secret in (world.SECRET, "intra.example.fi", "Intra", world.ARTICLES[2][0]):
                assert secret not in told, (path, secret)


def test_a_publishers_text_is_only_text(output: Path) -> None:
    """Markup in a title stays a title; text that runs leftwards has its own direction."""
    tree = page(output, "sources/blogi/fi.html")
    assert "<b>Lihava</b> & {{ 7 * 7 }}" in texts(tree, ".title")
    (arabic,) = (node for node in tree.css(".rows li") if "arabiaksi" in node.text())
    assert [node.attributes["dir"] for node in arabic.css("span[dir], p[dir]")] == ["rtl", "rtl"]


def test_no_page_holds_style_or_script(output: Path) -> None:
    """A strict policy serves them: style sheets and the one script are files, named by what they hold."""
    for path in output.rglob("*.html"):
        tree = HTMLParser(path.read_bytes())
        assert not tree.css("style, [style], [onclick], script:not([src])"), path
        for node in tree.css("link[rel=stylesheet], script"):
            name = node.attributes.get("href") or node.attributes["src"] or ""
            assert re.fullmatch(r"(\.\./)*(style|search)-[0-9a-f]{12}\.(css|js)", name), (path, name)


def test_a_frozen_page_is_served_with_the_style_it_was_frozen_with(output: Path, standing: Publishing) -> None:
    """The letter's stored page is published as it is, but for its style sheet, which became a file."""
    stored = standing.store.digests.editions("2026-W47")[1].page
    served = (output / "2026-W47" / "fi.html").read_text(encoding="utf-8")
    link = re.search(r'<link rel="stylesheet" href="../(style-\w+\.css)">', served)
    assert link
    css = (output / link[1]).read_text(encoding="utf-8").strip()
    assert served.replace(link[0], f"<style>\n{css}\n</style>") == stored


def test_every_link_within_output_leads_somewhere(output: Path) -> None:
    """Opened from a disk or moved to another server, no link is dead: all are relative."""
    for path in output.rglob("*.html"):
        tree = HTMLParser(path.read_bytes())
        for node in tree.css("a[href], link[href], script[src], img[src], form[action]"):
            href = next(node.attributes[name] or "" for name in ("href", "src", "action") if name in node.attributes)
            if urlsplit(href).scheme or href.startswith("#"):
                continue
            assert (path.parent / href).resolve().is_file(), (path, href)


def test_absolute_addresses(output: Path) -> None:
    """A page names its own address, that of every language, and what to show where it is shared."""
    tree = page(output, "topics/viestinta/sv.html")
    here = f"{BASE}topics/viestinta/"
    assert attributes(tree, "link[rel=canonical]", "href") == [f"{here}sv.html"]
    versions = {
        node.attributes["hreflang"]: node.attributes["href"] for node in tree.css("link[rel=alternate][hreflang]")
    }
    assert versions == {
        "fi": f"{here}fi.html",
        "sv": f"{here}sv.html",
        "en": f"{here}en.html",
        "x-default": f"{here}fi.html",
    }
    graph = {node.attributes["property"]: node.attributes["content"] for node in tree.css("meta[property]")}
    assert graph["og:title"] == "Kommunikation"
    assert graph["og:url"] == f"{here}sv.html"
    assert graph["og:locale"] == "sv_FI"
    assert graph["og:image"] == f"{BASE}logo.png"
    assert attributes(tree, 'link[type="application/atom+xml"]', "href") == [
        "../../feeds/letters-sv.xml",
        "../../feeds/items-sv.xml",
    ]
    front = page(output, "index.html")
    assert attributes(front, "link[rel=canonical]", "href") == [f"{BASE}index.html"]
    assert attributes(front, "nav [aria-current]", "href") == ["index.html"]


def test_a_name_without_a_translation_is_marked(output: Path) -> None:
    """A topic that is named in Finnish alone is read as Finnish on the Swedish page."""
    heading = first(page(output, "topics/some/sv.html"), "h1")
    assert (heading.text(), heading.attributes["lang"]) == ("Sosiaalinen media", "fi")


@in_full
@pytest.mark.skipif(needs_checker[0].args[0], reason=needs_checker[0].kwargs["reason"])
@pytest.mark.skipif(needs_checker[1].args[0], reason=needs_checker[1].kwargs["reason"])
def test_every_page_is_valid(output: Path) -> None:
    """No error and no warning of the Nu Html Checker but those that every page may have."""
    unexpected = [
        (message["url"].partition("/output/")[2], message["message"], message.get("extract"))
        for message in checked(*sorted(output.rglob("*.html")))
        if excepted(message) is None
    ]
    assert unexpected == []
