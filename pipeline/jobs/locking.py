"""One process per job: a lock that kill -9 frees by itself."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from pipeline.errors import BusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_PATIENCE = 1.0
"""Seconds in which whoever has just taken a lock writes its number down."""


def _named(descriptor: int) -> int | None:
    """Return the living process that a held lock names: its number is written a moment after it is taken."""
    until = time.monotonic() + _PATIENCE
    while True:
        words = os.pread(descriptor, 32, 0).strip()
        if words.isdigit() and _is_alive(int(words)):
            return int(words)
        if time.monotonic() > until:
            return None
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def holder(folder: Path, job: str) -> int | None:
    """Return the process that holds ``folder/job.lock``, or None when nobody does."""
    try:
        descriptor = os.open(folder / f"{job}.lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _named(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def job_lock(folder: Path, job: str) -> Iterator[None]:
    """Hold ``folder/job.lock`` (flock); raises BusyError naming the process that holds it."""
    path = folder / f"{job}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}. Check who owns the folder.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = _named(descriptor)
            who = "unknown" if pid is None else str(pid)
            raise BusyError(f"{job} is already running, pid {who}; nothing was done here.") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
