"""Ask the network what an address is: drive discoveries to their end, politely and without a store."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from pipeline.errors import DigikoosteError, FetchError
from pipeline.isolate import Call

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pipeline.fetch import NotModified, Request, Response
    from pipeline.fetch.client import Client
    from pipeline.sources import Get, Steps

T = TypeVar("T")


class Worker(Protocol):
    """A child process, or several: ``Single`` or ``Pool`` of ``isolate``."""

    def submit(self, call: Call[T]) -> Future[T]:
        """Run the call there."""
        ...


class Errand:
    """One question after another; ``pause`` is the seconds between two requests to one host."""

    def __init__(self, client: Client, worker: Worker, pause: float) -> None:
        self._client = client
        self._worker = worker
        self._pause = pause
        self._free_at: dict[str, float] = {}
        self._answers: dict[tuple[str, str, bool], object] = {}

    def ask(self, steps: Steps[T]) -> T:
        """Return what ``steps`` ends with, or raise its error.

        No address is asked twice, whatever it is wanted for. Nothing is remembered afterwards.
        """
        self._answers.clear()
        answer: object = None
        try:
            while True:
                step = steps.throw(answer) if isinstance(answer, DigikoosteError) else steps.send(answer)
                answer = self._run(step)
        except StopIteration as end:
            result: T = end.value
            return result

    def _run(self, step: Get | Call[Any]) -> object:
        """Return what a step is answered with, its error included."""
        if isinstance(step, Call):
            future = self._worker.submit(step)
            return future.exception() or future.result()
        request = step.request
        known = (request.url, request.user_agent, request.allow_private)
        if known not in self._answers:
            self._answers[known] = self._get(request)
        return self._answers[known]

    def _get(self, request: Request) -> Response | NotModified | FetchError:
        host = urlsplit(request.url).hostname or ""
        time.sleep(max(0.0, self._free_at.get(host, 0.0) - time.monotonic()))
        self._client.start(request, None, request.key)
        while not (done := self._client.poll(1.0)):
            pass
        self._free_at[host] = time.monotonic() + (self._pause if host else 0.0)  # a file has no host
        return done[0][1]
