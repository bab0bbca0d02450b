"""The engine: many polite GETs at once on one libcurl multi handle, in one thread.

A request goes hop by hop, because a permanent move is to be remembered and each hop to be judged::

    start ─→ judge the URL ─→ roll call ─→ dial, send ─→ redirect? ─→ judge the answer ─→ poll
                  ↑         (a name's addresses)             │
                  └──────────────────────────────────────────┘

libcurl bounds time (total deadline) and header bytes; ``handle`` dials and guards; ``answer`` judges.
"""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pycurl

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import DEADLINE, answer, urls
from pipeline.fetch import files as on_disk
from pipeline.fetch.handle import Handle, Settings, ca_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pipeline.fetch import NotModified, Request, Response
    from pipeline.fetch.urls import Target
    from pipeline.model import Validators

MAX_HOPS = 5
"""Redirects that one request may follow."""

_EVENTS = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}


@dataclass(slots=True, kw_only=True)
class _Transfer:
    """A request on its way: where it stands, where it has been, and what it is worth to whom."""

    request: Request
    validators: Validators | None
    tag: object
    target: Target
    begun: float
    ends: float
    visited: set[str] = field(default_factory=set)
    permanent: bool = True

    @property
    def moved_to(self) -> str | None:
        return self.target.url if self.permanent and len(self.visited) > 1 else None


class Client:
    """Runs requests side by side; a context manager, used from one thread (only ``wake`` may be called from others).

    ``proxy`` is a proxy's URL, '' for none (the environment's is never taken). ``ca_file`` names the
    certificates to trust, instead of ``SSL_CERT_FILE``, the system's or certifi's. ``connections`` is how
    many stay open for a next request. ``now`` is the time of the job, used where a server tells none.
    ``names`` answers host names here instead of by DNS, in the syntax of curl's ``--resolve``. ``files`` is the
    folder below which ``file:`` addresses are read; without one, none is. ``observe`` is told of every request over
    the network how it ended ("ok", "not_modified" or a FetchCode) and how many seconds it took.

    Who starts requests keeps to one at a time per host; the client does not queue.
    """

    def __init__(
        self,
        *,
        proxy: str = "",
        ca_file: str | None = None,
        connections: int = 8,
        now: datetime | None = None,
        names: Sequence[str] = (),
        files: Path | None = None,
        observe: Callable[[str, float], None] | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._now = now
        self._observe = observe
        self._deadline = deadline
        self._files = files
        self._born = time.monotonic()
        self._settings = Settings(proxy=proxy, ca_file=ca_file or ca_bundle(), names=tuple(names))
        self._share = pycurl.CurlShare()
        self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_DNS)
        self._share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_SSL_SESSION)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._timer: float | None = None
        self._poller = select.poll()  # at most some hundred sockets: to add and drop one costs 0.1 µs, with epoll 4
        self._ear, self._voice = socket.socketpair()
        self._ear.setblocking(False)
        self._voice.setblocking(False)
        self._poller.register(self._ear, select.POLLIN)
        self._idle: list[Handle] = []
        self._busy: dict[pycurl.Curl, tuple[Handle, _Transfer]] = {}
        self._done: list[tuple[object, Response | NotModified | FetchError]] = []
        self._woken = False

    def __enter__(self) -> Self:
        """Use the client within a ``with`` block; its end closes every connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Drop what is under way and close every connection."""
        for handle, _ in self._busy.values():
            self._multi.remove_handle(handle.curl)
            handle.close()
        for handle in self._idle:
            handle.close()
        self._busy.clear()
        self._idle.clear()
        self._multi.close()
        self._share.close()
        self._ear.close()
        self._voice.close()

    @property
    def in_flight(self) -> int:
        """How many started requests ``poll`` has not yet answered."""
        return len(self._busy) + len(self._done)

    def start(self, request: Request, validators: Validators | None, tag: object) -> None:
        """Begin a GET, conditional if there are validators; ``poll`` answers it under ``tag``. Raises nothing."""
        if on_disk.is_file(request.url):
            self._done.append((tag, self._from_file(request)))
            return
        try:
            target = urls.resolve(request.url)
        except urls.BadTarget as error:
            self._done.append((tag, answer.failure(request, FetchCode.ADDRESS, f"was not read: it {error}")))
            return
        if request.deadline > self._deadline:
            request = replace(request, deadline=self._deadline)
        begun = time.monotonic()
        ends = begun + request.deadline
        self._launch(_Transfer(request=request, validators=validators, tag=tag, target=target, begun=begun, ends=ends))

    def _from_file(self, request: Request) -> Response | FetchError:
        try:
            return on_disk.read(request, self._files)
        except FetchError as error:
            return error

    def poll(self, timeout: float) -> list[tuple[object, Response | NotModified | FetchError]]:
        """Drive every transfer until one finishes, ``wake`` is called, or ``timeout`` seconds are over.

        Returns what finished, each with the tag that it was started under.
        """
        ends = time.monotonic() + timeout
        while not self._done:
            self._turn(ends)
            if self._woken or time.monotonic() >= ends:
                break
        self._woken = False
        done, self._done = self._done, []
        return done

    def wake(self) -> None:
        """Make the ``poll`` under way, or else the next one, return at once; safe in any thread, also after the end."""
        with suppress(OSError):  # full: it will wake anyway; closed: nobody waits
            self._voice.send(b"\0")

    # The loop: libcurl says what to watch and when to be called; the poller waits -------------------

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self._poller.unregister(fd)
        else:
            self._poller.register(fd, _EVENTS[what])

    def _set_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _turn(self, ends: float) -> None:
        until = ends if self._timer is None else min(ends, self._timer)
        for fd, events in self._poller.poll(max(0.0, until - time.monotonic()) * 1000):
            if fd == self._ear.fileno():
                self._woken = True
                self._ear.recv(4096)
                continue
            bits = pycurl.CSELECT_IN if events & ~select.POLLOUT else 0  # an error or a hang-up is read as such
            bits |= pycurl.CSELECT_OUT if events & select.POLLOUT else 0
            self._multi.socket_action(fd, bits)
        if self._timer is not None and time.monotonic() >= self._timer:
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        queued = 1
        while queued:
            queued, good, failed = self._multi.info_read()
            for curl in good:
                self._finish(curl)
            for curl, code, message in failed:
                self._fail(curl, code, message)

    # One hop ------------------------------------------------------------------------------------------

    def _launch(self, transfer: _Transfer) -> None:
        """Send the transfer to its target, unless that must not be reached."""
        request = transfer.request
        objection = transfer.target.objection(allow_private=request.allow_private)
        if objection is not None:
            self._end(transfer, _refused(transfer, objection))
            return
        transfer.visited.add(transfer.target.url)
        handle = self._idle.pop() if self._idle else Handle(self._settings, self._share)
        handle.prepare(request, transfer.target, transfer.validators)
        self._go(handle, transfer)

    def _go(self, handle: Handle, transfer: _Transfer) -> None:
        # libcurl takes 0 for "no limit"
        left = max(1, int((transfer.ends - time.monotonic()) * 1000))
        handle.curl.setopt(pycurl.TIMEOUT_MS, left)
        self._busy[handle.curl] = (handle, transfer)
        self._multi.add_handle(handle.curl)

    def _finish(self, curl: pycurl.Curl) -> None:
        """Follow a redirect, or judge the answer."""
        handle, transfer = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        exchange = handle.exchange(transfer.target.url)
        self._idle.append(handle)
        try:
            if (location := answer.location(exchange)) is not None:
                self._follow(transfer, exchange.status, location)
                return
            outcome: Response | NotModified | FetchError = answer.judge(
                transfer.request,
                exchange,
                kept=transfer.validators,
                moved_to=transfer.moved_to,
                now=self._time(),
            )
        except FetchError as error:
            outcome = error
        self._end(transfer, outcome)

    def _follow(self, transfer: _Transfer, status: int, location: str) -> None:
        request, here = transfer.request, transfer.target
        try:
            target = urls.resolve(location, here.url)
        except urls.BadTarget as error:
            raise answer.failure(
                request, FetchCode.ADDRESS, f"was not read: it leads to {location[:200]!r}, which {error}", status
            ) from error
        if here.scheme == "https" and target.scheme == "http":
            raise answer.failure(
                request, FetchCode.REDIRECT, f"leads from https to {target.url}, which anyone could forge", status
            )
        if target.url in transfer.visited:
            raise answer.failure(request, FetchCode.REDIRECT, "redirects in a circle", status)
        if len(transfer.visited) > MAX_HOPS:
            raise answer.failure(request, FetchCode.REDIRECT, f"redirects more than {MAX_HOPS} times", status)
        transfer.permanent = transfer.permanent and status in answer.PERMANENT
        transfer.target = target
        self._launch(transfer)

    def _fail(self, curl: pycurl.Curl, code: int, message: str) -> None:
        """Dial after a roll call that nobody objected to, or say what went wrong."""
        handle, transfer = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        if handle.passed_roll_call(code):
            self._go(handle, transfer)
            return
        if handle.objection is not None:
            error = _refused(transfer, handle.objection)
        else:
            error = handle.explain(transfer.request, code, message)
        handle.clear()
        self._idle.append(handle)
        self._end(transfer, error)

    def _end(self, transfer: _Transfer, outcome: Response | NotModified | FetchError) -> None:
        self._done.append((transfer.tag, outcome))
        if self._observe is not None:
            self._observe(answer.name_of(outcome), time.monotonic() - transfer.begun)

    def _time(self) -> datetime | None:
        return self._now and self._now + timedelta(seconds=time.monotonic() - self._born)


def get(
    request: Request, validators: Validators | None = None, *, proxy: str = "", ca_file: str | None = None
) -> Response | NotModified:
    """Run one GET and wait for its answer; raises FetchError."""
    with Client(proxy=proxy, ca_file=ca_file) as client:
        client.start(request, validators, None)
        while not (done := client.poll(request.deadline)):
            pass
    (_, outcome), *_ = done
    if isinstance(outcome, FetchError):
        raise outcome
    return outcome


def _refused(transfer: _Transfer, objection: str) -> FetchError:
    way = "" if len(transfer.visited) <= 1 else f" (by way of {transfer.target.url})"
    advice = "" if transfer.request.allow_private else "; if it is on your own network, write allow_private: true"
    return answer.failure(transfer.request, FetchCode.ADDRESS, f"was not read{way}: {objection}{advice}")
