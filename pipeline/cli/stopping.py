"""Signals that end a command after the work in hand."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from pipeline.cli.exits import Exit
from pipeline.cli.showing import log

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE = 7.0
"""Seconds that what is in hand gets at the end; ten are promised in all."""
_STOPPED = "Stopped from outside. Nothing is lost: the next run goes on from here."


@contextlib.contextmanager
def unhurried() -> Iterator[threading.Event]:
    """Give an event that a first Ctrl-C sets; for the length of the block only a second one interrupts.

    A letter that is on its way gets its answer written down: nobody would know otherwise whether it arrived, and its
    reader might get it twice. KeyboardInterrupt at the block's end when there was one.
    """
    pressed = threading.Event()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield pressed
        return

    def first(*_: object) -> None:
        """Not more here, as in ``stopping``."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=wind_up, daemon=True).start()

    def wind_up() -> None:
        pressed.set()
        log("Stopping after the letter in hand; Ctrl-C again stops at once.")

    signal.signal(signal.SIGINT, first)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def stopping(*signals: signal.Signals, grace: float | None = None) -> Iterator[threading.Event]:
    """Give an event that these signals set, for the length of the block.

    With ``grace`` it is said that the command was stopped, and the process ends so many seconds later at the latest,
    wherever it is: what is in hand then is left as by a kill, and the next run goes on from there.
    """
    stop, ended = threading.Event(), threading.Event()
    if threading.current_thread() is not threading.main_thread():  # nobody signals a thread
        yield stop
        return

    def end(*_: object) -> None:
        """Not here, for the very lock that ``set`` takes may be held by this thread at this moment."""
        threading.Thread(target=wind_up, daemon=True).start()

    def wind_up() -> None:
        stop.set()
        if grace is not None and not ended.wait(grace):
            log(_STOPPED)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(Exit.DONE)

    before = {one: signal.signal(one, end) for one in signals}
    try:
        yield stop
    finally:
        ended.set()
        for one, handler in before.items():
            signal.signal(one, handler)
        if grace is not None and stop.is_set():
            log(_STOPPED)
