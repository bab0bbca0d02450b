"""docs/templates.md is current, and what it says of templates is so."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pipeline.errors import RenderError
from pipeline.render import DigestLine, Renderer, default_templates, reference
from tests.render.samples import OWN, SENT, full

PAGE = (Path(__file__).parents[2] / "docs" / reference.PAGE_FILE).read_text(encoding="utf-8")
TABLES = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)


def names(table: str) -> list[str]:
    """Return the names in a table's first column."""
    found: list[str] = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    return found


def after(heading: str) -> str:
    """Return the first table behind a line of the page."""
    return str(next(table for table in TABLES if PAGE.index(table) > PAGE.index(heading)))


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert reference.page() == PAGE, "run make docs"


@pytest.mark.parametrize("value", reference.examples(), ids=lambda value: type(value).__name__)
def test_every_field_is_described(value: object) -> None:
    """Each field and property has a type and a sentence, and the page shows it."""
    described = reference.described(type(value))
    assert {field.name for field in fields(value)} <= set(described)  # type: ignore[arg-type]  # a dataclass, each
    assert all(meaning.endswith((".", '"')) for _, meaning in described.values()), described
    assert list(described) in [names(table) for table in TABLES]


def test_the_example_makes_what_is_shown() -> None:
    """Whoever copies it gets the text below it."""
    template, text = re.findall(r"```(?:jinja|text)\n(.*?)```", PAGE, re.DOTALL)[1:3]
    assert template == reference.EXAMPLE
    assert text == reference.made()


@pytest.mark.parametrize(
    ("template", "headings"),
    [
        ("index.html", ["## All pages", "`index.html`, `folder.html` and `statement.html`:", "`index.html`, the list"]),
        (
            "folder.html",
            ["## All pages", "`index.html`, `folder.html` and `statement.html`:", "`folder.html`, the choice"],
        ),
        (
            "statement.html",
            ["## All pages", "`index.html`, `folder.html` and `statement.html`:", "`statement.html`, the access"],
        ),
        ("page.html", ["## All pages"]),
    ],
)
def test_pages_are_given_what_is_said(tmp_path: Path, template: str, headings: list[str]) -> None:
    """Every documented name can be used, in the template itself and in what it includes; no other can."""
    documented = [name for heading in headings for name in names(after(heading))] + ["site"]
    source = "".join(f"{{% if {name} is defined %}}{name} {{% endif %}}" for name in [*documented, "undocumented"])
    (tmp_path / "page-footer.html").write_text(source)
    (tmp_path / template).write_text('{% include "page-footer.html" %}')
    renderer = Renderer([tmp_path, default_templates()], OWN)
    edition = renderer.edition(full(), "fi", SENT)
    line = DigestLine(key="2026-W47", sent=SENT, subjects={"fi": edition.subject})
    fronts = renderer.index([line])
    pages = {
        "page.html": edition.page.encode(),
        "index.html": fronts["index.html"],
        "statement.html": fronts["saavutettavuus.html"],
        "folder.html": renderer.folder(line, [edition])["index.html"],
    }
    assert pages[template].decode().split() == documented


def test_the_mistake_is_said_as_documented(tmp_path: Path) -> None:
    """File, line and name, as the page promises."""
    (tmp_path / "letter.html").write_text("\n" * 11 + "{{ letter.titel }}")
    with pytest.raises(RenderError, match=r"letter\.html:12: .*has no attribute 'titel'"):
        Renderer([tmp_path, default_templates()], OWN).edition(full(), "fi", SENT)
