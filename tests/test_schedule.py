"""When, never what: wakes at every beat and when asked, one at a time, under any clock."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Self

from pipeline.schedule import Timetable

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

NOW = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


def run(timetable: Timetable, until: Callable[[], object], *, grace: float = 5.0) -> bool:
    """Run until something holds (or a minute); answers whether every job had ended."""
    stop, answers = threading.Event(), []
    thread = threading.Thread(target=lambda: answers.append(timetable.run(stop, grace=grace)))
    thread.start()
    end = time.monotonic() + 60
    while not until() and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    thread.join()
    assert until()
    return bool(answers[0])


def test_every_job_is_woken_at_once_and_at_every_beat() -> None:
    """Each is given the clock's moment; one that fails is woken again like the others."""
    woken: Counter[str] = Counter()
    moments = set()

    def works(moment: datetime) -> None:
        woken["works"] += 1
        moments.add(moment)

    def fails(_: datetime) -> None:
        woken["fails"] += 1
        raise ValueError("a defect")

    timetable = Timetable({"works": works, "fails": fails}, clock=lambda: NOW, beat=0.05)
    assert run(timetable, lambda: min(woken["works"], woken["fails"]) >= 3)
    assert moments == {NOW}


def test_a_job_is_woken_when_it_asks_to_be() -> None:
    """Long before the next beat, by the clock that it was given; the moment may have passed already."""
    woken: list[float] = []

    def job(moment: datetime) -> datetime:
        woken.append(time.monotonic())
        return moment + timedelta(seconds=0.2 if len(woken) == 1 else -400 * 86_400)

    assert run(Timetable({"job": job}, clock=lambda: NOW, beat=60.0), lambda: len(woken) >= 3)
    assert 0.15 < woken[1] - woken[0] < 30  # and not 60, the beat


def test_one_job_wakes_another() -> None:
    """Compose wakes deliver, which would otherwise wait for its beat."""
    delivered: list[datetime] = []
    timetable = Timetable(
        {"compose": lambda _: timetable.wake("deliver", 0.2), "deliver": delivered.append}, clock=lambda: NOW, beat=60.0
    )
    assert run(timetable, lambda: len(delivered) >= 2)


def test_no_job_runs_twice_at_once_and_the_others_go_on() -> None:
    """A reading that takes long delays neither letter nor delivery."""
    inside: Counter[str] = Counter()
    most: Counter[str] = Counter()
    woken: Counter[str] = Counter()

    def slow(_: datetime) -> None:
        inside["slow"] += 1
        most["slow"] = max(most["slow"], inside["slow"])
        time.sleep(0.1)
        inside["slow"] -= 1
        woken["slow"] += 1

    def quick(_: datetime) -> None:
        woken["quick"] += 1

    timetable = Timetable({"slow": slow, "quick": quick}, clock=lambda: NOW, beat=0.02)
    assert run(timetable, lambda: woken["slow"] >= 3)
    assert most["slow"] == 1
    assert woken["quick"] > woken["slow"]


def test_the_end_waits_for_the_work_in_hand_but_not_for_ever() -> None:
    """True when it ended within its grace, False when it did not; nothing is begun any more."""
    for seconds, grace, expected in ((0.1, 5.0, True), (1.0, 0.1, False)):
        begun: list[datetime] = []

        def job(moment: datetime, begun: list[datetime] = begun, seconds: float = seconds) -> None:
            begun.append(moment)
            time.sleep(seconds)

        timetable = Timetable({"job": job}, clock=lambda: NOW, beat=0.05)
        ended = run(timetable, partial(len, begun), grace=grace)
        assert (ended, len(begun)) == (expected, 1)


def test_a_machines_clock_that_was_set_back_wakes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planned by the clock as it was, the next wake would be 400 days away."""
    shift = [timedelta()]
    real = time.time

    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(real(), tz) + shift[0]

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Machine)
    monkeypatch.setattr("pipeline.schedule.datetime", Machine)
    monkeypatch.setattr("pipeline.schedule.time.time", lambda: real() + shift[0].total_seconds())
    woken: list[datetime] = []

    def job(moment: datetime) -> None:
        woken.append(moment)
        if len(woken) == 1:
            shift[0] = timedelta(days=-400)

    assert run(Timetable({"job": job}, clock=lambda: NOW, beat=0.1), lambda: len(woken) >= 3)
