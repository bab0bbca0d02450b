"""The checkout itself, as its tests see it: tracked files, and the program run as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
NO_NETWORK = {"DIGIKOOSTE_PROXY": "http://127.0.0.1:9"}
"""Every request goes to a port where nobody listens."""


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take in; where git is not at hand, every file of the sources."""
    asked = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    names = asked.stdout.decode().split("\0") if asked.returncode == 0 else _found()
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def _found() -> list[str]:
    folders = (".ci", "benchmarks", "deploy", "docs", "pipeline", "templates", "tests")
    files = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".coverage")]
    files += [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [str(path.relative_to(ROOT)) for path in files]


def documents() -> tuple[Path, ...]:
    """The pages that people read."""
    return tuple(path for path in tracked() if path.suffix == ".md" and path.is_relative_to(ROOT / "docs")) + tuple(
        path for path in tracked() if path.suffix == ".md" and path.parent == ROOT
    )


def run(command: Sequence[str], cwd: Path, seconds: float = 60, /, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is in the answer, stdout and stderr apart."""
    return subprocess.run(
        list(command),
        cwd=cwd,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def digikooste(*arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return run([sys.executable, "-m", "pipeline", *arguments], cwd, **{"PYTHONPATH": path, **environ})
