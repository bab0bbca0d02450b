"""One process per job: a lock that kill -9 frees by itself."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from pipeline.errors import BusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def holder(folder: Path, job: str) -> int | None:
    """Return the process that holds ``folder/job.lock``, or None when nobody does."""
    try:
        descriptor = os.open(folder / f"{job}.lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        words = os.pread(descriptor, 32, 0).strip()
        return int(words) if words.isdigit() else None
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
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise BusyError(f"{job} is already running, pid {holder}; nothing was done here.") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
