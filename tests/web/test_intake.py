"""Writing down what visitors ask for: nobody waits for an answer that cannot come."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.store import Asking, Kind
from pipeline.web.readers.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKING = Asking(
    kind=Kind.JOIN,
    who="x",
    address="maija@example.fi",
    language="fi",
    topics=None,
    at=datetime(2026, 11, 16, tzinfo=UTC),
)


def test_a_fault_while_writing_is_everybodys_answer_at_once() -> None:
    """Whatever goes wrong is raised to all who wait for that write, and the next one is tried again."""
    tried: list[int] = []

    def keep(askings: Sequence[Asking]) -> bool:
        tried.append(len(askings))
        if len(tried) == 1:
            raise RuntimeError("can't start new thread")
        return True

    async def ask_thrice() -> list[object]:
        intake = Intake(keep, lambda: None)
        both = await asyncio.wait_for(
            asyncio.gather(intake.take(ASKING), intake.take(ASKING), return_exceptions=True), timeout=20
        )
        return [*both, await asyncio.wait_for(intake.take(ASKING), timeout=20)]

    one, other, third = asyncio.run(ask_thrice())
    assert repr(one) == repr(other) == repr(RuntimeError("can't start new thread"))
    assert (third, tried) == (None, [2, 1])
