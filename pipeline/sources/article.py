"""The text of an article on its page: its lead, and how long it takes to read; runs in a child process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline import prose
from pipeline.sources import items

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

CHARACTERS_A_MINUTE = 1000
"""Of silent reading; nearly the same in our three languages, unlike words (Trauzettel-Klosinski and Dietz, 2012)."""

_SHORTEST = 500
"""Characters; less is no article but what a page shows in its place: a notice, a form, a video."""
_LEAST_LEAD = 60
_LONGEST_DAY = 24 * 60


def text_of(tree: LexborHTMLParser, declared: str) -> str:
    """Return the article's plain text: what the page declares it to be, else what trafilatura finds, or ''."""
    if len(declared) >= _SHORTEST:
        return prose.plain(declared)
    import trafilatura  # noqa: PLC0415  # 0.5 s, and only where a source asks for it

    found = trafilatura.extract(
        (tree.html or "")[: 10 * prose.LONGEST_INPUT],
        output_format="txt",
        include_comments=False,
        include_tables=False,
        include_links=False,
    )
    return prose.clean(found or "")


def lead_of(text: str, title: str) -> str:
    """Return one or two sentences from where the text begins to say something, or ''."""
    for line in text.split("\n"):
        if len(line) >= _LEAST_LEAD and line != title:
            return prose.summary(items.literal(line))
    return ""


def seconds_of(text: str) -> int | None:
    """Return how long the text takes to read, in whole minutes; None for what is too short to be an article."""
    if len(text) < _SHORTEST:
        return None
    return 60 * min(math.ceil(len(text) / CHARACTERS_A_MINUTE), _LONGEST_DAY)
