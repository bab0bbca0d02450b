"""docs/reliability.md is what the tests wrote: every row of the matrix, in shape; each test that it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.reliability import figures
from tests.reliability.matrix import ROWS, Row

TESTS = Path(__file__).parents[1]


def functions(file: Path) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_test_that_a_row_names_exists(row: Row) -> None:
    """A promise that nobody holds is none."""
    assert row.tests
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in functions(TESTS / file), test


def test_every_test_of_the_matrix_is_named() -> None:
    """Whoever reads the page finds all of them."""
    named = {test for row in ROWS for test in row.tests}
    own = {"test_page.py", "test_failpoints.py", "test_connections.py"}
    for file in Path(__file__).parent.glob("test_*.py"):
        if file.name not in own:
            for name in functions(file):
                if name.startswith("test_") and name != "test_patience_that_is_no_number_is_named":
                    assert f"reliability/{file.name}::{name}" in named, name


def test_the_page_names_every_row_and_is_in_shape() -> None:
    """Each row in its order, with its promise and its tests; each table as wide as its head; nobody lost."""
    text = figures.PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    assert list(sections) == ["All of it", *(row.fault for row in ROWS)]
    for row in ROWS:
        section = sections[row.fault]
        assert section.startswith(row.expected), row.id
        assert all(f"`{test}`" in section for test in row.tests), row.id
        lines = [line for line in section.splitlines() if line.startswith("|")]
        assert len({line.count(" | ") for line in lines if not line.startswith("|---")}) <= 1, row.id
        has_own = any(test.startswith("reliability/") for test in row.tests)
        assert bool(lines) == has_own, f"{row.id}: run `make reliability`"
        if lines and "lost" in lines[0]:
            column = [cell.strip() for cell in lines[0].split("|")].index("lost")
            assert {line.split("|")[column].strip() for line in lines[2:]} <= {"0", ""}, row.id
