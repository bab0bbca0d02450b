"""Which colours can be read on which."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.colours import DARK, LEAST, LIGHT, PAIRS, contrast, unreadable

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_contrast_is_wcags() -> None:
    """Black on white is 21, a colour on itself 1, and WCAG's own example of grey 4.54; order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


def test_the_built_in_colours_can_be_read() -> None:
    """Every pair of both palettes passes."""
    assert unreadable(LIGHT) == unreadable(DARK) == ()


def test_a_pair_is_named_with_a_better_shade() -> None:
    """A pale link is named with each of its grounds, and one darker shade of it serves all of them."""
    found = unreadable(replace(LIGHT, link="#8fc7bb"))
    assert [(one.text, one.ground, round(one.ratio, 2)) for one in found] == [
        ("link", "paper", 1.9),
        ("link", "tint", 1.7),
        ("link", "surround", 1.63),
    ]
    assert len({one.better for one in found}) == 1
    assert unreadable(replace(LIGHT, link=found[0].better)) == ()


@given(text=COLOURS, ground=COLOURS)
def test_the_better_shade_is_readable(text: str, ground: str) -> None:
    """On one ground for all, whatever the colours, the shade that is offered passes."""
    palette = replace(LIGHT, surround=ground, paper=ground, tint=ground, link=text)
    for one in unreadable(palette):
        if one.text == "link":
            assert contrast(one.better, ground) >= LEAST


def test_pairs_are_named_by_the_palette() -> None:
    """Every pair names colours that there are, none twice, and every text stands on the paper."""
    names = set(LIGHT.__dataclass_fields__)
    assert {name for pair in PAIRS for name in pair} == names - {"rule"}
    assert len(set(PAIRS)) == len(PAIRS)
    assert {text for text, ground in PAIRS if ground == "paper"} == {text for text, _ in PAIRS}


def test_what_is_no_colour_is_refused() -> None:
    """A name or a short form never comes so far."""
    with pytest.raises(ValueError, match="'red' is no colour"):
        contrast("red", "#ffffff")
