"""The hosts of a round: the right to speak to each, its pause, and the patience that its server asked for."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from pipeline.errors import FetchCode, FetchError
from pipeline.politeness import is_resting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from pipeline.jobs.clerk import Clerk
    from pipeline.store import Lease
    from pipeline.store.readings import Readings

V = TypeVar("V")

LEASE = timedelta(minutes=15)
RETURN_SECONDS = 15.0
"""Hosts done with are given back so often; at once where a server asked for patience, which must not be lost."""
_LONGEST_PAUSE = 60.0


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host that a URL's requests are counted against."""
    return urlsplit(url).hostname or ""


@dataclass(slots=True, eq=False)
class Host(Generic[V]):
    """One host: who waits for it, and from when on it may be asked again (monotonic seconds)."""

    name: str
    lease: Lease | None = None
    waiting: deque[V] = field(default_factory=deque)
    busy: bool = False
    free_at: float = 0.0
    visits: int = 0
    refused_until: datetime | None = None
    asked: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nobody wants anything of it."""
        return not (self.visits or self.waiting or self.busy)

    def rest(self, pause: float) -> None:
        """It has answered, and is not asked again before the pause is over; a file has no host."""
        self.busy = False
        self.free_at = time.monotonic() + (pause if self.name else 0.0)

    def obstacle(self, moment: datetime) -> FetchError | None:
        """Why it must not be asked at all."""
        if self.lease is None:
            return FetchError(
                FetchCode.WAITING,
                f"{self.name}: another process is reading this host now; its reading counts.",
                url=self.name,
            )
        if self.refused_until is not None:
            until = self.refused_until.strftime("%Y-%m-%d %H:%M UTC")
            return FetchError(
                FetchCode.WAITING,
                f"{self.name} asked us to wait until {until}; not asked before.",
                url=self.name,
                retry_after=(self.refused_until - moment).total_seconds(),
            )
        return None


class Hosts(Generic[V]):
    """Every host that a round has to do with, and its lease.

    ``clock`` tells the moment, ``pause`` is how many seconds lie between two requests to a host.
    """

    def __init__(
        self, readings: Readings, clerk: Clerk, *, owner: str, pause: float, clock: Callable[[], datetime]
    ) -> None:
        self._readings = readings
        self._clerk = clerk
        self._owner = owner
        self._pause = pause
        self._clock = clock
        self._all: dict[str, Host[V]] = {}
        self._done_with: list[Host[V]] = []
        self._last_return = time.monotonic()

    def __getitem__(self, name: str) -> Host[V]:
        """Return a host that a lease was asked for."""
        return self._all[name]

    def __iter__(self) -> Iterator[Host[V]]:
        """Iterate over all of them."""
        return iter(list(self._all.values()))

    def prepare(self, names: Iterable[str], then: Callable[[], object]) -> None:
        """Ask for the leases that are missing; ``then`` is called when the answer is there."""
        wanted, moment = self._without_lease(names), self._clock()

        def heard(leases: dict[str, Lease]) -> None:
            self._take(wanted, leases, moment)
            then()

        self._clerk.give(lambda: self._claim(wanted, moment), heard)

    def prepare_now(self, name: str) -> None:
        """Ask for one host's lease, if it is missing, and wait for the answer."""
        if wanted := self._without_lease([name]):
            moment = self._clock()
            self._take(wanted, self._clerk.do(lambda: self._claim(wanted, moment)), moment)

    def _without_lease(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self._all or self._all[name].lease is None]

    def _claim(self, names: list[str], moment: datetime) -> dict[str, Lease]:
        return self._readings.claim(names, owner=self._owner, now=moment, until=moment + LEASE)

    def _take(self, names: list[str], leases: dict[str, Lease], moment: datetime) -> None:
        for name in names:
            host = self._all.setdefault(name, Host(name=name))
            lease = leases.get(name)
            if lease is None or (host.lease is not None and host.lease.token > lease.token):
                continue
            host.lease = lease
            if is_resting(lease.not_before, moment):
                host.refused_until = lease.not_before
            if lease.next_start is not None and lease.next_start > moment:
                pause = (lease.next_start - moment).total_seconds()  # days of it tell of a clock that was set back
                host.free_at = time.monotonic() + min(pause, max(self._pause, _LONGEST_PAUSE))

    def keep(self) -> None:
        """Ask for more time where a lease is half over and somebody still waits for the host."""
        moment = self._clock()
        held = {host.name: host.lease for host in self if host.lease is not None and host.visits > 0}
        if not any(lease.until < moment + LEASE / 2 for lease in held.values()):
            return
        leases, until = list(held.values()), moment + LEASE
        self._clerk.give(lambda: self._readings.extend(leases, owner=self._owner, until=until))
        for name, lease in held.items():
            self._all[name].lease = replace(lease, until=until)

    def leave(self, host: Host[V]) -> None:
        """Nobody wants anything of it for now."""
        self._done_with.append(host)

    def give_back_some(self) -> None:
        """Give back those that were left, from time to time, after what was read there has been written down."""
        now = time.monotonic()
        if now - self._last_return < RETURN_SECONDS and not any(host.refused_until for host in self._done_with):
            return
        self._last_return = now
        left, self._done_with = self._done_with, []
        self._clerk.give(self._release(host for host in left if host.is_idle))

    def give_back_all(self) -> None:
        """Give back every host, and wait until that is written down."""
        self._clerk.do(self._release(self))

    def _release(self, hosts: Iterable[Host[V]]) -> Callable[[], None]:
        """Take the leases away from the hosts; what is returned writes that down."""
        now, moment = time.monotonic(), self._clock()
        leases: list[Lease] = []
        starts: dict[str, datetime] = {}
        refusals: dict[str, datetime] = {}
        for host in hosts:
            if host.lease is None:
                continue
            leases.append(host.lease)
            host.lease = None
            if host.asked and host.free_at > now:
                starts[host.name] = moment + timedelta(seconds=host.free_at - now)
            if host.refused_until is not None:
                refusals[host.name] = host.refused_until
        return lambda: self._readings.release(leases, next_start=starts, not_before=refusals)
