"""Visit many sources side by side, one request at a time per host: drives the readers of ``sources``.

    source ─ prime ─┬→ host's queue ─→ fetch ─┬→ reader ─→ … ─→ Reading ─→ clerk ─→ store
                    └→ waits (Retry-After)    └→ child process             (many in one transaction)

A reader is a generator that asks for a ``Get`` or a ``Call``. Here is everything that it must not know:
the network, the child processes, the pauses, the leases, and what was read before. The loop does not wait
for the disk: whatever is written, leases too, is given to the clerk.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline import failpoints
from pipeline import sources as kinds
from pipeline.errors import DigikoosteError, FetchError, ParseError
from pipeline.fetch import NotModified, Response
from pipeline.isolate import Call
from pipeline.jobs import garbage
from pipeline.jobs.clerk import Clerk
from pipeline.jobs.hosts import Host, Hosts, host_of
from pipeline.model import Kind, Known, Reading, Source
from pipeline.store import Lease, Memory, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    from pipeline.fetch import Request
    from pipeline.fetch.client import Client
    from pipeline.isolate import Pool
    from pipeline.jobs.manners import Manners
    from pipeline.sources import Get, Steps
    from pipeline.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

PRIMED = 128
"""Sources made ready at once: their leases and validators cost one query each for the lot."""
AHEAD = 96
"""Hosts that are ready before their turn comes, so that nobody waits for the lease of the next."""
BATCH = 64
BATCH_SECONDS = 2.0
"""So many readings, or what came in that time, are written down at once: each transaction waits for the disk."""
UNWRITTEN = 256
"""Readings that may wait for a slow disk; they are what takes memory."""
BACKLOG = 24
"""Bodies waiting for a child process, beyond which nothing more is fetched: they are what takes memory."""


@dataclass(slots=True, eq=False)
class _Visit:
    """One source on its way."""

    source: Source
    steps: Steps[Reading]
    host: Host[_Visit]
    step: Get | Call[Any] | None = None
    read_as: str = ""
    counted: bool = False


class Round(Generic[T]):
    """One round of visits; outcomes go in batches to ``record``, and ``told`` hears what it answers to each.

    ``record`` is called in another thread, one batch after the other; ``told`` in the caller's own. Once
    ``stop`` says so, the round ends where it is.
    """

    def __init__(
        self,
        *,
        store: Store,
        client: Client,
        pool: Pool,
        manners: Manners,
        owner: str,
        now: datetime,
        record: Callable[[Sequence[Outcome]], Sequence[T]],
        told: Callable[[T], object],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._client = client
        self._pool = pool
        self._manners = manners
        self._now = now
        self._started = time.monotonic()
        self._record = record
        self._told = told
        self._stop = stop
        self._clerk = Clerk(client.wake)
        self._hosts: Hosts[_Visit] = Hosts(
            store.readings, self._clerk, owner=owner, pause=manners.pause, clock=self._moment
        )
        self._queue: deque[Source] = deque()
        self._being_primed = 0
        self._active: set[str] = set()
        self._ready: deque[Host[_Visit]] = deque()
        self._memories: dict[str, Memory] = {}
        self._sharing: dict[str, dict[str, str]] = {}
        self._answers: dict[str, object] = {}
        self._in_flight: dict[str, tuple[Host[_Visit], Request]] = {}
        self._asking: dict[str, list[_Visit]] = {}
        self._calls: dict[Future[Any], _Visit] = {}
        self._done: list[Outcome] = []
        self._left = 0
        self._last_record = self._started

    def run(self, sources: Sequence[Source]) -> None:
        """Visit every source once; each ends in exactly one Outcome given to ``record``, unless it is stopped."""
        self._share(sources)
        self._queue.extend(sorted(sources, key=lambda source: host_of(source.url)))
        self._left = len(sources)
        with garbage.seldom(), self._clerk:
            try:
                while self._left and not self._stop():
                    self._look_ahead()
                    self._let_in()
                    self._ask()
                    self._wait()
                    self._clerk.hear()
                    self._write_down()
                self._hand_over()
                self._clerk.finish()
            finally:
                self._hosts.give_back_all()

    def _moment(self) -> datetime:
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def _share(self, sources: Sequence[Source]) -> None:
        counts = Counter(source.url for source in sources)
        for source in sources:
            if counts[source.url] > 1:
                self._sharing.setdefault(source.url, {})[source.id] = _read_as(source)

    # Making ready

    def _look_ahead(self) -> None:
        """Have the next sources made ready before the last ones are done with."""
        if not self._queue or self._being_primed or len(self._ready) >= max(AHEAD, self._manners.hosts):
            return
        sources = [self._queue.popleft() for _ in range(min(PRIMED, len(self._queue)))]
        self._being_primed = len(sources)
        self._hosts.prepare({host_of(source.url) for source in sources}, lambda: self._prime(sources))

    def _prime(self, sources: Sequence[Source]) -> None:
        """Advance the readers to their first wish, and learn in one query what they all need."""
        self._being_primed = 0
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
                if (obstacle := host.obstacle(self._moment())) is not None:
                    self._advance(visit, obstacle)
                    self._next(visit)
                else:
                    self._start(host, visit)

    def _start(self, host: Host[_Visit], visit: _Visit) -> None:
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
        """Sleep until an answer, a child's result, the clerk's word, or the end of a host's pause."""
        now = time.monotonic()
        pauses = [
            host.free_at - now
            for host in (self._hosts[name] for name in self._active)
            if host.waiting and not host.busy
        ]
        full = len(self._calls) >= BACKLOG
        timeout = min(1.0, max(0.0, min(pauses))) if pauses and not full else 1.0
        if not (self._client.in_flight or self._calls or self._clerk.is_busy or pauses):
            timeout = 0.0
        for tag, answer in self._client.poll(timeout):
            self._arrived(*self._in_flight.pop(str(tag)), answer)
        for future in [future for future in self._calls if future.done()]:
            self._returned(future)

    def _arrived(self, host: Host[_Visit], request: Request, answer: object) -> None:
        failpoints.at("collect.after-fetch")
        host.rest(self._manners.pause)
        if isinstance(answer, FetchError) and answer.retry_after is not None:
            host.refused_until = self._moment() + timedelta(seconds=answer.retry_after)
        visits = self._asking.pop(request.key)
        if request.url in self._sharing or request.url.endswith("/robots.txt"):
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
            visit.host.rest(self._manners.pause)
        self._advance(visit, future.exception() or future.result())
        self._next(visit)

    def _next(self, visit: _Visit) -> None:
        """Queue the visit for what it wants now."""
        match visit.step:
            case Call() as call if visit.source.kind is not Kind.YOUTUBE:
                self._submit(visit, call)
            case kinds.Get(request=request) if (name := host_of(request.url)) != visit.host.name:
                self._hosts.prepare_now(name)  # an article page may stand on another host than its list
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

    def _leave(self, host: Host[_Visit]) -> None:
        """Make room for the next host once nobody wants anything of this one."""
        if host.is_idle and host.name in self._active:
            self._active.discard(host.name)
            self._hosts.leave(host)

    def _under_way(self) -> bool:
        return bool(self._calls or self._client.in_flight or self._active or self._ready or self._being_primed)

    def _write_down(self) -> None:
        """Give the clerk what is done, in batches, and give hosts back after what was read there."""
        if not self._done:
            return
        if self._clerk.is_busy:
            if len(self._done) >= UNWRITTEN:  # the disk is slower than the network
                self._clerk.finish()
            return
        is_ripe = len(self._done) >= BATCH or time.monotonic() - self._last_record >= BATCH_SECONDS
        if is_ripe or not (self._under_way() or self._queue):
            self._hand_over()
            self._hosts.give_back_some()
            self._hosts.keep()

    def _hand_over(self) -> None:
        if not self._done:
            return
        done, self._done = self._done, []
        self._last_record = time.monotonic()
        self._clerk.give(lambda: self._record(done), self._written)

    def _written(self, answers: Sequence[T]) -> None:
        self._left -= len(answers)
        for answer in answers:
            self._told(answer)


def _suits(get: Get, answer: object) -> bool:
    """Whether the answer to another's request will do: who asked for the body must have it."""
    return get.conditional or not isinstance(answer, NotModified)


def _read_as(source: Source) -> str:
    """What a body's reading depends on besides the body."""
    return f"{source.settings}:{kinds.PARSER_VERSION}"
