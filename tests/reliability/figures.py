"""The figures of the failure matrix: recorded by its tests, printed after them, kept in docs/reliability.md."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.reliability.matrix import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
PROPERTY = "reliability"
COLUMNS = ("kills", "recipients", "lost", "duplicated", "Message-IDs")


@dataclass(kw_only=True)
class Figure:
    """What one test saw of a row: counts over all its repetitions; None where a column says nothing."""

    row: str
    did: str
    kills: int | None = None
    recipients: int | None = None
    lost: int | None = None
    duplicated: int | None = None
    identities: int | None = None


class Figures:
    """Where a test writes down what it saw; kept only when the test passes."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def record(
        self,
        row: str,
        did: str,
        *,
        kills: int | None = None,
        recipients: int | None = None,
        lost: int | None = None,
        duplicated: int | None = None,
        identities: int | None = None,
    ) -> None:
        """Record one figure of a row of the matrix; ``identities`` are the distinct Message-IDs that arrived."""
        assert row in {one.id for one in ROWS}, row
        figure = Figure(
            row=row,
            did=did,
            kills=kills,
            recipients=recipients,
            lost=lost,
            duplicated=duplicated,
            identities=identities,
        )
        self._node.user_properties.append((PROPERTY, asdict(figure)))


def of(reports: list[Any]) -> list[dict[str, Any]]:
    """The figures in what pytest reports of tests that passed, in the order of the matrix."""
    order = {row.id: number for number, row in enumerate(ROWS)}
    inside = sorted(reports, key=lambda report: str(report.nodeid))
    found = [value for report in inside for name, value in report.user_properties if name == PROPERTY]
    return sorted(found, key=lambda one: order[one["row"]])


def table(figures: list[dict[str, Any]]) -> list[str]:
    """Lines for a terminal."""
    lines = []
    for one in figures:
        numbers = ", ".join(f"{name} {value:,}" for name, value in _numbers(one).items() if value is not None)
        lines.append(f"{one['row']}: {one['did']}" + (f": {numbers}" if numbers else ""))
    return lines


def page(figures: list[dict[str, Any]], before: str) -> str:
    """The page: each row of the matrix, with what its tests saw; one that did not run keeps what it had ``before``."""
    kept = {fault: _lines(section) for fault, section in _SECTION.findall(before)}
    tables = {}
    for row in ROWS:
        own = [one for one in figures if one["row"] == row.id]
        tables[row.id] = _markdown(own) if own else kept.get(row.fault, [])
    parts = [_HEAD, *_sum(tables.values()), ""]
    for row in ROWS:
        parts += [f"## {row.fault}", "", row.expected, ""]
        parts += [*tables[row.id], ""] if tables[row.id] else []
        parts += [f"Tests: {', '.join(f'`{test}`' for test in row.tests)}.", ""]
    return "\n".join(parts).rstrip() + "\n"


_SECTION = re.compile(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_HEAD = """# What it survives

Written by the tests that hold it (`make reliability`, which takes some minutes): every fault of the failure matrix,
what is promised, what was done to real processes over real sockets and files, and what came of it. **Lost** are
recipients who never got their letter, **duplicated** second copies of one, and **Message-IDs** the different messages
that arrived: a second copy is the same message, so there are never more of them than letters. Figures of random kills
differ from run to run; the bounds do not.

One fault again, with fewer repetitions: `.venv/bin/pytest tests/reliability -k disk`; the same figures stand at the end
of what it prints. Faults are armed by `DIGIKOOSTE_FAILPOINTS` ([the points](../pipeline/failpoints.py)), which no
normal run sets.

## All of it

Second copies are all of letters that the server had taken when the process was killed or the connection lost.
"""


def _lines(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("|")]


def _sum(tables: Iterable[list[str]]) -> list[str]:
    """All rows together: what stands in their tables."""
    totals = dict.fromkeys(COLUMNS[:-1], 0)
    faults = 0
    for head, _, *lines in filter(None, tables):
        names = [cell.strip() for cell in head.strip("|").split("|")]
        faults += len(lines)
        for line in lines:
            for name, cell in zip(names, line.strip("|").split("|"), strict=True):
                if name in totals:
                    totals[name] += int(cell.strip().replace(",", "") or 0)
    cells = [f"{value:,}" for value in (faults, *totals.values())]
    return [f"| faults | {' | '.join(totals)} |", "|---" * len(cells) + "|", f"| {' | '.join(cells)} |"]


def _numbers(figure: Mapping[str, Any]) -> dict[str, int | None]:
    names = ("kills", "recipients", "lost", "duplicated", "identities")
    return dict(zip(COLUMNS, (figure[name] for name in names), strict=True))


def _markdown(figures: list[dict[str, Any]]) -> list[str]:
    used = [name for name in COLUMNS if any(_numbers(one)[name] is not None for one in figures)]
    lines = ["| " + " | ".join(["what was done", *used]) + " |", "|---" * (len(used) + 1) + "|"]
    for one in figures:
        cells = ["" if (value := _numbers(one)[name]) is None else f"{value:,}" for name in used]
        lines.append("| " + " | ".join([one["did"], *cells]) + " |")
    return lines
