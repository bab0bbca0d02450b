"""Collect: read every source side by side and write down what it holds; one that fails costs only itself."""

from __future__ import annotations

import logging
import os
import random
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import failpoints, politeness
from pipeline.errors import DigikoosteError, FetchCode, FetchError
from pipeline.jobs.visiting import Round
from pipeline.model import Reading
from pipeline.store import Outcome, Recorded, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.fetch.client import Client
    from pipeline.isolate import Pool
    from pipeline.jobs.manners import Manners
    from pipeline.model import Seen, Source
    from pipeline.store import SourceStatus

log = logging.getLogger(__name__)

READ = "read"
UNCHANGED = "unchanged"
INCOMPLETE = "incomplete"
FAILED = "failed"
WAITING = "waiting"
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How one source went: ``outcome`` is read, unchanged, incomplete, failed or waiting.

    ``items`` is how many entries it holds, ``new`` how many were new to us; ``known`` is True when those
    were its baseline, which is not news. ``error`` is a sentence, or None. ``moved``: nothing known was
    left in it. ``code`` is how a request failed (``FetchCode``), ``seen`` what is remembered of those that did
    not, ``hub`` the WebSub hub that a feed names.
    """

    id: str
    kind: str
    url: str
    outcome: str
    items: int = 0
    new: int = 0
    known: bool = False
    error: str | None = None
    warnings: tuple[str, ...] = ()
    moved: bool = False
    code: str | None = None
    seen: tuple[Seen, ...] = ()
    hub: str | None = None

    @property
    def sentence(self) -> str:
        """One plain line for a log."""
        match self.outcome:
            case "failed" | "waiting":
                return f"{self.id}: {self.outcome}: {self.error}"
            case "unchanged":
                return f"{self.id}: unchanged"
            case _:
                what = "known from now on" if self.known else "new"
                incomplete = " (incomplete: read again next time)" if self.outcome == INCOMPLETE else ""
                return f"{self.id}: {self.held}, {self.new} {what}{incomplete}"

    @property
    def held(self) -> str:
        """How many items it holds, in words."""
        return f"{self.items} {'item' if self.items == 1 else 'items'}"


def collect(
    sources: Sequence[Source],
    *,
    store: Store,
    client: Client,
    pool: Pool,
    manners: Manners,
    place: str,
    now: datetime,
    baseline_from: datetime,
    progress: Callable[[Collected], None],
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Collected, ...]:
    """Read every enabled source of ``sources`` once and record it; answers in their order.

    Only under the job's lock: ``place`` names this workspace on this machine, and host leases that a
    killed process of the same place left behind are freed. ``baseline_from`` is the start of the
    period that runs now. ``progress`` hears of each source as soon as it is written down. Once ``stop``
    says so, it ends where it is, and the answer lacks what was not read. Raises StoreError; a source's own
    faults are in its ``Collected``.
    """
    done: dict[str, Collected] = {}
    store.readings.recover(f"{place}:")
    owner = f"{place}:{os.getpid()}:{secrets.token_hex(4)}"

    def keep(collected: Collected) -> None:
        done[collected.id] = collected
        progress(collected)

    def record(outcomes: Sequence[Outcome]) -> list[Collected]:
        to_write = [planned(one) for one in outcomes if not _is_waiting(one.result)]
        store.readings.postpone(
            {one.source: now + timedelta(seconds=_pause(one.result)) for one in outcomes if _is_waiting(one.result)}
        )
        failpoints.at("collect.before-record")
        answers = iter(store.readings.record(to_write, owner=owner, now=now, baseline_from=baseline_from))
        failpoints.at("collect.after-record")
        return [_collected(one, None if _is_waiting(one.result) else next(answers)) for one in outcomes]

    statuses, jitter = store.readings.statuses(), random.Random(owner)  # noqa: S311  # nobody guards it
    own = {source.id: source for source in sources}

    def planned(outcome: Outcome) -> Outcome:
        """The outcome under the source's own address, with what follows from it."""
        source = own[outcome.source.id]
        status = _status(statuses, source)
        prospect = politeness.prospect(
            status.prospect if status else politeness.Prospect(),
            outcome.result,
            source.url,
            failures=status.failures if status else 0,
            now=now,
            jitter=jitter.random(),
            interval=manners.interval,
        )
        return replace(outcome, source=source, prospect=prospect)

    due: list[Source] = []
    for source in sources:
        if not source.enabled:
            continue
        status = _status(statuses, source)
        if status is not None and (why := _why_not(source, status, now)):
            keep(Collected(id=source.id, kind=source.kind, url=source.url, outcome=WAITING, error=why))
        else:
            url = status.prospect.address(source.url) if status else source.url
            due.append(source if url == source.url else replace(source, url=url))
    failpoints.at("collect.before-pull")
    Round(
        store=store,
        client=client,
        pool=pool,
        manners=manners,
        owner=owner,
        now=now,
        record=record,
        told=keep,
        stop=stop,
    ).run(due)
    return tuple(done[source.id] for source in sources if source.id in done)


def is_due(source: Source, statuses: Mapping[str, SourceStatus], now: datetime) -> bool:
    """Whether the schedule asks for a reading of ``source``: its own interval, the server's and the feed's wishes."""
    status = _status(statuses, source)
    if status is None:
        return True
    if status.prospect.gone == source.url or politeness.is_resting(status.prospect.not_before, now):
        return False
    return politeness.is_due(status.prospect.due, status.last_try, now)


def next_due(source: Source, statuses: Mapping[str, SourceStatus], now: datetime) -> datetime | None:
    """When ``source`` is due; None when it is off until its address changes."""
    status = _status(statuses, source)
    if status is not None and status.prospect.gone == source.url:
        return None
    if status is None or is_due(source, statuses, now):
        return now
    return max(one for one in (status.prospect.due, status.prospect.not_before) if one is not None)


def _status(statuses: Mapping[str, SourceStatus], source: Source) -> SourceStatus | None:
    """How the source has been doing, as long as it still is what was read then."""
    status = statuses.get(source.id)
    return status if status is not None and status.scope == source.scope else None


def _why_not(source: Source, status: SourceStatus, now: datetime) -> str | None:
    """Why nobody asks this source now, by hand either."""
    if status.prospect.gone == source.url:
        return f"{source.url} is gone for good (410); not asked again until its address in sources.yaml changes."
    if (until := status.prospect.not_before) is not None and politeness.is_resting(until, now):
        return f"{source.url} refused ({status.error_code}); not asked again before {until:%Y-%m-%d %H:%M} UTC."
    return None


def _is_short(reading: Reading) -> bool:
    """A listing that stopped where everything is known is no fault: it keeps validators and warns of nothing."""
    return not reading.complete and (bool(reading.warnings) or not reading.seen)


def _is_waiting(result: Reading | DigikoosteError) -> bool:
    return isinstance(result, FetchError) and result.code is FetchCode.WAITING


def _pause(result: Reading | DigikoosteError) -> float:
    """Seconds for which a source waits that was not asked: as its host wishes, or until another process is done."""
    wished = result.retry_after if isinstance(result, FetchError) else None
    return _MINUTE if wished is None else wished


def _collected(outcome: Outcome, recorded: Recorded | DigikoosteError | None) -> Collected:
    source, result = outcome.source, outcome.result
    failure = result if isinstance(result, DigikoosteError) else recorded
    if isinstance(failure, DigikoosteError):
        return Collected(
            id=source.id,
            kind=source.kind,
            url=source.url,
            outcome=WAITING if recorded is None else FAILED,
            error=str(failure),
            code=failure.code.value if isinstance(failure, FetchError) else None,
        )
    assert isinstance(result, Reading)
    assert isinstance(recorded, Recorded)
    return Collected(
        id=source.id,
        kind=source.kind,
        url=source.url,
        outcome=UNCHANGED if result.unchanged else INCOMPLETE if _is_short(result) else READ,
        items=recorded.items,
        new=recorded.new,
        known=recorded.baseline,
        warnings=result.warnings,
        moved=recorded.moved,
        seen=result.seen,
        hub=result.hub,
    )
