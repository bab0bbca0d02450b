"""Every feature of HTML and CSS that a letter uses is there in Gmail and Outlook, or something stands in for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.render import Renderer, default_templates
from tests.render import support
from tests.render.samples import NOTE, OWN, SAMPLES, SENT

DESIGN = (Path(__file__).parents[2] / "docs" / "design.md").read_text()
ROWS = re.findall(r"^\| `((?:css|html)-[\w-]+)` \| ([\w, ]+) \| (.+) \|$", DESIGN, re.MULTILINE)


def programs(slug: str) -> str:
    """Return who lacks a feature, as the table says it."""
    families = {client.partition("/")[0] for client in support.lacking(slug)}
    return ", ".join(family.title() for family in support.FAMILIES if family in families)


def test_every_gap_has_something_standing_in_for_it() -> None:
    """The table of docs/design.md holds exactly what is used and missing somewhere, and says where."""
    renderer = Renderer([default_templates()], OWN)
    used = set()
    for sample in SAMPLES.values():
        used |= support.used(renderer.edition(sample(), "fi", SENT, said=NOTE["fi"]).html)
    missing = {slug: programs(slug) for slug in used if support.lacking(slug)}
    assert {slug: who for slug, who, _ in ROWS} == missing
    assert len(ROWS) == len(missing), "no feature stands there twice"
    assert all(len(instead) > 5 for *_, instead in ROWS)


@pytest.mark.parametrize(
    ("html", "slug"),
    [
        ('<p style="display:flex">x</p>', "css-display"),
        ('<p style="margin-top:2em">x</p>', "css-margin"),
        ('<p style="margin-top:2em">x</p>', "css-unit-em"),
        ("<style>@media print { a:hover > b { color: red } }</style>", "css-pseudo-class-hover"),
        ("<style>@media print { a:hover > b { color: red } }</style>", "css-selector-child"),
        ('<svg></svg><a href="#x">x</a>', "html-anchor-links"),
        ("<video></video>", "html-video"),
        ('<td valign="top">', "html-valign"),
    ],
)
def test_what_is_used_is_found(html: str, slug: str) -> None:
    """In styles, inline and in the head, in selectors, elements and attributes."""
    assert slug in support.used(f"<!doctype html><table><tr>{html}</table>" if "<td" in html else html)


def test_what_nobody_knows_is_refused() -> None:
    """A property that caniemail has never tested is not used without somebody noticing."""
    with pytest.raises(AssertionError, match="css-zoom"):
        support.used('<p style="zoom:2">x</p>')
    with pytest.raises(AssertionError, match="html-blink"):
        support.used("<blink>x</blink>")


def test_the_licence_travels_with_the_data() -> None:
    """Caniemail's package is MIT: its notice stands beside the slice."""
    licence = support.SLICE.with_name("LICENSE").read_text()
    assert licence.startswith("MIT License")
    assert "Avi Goldman" in licence
