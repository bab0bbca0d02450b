"""When, never what: APScheduler wakes the callables that it is given, and they decide what is due.

Every job is woken at each beat, so that nothing depends on what this process believed earlier: a clock
that was set, a second process, or a file that was edited are seen at the next beat. A job's answer only
makes its next wake come sooner than that.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

Work: TypeAlias = "Callable[[datetime], datetime | None]"
"""Does what is due at a moment; answers when it next wants to be woken, None for the next beat."""

BEAT = 30.0
"""Seconds between two wakes of a job at most."""
JUMP = 2.0
"""Seconds by which the machine's clock may stray from the beat before every job is woken anew."""
_SOONEST = 0.05


class Timetable:
    """Wakes each job at every beat, and at the moment that it asked for; no job runs twice at once.

    ``clock`` tells the moment that a job is given. APScheduler itself only ever measures from the
    machine's clock to the next wake, so ``clock`` may stand still, run or jump. ``on_beat`` is called at
    every beat by the thread that watches over it all.
    """

    def __init__(
        self,
        jobs: Mapping[str, Work],
        *,
        clock: Callable[[], datetime],
        beat: float = BEAT,
        on_beat: Callable[[], None] = lambda: None,
    ) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415  # 170 ms for serve alone

        self._jobs = jobs
        self._clock = clock
        self.beat = beat
        self._on_beat = on_beat
        self._running = 0
        self._quiet = threading.Condition()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": max(1, len(jobs))}},
            # A wake that was missed, however long ago, is one wake: the default skips it after one second.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self.last_beat = time.monotonic()
        """When the supervising thread last looked around (monotonic), for whoever watches over it."""

    def run(self, stop: threading.Event, *, grace: float) -> bool:
        """Work until ``stop`` is set, then wait up to ``grace`` seconds for the jobs in hand; True if they ended."""
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a job that runs longer than a beat is no news
        for name in self._jobs:
            self._scheduler.add_job(
                self._work, "interval", seconds=self.beat, id=name, args=(name,), next_run_time=datetime.now(UTC)
            )
        strayed = _strayed()
        self._scheduler.start()
        while not stop.wait(self.beat):
            self.last_beat = time.monotonic()
            self._on_beat()
            if abs(_strayed() - strayed) > JUMP:  # the clock was set: what was planned by it may be days away
                strayed = _strayed()
                for name in self._jobs:
                    self.wake(name)
        self._scheduler.shutdown(wait=False)
        with self._quiet:
            return self._quiet.wait_for(lambda: self._running == 0, timeout=grace)

    def wake(self, name: str, after: float = 0.0) -> None:
        """Wake a job in ``after`` seconds instead of at the next beat."""
        from apscheduler.jobstores.base import JobLookupError  # noqa: PLC0415  # as above
        from apscheduler.schedulers import SchedulerNotRunningError  # noqa: PLC0415

        try:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(seconds=after))
        except (JobLookupError, SchedulerNotRunningError):
            log.debug("%s is not woken any more", name)

    def _work(self, name: str) -> None:
        with self._quiet:
            self._running += 1
        wanted = None
        try:
            wanted = self._jobs[name](self._clock())
        except Exception:  # the bulkhead of this loop: a job that fails is woken again at the next beat
            log.exception("%s failed", name)
        finally:
            with self._quiet:
                self._running -= 1
                self._quiet.notify_all()
        if wanted is not None:
            after = max(_SOONEST, (wanted - self._clock()).total_seconds())
            if after < self.beat:
                self.wake(name, after)


def _strayed() -> float:
    """Seconds between the machine's clock and one that nobody can set."""
    return time.time() - time.monotonic()
