"""Run a parser on foreign bytes, or yt-dlp, in a child process with a time and a memory limit.

A hostile body can hold the interpreter for minutes or fill the memory (one feed: 27 s and 450 MB), and
neither can be stopped from inside. So Linux does it, where nothing that happens in Python can disarm it:

- time: ``ITIMER_REAL`` with SIGALRM's default action ends the child even while C code holds the
  interpreter lock. It is monotonic; pebble's own limit reads ``time.time()``, so a clock that is set
  forward would kill every child, and one that is set back would spare a hanging one;
- memory: ``RLIMIT_AS``, counted from what the worker holds already;
- orphans: the pipe that tells a worker of its parent's end raises SIGKILL (``F_SETSIG``).
  ``PR_SET_PDEATHSIG`` would watch the fork server, which lives as long as its workers do.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Future
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline.errors import DigikoosteError, IsolateError, ParseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import ForkServerContext
    from types import TracebackType
    from typing import Self

    from pebble import ProcessPool

T = TypeVar("T")


@dataclass(frozen=True)  # no slots: with them Call[int](…) fails in Python 3.11 (cpython issue 90562)
class Call(Generic[T]):
    """A function to run in a child, with its limits.

    ``function`` and ``args`` must pickle: a module's own function and plain values. ``what`` is the
    subject of the sentence when it goes wrong: "the feed https://…". ``seconds`` is the time and
    ``memory`` the bytes that it may take beyond what its worker holds already.
    """

    function: Callable[..., T]
    args: tuple[Any, ...] = ()
    _: KW_ONLY
    what: str
    seconds: float = 10.0
    memory: int = 2**30


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
            future.set_exception(IsolateError(f"{_subject(call)} was not read to the end: the run stopped."))

    def warm(self) -> None:
        """Let the fork server import what is preloaded while the caller does something else; harmless when it has.

        For whoever knows that calls will come: the first one would wait for it otherwise.
        """
        from multiprocessing import forkserver  # noqa: PLC0415  # as little as pebble wanted by a run without parsing

        self._context()
        forkserver.ensure_running()

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
                future.set_exception(_explained(call, error))
            if done is not None:
                done()

        try:
            job = self._started().schedule(_guarded, (call,))
        except RuntimeError as error:  # pebble's BrokenProcessPool: no memory, no process, no room for its files
            self._end()
            del self._waiting[future]
            future.set_exception(
                IsolateError(f"{_subject(call)} was not read: no child process could be started ({error.__cause__}).")
            )
            return future
        job.add_done_callback(settle)
        return future

    def _started(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            self._end()  # pebble gives up a pool whose idle worker was killed from outside
        if self._pool is None:
            from pebble import ProcessPool  # noqa: PLC0415  # 57 ms that a run without parsing never pays

            self._pool = ProcessPool(
                max_workers=self._workers,
                initializer=_settle_in,
                initargs=(dict(os.environ),),
                context=self._context(),
            )
        return self._pool

    def _context(self) -> ForkServerContext:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(self._preload)
        return context

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates all but this
            self._pool.join()
            self._pool = None


def run(call: Call[T]) -> T:
    """Run one call in a child of its own and return its result; raises as ``Pool.submit`` says."""
    with Pool(workers=1) as pool:
        return pool.submit(call).result()


def _explained(call: Call[Any], error: BaseException) -> DigikoosteError:
    """Return the error for a person; whatever the function itself raised is one already (``_guarded``)."""
    if isinstance(error, DigikoosteError):
        return error
    code = getattr(error, "exitcode", None)  # pebble's ProcessExpired
    if code == -signal.SIGALRM:
        what = f"took longer than {call.seconds:g} s to read and was stopped"
    elif code is not None:
        what = f"ended the process that read it ({_cause_of_death(code)})"
    else:
        what = f"could not be handed to the process that reads it ({type(error).__name__}: {error})"
    explained = IsolateError(f"{_subject(call)} {what}.")
    explained.__cause__ = error
    return explained


def _cause_of_death(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _subject(call: Call[Any]) -> str:
    return call.what[:1].upper() + call.what[1:]


# In the child -----------------------------------------------------------------------------------------


def _settle_in(environ: dict[str, str]) -> None:
    """Never outlive the parent, leave Ctrl-C to it, end at once when told to, and write no core file.

    ``environ`` is the parent's as it is now: the fork server's own dates from when that was started.
    """
    import fcntl  # noqa: PLC0415  # only children need these two
    import resource  # noqa: PLC0415

    os.environ.clear()
    os.environ.update(environ)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler waits for the interpreter, then 3 s for SIGKILL
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parent = multiprocessing.parent_process()
    assert parent is not None
    fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)


def _guarded(call: Call[T]) -> T:
    """Run the call under its limits.

    Only our own errors go back: a foreign one that pickles but does not unpickle (an ``__init__`` with
    two arguments is enough) would break the pool for everybody.
    """
    import resource  # noqa: PLC0415  # only children need it

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + call.memory, hard))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, call.seconds)
    try:
        return call.function(*call.args)
    except DigikoosteError:
        raise
    except MemoryError as error:
        limit = f"{call.memory / 2**20:,.0f} MB"
        raise IsolateError(f"{_subject(call)} needed more than {limit} of memory to read and was stopped.") from error
    except (Exception, SystemExit) as error:
        raise ParseError(f"{_subject(call)} could not be read ({type(error).__name__}: {error}).") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """Bytes of address space that this process has mapped."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123  # 19 µs a call, with a Path 33
        return int(statm.readline().split()[0]) * os.sysconf("SC_PAGE_SIZE")
