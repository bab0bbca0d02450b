"""Collecting many feeds, beside the loop that most would write and the barest client."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import trial
from benchmarks.corpus import LARGEST, SMALLEST, Corpus
from benchmarks.feedserver import serving
from benchmarks.report import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.feedserver import FeedServer
    from benchmarks.trial import Got, Result

COLUMNS = ("program", "s", "feeds/s", "CPU s", "CPU ms/feed", "peak MB", "times our s", "times our CPU")
OURS = "digikooste"
NAMES = {OURS: "digikooste", "loop": "httpx2 + feedparser, threads", "bare": "httpx2, threads, no parsing"}


class Incomplete(Exception):
    """A program did not get all that the server has, so that its speed says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One situation: what the server has by now, and who takes part."""

    name: str
    generation: int
    subjects: tuple[str, ...]
    bodies: bool = True

    def expected(self, corpus: Corpus, subject: str) -> Got:
        """Return what ``subject`` must get; only ours knows what was new."""
        if not self.bodies:
            return trial.Got(unchanged=corpus.feeds)
        new = corpus.feeds * self.generation if self.generation else corpus.entries
        return trial.Got(read=corpus.feeds, entries=corpus.entries, new=new if subject == OURS else 0)


CASES = (
    Case(name="cold", generation=0, subjects=(OURS, "loop")),
    Case(name="all 304", generation=0, subjects=(OURS, "bare", "loop"), bodies=False),
    Case(name="one new entry each", generation=1, subjects=(OURS, "loop")),
)


def run(*, feeds: int, hosts: int, latencies: Sequence[float]) -> None:
    """Measure every case at each latency and print a table; raises Incomplete."""
    corpus = Corpus(feeds)
    print(
        f"\nCollecting {feeds:,} feeds of {SMALLEST // 1000} to {LARGEST // 1000} KB on as many loopback hosts, "
        f"{hosts} at once, no pause; start-up excluded"
    )
    with serving(feeds) as server:
        for latency in latencies:
            table = Table(f"{latency * 1000:.0f} ms of latency", *COLUMNS)
            with tempfile.TemporaryDirectory() as folder:
                for case in CASES:
                    _case(case, table, corpus, server, latency=latency, hosts=hosts, folder=Path(folder))
            table.print()


def _case(
    case: Case, table: Table, corpus: Corpus, server: FeedServer, *, latency: float, hosts: int, folder: Path
) -> None:
    server.serve(generation=case.generation, latency=latency)
    table.heading(case.name)
    ours: Result | None = None
    for subject in case.subjects:
        place = folder / ("threads" if subject != OURS else OURS)
        place.mkdir(exist_ok=True)
        task = trial.Task(urls=corpus.addresses(server.port), bodies=case.bodies, hosts=hosts, folder=str(place))
        result = trial.run(subject, task)
        check(case, corpus, subject, result.got)
        ours = ours or result
        table.row(
            NAMES[subject],
            f"{result.seconds:.2f}",
            f"{corpus.feeds / result.seconds:,.0f}",
            f"{result.cost.cpu:.2f}",
            f"{result.cost.cpu / corpus.feeds * 1000:.2f}",
            f"{result.cost.peak / 1e6:.0f}",
            f"{result.seconds / ours.seconds:.1f}",
            f"{result.cost.cpu / ours.cost.cpu:.1f}",
        )


def check(case: Case, corpus: Corpus, subject: str, got: Got) -> None:
    """Raise Incomplete unless ``got`` is all that there is, and nothing else."""
    expected = case.expected(corpus, subject)
    if got != expected:
        raise Incomplete(f"{case.name}: {subject} should have got {expected}, and got {got}.")
