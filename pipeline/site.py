"""output/: every edition as a web archive, each file written whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipeline import failpoints
from pipeline.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_KEY = re.compile(r"\d{4}(-W\d{2}|-\d{2}(-\d{2})?)", re.ASCII)
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\.(html|txt|png|jpg|gif)", re.ASCII)
_NEW = ".new"
_OLD = ".old"
_ADVICE = {
    errno.ENOSPC: "Make room on that disk and run again.",
    errno.EDQUOT: "Make room within the quota and run again.",
    errno.EFBIG: "Raise the limit on file sizes and run again.",
    errno.EROFS: "Put output/ on a disk that can be written to.",
    errno.EACCES: "Let this user write there.",
    errno.EPERM: "Let this user write there.",
    errno.ENOTDIR: "A file or a symbolic link stands where a folder should: move it away.",
    errno.EEXIST: "A file stands where a folder should: move it away.",
    errno.EISDIR: "A folder stands where a file should: move it away.",
}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def write(output: Path, key: str | None, files: Mapping[str, bytes], *, sync: bool = True) -> bool:
    """Write ``files`` into the folder of period ``key``, or, where that is None, into ``output`` itself.

    ``sync`` waits until the disk has them, which for hundreds of letters takes longer than making them.

    Returns whether anything had to be written: files that are already there with these bytes are left
    alone, others in the folder too. A folder that is new appears with all its files or not at all, and
    so does each file. Raises SiteError; what stood there before still stands.
    """
    _check_names(key, files)
    where = output / key if key else output
    try:
        with _locked(output) as root:
            if key is None:
                return _replace(root, files, sync=sync)
            try:
                folder = os.open(key, _FOLDER, dir_fd=root)
            except FileNotFoundError:
                return _create(root, key, files, sync=sync)
            try:
                return _replace(folder, files, sync=sync)
            finally:
                os.close(folder)
    except OSError as error:
        raise SiteError(sentence(where, error)) from error


def missing(output: Path, key: str | None, files: Mapping[str, bytes]) -> bool:
    """Whether any of ``files`` is absent from the folder of ``key``, or not there with exactly these bytes."""
    _check_names(key, files)
    try:
        folder = os.open(output / key if key else output, _FOLDER if key else _FOLDER & ~os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        return any(read(folder, name) != body for name, body in files.items())
    finally:
        os.close(folder)


def remove(output: Path, key: str) -> None:
    """Take the folder of period ``key`` away, because its digest gave way to another; none there is as good.

    The folder is renamed first, so that nobody sees half of it. Raises SiteError.
    """
    _check_names(key, {})
    hidden = f".{key}{_OLD}"
    try:
        with _locked(output) as root:
            _remove_tree(hidden, root)
            try:
                os.rename(key, hidden, src_dir_fd=root, dst_dir_fd=root)
            except FileNotFoundError:
                return
            failpoints.at("publish.in-removal")
            _remove_tree(hidden, root)
    except OSError as error:
        raise SiteError(sentence(output / key, error)) from error


def sweep(output: Path) -> None:
    """Take away the hidden folders that killed processes left. Raises SiteError."""
    try:
        with _locked(output) as root:  # all writers wait for it, so nobody uses them now
            for name in os.listdir(root):  # noqa: PTH208  # a descriptor, not a path
                if name.endswith((_NEW, _OLD)) and _KEY.fullmatch(name[1:-4]):
                    _remove_tree(name, root)
    except OSError as error:
        raise SiteError(sentence(output, error)) from error


def _check_names(key: str | None, files: Mapping[str, bytes]) -> None:
    for name in files:
        if not _NAME.fullmatch(name):
            raise SiteError(f"{name!r} is no name for a file in output/; nothing was written.")
    if key is not None and not _KEY.fullmatch(key):
        raise SiteError(f"{key!r} is no period (2026-W47, 2026-11 or 2026-11-16); nothing was written.")


@contextmanager
def _locked(output: Path) -> Iterator[int]:
    """Hold ``output`` open; two writers, such as compose and deliver, wait for each other."""
    output.mkdir(parents=True, exist_ok=True)
    root = os.open(output, _FOLDER & ~os.O_NOFOLLOW)
    try:
        fcntl.flock(root, fcntl.LOCK_EX)
        yield root
    finally:
        os.close(root)


def _create(root: int, key: str, files: Mapping[str, bytes], *, sync: bool) -> bool:
    """Fill a hidden folder, then give it its name: nobody ever sees half of it."""
    hidden = f".{key}{_NEW}"
    _remove_tree(hidden, root)
    os.mkdir(hidden, 0o755, dir_fd=root)
    try:
        folder = os.open(hidden, _FOLDER, dir_fd=root)
        try:
            for name, body in files.items():
                _write_file(folder, name, body, sync=sync)
            if sync:
                os.fsync(folder)
        finally:
            os.close(folder)
        _rename(hidden, key, root)
    except OSError:
        _remove_tree(hidden, root)
        raise
    if sync:
        os.fsync(root)
    return True


def _replace(folder: int, files: Mapping[str, bytes], *, sync: bool) -> bool:
    """Write every changed file beside the old one, and only when all are safely there, rename them."""
    changed = {name: body for name, body in files.items() if read(folder, name) != body}
    written = []
    try:
        for name, body in changed.items():
            hidden = f".{name}{_NEW}"
            _remove_file(hidden, folder)
            written.append(hidden)
            _write_file(folder, hidden, body, sync=sync)
        for name in changed:
            _rename(f".{name}{_NEW}", name, folder)
    except OSError:
        for hidden in written:
            _remove_file(hidden, folder)
        raise
    if changed and sync:
        os.fsync(folder)
    return bool(changed)


def _rename(hidden: str, name: str, folder: int) -> None:
    failpoints.at("publish.before-rename")
    os.rename(hidden, name, src_dir_fd=folder, dst_dir_fd=folder)
    failpoints.at("publish.after-rename")


def _write_file(folder: int, name: str, body: bytes, *, sync: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    failpoints.at("publish.before-file")
    with open(os.open(name, flags, 0o644, dir_fd=folder), "wb") as file:  # noqa: PTH123  (a descriptor, not a path)
        failpoints.at("publish.in-file")
        file.write(body)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    failpoints.at("publish.after-file")


def read(folder: int, name: str) -> bytes | None:
    """Return the bytes of a regular file, None where there is none (a symlink is none)."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123  (a descriptor, not a path)
        return file.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _remove_file(name: str, folder: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _remove_tree(name: str, root: int) -> None:
    """Remove what is left of a folder, or of a link in its place; a link is never followed."""
    shutil.rmtree(name, ignore_errors=True, dir_fd=root)
    with suppress(OSError):
        os.unlink(name, dir_fd=root)


def sentence(where: Path, error: OSError) -> str:
    """Return what to tell a person of a failure to write there."""
    advice = _ADVICE.get(error.errno or 0, "Mend that and run again.")
    return f"{where} could not be written: {error.strerror}. {advice} What stood there before still stands."
