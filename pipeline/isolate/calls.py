"""A call for a child process, and what to say when it went wrong."""

from __future__ import annotations

import signal
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline.errors import DigikoosteError, IsolateError

if TYPE_CHECKING:
    from collections.abc import Callable

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

    @property
    def subject(self) -> str:
        """How a sentence about it begins."""
        return self.what[:1].upper() + self.what[1:]


def explained(call: Call[Any], error: BaseException, code: int | None = None) -> DigikoosteError:
    """Return the error for a person; whatever the function itself raised is one already (``child.guarded``).

    ``code`` is the exit code of a child that died over it, of a signal negative; None when none did.
    """
    if isinstance(error, DigikoosteError):
        return error
    if code == -signal.SIGALRM:
        what = f"took longer than {call.seconds:g} s to read and was stopped"
    elif code is not None:
        what = f"ended the process that read it ({_cause_of_death(code)})"
    else:
        what = f"could not be handed to the process that reads it ({type(error).__name__}: {error})"
    told = IsolateError(f"{call.subject} {what}.")
    told.__cause__ = error
    return told


def not_started(call: Call[Any], cause: BaseException | None) -> IsolateError:
    """Return what to say when there is no memory, no process or no room for another child."""
    return IsolateError(f"{call.subject} was not read: no child process could be started ({cause}).")


def _cause_of_death(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
