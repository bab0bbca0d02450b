"""Visit many sources side by side, one request at a time per host: drives the readers of ``sources``.

    source ─ prime ─┬→ host's queue ─→ fetch ─┬→ reader ─→ … ─→ Reading ─→ store (many in one transaction)
                    └→ waits (Retry-After)    └→ child process

A reader is a generator that asks for a ``Get`` or a ``Call``. Here is everything that it must not know:
the network, the child processes, the pauses, the leases, and what was read before.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline import failpoints
from pipeline import sources as kinds
from pipeline.errors import DigikoosteError, FetchCode, FetchError, ParseError
from pipeline.fetch import NotModified, Response
from pipeline.isolate import Call
from pipeline.model import Kind, Known, Reading, Source
from pipeline.politeness import INTERVAL, is_resting
from pipeline.store import Lease, Memory, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from pipeline.fetch import Request
    from pipeline.fetch.client import Client
    from pipeline.isolate import Pool
    from pipeline.sources import Get, Steps
    from pipeline.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
PRIMED = 256
"""Sources made ready at once: their leases and validators cost one query each for the lot."""
BATCH = 256
BATCH_SECONDS = 2.0
"""So many readings, or what came in that time, are written down at once: each transaction waits for the disk."""
RETURN_SECONDS = 15.0
"""Hosts done with are given back so often; at once where a server asked for patience, which must not be lost."""
_LONGEST_PAUSE = 60.0
BACKLOG = 24
"""Bodies waiting for a child process, beyond which nothing more is fetched: they are what takes memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a guest behaves.

    ``agent`` is the User-Agent, ``pause`` the seconds between two requests to a host, ``hosts`` how many
    are visited at once, ``cards`` the article pages read per source and run, and of their
    translations those in ``languages``; ``interval`` is how often the schedule reads a source at most;
    ``proxy`` is for yt-dlp.
    ``refetch`` asks for every body anew, without validators.
    """

    agent: str
    pause: float = 2.0
    hosts: int = 8
    cards: int = 20
    languages: tuple[str, ...] = ()
    interval: timedelta = INTERVAL
    proxy: str = ""
    refetch: bool = False


@dataclass(slots=True, eq=False)
class _Visit:
    """One source on its way."""

    source: Source
    steps: Steps[Reading]
    host: _Host
    step: Get | Call[Any] | None = None
    read_as: str = ""
    counted: bool = False


@dataclass(slots=True, eq=False)
class _Host:
    """One host: who waits for it, and from when on it may be asked again (monotonic seconds)."""

    name: str
    lease: Lease | None = None
    waiting: deque[_Visit] = field(default_factory=deque)
    busy: bool = False
    free_at: float = 0.0
    visits: int = 0
    refused_until: datetime | None = None
    asked: bool = False


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host that a URL's requests are counted against."""
    return urlsplit(url).hostname or ""


class Round:
    """One round of visits; outcomes go to ``record`` in batches. Once ``stop`` says so, it ends where it is."""

    def __init__(
        self,
        *,
        store: Store,
        client: Client,
        pool: Pool,
        manners: Manners,
        owner: str,
        now: datetime,
        record: Callable[[Sequence[Outcome]], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._client = client
        self._pool = pool
        self._manners = manners
        self._owner = owner
        self._now = now
        self._started = time.monotonic()
        self._record = record
        self._stop = stop
        self._hosts: dict[str, _Host] = {}
        self._active: set[str] = set()
        self._ready: deque[_Host] = deque()
        self._memories: dict[str, Memory] = {}
        self._sharing: dict[str, dict[str, str]] = {}
        self._answers: dict[str, object] = {}
        self._in_flight: dict[str, tuple[_Host, Request]] = {}
        self._asking: dict[str, list[_Visit]] = {}
        self._calls: dict[Future[Any], _Visit] = {}
        self._done: list[Outcome] = []
        self._idle: list[_Host] = []
        self._last_record = self._last_return = self._started

    def run(self, sources: Sequence[Source]) -> None:
        """Visit every source once; each ends in exactly one Outcome given to ``record``, unless it is stopped."""
        self._share(sources)
        queue = deque(sorted(sources, key=lambda source: host_of(source.url)))
        left = len(sources)
        try:
            while left and not self._stop():
                if queue and len(self._ready) + len(self._active) < self._manners.hosts * 2:
                    self._prime([queue.popleft() for _ in range(min(PRIMED, len(queue)))])
                self._let_in()
                self._ask()
                self._wait()
                left -= self._write_down(everything=not self._under_way() and not queue)
            self._write_down(everything=True)
        finally:
            self._give_back(self._hosts.values())

    def _moment(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def _share(self, sources: Sequence[Source]) -> None:
        counts = Counter(source.url for source in sources)
        for source in sources:
            if counts[source.url] > 1:
                self._sharing.setdefault(source.url, {})[source.id] = _read_as(source)

    # Making ready

    def _prime(self, sources: Sequence[Source]) -> None:
        """Advance the readers to their first wish, and learn in two queries what they all need."""
        self._lease({host_of(source.url) for source in sources})
        visits = [self._visit(source) for source in sources]
        for visit in visits:
            self._advance(visit, None)
        asked = [visit.step.request.key for visit in visits if isinstance(visit.step, kinds.Get)]
        self._memories.update(self._store.readings.memories(asked))
        if any(key not in self._memories for key in asked):
            self._pool.warm()  # what is read for the first time will have to be parsed
        for visit in visits:
            if visit.step is None:
                continue
            if visit.host.visits == 0 and visit.host.name not in self._active:
                self._ready.append(visit.host)
            visit.host.visits += 1
            visit.counted = True
            visit.host.waiting.append(visit)

    def _visit(self, source: Source) -> _Visit:
        is_plain_feed = source.kind is Kind.FEED and source.text is None  # which alone needs to know nothing
        known = Known() if is_plain_feed else self._store.readings.known(source)
        manners = self._manners
        return _Visit(
            source=source,
            steps=kinds.read(
                source,
                known,
                agent=manners.agent,
                now=self._now,
                proxy=manners.proxy,
                cards=manners.cards,
                languages=manners.languages,
            ),
            host=self._hosts[host_of(source.url)],
            read_as=_read_as(source),
        )

    def _lease(self, names: Iterable[str]) -> None:
        moment = self._moment()
        wanted = [name for name in names if name not in self._hosts or self._hosts[name].lease is None]
        if not wanted:
            return
        leases = self._store.readings.claim(wanted, owner=self._owner, now=moment, until=moment + LEASE)
        for name in wanted:
            host = self._hosts.setdefault(name, _Host(name=name))
            host.lease = lease = leases.get(name)
            if lease is None:
                continue
            if is_resting(lease.not_before, moment):
                host.refused_until = lease.not_before
            if lease.next_start is not None and lease.next_start > moment:
                pause = (lease.next_start - moment).total_seconds()  # days of it tell of a clock that was set back
                host.free_at = time.monotonic() + min(pause, max(self._manners.pause, _LONGEST_PAUSE))

    def _let_in(self) -> None:
        while self._ready and len(self._active) < self._manners.hosts:
            self._active.add(self._ready.popleft().name)

    # Asking and being answered

    def _ask(self) -> None:
        """Start what may start now: a request per host, as long as the children keep up."""
        now = time.monotonic()
        for name in list(self._active):
            host = self._hosts[name]
            while host.waiting and not host.busy and host.free_at <= now and len(self._calls) < BACKLOG:
                visit = host.waiting.popleft()
                if (obstacle := _obstacle(host, self._moment())) is not None:
                    self._advance(visit, obstacle)
                    self._next(visit)
                else:
                    self._start(host, visit)

    def _start(self, host: _Host, visit: _Visit) -> None:
        match visit.step:
            case kinds.Get(request=request) as get:
                if (answer := self._answers.get(request.key)) is not None and _suits(get, answer):
                    self._answer(visit, answer)
                    return
                if request.key in self._asking:
                    self._asking[request.key].append(visit)
                    return
                self._asking[request.key] = [visit]
                host.busy = host.asked = True
                self._in_flight[request.key] = (host, request)
                self._client.start(request, self._validators(visit, get), request.key)
            case Call() as call:
                host.busy = host.asked = True  # yt-dlp speaks to this host by itself
                self._submit(visit, call)
            case None:
                raise AssertionError("a visit that is over does not wait")

    def _validators(self, visit: _Visit, get: Get) -> Any:  # noqa: ANN401  # Validators or None
        memory = self._memories.get(get.request.key)
        if memory is None and visit.source.kind is not Kind.FEED:  # later pages were not primed
            self._memories.update(self._store.readings.memories([get.request.key]))
            memory = self._memories.get(get.request.key)
        if memory is None or not get.conditional or self._manners.refetch:
            return None
        readers = {**self._sharing.get(get.request.url, {}), visit.source.id: visit.read_as}
        up_to_date = all(memory.bodies.get(name, ("", ""))[1] == read_as for name, read_as in readers.items())
        return memory.validators if up_to_date else None

    def _wait(self) -> None:
        """Sleep until an answer, a child's result, or the end of a host's pause."""
        now = time.monotonic()
        pauses = [
            host.free_at - now
            for host in (self._hosts[name] for name in self._active)
            if host.waiting and not host.busy
        ]
        full = len(self._calls) >= BACKLOG
        timeout = min(1.0, max(0.0, min(pauses))) if pauses and not full else 1.0
        if not (self._client.in_flight or self._calls) and not pauses:
            timeout = 0.0
        for tag, answer in self._client.poll(timeout):
            self._arrived(*self._in_flight.pop(str(tag)), answer)
        for future in [future for future in self._calls if future.done()]:
            self._returned(future)

    def _arrived(self, host: _Host, request: Request, answer: object) -> None:
        failpoints.at("collect.after-fetch")
        self._rest(host)
        if isinstance(answer, FetchError) and answer.retry_after is not None:
            host.refused_until = self._moment() + timedelta(seconds=answer.retry_after)
        visits = self._asking.pop(request.key)
        if request.url in self._sharing or urlsplit(request.url).path == "/robots.txt":
            self._answers[request.key] = answer
        for visit in visits:
            if isinstance(visit.step, kinds.Get) and not _suits(visit.step, answer):
                visit.host.waiting.appendleft(visit)
            else:
                self._answer(visit, answer)
        self._leave(host)

    def _answer(self, visit: _Visit, answer: object) -> None:
        if isinstance(answer, Response) and self._is_known(visit, answer):
            answer = kinds.Unchanged(response=answer)
        self._advance(visit, answer)
        self._next(visit)

    def _is_known(self, visit: _Visit, response: Response) -> bool:
        step = visit.step
        assert isinstance(step, kinds.Get)
        memory = self._memories.get(step.request.key)
        if memory is None or not step.conditional or self._manners.refetch:
            return False
        return memory.bodies.get(visit.source.id) == (response.body_hash, visit.read_as)

    def _submit(self, visit: _Visit, call: Call[Any]) -> None:
        self._calls[self._pool.submit(call, self._client.wake)] = visit

    def _returned(self, future: Future[Any]) -> None:
        visit = self._calls.pop(future)
        if visit.source.kind is Kind.YOUTUBE and visit.host.busy:
            self._rest(visit.host)
        self._advance(visit, future.exception() or future.result())
        self._next(visit)

    def _rest(self, host: _Host) -> None:
        host.busy = False
        host.free_at = time.monotonic() + (self._manners.pause if host.name else 0.0)  # a file has no host

    def _next(self, visit: _Visit) -> None:
        """Queue the visit for what it wants now."""
        match visit.step:
            case Call() as call if visit.source.kind is not Kind.YOUTUBE:
                self._submit(visit, call)
            case kinds.Get(request=request) if (name := host_of(request.url)) != visit.host.name:
                self._lease([name])  # an article page may stand on another host than its list
                self._hosts[name].waiting.append(visit)
                self._active.add(name)
            case None:
                pass
            case _:
                visit.host.waiting.appendleft(visit)

    def _advance(self, visit: _Visit, answer: object) -> None:
        """Push the reader one step on: send it ``answer``, or throw it; when it ends, its outcome is kept."""
        try:
            if isinstance(answer, Exception):
                visit.step = visit.steps.throw(answer)
            else:
                visit.step = visit.steps.send(answer)
        except StopIteration as end:
            self._end(visit, end.value)
        except DigikoosteError as error:
            self._end(visit, error)
        except Exception as error:  # the bulkhead of this loop: a defect in one reader costs one source
            log.exception("%s: the reader failed", visit.source.id)
            fault = ParseError(f"{visit.source.url}: reading it failed ({type(error).__name__}: {error}).")
            self._end(visit, fault)

    # Writing down

    def _end(self, visit: _Visit, result: Reading | DigikoosteError) -> None:
        visit.step = None
        host = visit.host
        lease = host.lease or Lease(host=host.name, token=0, until=self._now, next_start=None, not_before=None)
        self._done.append(Outcome(source=visit.source, lease=lease, read_as=visit.read_as, result=result))
        if visit.counted:
            host.visits -= 1
        self._leave(host)

    def _leave(self, host: _Host) -> None:
        """Make room for the next host once nobody wants anything of this one."""
        if host.visits == 0 and not host.waiting and not host.busy and host.name in self._active:
            self._active.discard(host.name)
            self._idle.append(host)

    def _under_way(self) -> bool:
        return bool(self._calls or self._client.in_flight or self._active or self._ready)

    def _write_down(self, *, everything: bool) -> int:
        now = time.monotonic()
        ripe = len(self._done) >= BATCH or (self._done and now - self._last_record >= BATCH_SECONDS)
        if not self._done or not (ripe or everything):
            return 0
        done, self._done = self._done, []
        self._last_record = now
        self._record(done)
        if now - self._last_return >= RETURN_SECONDS or any(host.refused_until for host in self._idle):
            self._last_return = now
            idle, self._idle = self._idle, []
            self._give_back(host for host in idle if host.visits == 0 and host.name not in self._active)
        self._keep_leases()
        return len(done)

    def _keep_leases(self) -> None:
        soon = self._moment() + LEASE / 2
        held = [host.lease for host in self._hosts.values() if host.lease is not None and host.visits > 0]
        if any(lease.until < soon for lease in held):
            self._store.readings.extend(held, owner=self._owner, until=soon + LEASE)

    def _give_back(self, hosts: Iterable[_Host]) -> None:
        held = [host for host in hosts if host.lease is not None]
        now = time.monotonic()
        self._store.readings.release(
            [host.lease for host in held if host.lease is not None],
            next_start={
                host.name: self._moment() + timedelta(seconds=host.free_at - now)
                for host in held
                if host.asked and host.free_at > now
            },
            not_before={host.name: host.refused_until for host in held if host.refused_until is not None},
        )
        for host in held:
            host.lease = None


def _suits(get: Get, answer: object) -> bool:
    """Whether the answer to another's request will do: who asked for the body must have it."""
    return get.conditional or not isinstance(answer, NotModified)


def _read_as(source: Source) -> str:
    """What a body's reading depends on besides the body."""
    return f"{source.settings}:{kinds.PARSER_VERSION}"


def _obstacle(host: _Host, moment: datetime) -> FetchError | None:
    if host.lease is None:
        return FetchError(
            FetchCode.WAITING,
            f"{host.name}: another process is reading this host now; its reading counts.",
            url=host.name,
        )
    if host.refused_until is not None:
        until = host.refused_until.strftime("%Y-%m-%d %H:%M UTC")
        return FetchError(
            FetchCode.WAITING,
            f"{host.name} asked us to wait until {until}; not asked before.",
            url=host.name,
            retry_after=(host.refused_until - moment).total_seconds(),
        )
    return None
