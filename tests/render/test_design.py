"""docs/design.md is what the templates do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline import colours
from pipeline.colours import DARK, LIGHT, contrast
from pipeline.render import default_templates

DESIGN = (Path(__file__).parents[2] / "docs" / "design.md").read_text()
PAIR = re.compile(r"\| (\w+) on (\w+) \| (#\w{6}) on (#\w{6}) \| ([\d.]+) \| (#\w{6}) on (#\w{6}) \| ([\d.]+) \|")
PAIRS = PAIR.findall(DESIGN)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_colours_are_as_documented(pair: tuple[str, ...]) -> None:
    """Each pair of the page is the templates' own, its ratios are right, and text passes 4.5."""
    text, ground, *values = pair
    for palette, (foreground, background, ratio) in ((LIGHT, values[:3]), (DARK, values[3:])):
        assert (getattr(palette, text), getattr(palette, ground)) == (foreground, background)
        assert float(ratio) == pytest.approx(contrast(foreground, background), abs=0.006)
        assert float(ratio) >= colours.LEAST


def test_every_pair_is_documented() -> None:
    """Each colour of text stands in the table with each ground that it is used on."""
    assert {pair[:2] for pair in PAIRS} == set(colours.PAIRS)


def test_every_template_is_documented() -> None:
    """Whoever wants to change the letter finds each file named."""
    named = set(re.findall(r"`([\w-]+(?:\.(?:html|txt|css)|/))`", DESIGN)) - {"templates/"}
    assert {f"{path.name}/" if path.is_dir() else path.name for path in default_templates().iterdir()} == named


def test_colours_stand_in_one_place() -> None:
    """No template has a colour of its own (but for print's black on white), so that a workspace can change them."""
    for path in filter(Path.is_file, default_templates().rglob("*")):
        source = path.read_text().partition("@media print")[0]
        assert re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^<]*>)", source) == [], path.name
