"""One transaction for what several connections write down at the same moment: a commit waits for the disk."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

E = TypeVar("E")
A = TypeVar("A")


class Together(Generic[E, A]):
    """Hands entries of many threads to ``write`` in groups; each caller goes on once its own is committed.

    Whoever comes first writes for all that wait, while the next ones gather. ``write`` answers its entries
    in their order, or raises, which every caller of that group hears.
    """

    def __init__(self, write: Callable[[Sequence[E]], Sequence[A]]) -> None:
        self._write = write
        self._waiting: list[tuple[E, Future[A]]] = []
        self._gathering = threading.Lock()
        self._turn = threading.Lock()

    def __call__(self, entry: E) -> A:
        """Return what ``write`` answers for ``entry``, when that is committed."""
        answer: Future[A] = Future()
        with self._gathering:
            self._waiting.append((entry, answer))
        with self._turn:
            if not answer.done():
                self._write_all()
        return answer.result()

    def _write_all(self) -> None:
        with self._gathering:
            group, self._waiting = self._waiting, []
        try:
            answers = self._write([entry for entry, _ in group])
        except BaseException as error:
            for _, future in group:
                future.set_exception(error)
            raise
        for (_, future), answer in zip(group, answers, strict=True):
            future.set_result(answer)
