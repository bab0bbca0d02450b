"""Kill -9 at every step, and at random: the next run completes, nothing is lost, a second copy is the same message."""

from __future__ import annotations

import random
import signal
import threading
import time
from typing import TYPE_CHECKING

from pipeline.failpoints import POINTS
from tests.counts import FULL
from tests.reliability.bench import KEY
from tests.reliability.post import Act, Post

if TYPE_CHECKING:
    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

READERS = 16
AFTER_ACCEPTANCE = {"deliver.after-content", "deliver.after-250", "deliver.in-settle"}
"""Where the server has the message, and nobody has written that down: the only ones that may cost a second copy."""


def whole(bench: Bench, post: Post, names: list[str]) -> None:
    """Nobody was lost, every copy is the same message, one digest row, and no half file."""
    assert set(post.times()) == set(names)
    assert all(len(found) == 1 for found in post.identities().values()), "a resend is the same message"
    assert bench.states() == {"accepted": len(names)}
    assert bench.digests() == [KEY]
    assert bench.half_files() == []


def copies(post: Post) -> int:
    """How many letters came a second time."""
    return sum(post.times().values()) - len(post.times())


def killed_at(room: str, command: str, bench: Bench, figures: Figures, *, some: int = 0) -> list[str]:
    """Kill one process at each point of a room, one after the other; answers the points."""
    points = [point for point in POINTS if point.startswith(room) and point != "publish.in-removal"]
    points = points if FULL or not some else points[:: len(points) // some]
    for point in points:
        killed = bench.begin(command, fault=f"{point}=kill").wait()
        bench.later(minutes=6)
        assert killed == -signal.SIGKILL, point
        figures.record(
            "kill-steps", f"`{point}`: {POINTS[point]}", kills=1, lost=0, duplicated=int(point in AFTER_ACCEPTANCE)
        )
    return points


def test_killed_while_collecting(bench: Bench, figures: Figures) -> None:
    """Before the first request, with an answer in memory, before, within and after the commit: no loss."""
    with Post() as post:
        names = bench.ready(3, post.section)
        killed_at("collect.", "run", bench, figures, some=2)
        assert bench.process("run").code == 0
        whole(bench, post, names)
        assert copies(post) == 0


def test_killed_while_composing_and_publishing(bench: Bench, figures: Figures) -> None:
    """One digest row however often, and output/ holds whole files alone: each is whole under its name or not there."""
    with Post() as post:
        names = bench.ready(3, post.section)
        assert bench.do("collect").code == 0
        for room in ("compose.", "publish."):
            killed_at(room, "compose", bench, figures, some=3)
            assert len(bench.digests()) <= 1
            assert post.taken == [], "nothing leaves before the pages stand"
        assert bench.process("run").code == 0
        whole(bench, post, names)
        assert copies(post) == 0


def test_killed_while_an_old_folder_is_removed(bench: Bench, figures: Figures) -> None:
    """A trial digest gave way, and its folder was hidden but not removed yet: the next run clears it away."""
    with Post() as post:
        names = bench.ready(0, post.section)
        bench.do("run")
        bench.later(days=7)
        names = bench.ready(1, post.section)
        assert bench.begin("compose", fault="publish.in-removal=kill").wait() == -signal.SIGKILL
        assert bench.process("run").code == 0
        assert set(post.times()) == set(names)
        assert bench.half_files() == []
        assert not (bench.folder / "output" / KEY).exists()
        point = "publish.in-removal"
        figures.record("kill-steps", f"`{point}`: {POINTS[point]}", kills=1, lost=0, duplicated=0)


def test_killed_before_an_old_folder_is_removed(bench: Bench, figures: Figures) -> None:
    """The digest that takes its place is frozen, and nobody has touched output/ yet: the next run does."""
    with Post() as post:
        bench.ready(0, post.section)
        bench.do("run")
        bench.later(days=7)
        bench.ready(1, post.section)
        assert (bench.folder / "output" / KEY).exists()
        assert bench.begin("compose", fault="compose.after-freeze=kill").wait() == -signal.SIGKILL
        assert bench.process("run").code == 0
        assert not (bench.folder / "output" / KEY).exists()
        assert bench.half_files() == []
        figures.record("kill-steps", "`compose.after-freeze`, where a trial digest gave way", kills=1, lost=0)


def test_killed_while_delivering(bench: Bench, figures: Figures) -> None:
    """At each step of a message: a second copy only where the server had it already, and then the same message."""
    with Post() as post:
        names = bench.ready(READERS, post.section)
        assert bench.do("collect").code == 0
        assert bench.do("compose").code == 0
        points = killed_at("deliver.", "deliver", bench, figures)
        assert bench.process("run").code == 0
        whole(bench, post, names)
        assert copies(post) == len(AFTER_ACCEPTANCE & set(points))


class Mischief:
    """What a faulty mail server does, at random but for each recipient only once, so that nobody is given up."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._done: set[tuple[str, str]] = set()
        self.untold = 0
        """Letters that were delivered, and whose sender was never told."""

    def __call__(self, stage: str, recipient: str) -> str | Act | None:
        with self._lock:
            if stage == "connect" or self._chance.random() > 0.04 or (stage, recipient) in self._done:
                return None
            self._done.add((stage, recipient))
            choices: dict[str, list[str | Act]] = {
                "mail": ["451 4.3.0 later", "421 4.3.2 closing", Act.HANG_UP],
                "rcpt": ["451 4.2.1 later", "421 4.3.2 closing", Act.HANG_UP],
                "data": ["451 4.3.0 later", Act.HANG_UP],
                "dot": ["451 4.3.0 later", "421 4.3.2 closing", Act.HANG_UP, Act.TAKE_AND_HANG_UP],
            }
            chosen = self._chance.choice(choices[stage])
            self.untold += chosen is Act.TAKE_AND_HANG_UP
            return chosen


def killed_at_random(bench: Bench, readers: int, kills: int, connections: int) -> tuple[Post, int, int]:
    """Deliver through a faulty server, killed again and again; answers the server, the kills and the untold."""
    chance = random.Random(kills)
    mischief = Mischief(kills)
    with Post(mischief) as post:
        names = bench.ready(readers, f"{post.section}connections: {connections}\n")
        assert bench.do("collect").code == 0
        assert bench.do("compose").code == 0
        done = 0
        while done < kills:
            begun = len(post.taken)
            child = bench.begin("deliver")
            wanted = begun + chance.randint(0, max(1, 2 * (readers - begun) // (kills - done)))
            while child.is_running() and len(post.taken) < wanted:
                time.sleep(chance.random() * 0.004)
            if child.is_running():
                done += child.kill() == -signal.SIGKILL
            bench.later(minutes=6)
            if bench.states().keys() == {"accepted"}:
                break
        for _ in range(20):
            bench.later(minutes=61)
            if bench.process("deliver").code == 0 and bench.states().keys() == {"accepted"}:
                break
        whole(bench, post, names)
    return post, done, mischief.untold


def test_killed_at_random_over_a_faulty_server(bench: Bench, figures: Figures) -> None:
    """Nobody is lost; copies are no more than kills and connections lost after the server took a letter."""
    readers, kills = (1000, 100) if FULL else (60, 4)
    post, done, untold = killed_at_random(bench, readers, kills, connections=1)
    assert done >= kills * 3 // 4
    assert copies(post) <= done + untold
    figures.record(
        "kill-random",
        f"one connection, {untold} of its letters taken without an answer",
        kills=done,
        recipients=readers,
        lost=readers - len(post.times()),
        duplicated=copies(post),
        identities=len(set(post.taken)),
    )


def test_killed_at_random_with_several_connections(bench: Bench, figures: Figures) -> None:
    """At most one copy for each connection and kill."""
    readers, kills = (400, 20) if FULL else (60, 2)
    post, done, untold = killed_at_random(bench, readers, kills, connections=4)
    assert done >= kills // 2
    assert post.most_at_once > 1
    assert copies(post) <= 4 * done + untold
    figures.record(
        "kill-random",
        f"four connections, {untold} letters taken without an answer",
        kills=done,
        recipients=readers,
        lost=readers - len(post.times()),
        duplicated=copies(post),
        identities=len(set(post.taken)),
    )
