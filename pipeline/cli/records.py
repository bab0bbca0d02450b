"""What libraries and bulkheads log, as lines of serve's own log."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from pipeline.cli import showing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cli.lines import Lines


class Handler(logging.Handler):
    """What libraries and bulkheads log, as lines of the same form; a traceback tells of our own fault, so it stays."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(level=logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        level = "ERROR" if record.levelno >= logging.ERROR else "WARNING"
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        try:
            if self._lines.is_json:
                self._lines.write(level, record.getMessage(), logger=record.name, **({"trace": trace} if trace else {}))
            else:
                self._lines.write(level, "\n".join(filter(None, (record.getMessage(), trace))))
        except Exception:  # noqa: BLE001  # logging's own rule: a log that fails stops nothing
            self.handleError(record)


@contextlib.contextmanager
def speaking(lines: Lines) -> Iterator[None]:
    """Let everything that this process says be lines of a log, for the length of the block."""
    handler, root = Handler(lines), logging.getLogger()
    root.addHandler(handler)
    showing.speak_in_lines(lines)
    try:
        yield
    finally:
        showing.speak_in_lines(None)
        root.removeHandler(handler)
