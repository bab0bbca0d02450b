"""What it costs to add one more source: the whole command, from the start of its process to its end."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpus import Corpus
from benchmarks.feedserver import serving
from benchmarks.report import Table
from benchmarks.starting import listing, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 0.5
"""Seconds by the clock for the thousandth source, on a quiet machine."""


def run(*, beside: Sequence[int], rounds: int) -> None:
    """Add a feed of 30 KB beside so many sources, each time to a fresh file; the best of each counts."""
    table = Table(f"digikooste sources add URL --yes, best of {rounds}", "sources before", "s", "CPU s")
    with serving(1) as server, tempfile.TemporaryDirectory() as folder:
        server.serve(generation=0, latency=0)
        address = Corpus(1).addresses(server.port)[0]
        file = Path(folder) / "sources.yaml"
        for count in beside:
            before = listing(count)
            times = []
            for _ in range(rounds):
                file.write_text(before)
                added = ("-m", "pipeline", "sources", "add", "--workspace", folder, address, "--yes", "--allow-private")
                times.append(timed(added))
                if address not in file.read_text().removeprefix(before):
                    raise RuntimeError(f"{address} was not added at the end.")
            table.row(f"{count:,}", *(f"{min(column):.2f}" for column in zip(*times, strict=True)))
    table.note(f"{LIMIT} s at most for the last one, on a quiet machine")
    table.print()
