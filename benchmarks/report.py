"""Plain tables for a terminal, and the words for a comparison."""

from __future__ import annotations


class Table:
    """Rows of text under headings; printed as a whole, so that columns fit."""

    def __init__(self, title: str, *columns: str) -> None:
        self._lines: list[tuple[str, ...] | str] = [columns]
        self._title = title

    def row(self, *cells: str) -> None:
        """Add a row; all cells but the first stand to the right."""
        self._lines.append(cells)

    def heading(self, text: str) -> None:
        """Begin a group of rows."""
        self._lines.append(f"\n{text}")

    def note(self, text: str) -> None:
        """Say something about the row above."""
        self._lines.append(f"    {text}")

    def print(self) -> None:
        """Print it all."""
        rows = [line for line in self._lines if isinstance(line, tuple)]
        first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
        print(f"\n{self._title}\n{'-' * len(self._title)}")
        for line in self._lines:
            if isinstance(line, str):
                print(line)
            else:
                cells = (cell.rjust(width) for cell, width in zip(line[1:], widths, strict=True))
                print("  ".join((f"  {line[0]:<{first}}", *cells)))


def ratio(theirs: float, ours: float) -> str:
    """Return how many times as much theirs is: "2.1 times"."""
    return f"{theirs / ours:.1f} times"
