"""A file system of a few megabytes, in a mount namespace of a process's own: gone with it, seen by nobody else."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WAYS = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])
"""As root, and as anybody where the kernel lets them."""


def on(folder: Path, size: str, script: str, **environ: str) -> str:
    """Run a shell script in ``folder``, for it alone an empty file system of ``size``; answers what it said."""
    way = next((way for way in _WAYS if _works(way)), None)
    if way is None:
        pytest.skip("no mount namespace can be made here (unshare --mount)")
    mount = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && cd "$2" && eval "$3"'
    values: Mapping[str, str] = {**os.environ, **environ}
    done = subprocess.run(
        [*way, "sh", "-c", mount, "sh", size, str(folder), script],
        env=dict(values),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _works(way: list[str]) -> bool:
    return (
        bool(shutil.which(way[0])) and not subprocess.run([*way, "true"], capture_output=True, check=False).returncode
    )
