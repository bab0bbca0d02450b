"""Worker processes for a run that parses hundreds of bodies: pebble's pool over a fork server."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import IsolateError
from pipeline.isolate.calls import explained, not_started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import ForkServerContext
    from types import TracebackType
    from typing import Self

    from pebble import ProcessPool

    from pipeline.isolate.calls import Call

T = TypeVar("T")


class Pool:
    """Worker processes that start at the first call and live until the end of the ``with`` block.

    ``preload`` names modules that the fork server imports once, so that each worker has them from its
    birth; there is one fork server in a process, and the first pool that starts it decides.
    """

    def __init__(self, *, workers: int = 2, preload: Sequence[str] = ()) -> None:
        self._workers = workers
        self._preload = list(preload)
        self._pool: ProcessPool | None = None
        self._waiting: dict[Future[Any], Call[Any]] = {}

    def __enter__(self) -> Self:
        """Start nothing yet: most runs have nothing to parse."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End every worker at once, also in the middle of a call; whoever waits for one gets an IsolateError."""
        given_up, self._waiting = self._waiting, {}
        self._end()
        for future, call in given_up.items():
            future.set_exception(IsolateError(f"{call.subject} was not read to the end: the run stopped."))

    def warm(self) -> None:
        """Let the fork server import what is preloaded while the caller does something else; harmless when it has.

        For whoever knows that calls will come: the first one would wait for it otherwise.
        """
        from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415  # no more wanted than pebble

        self._context()
        resource_tracker.ensure_running()  # lifts the mask, so before it is put on
        # What it starts inherits the mask: a terminal sends its Ctrl-C to the fork server too, which would answer
        # with a traceback until its imports are done.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def submit(self, call: Call[T], done: Callable[[], None] | None = None) -> Future[T]:
        """Run the call as soon as a worker is free.

        ``done`` is called, in another thread, when the future has its result. The result raises
        IsolateError when a limit was passed or the child died, ParseError when the function raised
        anything foreign, and our own errors as they are.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._waiting[future] = call

        def settle(job: Future[T]) -> None:
            if self._waiting.pop(future, None) is None:
                return  # the block was left; ``__exit__`` tells whoever waits
            error = job.exception()
            if error is None:
                future.set_result(job.result())
            else:
                future.set_exception(
                    explained(call, error, getattr(error, "exitcode", None))
                )  # pebble's ProcessExpired
            if done is not None:
                done()

        from pipeline.isolate.child import guarded  # noqa: PLC0415  # as little as possible before it is wanted

        try:
            job = self._started().schedule(guarded, (call,))
        except RuntimeError as error:  # pebble's BrokenProcessPool: no memory, no process, no room for its files
            self._end()
            del self._waiting[future]
            future.set_exception(not_started(call, error.__cause__))
            return future
        job.add_done_callback(settle)
        return future

    def _started(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            self._end()  # pebble gives up a pool whose idle worker was killed from outside
        if self._pool is None:
            from pebble import ProcessPool  # noqa: PLC0415  # 57 ms that a run without parsing never pays

            from pipeline.isolate.child import settle_into_pool  # noqa: PLC0415  # as in ``submit``

            self.warm()
            self._pool = ProcessPool(
                max_workers=self._workers,
                initializer=settle_into_pool,
                initargs=(dict(os.environ),),
                context=self._context(),
            )
        return self._pool

    def _context(self) -> ForkServerContext:
        import multiprocessing  # noqa: PLC0415  # as pebble

        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(self._preload)
        return context

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates all but this
            self._pool.join()
            self._pool = None
