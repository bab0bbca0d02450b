"""Columns for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.cli import tables

if TYPE_CHECKING:
    import pytest

HEAD = ("Source", "State", "Next")
ROWS = [
    (("a-source-with-a-very-long-name", "good", "2026-11-22 17:36"), "good; next 2026-11-22 17:36"),
    (("b", "failing", "-"), "failing; next -"),
]


def test_what_fits_stands_in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the heads, without blanks at the end."""
    monkeypatch.setenv("COLUMNS", "60")
    assert list(tables.columns(HEAD, ROWS)) == [
        "Source                          State    Next",
        "a-source-with-a-very-long-name  good     2026-11-22 17:36",
        "b                               failing  -",
    ]


def test_a_narrow_window_cuts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name can be copied from it."""
    monkeypatch.setenv("COLUMNS", "40")
    assert list(tables.columns(HEAD, ROWS)) == [
        "a-source-with-a-very-long-name",
        "  good; next 2026-11-22 17:36",
        "b",
        "  failing; next -",
    ]


def test_a_pipe_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is a line for `grep`, however long."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert len(list(tables.columns(HEAD, [(("a" * 500, "good", "-"), "good")]))) == 2


SENTENCES = (("clock", "warning"), ("it stands still and has done so for long", "→ wind it up"))


def test_sentences_stand_beside_what_they_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins a line, and long ones go on in the same column."""
    monkeypatch.setenv("COLUMNS", "50")
    assert list(tables.sentences([SENTENCES])) == [
        "clock  warning  it stands still and has done so",
        "                for long",
        "                → wind it up",
    ]


def test_sentences_stand_below_where_they_have_no_room_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of one word a line cannot be read."""
    monkeypatch.setenv("COLUMNS", "40")
    assert list(tables.sentences([SENTENCES])) == [
        "clock  warning",
        "    it stands still and has done so for",
        "    long",
        "    → wind it up",
    ]
