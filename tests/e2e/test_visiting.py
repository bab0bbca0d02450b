"""A round of visits, seen from the side of the disk: slow, full, or behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import FetchError, StoreError
from pipeline.fetch.client import Client
from pipeline.isolate import Pool
from pipeline.jobs import Manners, visiting
from pipeline.jobs.hosts import LEASE
from pipeline.model import Kind, Source
from pipeline.store import Store
from tests.e2e.desk import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline.store import Outcome
    from tests.e2e.desk import Web

COUNT = 12


def visit(folder: Path, web: Web, record: Callable[[Sequence[Outcome]], Sequence[Outcome]]) -> list[str]:
    """Visit some sources that are not there, and answer whose outcomes were told."""
    told: list[str] = []
    with Store(folder / "digikooste.db") as store, Client() as client, Pool() as pool:
        visiting.Round(
            store=store,
            client=client,
            pool=pool,
            manners=Manners(agent="x", pause=0),
            owner="desk:1:a",
            now=NOW,
            record=record,
            told=lambda outcome: told.append(outcome.source.id),
        ).run([feed(f"{web.url}/{number}") for number in range(COUNT)])
    assert is_free(folder)
    return told


def is_free(folder: Path) -> bool:
    """Whether another process may speak to the host."""
    with Store(folder / "digikooste.db") as store:
        return bool(store.readings.claim(["127.0.0.1"], owner="desk:2:b", now=NOW, until=NOW + LEASE))


def feed(url: str) -> Source:
    return Source(id=url.rpartition("/")[2], url=url, kind=Kind.FEED, allow_private=True)


def test_requests_go_on_while_readings_are_written_down(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first writing ends only after every source was asked: who waited for the disk would wait for ever."""
    monkeypatch.setattr(visiting, "BATCH", 3)
    in_time: list[bool] = []

    def record(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        until = time.monotonic() + 60
        while len(web.requests) < COUNT and time.monotonic() < until:
            time.sleep(0.01)
        in_time.append(time.monotonic() < until)
        assert all(isinstance(one.result, FetchError) for one in outcomes)
        return outcomes

    assert sorted(visit(tmp_path, web, record), key=int) == [str(number) for number in range(COUNT)]
    assert len(in_time) > 1
    assert all(in_time)


def test_a_disk_that_is_too_slow_is_waited_for(tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits to be written is what takes memory, so there is an end to it."""
    monkeypatch.setattr(visiting, "BATCH", 2)
    monkeypatch.setattr(visiting, "UNWRITTEN", 4)
    most: list[int] = []

    def record(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        time.sleep(0.1)
        most.append(len(outcomes))
        return outcomes

    assert len(visit(tmp_path, web, record)) == COUNT
    assert max(most) <= 4


def test_an_error_of_the_store_ends_the_round_and_gives_the_hosts_back(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was read and not written will be read again."""
    monkeypatch.setattr(visiting, "BATCH", 2)
    threads: list[threading.Thread] = []

    def record(_: Sequence[Outcome]) -> Sequence[Outcome]:
        threads.append(threading.current_thread())
        raise StoreError("the disk is full.")

    with pytest.raises(StoreError, match="the disk is full"):
        visit(tmp_path, web, record)
    assert not any(thread.is_alive() for thread in threads)
    assert is_free(tmp_path)
