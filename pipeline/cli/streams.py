"""Standard output and standard error that outlive their readers, and print what their encoding lacks as "?"."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, TextIO


class _Outliving(io.FileIO):
    """A file descriptor whose reader may go (`| head`): a job is done to its end all the same, unheard."""

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # any buffer; Python 3.11 has no name for it
        """Write as ever; once nobody reads, into nothing. Raises OSError once, as on a full disk."""
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                return memoryview(data).nbytes
            raise


def outlive_readers() -> None:
    """Put such streams in the place of this process's own."""
    sys.stdout, sys.stderr = _outliving(sys.stdout), _outliving(sys.stderr)


def _outliving(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed before we began: `>&-`
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # for the rest of the process
    raw = _Outliving(stream.fileno(), "w", closefd=False)
    is_quick = stream is sys.stderr or stream.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=stream.encoding, errors="replace", line_buffering=is_quick)
