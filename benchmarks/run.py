"""Measure what this house promises of its speed, beside what else would be written; never fails on a time.

    make bench                                  everything, some minutes
    make bench BENCH_ARGS="--only collect"      or load, add, understand, help, render, page, messages, archive, deliver
    make bench BENCH_ARGS=--quick               seconds: small numbers, which only show that it runs

Ratios within one run are worth more than times: other work on the machine slows both sides.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from benchmarks import adding, archiving, collecting, delivering, messages, rendering, starting, understanding, web

if TYPE_CHECKING:
    from collections.abc import Callable

FULL: dict[str, Callable[[], None]] = {
    "collect": lambda: collecting.run(feeds=1000, hosts=32, latencies=(0, 0.05)),
    "load": lambda: starting.load(counts=(2000, 20_000)),
    "add": lambda: adding.run(beside=(1, 999), rounds=7),
    "understand": lambda: understanding.run(items=5000),
    "help": lambda: starting.show_help(rounds=10),
    "render": lambda: rendering.run(items=60, rounds=5),
    "page": lambda: rendering.page(items=500, rounds=10),
    "messages": lambda: messages.run(recipients=10_000, items=60, sample=200),
    "web": lambda: web.run(seconds=8),
    "archive": lambda: archiving.run(items=10_000, weeks=260),
    "deliver": lambda: delivering.run(recipients=10_000, items=37, connections=(1, 8, 16)),
}
QUICK: dict[str, Callable[[], None]] = {
    "collect": lambda: collecting.run(feeds=12, hosts=4, latencies=(0.01,)),
    "load": lambda: starting.load(counts=(20,)),
    "add": lambda: adding.run(beside=(3,), rounds=1),
    "understand": lambda: understanding.run(items=100),
    "help": lambda: starting.show_help(rounds=1),
    "render": lambda: rendering.run(items=6, rounds=1),
    "page": lambda: rendering.page(items=10, rounds=1),
    "messages": lambda: messages.run(recipients=10, items=6, sample=2),
    "web": lambda: web.run(seconds=1),
    "archive": lambda: archiving.run(items=120, weeks=4),
    "deliver": lambda: delivering.run(recipients=40, items=6, connections=(1, 4)),
}


def main() -> None:
    """Run what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--quick", action="store_true", help="small numbers: seconds instead of minutes")
    words.add_argument("--only", choices=FULL, metavar="NAME", help=f"one of {', '.join(FULL)}")
    given = words.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    benchmarks = QUICK if given.quick else FULL
    for name, benchmark in benchmarks.items():
        if given.only in {None, name}:
            benchmark()


if __name__ == "__main__":
    main()
