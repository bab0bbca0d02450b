"""What is written to the store is written in order, in a thread of its own, and told in the caller's."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from pipeline.errors import StoreError
from pipeline.jobs.clerk import Clerk


def nothing() -> None:
    """Nobody needs to be woken."""


def test_everything_is_done_and_told_in_order() -> None:
    """The work in one other thread, what follows from it in this one."""
    done: list[tuple[int, str]] = []
    told: list[tuple[int, str]] = []
    woken = threading.Event()

    def work(number: int) -> int:
        done.append((number, threading.current_thread().name))
        return number

    with Clerk(woken.set) as clerk:
        for number in range(20):
            clerk.give(partial(work, number), lambda number: told.append((number, threading.current_thread().name)))
        assert woken.wait(60)
        assert not told
        clerk.finish()
    assert [number for number, _ in done] == [number for number, _ in told] == list(range(20))
    assert {name for _, name in told} == {threading.current_thread().name}
    assert len({name for _, name in done}) == 1
    assert {name for _, name in done}.isdisjoint(name for _, name in told)


def test_hearing_does_not_wait() -> None:
    """Only of what is done by now; ``do`` waits for its own and all before it."""
    gate = threading.Event()
    told: list[str] = []
    with Clerk(nothing) as clerk:
        clerk.give(lambda: gate.wait(60), lambda _: told.append("first"))
        clerk.hear()
        assert told == []
        gate.set()
        assert clerk.do(lambda: 42) == 42
        clerk.hear()
        assert told == ["first"]


def test_an_error_is_raised_where_it_is_heard_of() -> None:
    """And what was not begun when it left the block is never done."""
    begun, gate = threading.Event(), threading.Event()
    done: list[str] = []

    def fail() -> None:
        raise StoreError("the disk is full.")

    def slow() -> None:
        begun.set()
        gate.wait(60)
        done.append("slow")

    def leave() -> None:
        with Clerk(nothing) as clerk:
            clerk.give(fail)
            clerk.give(slow)
            clerk.give(lambda: done.append("never"))
            assert begun.wait(60)
            threading.Timer(0.05, gate.set).start()
            clerk.hear()

    with pytest.raises(StoreError, match="the disk is full"):
        leave()
    assert done == ["slow"], "what was being written is written to its end"
