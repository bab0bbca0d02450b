"""Which picks fit into a mail: Gmail hides what comes after 102 KB, so the rest is one link to the page."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.model import Pick, Section

BUDGET = 90_000
"""Bytes of a mail's HTML in UTF-8, its styles inlined."""


def public(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return the sections without internal items."""
    return _keep(sections, lambda pick: not pick.internal)


def for_letter(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Return what a letter should hold. Internal items have no page to stand on, so they are always in it."""
    return _keep(sections, lambda pick: pick.in_letter or pick.internal)


def fit(sections: Sequence[Section], size: Callable[[tuple[Section, ...]], int]) -> tuple[Section, ...]:
    """Return as many picks as keep ``size`` within the budget.

    The longest section gives up its last public pick first, so that no topic vanishes for another's
    sake; only internal picks may pass the budget, because nobody could read them elsewhere.
    """
    whole = tuple(sections)
    if size(whole) <= BUDGET:
        return whole
    steps = _thinner(whole)
    return steps[bisect_left(range(len(steps) - 1), True, key=lambda number: size(steps[number]) <= BUDGET)]


def count(sections: Sequence[Section]) -> int:
    """Return how many picks there are."""
    return sum(len(section.picks) for section in sections)


def _thinner(sections: tuple[Section, ...]) -> list[tuple[Section, ...]]:
    """Return the sections whole, then with one public pick less each time, until none is left."""
    steps = [sections]
    while True:
        droppable = [
            (len(section.picks), number)
            for number, section in enumerate(sections)
            if not all(pick.internal for pick in section.picks)
        ]
        if not droppable:
            return steps
        number = max(droppable)[1]
        picks = sections[number].picks
        last = max(place for place, pick in enumerate(picks) if not pick.internal)
        thinner = replace(sections[number], picks=picks[:last] + picks[last + 1 :])
        sections = (*sections[:number], thinner, *sections[number + 1 :])
        steps.append(sections)


def _keep(sections: Sequence[Section], wanted: Callable[[Pick], bool]) -> tuple[Section, ...]:
    kept = (replace(section, picks=tuple(filter(wanted, section.picks))) for section in sections)
    return tuple(section for section in kept if section.picks)
