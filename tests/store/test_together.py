"""Writing together: whoever waits is served by one group, and everybody hears what became of theirs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pipeline.store.together import Together

if TYPE_CHECKING:
    from collections.abc import Sequence


class Ledger:
    """Keeps the groups that were written, and holds the first one until it is let go."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, entries: Sequence[int]) -> list[int]:
        self.groups.append(list(entries))
        self.begun.set()
        assert self.go_on.wait(10)
        if -1 in entries:
            raise ValueError("no room")
        return [entry * 10 for entry in entries]


def test_one_thread_writes_alone() -> None:
    """Nothing is gathered where nobody else writes."""
    ledger = Ledger()
    ledger.go_on.set()
    together = Together[int, int](ledger)
    assert [together(1), together(2)] == [10, 20]
    assert ledger.groups == [[1], [2]]


def gathered(ledger: Ledger, together: Together[int, int], threads: ThreadPoolExecutor, numbers: list[int]) -> list:  # type: ignore[type-arg]
    """Begin to write 0, and let the others gather behind it."""
    first = threads.submit(together, 0)
    assert ledger.begun.wait(10)
    others = [threads.submit(together, number) for number in numbers]
    while len(together._waiting) < len(numbers):
        threading.Event().wait(0.001)
    ledger.go_on.set()
    assert first.result(10) == 0
    return others


def test_those_who_wait_are_one_group() -> None:
    """While the first is being written the others gather, and each gets its own answer."""
    ledger = Ledger()
    together = Together[int, int](ledger)
    with ThreadPoolExecutor(6) as threads:
        others = gathered(ledger, together, threads, [1, 2, 3, 4, 5])
        assert sorted(other.result(10) for other in others) == [10, 20, 30, 40, 50]
    assert [sorted(group) for group in ledger.groups] == [[0], [1, 2, 3, 4, 5]]


def test_a_group_that_fails_fails_for_everybody_in_it() -> None:
    """Nobody believes that their entry is written; the next group is as good as ever."""
    ledger = Ledger()
    together = Together[int, int](ledger)
    with ThreadPoolExecutor(6) as threads:
        others = gathered(ledger, together, threads, [1, -1, 3])
        for other in others:
            with pytest.raises(ValueError, match="no room"):
                other.result(10)
    assert together(7) == 70
