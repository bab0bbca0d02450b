"""Every mistake of one file, gathered with its place, said once and in the order of the lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# "langauge" scores 88 against "language", "topic" 91 against "topics", "enabled" 57 against "archive".
LOOKS_LIKE = 70
MOST_SHOWN = 100


class Mark(NamedTuple):
    """A place in the file, counted from one, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one place, and what to write instead; ``mark`` (0, 0) is not in the file."""

    mark: Mark
    text: str


NOWHERE = Mark(0, 0)
_FEW = 12
"""Names that a sentence may list."""


def rendered(problems: Iterable[Problem], name: str) -> tuple[str, ...]:
    """Each as ``file:line:column: text``, first line first, none twice; the first hundred of very many."""
    ordered = sorted(set(problems))
    lines = [_line(problem, name) for problem in ordered[:MOST_SHOWN]]
    if len(ordered) > MOST_SHOWN:
        lines.append(f"{name}: and {len(ordered) - MOST_SHOWN} more mistakes after these; mend these first")
    return tuple(lines)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """``; did you mean "language"?`` where one of the known words looks like this one, else ''."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  # 8 ms that a file without mistakes never pays

    choices = sorted(known)
    found = process.extractOne(word, choices, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=LOOKS_LIKE)
    return f'; did you mean "{found[0]}"?' if found else ""


def unknown_source(name: str, known: Collection[str]) -> str:
    """What to say of an id that no source has: which one is like it, or which there are."""
    near = did_you_mean(name, known)
    there = "none" if not known else ", ".join(known) if len(known) <= _FEW else f"{len(known)} others"
    return f"has no source {name}{near or f'; it has {there}'}"


def shown(value: str, limit: int = 60) -> str:
    """A value of the file in quotes for a sentence: one line, printable, not too long."""
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in value)
    return f'"{text}"' if len(text) <= limit else f'"{text[: limit - 1]}…"'


def one_of(words: Iterable[str]) -> str:
    """``fi, sv or en``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _line(problem: Problem, name: str) -> str:
    if problem.mark == NOWHERE:
        return problem.text
    return f"{name}:{problem.mark.line}:{problem.mark.column}: {problem.text}"
