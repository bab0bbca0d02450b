"""Serve's jobs, woken by a test at the moments that it says."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from typing import TYPE_CHECKING, Self

from pipeline.cli import stewarding
from pipeline.cli.workspace import Workspace
from tests.e2e.desk import patched_environ

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from tests.e2e.desk import Desk


class Steward:
    """Serve's four jobs in this process, woken by the test at the moments that it says."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.out = ""

    def __enter__(self) -> Self:
        workspace = Workspace(folder=self._desk.folder, environ=os.environ)
        self._store = workspace.store()
        self._jobs = stewarding.Steward(workspace, self._store, threading.Event()).jobs()
        return self

    def wake(self, at: datetime, *names: str) -> str:
        """Wake all jobs, or the named ones, at a moment; answers what was said."""
        self._desk.now = at
        said = io.StringIO()
        with (
            patched_environ({"DIGIKOOSTE_NOW": at.isoformat()}),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            for name in names or ("collect", "compose", "deliver", "housekeeping"):
                self._jobs[name](at)
        self.out += said.getvalue()
        return said.getvalue()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
