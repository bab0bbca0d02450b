"""A log's lines: plain for people, one JSON object each for machines, with priorities where journald reads them."""

from __future__ import annotations

import contextlib
import os
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, TextIO

from pipeline.masking import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

FORMS = ("auto", "plain", "json")
_PRIORITIES = {"INFO": 6, "WARNING": 4, "ERROR": 3}
"""syslog's numbers, by which `journalctl -p warning` chooses."""

_fields: ContextVar[dict[str, str] | None] = ContextVar("fields", default=None)


@contextlib.contextmanager
def about(**fields: str) -> Iterator[None]:
    """Give every line of this block, in this thread, these fields: ``job``, ``source``."""
    token = _fields.set({**(_fields.get() or {}), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


class Lines:
    """Writes the lines of a log to ``stream``; ``form`` is plain, json or auto (plain on a terminal).

    No address of a person ever stands in one, and no control character is obeyed.
    """

    def __init__(self, clock: Callable[[], datetime], form: str = "plain", stream: TextIO | None = None) -> None:
        self._clock = clock
        self._stream = stream
        self.is_json = form == "json" or (form == "auto" and not (stream or sys.stderr).isatty())
        self._has_priorities = _is_journal(stream or sys.stderr)

    def write(self, level: str, sentence: str, **fields: str) -> None:
        """Write one sentence; in plain form each of its lines is a line."""
        if self.is_json:
            self._json(level, sentence, fields)
            return
        time = "" if self._has_priorities else f"{self._clock().astimezone():%Y-%m-%d %H:%M:%S} {level} "
        for part in safe(hidden(sentence)).splitlines():
            self._put(level, f"{time}{part.strip()}")

    def _json(self, level: str, sentence: str, fields: dict[str, str]) -> None:
        import json  # noqa: PLC0415  # 4 ms that most commands do not need

        line = {
            "time": self._clock().astimezone().isoformat(timespec="milliseconds"),
            "level": level.lower(),
            "message": hidden(sentence).strip(),
            **(_fields.get() or {}),
            **{name: hidden(value) for name, value in fields.items()},
        }
        self._put(level, json.dumps(line, ensure_ascii=False))

    def _put(self, level: str, line: str) -> None:
        priority = f"<{_PRIORITIES[level]}>" if self._has_priorities else ""
        stream = self._stream or sys.stderr
        stream.write(f"{priority}{line}\n")  # one write, so that the lines of two threads do not mix
        stream.flush()


def safe(text: str) -> str:
    """Foreign words may not steer a terminal: control characters are shown, not obeyed."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _is_journal(stream: TextIO) -> bool:
    """Whether the stream leads to journald (systemd.exec(5), $JOURNAL_STREAM)."""
    try:
        device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
        found = os.fstat(stream.fileno())
        return (found.st_dev, found.st_ino) == (int(device), int(inode))
    except (OSError, ValueError):
        return False
