"""What a process and all its children take: CPU seconds and memory, seen from outside by /proc."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

INTERVAL = 0.1
"""Seconds between two looks at the memory; a look costs about a millisecond a process."""

_CLOCK_SCHED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds, user and system; memory in bytes at its highest."""

    cpu: float
    peak: int


def family(pid: int) -> list[int]:
    """Return ``pid`` and everything below it that is alive."""
    found = [pid]
    for parent in found:  # grows while it is read
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found.extend(map(int, (task / "children").read_text().split()))
        except OSError:  # it has just ended
            continue
    return found


def cpu_of(pids: list[int]) -> float:
    """Return the CPU seconds of living processes, to the nanosecond."""
    return sum(map(_clock, pids))


def _clock(pid: int) -> float:
    # What clock_getcpuclockid(3) makes of a process id on Linux; Python gives no name to it.
    try:
        return time.clock_gettime((~pid << 3) | _CLOCK_SCHED)
    except OSError:
        return 0.0


def memory_of(pids: list[int]) -> int:
    """Return the proportional set size of living processes: pages that several share are counted once in all."""
    return sum(map(_pss, pids))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


class Watch:
    """Measures a process and its children from the start of the block until ``stop``.

    Children must live until then; one that ends before takes its CPU seconds with it.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._start = cpu_of(family(self._pid))
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._over.set()
        self._watcher.join()

    def stop(self) -> Cost:
        """Return what it took so far."""
        cpu = cpu_of(family(self._pid)) - self._start
        self._over.set()
        self._watcher.join()
        return Cost(cpu=cpu, peak=max(self._peak, memory_of(family(self._pid))))

    def _look(self) -> None:
        while not self._over.wait(INTERVAL):
            self._peak = max(self._peak, memory_of(family(self._pid)))
