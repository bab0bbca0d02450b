"""The letter's colours, and whether what is written in them can be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST = 4.5
"""The contrast that text needs (WCAG 2.1, 1.4.3)."""

_HEX = re.compile(r"#[0-9a-f]{6}")
_STEPS = 64
_DARKEST = 0.04045
"""Up to here sRGB is linear (IEC 61966-2-1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Eight colours by what they are for, each "#rrggbb".

    Grounds are ``surround`` (round the column), ``paper`` (the column) and ``tint`` (the archive's
    panel). Text is ``ink``, ``quiet`` (facts, footer), ``link`` or ``visited``. ``rule`` is decoration.
    """

    surround: str
    paper: str
    tint: str
    ink: str
    quiet: str
    link: str
    visited: str
    rule: str


LIGHT = Palette(
    surround="#e9eef1",
    paper="#ffffff",
    tint="#eef3f6",
    ink="#1c2328",
    quiet="#515c66",
    link="#0b4f8a",
    visited="#5d3c8c",
    rule="#cfd8de",
)
DARK = Palette(
    surround="#12171a",
    paper="#1d2327",
    tint="#262e34",
    ink="#e6e9ec",
    quiet="#a8b3bc",
    link="#8cc4f5",
    visited="#c5aef0",
    rule="#3b464e",
)
PAIRS = (
    *((text, ground) for ground in ("paper", "tint") for text in ("ink", "quiet", "link", "visited")),
    ("quiet", "surround"),
    ("link", "surround"),
    ("visited", "surround"),
)
"""Which text stands on which ground, by their names in a ``Palette``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A pair of a palette whose contrast is below 4.5; ``better`` is a shade of ``text`` for all its grounds."""

    text: str
    ground: str
    ratio: float
    better: str


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def unreadable(palette: Palette) -> tuple[Unreadable, ...]:
    """Return the pairs of text and ground that are too much alike to be read."""
    found = []
    for text, ground in PAIRS:
        one, other = getattr(palette, text), getattr(palette, ground)
        ratio = contrast(one, other)
        if ratio < LEAST:
            grounds = [getattr(palette, its) for name, its in PAIRS if name == text]
            found.append(Unreadable(text=text, ground=ground, ratio=ratio, better=_readable(one, grounds)))
    return tuple(found)


def _readable(colour: str, grounds: Sequence[str]) -> str:
    """Return ``colour`` darkened or lightened, whichever can be told from the grounds, no more than needed."""

    def least(shade: str) -> float:
        return min(contrast(shade, ground) for ground in grounds)

    end = max(("#000000", "#ffffff"), key=least)
    shades = (_mixed(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if least(shade) >= LEAST), end)


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _DARKEST else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> tuple[int, int, int]:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is no colour such as #0b4f8a")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
