"""The collecting job itself, with a store on disk, the client and the child processes that it has every week."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks import trial
from benchmarks.corpus import NOW, Corpus
from pipeline import jobs
from pipeline.fetch.client import Client
from pipeline.isolate import Call, Pool
from pipeline.model import Kind, Source
from pipeline.sources import feed
from pipeline.sources.document import Document, Terms
from pipeline.store import Store

WORKERS = 2


def main() -> None:
    """Collect what the task names into the store of its folder."""
    task = trial.take()
    sources = [
        Source(id=f"lahde-{number}", url=url, kind=Kind.FEED, allow_private=True)
        for number, url in enumerate(task.urls)
    ]
    with (
        Store(Path(task.folder) / "digikooste.db") as store,
        Client(connections=task.hosts, now=NOW) as client,
        Pool(workers=WORKERS, preload=("pipeline.sources.preload",)) as pool,
    ):
        if task.bodies:
            _warm_up(pool)
        trial.ready()
        collected = jobs.collect(
            sources,
            store=store,
            client=client,
            pool=pool,
            manners=jobs.Manners(agent="digikooste-bench/1", pause=0, hosts=task.hosts),
            place="bench",
            now=NOW,
            baseline_from=NOW,
            progress=lambda _one: None,
        )
        outcomes = Counter(one.outcome for one in collected)
        trial.done(
            trial.Got(
                read=outcomes["read"],
                unchanged=outcomes["unchanged"],
                entries=sum(one.items for one in collected if one.outcome == "read"),
                new=sum(one.new for one in collected),
                faults=tuple(one.sentence for one in collected if one.error),
            )
        )


def _warm_up(pool: Pool) -> None:
    """Start the child processes and let each import what it parses with: start-up, like our own imports."""
    document = Document(body=Corpus(1).body(0, 0), url="https://example.fi/feed")
    call = Call(feed.parse, (document, Terms(language=None, limit=100, now=NOW)), what="a feed")
    for future in [pool.submit(call) for _ in range(4 * WORKERS)]:
        future.result()
