"""The wiring of what serve shows over HTTP: a workspace becomes an application, and its figures."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shutil
import time
from typing import TYPE_CHECKING

import click

from pipeline.cli import work
from pipeline.cli.workspace import now
from pipeline.notices import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from starlette.routing import Route
    from starlette.types import ASGIApp

    from pipeline.cli.receiving import Front
    from pipeline.cli.workspace import Workspace
    from pipeline.metrics import DigestFigures, Figures, Metrics, SourceFigures
    from pipeline.schedule import Timetable
    from pipeline.store import SourceStatus, Store
    from pipeline.web.server import Server

LATE_BEAT = 4
"""The scheduler is taken for hung after so many beats without a sign of it."""
_LEAST_SECONDS = 20.0
_HIGHEST_PORT = 65535


class Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT, such as 127.0.0.1:8765 or [::1]:8765."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Return host and port."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]/]+)):(\d{1,5})", str(value))
        if not found or int(found[3]) > _HIGHEST_PORT:
            self.fail(f"{value!r} is no address; write HOST:PORT, such as 127.0.0.1:8765 or [::1]:8765.", param, ctx)
        return found[1] or found[2], int(found[3])


class RootPath(click.ParamType[str]):
    """A path such as /kooste, without a slash at its end; "" and "/" are none."""

    name = "path"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path."""
        path = str(value).rstrip("/")
        if path and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path):
            self.fail(f"{value!r} is no path; write it as /kooste.", param, ctx)
        return path


class Network(click.ParamType[str]):
    """An IP address, or a network such as 10.0.0.0/8."""

    name = "network"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as it was said."""
        try:
            ipaddress.ip_network(str(value))
        except ValueError:
            self.fail(f"{value!r} is no address of a proxy; write 127.0.0.1 or 10.0.0.0/8.", param, ctx)
        return str(value)


@contextlib.contextmanager
def listening(app: ASGIApp, address: tuple[str, int], name: str) -> Iterator[Server]:
    """Answer at ``address`` for the length of the block; raises ListenError."""
    from pipeline.web.server import Server  # noqa: PLC0415  # 90 ms of uvicorn

    host, port = address
    with Server(app, host, port, name=name) as server:
        yield server


def app(
    workspace: Callable[[], Workspace], store: Store, timetable: Timetable, *, front: Front | None = None
) -> ASGIApp:
    """What ``serve --http`` answers; ``workspace`` gives the one in force, for its file may be edited any time."""
    from pipeline.cli import desk, receiving  # noqa: PLC0415
    from pipeline.web import health  # noqa: PLC0415

    front, throttle = front or receiving.Front(), desk.door_throttle()

    def more(current: Workspace) -> list[Route]:
        at_the_desk = desk.routes(current, store, root_path=front.root_path, throttle=throttle, wake=timetable.wake)
        return [*health.routes(checks), *at_the_desk]

    checks = {"store": lambda: _store_trouble(workspace(), store), "scheduler": lambda: _scheduler_trouble(timetable)}
    return receiving.app(
        workspace,
        store,
        front=front,
        more=more,
        wake=lambda: timetable.wake("answer"),
    )


def metrics_app(metrics: Metrics) -> ASGIApp:
    """What ``serve --metrics`` answers."""
    from pipeline.web.measures import app as measures  # noqa: PLC0415

    return measures(metrics.exposed)


def metrics(workspace: Callable[[], Workspace], store: Store, timetable: Timetable) -> Metrics:
    """Counters for this process, and everything else read anew at each scrape."""
    from pipeline.metrics import Metrics  # noqa: PLC0415

    return Metrics(lambda: figures(workspace(), store, now(), beat_age=_beat_age(timetable)))


def figures(workspace: Workspace, store: Store, moment: datetime, *, beat_age: float) -> Figures:
    """How everything stands; raises StoreError."""
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.metrics import Figures  # noqa: PLC0415

    counts = store.counts()
    schedule = workspace.config.digest.schedule
    duty = jobs.duty(schedule, jobs.Ledger(made=store.digests.ends(), skipped=store.digests.skipped()), moment)
    match duty:
        case jobs.Make(due=due):
            next_digest, overdue = due, max(0.0, (moment - due).total_seconds())
        case jobs.Wait(due=due):
            next_digest, overdue = due, 0.0
        case jobs.ClockBehind():
            next_digest, overdue = schedule.due(schedule.next_due(moment)), 0.0
    return Figures(
        next_digest=next_digest,
        overdue=overdue,
        beat_age=beat_age,
        free_bytes=shutil.disk_usage(workspace.folder).free,
        sources=_sources(workspace, store, moment),
        outbox={"pending": 0, "sending": 0, "unknown": 0, **counts.outbox},
        last_delivery=counts.last_delivery,
        next_delivery=store.outbox.next_try(resend_unknown=workspace.resends),
        recipients={"active": 0, "left": 0, "suppressed": 0, **counts.recipients},
        notices={**dict.fromkeys(SENTENCES, 0), **counts.notices},
        last_digest=_last_digest(store),
    )


def _sources(workspace: Workspace, store: Store, moment: datetime) -> dict[str, SourceFigures]:
    from pipeline.metrics import SourceFigures  # noqa: PLC0415

    statuses, items = store.readings.statuses(), store.readings.item_counts()
    due = work.due_times(workspace, store, moment)

    def of(name: str, status: SourceStatus | None) -> SourceFigures:
        return SourceFigures(
            items=items.get(name, 0),
            failures=status.failures if status else 0,
            last_good=status.last_good if status else None,
            next_due=due[name],
        )

    return {source.id: of(source.id, statuses.get(source.id)) for source in work.enabled(workspace)}


def _last_digest(store: Store) -> DigestFigures | None:
    from pipeline.metrics import DigestFigures  # noqa: PLC0415

    ends = store.digests.ends()
    for key in sorted(ends, key=ends.__getitem__, reverse=True):  # one by one: a year's deliveries are many rows
        one = store.digests.status(key)
        if one is not None and one.frozen is not None and not one.replaceable:
            return DigestFigures(frozen=one.frozen, items=one.items, deliveries={"accepted": 0, **one.deliveries})
    return None


def _store_trouble(workspace: Workspace, store: Store) -> str | None:
    """What keeps the store from being reached; raises StoreError. A file that was removed stays open, and is lost."""
    if not workspace.has_store:
        return f"{workspace.var / 'digikooste.db'} is gone; restore it from a backup, then start serve anew."
    store.workspace_id()
    return None


def _scheduler_trouble(timetable: Timetable) -> str | None:
    age = _beat_age(timetable)
    return f"no beat for {age:.0f} s." if age > max(_LEAST_SECONDS, LATE_BEAT * timetable.beat) else None


def _beat_age(timetable: Timetable) -> float:
    return time.monotonic() - timetable.last_beat
