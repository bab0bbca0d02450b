"""One program's turn: started and made ready, told to go, measured, asked for what it did.

The subject runs in a process of its own. Whatever it does before ``ready`` is start-up and not counted;
the clock then runs until it says what it got.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Watch

if TYPE_CHECKING:
    from benchmarks.measure import Cost

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a subject is to do: ask for every URL, ``hosts`` at once, keeping what it must in ``folder``.

    ``bodies``: it is worth being prepared to parse, because not every answer will be "not modified".
    """

    urls: list[str]
    bodies: bool
    hosts: int
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """What a subject got: bodies, "not modified", entries read, and faults."""

    read: int = 0
    unchanged: int = 0
    entries: int = 0
    new: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a trial; ``seconds`` by the clock on the wall."""

    got: Got
    seconds: float
    cost: Cost


def run(subject: str, task: Task) -> Result:
    """Let the subject, a module of ``benchmarks.subjects``, do the task in a new process."""
    # By -c and not -m: a main module with a name is imported again in every child of a fork server.
    code = f"from benchmarks.subjects.{subject} import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps(asdict(task)), file=process.stdin, flush=True)
        if not process.stdout.readline():
            raise RuntimeError(f"{subject} ended before it was ready, with code {process.wait()}.")
        with Watch(process.pid) as watch:
            start = time.perf_counter()
            print("go", file=process.stdin, flush=True)
            line = process.stdout.readline()
            seconds = time.perf_counter() - start
            cost = watch.stop()
        process.communicate()  # closes its input, which lets it go
        if not line:
            raise RuntimeError(f"{subject} ended in the middle, with code {process.returncode}.")
    answer = json.loads(line)
    return Result(got=Got(**{**answer, "faults": tuple(answer["faults"])}), seconds=seconds, cost=cost)


# In the subject's process -----------------------------------------------------------------------------


def take() -> Task:
    """Return the task."""
    return Task(**json.loads(sys.stdin.readline()))


def ready() -> None:
    """Say that start-up is over, and wait for the start."""
    print("ready", flush=True)
    sys.stdin.readline()


def done(got: Got) -> None:
    """Say what was got, and stay alive until the costs are read."""
    print(json.dumps(asdict(got)), flush=True)
    sys.stdin.read()
