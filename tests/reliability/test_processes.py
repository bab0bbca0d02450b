"""Two processes at once, and one that is asked to end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.counts import FULL
from tests.reliability.bench import READERS
from tests.reliability.post import Act, Post

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

NAMES = [f"reader{number}@example.fi" for number in range(READERS)]


def test_two_starts_in_the_same_second(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Every time one works, and the other says which process does and exits 75; killed, the lock is free at once."""
    times, busy = (50 if FULL else 3), 0
    bench.adopt(frozen, "host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi\n")
    for number in range(times):
        fault = "collect.before-pull=pause:0.15" if number % 2 else "collect.after-record=pause:0.15"
        both = [bench.begin("run", fault=fault) for _ in range(2)]
        codes = {one.pid: one.wait() for one in both}
        assert sorted(codes.values()) == [3, 75], [one.said for one in both]
        worker = next(pid for pid, code in codes.items() if code != 75)
        loser = next(one for one in both if one.code == 75)
        assert f"is already running, pid {worker}" in loser.said
        busy += 1
    holder = bench.begin("run", fault="collect.before-pull=pause:60")
    lock = bench.folder / "var" / "run.lock"
    while not (lock.exists() and lock.read_text(encoding="ascii").strip() == str(holder.pid)):
        time.sleep(0.01)
    holder.kill()
    assert bench.process("run").code == 3
    figures.record("two", f"{times} times: one worked and one exited 75 in {busy}; kill -9 freed the lock", kills=1)


def test_two_deliveries_at_once_send_each_letter_once(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Beside each other: one sends, the other says so; nobody gets two."""
    with Post() as post:
        bench.adopt(frozen, post.section)
        both = [bench.begin("deliver", fault="deliver.before-intent=pause:0.05") for _ in range(2)]
        codes = sorted(one.wait() for one in both)
        assert codes in ([0, 75], [0, 0])
        assert post.times() == dict.fromkeys(NAMES, 1)
        figures.record("two", "two `deliver` at once", recipients=READERS, lost=0, duplicated=0)


@pytest.mark.skipif(not FULL, reason="it takes as long as the grace: seven seconds each (DIGIKOOSTE_FULL=1)")
@pytest.mark.parametrize("command", ["run", "deliver"])
def test_sigterm_does_not_wait_for_a_server_that_never_answers(
    command: str, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """Exit 0 within 10 s; the message in hand is unknown then, as after a kill, and the next run sends it again."""
    with Post(lambda stage, _recipient: Act.SILENCE if stage == "dot" else None) as post:
        bench.adopt(frozen, post.section)
        child = bench.begin(command)
        while not bench.states().get("sending"):
            time.sleep(0.02)
        child.terminate()
        begun = time.monotonic()
        assert child.wait(20) == 0, child.said
        assert time.monotonic() - begun < 10
        post.taken.clear()  # the server had it, and is silent about it for ever
        post.fault = lambda _stage, _recipient: None
        bench.later(minutes=6)
        assert bench.process("deliver").code == 0
        assert post.times() == dict.fromkeys(NAMES, 1)
        figures.record("sigterm", f"`{command}`, the mail server silent for ever", recipients=READERS, lost=0)


def test_sigterm_while_sources_are_read(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Exit 0 within 10 s, and nothing half; it says so, and the next run does it all."""
    with Post() as post:
        bench.adopt(frozen, post.section)
        child = bench.begin("run", fault="collect.before-pull=pause:1")
        lock = bench.folder / "var" / "run.lock"
        while not lock.exists() or lock.read_text(encoding="ascii").strip() != str(child.pid):
            time.sleep(0.01)
        child.terminate()
        begun = time.monotonic()
        assert child.wait(20) == 0, child.said
        assert time.monotonic() - begun < 10
        assert "Stopped from outside. Nothing is lost" in child.said
        assert post.taken == []
        assert bench.process("deliver").code == 0
        assert post.times() == dict.fromkeys(NAMES, 1)
        figures.record("sigterm", "`run` while sources are read", recipients=READERS, lost=0, duplicated=0)
