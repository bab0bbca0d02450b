"""What happens in the child: it settles in, then runs calls under their limits.

Linux enforces them, where nothing that happens in Python can disarm it:

- time: ``ITIMER_REAL`` with SIGALRM's default action ends the child even while C code holds the
  interpreter lock. It is monotonic; pebble's own limit reads ``time.time()``, so a clock that is set
  forward would kill every child, and one that is set back would spare a hanging one;
- memory: ``RLIMIT_AS``, counted from what the worker holds already;
- orphans: the pipe that tells a worker of its parent's end raises SIGKILL (``F_SETSIG``).
  ``PR_SET_PDEATHSIG`` would watch the fork server, which lives as long as its workers do, or the thread
  that started the child.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import resource
import signal
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import DigikoosteError, IsolateError, ParseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.isolate.calls import Call

T = TypeVar("T")


def settle_in(parent: int) -> None:
    """Never outlive the parent, leave Ctrl-C to it, end at once when told to, and write no core file.

    ``parent`` is the end of a pipe whose other end only the parent holds.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's handler waits for the interpreter, then 3 s for SIGKILL
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fcntl.fcntl(parent, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(parent, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(parent, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)


def settle_into_pool(environ: dict[str, str]) -> None:
    """Settle in as a worker of a pool; ``environ`` is the parent's: the fork server's dates from when that began."""
    import multiprocessing  # noqa: PLC0415  # a child that was started alone has none of it

    os.environ.clear()
    os.environ.update(environ)
    parent = multiprocessing.parent_process()
    assert parent is not None
    settle_in(parent.sentinel)


def serve(calls: int, results: int, parent: int, preload: Sequence[str]) -> None:
    """Answer one call after the other until the parent closes ``calls``; the numbers are of open files.

    Each answer is a pickle of (whether it went well, the result or the error).
    """
    settle_in(parent)
    for module in preload:
        with suppress(ImportError):
            import_module(module)
    with open(calls, "rb") as asked, open(results, "wb") as told:  # numbers, no paths
        while True:
            try:
                call = pickle.load(asked)  # noqa: S301  # of our own parent
            except EOFError:
                return
            told.write(_answer(call))
            told.flush()


def guarded(call: Call[T]) -> T:
    """Run the call under its limits.

    Only our own errors go back: a foreign one that pickles but does not unpickle (an ``__init__`` with
    two arguments is enough) would break the pool for everybody.
    """
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
        raise IsolateError(f"{call.subject} needed more than {limit} of memory to read and was stopped.") from error
    except (Exception, SystemExit) as error:
        raise ParseError(f"{call.subject} could not be read ({type(error).__name__}: {error}).") from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _answer(call: Call[Any]) -> bytes:
    try:
        return pickle.dumps((True, guarded(call)))
    except DigikoosteError as error:
        return pickle.dumps((False, error))
    except Exception as error:  # noqa: BLE001  # whatever pickle says of a result that cannot travel
        return pickle.dumps((False, pickle.PicklingError(str(error))))


def _address_space() -> int:
    """Bytes of address space that this process has mapped."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123  # 19 µs a call, with a Path 33
        return int(statm.readline().split()[0]) * os.sysconf("SC_PAGE_SIZE")
