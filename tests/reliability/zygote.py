"""Real processes at a hundredth of the price: one that has imported everything forks a new one for every command.

Each command runs in a process of its own, which can be killed like any other; only the second and a half that
Python takes to import the program is paid once.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

ROOT = Path(__file__).parents[2]
_POLL = 0.005
_IMPORTED = [
    "alembic.command",
    "alembic.config",
    "apscheduler.schedulers.background",
    "css_inline",
    "holidays.countries.finland",
    "idna",
    "pebble",
    "pipeline.cli.main",
    "pipeline.cli.people",
    "pipeline.cli.running",
    "pipeline.cli.serving",
    "pipeline.cli.standing",
    "pipeline.cli.work",
    "pipeline.config.loader",
    "pipeline.fetch.client",
    "pipeline.isolate",
    "pipeline.jobs",
    "pipeline.lint",
    "pipeline.mail",
    "pipeline.render",
    "pipeline.render.engine",
    "pipeline.site",
    "pipeline.sources",
    "pipeline.store",
    "pydantic.types",
    "rapidfuzz.fuzz",
    "rapidfuzz.process",
    "rich.progress",
    "ruamel.yaml",
    "sqlalchemy.dialects.sqlite",
]
"""What commands import sooner or later."""


@dataclass
class Child:
    """A command that runs, or ran; ``out`` and ``err`` are files."""

    pid: int
    out: Path
    err: Path
    zygote: Zygote = field(repr=False)
    code: int | None = None

    def wait(self, seconds: float = 240.0) -> int:
        """Return the exit code, or minus the signal that ended it."""
        end = time.monotonic() + seconds
        while self.code is None:
            assert time.monotonic() < end, f"it has not ended: {self.said}"
            self.zygote.look(_POLL)
        return self.code

    def is_running(self) -> bool:
        self.zygote.look(0.0)
        return self.code is None

    def kill(self) -> int:
        """Kill -9; answers how it ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    @property
    def said(self) -> str:
        return self.out.read_text(encoding="utf-8") + self.err.read_text(encoding="utf-8")


class Zygote:
    """The process that forks; use it from one thread."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from tests.reliability import zygote; zygote.main({theirs.fileno()})"],
                cwd=ROOT,
                env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._children: dict[int, Child] = {}

    def start(
        self,
        *arguments: str,
        folder: Path,
        environ: Mapping[str, str],
        out: Path,
        err: Path,
        largest: int | None = None,
    ) -> Child:
        """Fork a process for one command; ``largest`` is the size in bytes that no file may pass (RLIMIT_FSIZE)."""
        said = {
            "arguments": arguments,
            "folder": str(folder),
            "environ": dict(environ),
            "out": str(out),
            "err": str(err),
            "largest": largest,
        }
        self._line.send(json.dumps(said).encode())
        while "pid" not in (heard := self._hear()):
            pass
        child = Child(heard["pid"], out, err, self)
        self._children[child.pid] = child
        return child

    def look(self, seconds: float) -> None:
        """Wait up to ``seconds`` for a child to end."""
        while select.select([self._line], [], [], seconds)[0]:
            self._hear()
            seconds = 0.0

    def _hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = json.loads(self._line.recv(65536) or b'{"ended": 0}')
        if "ended" in heard:
            assert heard["ended"], "the zygote has died"
            self._children.pop(heard["ended"]).code = heard["code"]
        return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in list(self._children.values()):
            child.kill()
        self._line.close()
        self._process.wait(timeout=10)


# In the zygote ----------------------------------------------------------------------------------------


def main(descriptor: int) -> None:
    """Fork what the line asks for, and say when one has ended."""
    import importlib  # noqa: PLC0415

    for name in _IMPORTED:
        importlib.import_module(name)
    line = socket.socket(fileno=descriptor)
    os.set_inheritable(descriptor, False)
    alive: set[int] = set()
    while True:
        if select.select([line], [], [], _POLL if alive else None)[0]:
            said = line.recv(65536)
            if not said:
                line.close()
                return
            pid = os.fork()
            if pid == 0:
                line.close()
                _run(json.loads(said))
            alive.add(pid)
            line.send(json.dumps({"pid": pid}).encode())
        while alive and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            alive.discard(ended[0])
            line.send(json.dumps({"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])}).encode())


def _run(said: dict[str, Any]) -> None:
    """Be the command: its streams, its folder, its environment, its limits; never comes back."""
    from pipeline.cli import run  # noqa: PLC0415

    code = 70
    try:
        for stream, name in ((1, "out"), (2, "err")):
            file = os.open(said[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(file, stream)
            os.close(file)
        os.chdir(said["folder"])
        os.environ.clear()
        os.environ.update(said["environ"])
        if said["largest"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (said["largest"], said["largest"]))
        code = run(said["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001  # what Python itself would print before it ends
        import traceback  # noqa: PLC0415

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
