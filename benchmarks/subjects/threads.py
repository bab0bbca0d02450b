"""What the plain loops share: conditional requests by one httpx2 client from a pool of threads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from benchmarks import trial

if TYPE_CHECKING:
    from collections.abc import Callable


def run(entries_of: Callable[[bytes], int]) -> None:
    """Do the task; ``entries_of`` takes a body and returns how many entries it holds."""
    task = trial.take()
    memory = Path(task.folder) / "etags.json"
    tags: dict[str, str] = json.loads(memory.read_text()) if memory.exists() else {}

    with httpx2.Client() as client, ThreadPoolExecutor(task.hosts) as pool:

        def visit(url: str) -> trial.Got:
            try:
                answer = client.get(url, headers={"If-None-Match": tags[url]} if url in tags else {})
                if answer.status_code == httpx2.codes.NOT_MODIFIED:
                    return trial.Got(unchanged=1)
                answer.raise_for_status()
            except httpx2.HTTPError as error:
                return trial.Got(faults=(f"{url}: {error}",))
            tags[url] = answer.headers["ETag"]
            return trial.Got(read=1, entries=entries_of(answer.content))

        trial.ready()
        got = list(pool.map(visit, task.urls))
        memory.write_text(json.dumps(tags))
        trial.done(
            trial.Got(
                read=sum(one.read for one in got),
                unchanged=sum(one.unchanged for one in got),
                entries=sum(one.entries for one in got),
                faults=tuple(fault for one in got for fault in one.faults),
            )
        )
