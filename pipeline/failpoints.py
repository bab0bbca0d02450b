"""Named points at which a rehearsed fault makes a run die, fail or wait; in a normal run none is armed.

    DIGIKOOSTE_FAILPOINTS="deliver.after-250=kill@3; publish.in-file=error:ENOSPC"

Each is ``POINT=ACTION[:ARGUMENT][@N]``: at every passing, or at the Nth alone. Actions are ``kill`` (SIGKILL to
this very process), ``exit:CODE`` (at once, without clearing up), ``error:ENOSPC`` (an OSError of that name) and
``pause:SECONDS``. Unarmed, a point is a call that looks at an empty dictionary (0.04 µs).
"""

from __future__ import annotations

import errno
import os
import re
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import Final

VARIABLE: Final = "DIGIKOOSTE_FAILPOINTS"

POINTS: Final[dict[str, str]] = {
    "collect.before-pull": "nothing has been asked yet",
    "collect.after-fetch": "an answer is in memory",
    "collect.before-record": "readings are about to be written down",
    "collect.in-record": "they are written, and not committed",
    "collect.after-record": "they are committed",
    "compose.before-freeze": "the editions are rendered",
    "compose.in-freeze": "digest, editions and outbox are written, and not committed",
    "compose.after-freeze": "they are committed, and no page is written",
    "publish.before-file": "a file is about to be made under a hidden name",
    "publish.in-file": "the hidden file is there and empty",
    "publish.after-file": "the hidden file is whole and on the disk",
    "publish.before-rename": "a file or folder is about to get its name",
    "publish.after-rename": "it has its name",
    "publish.in-removal": "a folder that gave way is hidden, and not removed",
    "deliver.after-mail": "the server has taken MAIL FROM",
    "deliver.after-rcpt": "the server has taken RCPT TO",
    "deliver.before-intent": "the intent is about to be written down",
    "deliver.in-intent": "it is written, and not committed",
    "deliver.after-intent": "it is committed, and DATA not yet said",
    "deliver.after-data": "the server waits for the content and has none of it",
    "deliver.after-content": "the content has left, its reply has not come",
    "deliver.after-250": "the server has taken the message, which nobody has written down",
    "deliver.in-settle": "the outcome is written, and not committed",
    "deliver.after-settle": "the outcome is committed",
}
"""Every point there is, and how things stand at it."""

_TRAP = re.compile(
    r"(?P<point>[a-z0-9.-]+)=(?P<action>kill|exit|error|pause)(:(?P<argument>[A-Za-z0-9.]+))?(@(?P<turn>\d+))?"
)


@dataclass(slots=True)
class _Trap:
    action: str
    argument: str
    turn: int
    passed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_sprung(self) -> bool:
        with self.lock:
            self.passed += 1
            return self.turn in {0, self.passed}


_armed: dict[str, _Trap] = {}


def at(point: str) -> None:
    """Pass a point; raises what is armed there."""
    if _armed:
        _reach(point)


def arm(text: str) -> tuple[str, ...]:
    """Arm what ``text`` says and nothing else; '' disarms all. Returns the names that are armed.

    Raises ValueError, naming what is wrong; nothing is armed then.
    """
    _armed.clear()
    traps = dict(_trap(part.strip()) for part in text.split(";") if part.strip())
    _armed.update(traps)
    return tuple(traps)


def armed() -> tuple[str, ...]:
    """Return the names that are armed now: none in a normal run."""
    return tuple(_armed)


def _trap(text: str) -> tuple[str, _Trap]:
    found = _TRAP.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no failpoint; write deliver.after-250=kill@3 ({VARIABLE})")
    point, action, argument = found["point"], found["action"], found["argument"] or ""
    if point not in POINTS:
        raise ValueError(f"there is no failpoint {point!r}; there are {', '.join(POINTS)}")
    if action == "error" and not isinstance(getattr(errno, argument or "ENOSPC", None), int):
        raise ValueError(f"{argument!r} is no error of the system; write ENOSPC, EROFS, EIO …")
    if action in {"exit", "pause"} and not re.fullmatch(r"\d+(\.\d+)?" if action == "pause" else r"\d+", argument):
        raise ValueError(f"{text!r} lacks its number; write {point}=pause:0.5 or {point}=exit:1")
    return point, _Trap(action, argument, int(found["turn"] or 0))


def _reach(point: str) -> None:
    if point not in POINTS:
        raise AssertionError(f"{point} is not among failpoints.POINTS")
    trap = _armed.get(point)
    if trap is None or not trap.is_sprung():
        return
    match trap.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()  # a signal to oneself may come a moment later, in another thread
        case "exit":
            os._exit(int(trap.argument))
        case "pause":
            time.sleep(float(trap.argument))
        case _:
            number = getattr(errno, trap.argument or "ENOSPC")
            raise OSError(number, f"{os.strerror(number)} (rehearsed at {point})")
