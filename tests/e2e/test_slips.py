"""What somebody gets wrong who has never seen the program: the answer is a sentence that says what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.desk import Desk


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rnu", "run"), ("recipient", "recipients"), ("send_test", "send-test"), ("pubish", "publish")],
)
def test_a_misspelt_command_gets_a_proposal(desk: Desk, typed: str, meant: str) -> None:
    """As the commands below `sources` and `recipients` do."""
    done = desk.do(typed)
    assert done.code == 64
    assert f"Did you mean '{meant}'?" in done.err


@pytest.mark.parametrize("option", ["-w", "--workspace"])
def test_the_workspace_is_named_behind_the_command(desk: Desk, option: str) -> None:
    """Many programs take it before."""
    done = desk.do(option, ".", "run")
    assert done.code == 64
    assert "stands behind the command: digikooste run --workspace DIR" in done.err
