"""Words and progress for people: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.progress import TaskID


_line_clock: Callable[[], datetime] | None = None


def speak_in_lines(clock: Callable[[], datetime] | None) -> None:
    """From now on every sentence is a line of a log, with the time that ``clock`` tells; None: as a command again."""
    global _line_clock  # noqa: PLW0603  # one process has one voice
    _line_clock = clock


def say(sentence: str) -> None:
    """Print one line of a command's answer."""
    if _line_clock is not None:
        _line("INFO", sentence)
    else:
        click.echo(_safe(sentence))


def log(sentence: str) -> None:
    """Print one line beside the answer (standard error), so that what scripts read stays clean."""
    if _line_clock is not None:
        _line("INFO", sentence)
    else:
        click.echo(_safe(sentence), err=True)


def warn(sentence: str) -> None:
    """Print one line about something that went wrong and is tried again."""
    if _line_clock is not None:
        _line("WARNING", sentence)
    else:
        click.echo(_safe(sentence), err=True)


def _line(level: str, sentence: str) -> None:
    assert _line_clock is not None
    for part in _safe(sentence).splitlines():
        click.echo(f"{_line_clock().astimezone():%Y-%m-%d %H:%M:%S} {level} {part.strip()}", err=True)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return "1 source" or "2 sources"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def when(moment: datetime | None) -> str:
    """Return a moment in this machine's own time, or "never"."""
    return "never" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")


class Progress:
    """How far a job is: a bar on a terminal; otherwise a line per step, with the time."""

    def __init__(self, title: str, total: int, *, quiet: bool = False) -> None:
        self._title = title
        self._total = total
        self._quiet = quiet
        self._is_terminal = sys.stderr.isatty() and _line_clock is None

    def __enter__(self) -> Self:
        """Show the bar."""
        if self._is_terminal and not self._quiet and self._total:
            from rich.console import Console  # noqa: PLC0415  # 60 ms that only a terminal needs
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task: TaskID = self._bar.add_task(self._title, total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if hasattr(self, "_bar"):
            self._bar.stop()

    def step(self, sentence: str, *, is_bad: bool = False) -> None:
        """One step is done; ``sentence`` says how it went."""
        if self._quiet:
            return
        if hasattr(self, "_bar"):
            self._bar.advance(self._task)
        elif _line_clock is not None:
            _line("WARNING" if is_bad else "INFO", sentence)
        else:
            level = "WARNING" if is_bad else "INFO"
            log(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {level} {sentence}")


def _safe(text: str) -> str:
    """Foreign words may not steer a terminal: control characters are shown, not obeyed."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
