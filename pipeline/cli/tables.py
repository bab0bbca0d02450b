"""Rows in columns for people: in a narrow window what does not fit stands below, and nothing is cut."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ENDLESS = 10_000
_ROOM = 30
"""Characters that a sentence in the last column needs to be read."""


def width() -> int:
    """Return how wide a line may be: as the terminal or COLUMNS says, without end in a file or a pipe."""
    if "COLUMNS" in os.environ or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return _ENDLESS


def columns(head: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> Iterator[str]:
    """Yield the lines of a table of ``rows``: cells, and the same (but for the first cell) in words.

    Where it is too narrow for a table, each row is its first cell with the words below.
    """
    sizes = [max(map(len, column)) for column in zip(head, *(cells for cells, _ in rows), strict=True)]
    if sum(sizes) + 2 * (len(sizes) - 1) <= width():
        yield from (_line(cells, sizes) for cells in (head, *(cells for cells, _ in rows)))
        return
    for cells, words in rows:
        yield cells[0]
        yield from _wrapped(words, 2)


def sentences(rows: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Iterator[str]:
    """Yield the lines of a table whose last column holds sentences, each of which begins a line.

    A row is its short cells, which may be coloured, and its sentences. Where there is no room for these beside the
    cells, they stand below.
    """
    sizes = [max(map(_length, column)) for column in zip(*(cells for cells, _ in rows), strict=True)]
    indent = sum(sizes) + 2 * len(sizes)
    is_beside = width() - indent >= _ROOM
    margin = indent if is_beside else 4
    for cells, said in rows:
        first = "".join(cell + " " * (size + 2 - _length(cell)) for cell, size in zip(cells, sizes, strict=True))
        lines = [line for sentence in said for line in _wrapped(sentence, margin)]
        if is_beside:
            lines[0] = first + lines[0][margin:]
        else:
            yield first.rstrip()
        yield from lines


def _wrapped(text: str, margin: int) -> list[str]:
    blank = " " * margin
    room = max(width(), margin + _ROOM)
    return textwrap.wrap(
        text, room, initial_indent=blank, subsequent_indent=blank, break_long_words=False, break_on_hyphens=False
    )


def _length(cell: str) -> int:
    return len(click.unstyle(cell))


def _line(cells: Sequence[str], sizes: Sequence[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(cells, sizes, strict=True)).rstrip()
