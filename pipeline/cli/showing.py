"""Words and progress for people: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Self

import click

from pipeline.cli.lines import safe

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import TaskID

    from pipeline.cli.lines import Lines


_lines: Lines | None = None


def speak_in_lines(lines: Lines | None) -> None:
    """From now on every sentence is a line of a log; None: as a command again."""
    global _lines  # noqa: PLW0603  # one process has one voice
    _lines = lines


def say(sentence: str, **fields: str) -> None:
    """Print one line of a command's answer; ``fields`` (source, notice) go with a log's line for machines."""
    if _lines is not None:
        _lines.write("INFO", sentence, **fields)
    else:
        click.echo(safe(sentence))


def log(sentence: str, **fields: str) -> None:
    """Print one line beside the answer (standard error), so that what scripts read stays clean."""
    if _lines is not None:
        _lines.write("INFO", sentence, **fields)
    else:
        click.echo(safe(sentence), err=True)


def warn(sentence: str, **fields: str) -> None:
    """Print one line about something that went wrong and is tried again."""
    if _lines is not None:
        _lines.write("WARNING", sentence, **fields)
    else:
        click.echo(safe(sentence), err=True)


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
        self._is_terminal = sys.stderr.isatty() and _lines is None

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

    def step(self, sentence: str, *, is_bad: bool = False, **fields: str) -> None:
        """One step is done; ``sentence`` says how it went."""
        if self._quiet:
            return
        if hasattr(self, "_bar"):
            self._bar.advance(self._task)
        elif _lines is not None:
            _lines.write("WARNING" if is_bad else "INFO", sentence, **fields)
        else:
            level = "WARNING" if is_bad else "INFO"
            log(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {level} {sentence}")
