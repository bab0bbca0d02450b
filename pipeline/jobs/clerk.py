"""Write to the store in a thread of its own, one thing after the other: the network need not wait for the disk."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

T = TypeVar("T")


class Clerk:
    """Does what it is given in that order; whoever gave it hears of it in their own thread, in the same order.

    ``wake`` is called, in the clerk's thread, whenever there is something to hear. The end of the ``with``
    block waits for what is being done; after an error, what was not begun is dropped.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="clerk")
        self._given: deque[tuple[Future[Any], Callable[[Any], object] | None]] = deque()

    def __enter__(self) -> Self:
        """Begin with nothing to do."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for the end of what is being written."""
        self._thread.shutdown(cancel_futures=kind is not None)

    @property
    def is_busy(self) -> bool:
        """Whether something that was given has not been heard of yet."""
        return bool(self._given)

    def give(self, work: Callable[[], T], then: Callable[[T], object] | None = None) -> None:
        """Let the work be done after everything before it; ``hear`` will call ``then`` with its result."""
        future = self._thread.submit(work)
        self._given.append((future, then))
        future.add_done_callback(lambda _: self._wake())

    def do(self, work: Callable[[], T]) -> T:
        """Let the work be done after everything before it, and wait for it."""
        return self._thread.submit(work).result()

    def hear(self) -> None:
        """Hear of everything that is done by now; raises what went wrong."""
        while self._given and self._given[0][0].done():
            future, then = self._given.popleft()
            result = future.result()
            if then is not None:
                then(result)

    def finish(self) -> None:
        """Wait for everything that was given, and hear of it; raises what went wrong."""
        while self._given:
            self._given[0][0].exception()
            self.hear()
