"""docs/design.md is what the templates do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from pipeline.render import default_templates

DESIGN = (Path(__file__).parents[2] / "docs" / "design.md").read_text()
PAIR = re.compile(r"\| (\w+) on (\w+) \| (#\w{6}) on (#\w{6}) \| ([\d.]+) \| (#\w{6}) on (#\w{6}) \| ([\d.]+) \|")
PAIRS = PAIR.findall(DESIGN)


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb" (WCAG 2.1)."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(scheme: str) -> dict[str, str]:
    """Return the colours that the templates use."""
    environment = Environment(loader=FileSystemLoader(default_templates()), autoescape=True)
    found: dict[str, str] = getattr(environment.get_template("design.html").module, scheme)
    return found


def test_contrast_is_computed_right() -> None:
    """Black on white is 21; WCAG's own example of grey is 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_colours_are_as_documented(pair: tuple[str, ...]) -> None:
    """Each pair of the page is the templates' own, its ratios are right, and text passes 4.5."""
    text, ground, *values = pair
    for scheme, (foreground, background, ratio) in (("light", values[:3]), ("dark", values[3:])):
        assert (colours(scheme)[text], colours(scheme)[ground]) == (foreground, background)
        assert float(ratio) == pytest.approx(contrast(foreground, background), abs=0.006)
        assert float(ratio) >= 4.5


def test_every_colour_is_documented() -> None:
    """Each colour of text stands in the table with each ground that it is used on; both schemes have the same names."""
    assert set(colours("light")) == set(colours("dark"))
    grounds = {"paper", "tint", "surround"}
    assert {pair[0] for pair in PAIRS} | {pair[1] for pair in PAIRS} == set(colours("light")) - {"rule"}
    assert {pair[1] for pair in PAIRS} == grounds


def test_every_template_is_documented() -> None:
    """Whoever wants to change the letter finds each file named."""
    named = set(re.findall(r"`([\w-]+\.(?:html|txt|css))`", DESIGN))
    assert {path.name for path in default_templates().iterdir()} == named


def test_colours_stand_in_one_place() -> None:
    """No template but design.html (and print's black on white) has a colour of its own."""
    for path in default_templates().iterdir():
        source = path.read_text().partition("@media print")[0]
        if path.name != "design.html":
            assert re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^<]*>)", source) == [], path.name
