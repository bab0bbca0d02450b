"""Tells time that has passed from a clock that was set, as long as this process lives."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LEAP = timedelta(days=100)
"""So far ahead in a moment no clock goes that is put right; one that had stood still may."""
BELIEVED_AFTER = 3600.0
"""Seconds after which a clock that leapt and stays there is believed: a machine may start with an old time."""


def _since_boot() -> float:
    """Seconds that nobody can set; time asleep counts, where the system tells."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Pulse:
    """Compares a clock with the seconds that went by between two looks at it."""

    def __init__(self, seconds: Callable[[], float] = _since_boot) -> None:
        self._seconds = seconds
        self._last: tuple[datetime, float] | None = None
        self._leapt_at: float | None = None

    def ahead(self, moment: datetime) -> timedelta | None:
        """Return how far the clock leapt ahead, while that is not to be believed; None otherwise.

        One that went as far back is not taken for a measure at once either: put right again, it has not leapt.
        """
        seconds = self._seconds()
        if self._last is not None:
            expected = self._last[0] + timedelta(seconds=seconds - self._last[1])
            if abs(moment - expected) >= LEAP:
                self._leapt_at = seconds if self._leapt_at is None else self._leapt_at
                if seconds - self._leapt_at < BELIEVED_AFTER:
                    return moment - expected if moment > expected else None
        self._last, self._leapt_at = (moment, seconds), None
        return None
