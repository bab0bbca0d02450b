"""docs/news.md is what an operator reads: its table must be the code's."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.digest import REASONS

PAGE = Path(__file__).parents[2] / "docs" / "news.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| ([a-z_, ]*?) ?\| (.+) \|$", re.MULTILINE)


def test_the_page_explains_every_code_with_its_parameters_in_the_codes_order() -> None:
    """A code that is added, renamed or reordered is so on the page, with a sentence that says what it means."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert [(code, tuple(filter(None, params.split(", ")))) for code, params, _ in rows] == list(REASONS.items())
    assert all(meaning.endswith(".") for _, _, meaning in rows)
