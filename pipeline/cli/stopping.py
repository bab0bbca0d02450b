"""Signals that end a command after the work in hand."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def stopping(*signals: signal.Signals) -> Iterator[threading.Event]:
    """Give an event that these signals set, for the length of the block."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # nobody signals a thread
        yield stop
        return

    def end(*_: object) -> None:
        """Not here, for the very lock that ``set`` takes may be held by this thread at this moment."""
        threading.Thread(target=stop.set, daemon=True).start()

    before = {one: signal.signal(one, end) for one in signals}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
