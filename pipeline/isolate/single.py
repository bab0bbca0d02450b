"""One child process alone, for who asks one question after the other and waits for each answer."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from concurrent.futures import Future
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, TypeVar

from pipeline.errors import DigikoosteError
from pipeline.isolate.calls import explained, not_started

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from pipeline.isolate.calls import Call

T = TypeVar("T")

_CODE = "import sys; sys.path[:] = {path}; from pipeline.isolate.child import serve; serve({ends}, {preload})"


class Single:
    """A child that is started when the block is entered, so that it is ready by the time of the first call.

    A pool's fork server pays for itself in a run that parses hundreds of feeds; a command that looks at one
    address waits 0.2 s less for this. ``preload`` names modules that the child imports at once.
    """

    def __init__(self, *, preload: Sequence[str] = ()) -> None:
        self._preload = list(preload)
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        """Start the child; when that fails, the first call tries again and says why."""
        with suppress(OSError):
            self._child = _Child(self._preload)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the child at once."""
        self._end()

    def submit(self, call: Call[T]) -> Future[T]:
        """Run the call and return its future, which has its result: as ``Pool.submit`` says."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            is_good, answer = self._ask(call)
        except DigikoosteError as error:
            is_good, answer = False, error
        if is_good:
            future.set_result(answer)
        else:
            future.set_exception(explained(call, answer))
        return future

    def _ask(self, call: Call[Any]) -> tuple[bool, Any]:
        """Return whether it went well, and the result or the error; raises what ``explained`` returns."""
        try:
            asked = pickle.dumps(call)
        except Exception as error:  # noqa: BLE001  # whatever pickle says of a call that cannot travel
            return False, error
        if self._child is not None and self._child.is_dead:
            self._end()  # killed from outside while it was idle
        if self._child is None:
            try:
                self._child = _Child(self._preload)
            except OSError as error:
                raise not_started(call, error) from error
        try:
            return self._child.ask(asked)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise explained(call, error, self._end()) from error

    def _end(self) -> int:
        """End the child, if there is one, and return its exit code."""
        child, self._child = self._child, None
        return child.end() if child is not None else 0


def run(call: Call[T]) -> T:
    """Run one call in a child of its own and return its result; raises as ``Pool.submit`` says."""
    with Single() as single:
        return single.submit(call).result()


class _Child:
    """The process and the three pipes to it; the last one is only there to be closed with its parent."""

    def __init__(self, preload: Sequence[str]) -> None:
        calls, asks = os.pipe()
        answers, results = os.pipe()
        parent, alive = os.pipe()
        theirs, ours = (calls, results, parent), (asks, answers, alive)
        code = _CODE.format(path=sys.path, ends=", ".join(map(str, theirs)), preload=preload)
        try:
            self._process = subprocess.Popen(  # noqa: S603  # this very interpreter
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                pass_fds=theirs,
                process_group=0,  # a terminal sends its Ctrl-C to the parent alone
            )
        except BaseException:
            for end in ours:
                os.close(end)
            raise
        finally:
            for end in theirs:
                os.close(end)
        self._asks: IO[bytes] = open(asks, "wb", buffering=0)  # noqa: SIM115, PTH123  # closed by ``end``; a number
        self._answers: IO[bytes] = open(answers, "rb")  # noqa: SIM115, PTH123  # as above
        self._alive = alive

    @property
    def is_dead(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def ask(self, asked: bytes) -> tuple[bool, Any]:
        """Send a pickled call and return what ``child.serve`` answers; raises EOFError or OSError when it dies."""
        rest = memoryview(asked)
        while rest:
            rest = rest[self._asks.write(rest) :]
        answer: tuple[bool, Any] = pickle.load(self._answers)  # noqa: S301  # of our own child
        return answer

    def end(self) -> int:
        """Kill it and return its exit code: the one that it died of, if it was dead."""
        self._asks.close()
        self._answers.close()
        os.close(self._alive)
        self._process.kill()
        return self._process.wait()
