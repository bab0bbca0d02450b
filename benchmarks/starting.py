"""What a command costs before it does anything: Python, imports, ``sources.yaml``."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
LOADING = """
import sys, time
from pathlib import Path
from pipeline import config
began, cpu = time.perf_counter(), time.process_time()
loaded = config.load(Path(sys.argv[1]), {})
print(time.perf_counter() - began, time.process_time() - cpu, len(loaded.sources))
"""


def load(*, counts: Sequence[int]) -> None:
    """Load files with so many sources, each in a process of its own; imports are not counted."""
    table = Table("Loading sources.yaml, five keys a source", "sources", "s", "CPU s", "µs each")
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / "sources.yaml"
            path.write_text(listing(count))
            done = _python("-c", LOADING, str(path))
            seconds, cpu, loaded = done.split()
            if int(loaded) != count:
                raise RuntimeError(f"{loaded} of {count} sources were loaded.")
            table.row(f"{count:,}", f"{float(seconds):.2f}", f"{float(cpu):.2f}", f"{float(cpu) / count * 1e6:.0f}")
    table.print()


def show_help(*, rounds: int) -> None:
    """Start ``digikooste --help`` and nothing but Python so many times; the best of each counts."""
    table = Table(f"Starting, best of {rounds}", "command", "ms", "CPU ms")
    for name, arguments in {
        "python -c pass": ("-c", "pass"),
        "digikooste --help": ("-m", "pipeline", "--help"),
    }.items():
        times = [timed(arguments) for _ in range(rounds)]
        table.row(name, *(f"{min(column) * 1000:.0f}" for column in zip(*times, strict=True)))
    table.print()


def listing(count: int) -> str:
    """Return a file of so many sources, five keys each."""
    entries = "".join(
        f"  - id: lahde-{number}\n    name: Lähde {number}\n    url: https://s{number}.example.fi/feed\n"
        f"    language: fi\n    topics: [viestinta]\n"
        for number in range(count)
    )
    return f"topics:\n  - id: viestinta\nsources:\n{entries}"


def timed(arguments: Sequence[str]) -> tuple[float, float]:
    """Return the seconds by the clock and of CPU of a Python process."""
    before, began = _children(), time.perf_counter()
    _python(*arguments)
    return time.perf_counter() - began, _children() - before


def _children() -> float:
    """Return the CPU seconds of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _python(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
