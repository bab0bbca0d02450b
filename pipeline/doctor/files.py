"""Checks of folders and files: who may read and write them, and how much room is left."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from typing import TYPE_CHECKING

from pipeline.doctor import Diagnosis, good, mend, skipped, warning
from pipeline.notices import is_nearly_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LEAST_BYTES = 50 * 2**20
"""With less than this a letter of ten thousand recipients might not be written down."""
LEAST_FILES = 1000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
_SHOWN = 3


def private(var: Path, secrets: Sequence[Path] = ()) -> Diagnosis:
    """Nobody but its owner reads what is in ``var`` (addresses, the secret, letters), nor any of ``secrets``.

    A closed folder guards what is in it; ``secrets`` stand elsewhere.
    """
    open_ones = [path for path in secrets if _is_open(path)]
    if _is_open(var):
        open_ones += [var, *(path for path in sorted(var.iterdir()) if path.is_file() and _is_open(path))]
    if open_ones:
        names = " ".join(str(path) for path in open_ones)
        return mend(f"others on this machine can read {_listed(open_ones)}", f"chmod go= {names}")
    if not var.exists():
        return good("var/ will be made for this user alone")
    owner = var.stat().st_uid
    if owner != os.geteuid():
        return warning(
            f"{var} belongs to user {owner}, and this is user {os.geteuid()}",
            "run digikooste as one user always, best one of its own",
        )
    return good("only this user reads var/" + (" and the password's file" if secrets else ""))


def untouchable(paths: Sequence[Path]) -> Diagnosis:
    """Nobody else writes the files that are obeyed: ``site.publish`` is a command, a template becomes a letter."""
    there = [path for path in _with_content(paths) if path.stat().st_mode & _WRITABLE]
    if there:
        names = " ".join(str(path) for path in there)
        return mend(f"others on this machine can write {_listed(there)}", f"chmod go-w {names}")
    return good("nobody else writes sources.yaml, templates/ or notes/")


def writable(folder: Path) -> Diagnosis:
    """A file can be made in ``folder``, or the folder itself where it is still to be made; leaves nothing behind."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there, prefix=".doctor-"):
            pass
    except OSError as error:
        return mend(
            f"{there} cannot be written: {error.strerror}", f"let user {os.geteuid()} write it: chown or chmod {there}"
        )
    return good(f"{folder} can be written" if there == folder else f"{folder} will be made by the first digest")


def room(folder: Path) -> Diagnosis:
    """There is room for what comes: bytes, and names for files."""
    disk, system = shutil.disk_usage(folder), os.statvfs(folder)
    free = f"{disk.free / 2**30:.1f} GB" if disk.free >= 2**30 else f"{disk.free / 2**20:.0f} MB"
    remedy = f"make room on the disk of {folder}"
    if disk.free < LEAST_BYTES:
        return mend(f"only {free} are free", remedy)
    if system.f_files and system.f_favail < LEAST_FILES:
        return mend(f"only {system.f_favail} more files can be made", remedy)
    if is_nearly_full(disk.free, disk.total):
        return warning(f"only {free} are free", remedy)
    return good(f"{free} are free")


def certificates(environ_file: str | None) -> Diagnosis:
    """The certificates that SSL_CERT_FILE names are there; without it there are the system's."""
    if not environ_file:
        return skipped("SSL_CERT_FILE is not set: the system's certificates count")
    import ssl  # noqa: PLC0415

    try:
        ssl.create_default_context(cafile=environ_file)
    except OSError as error:
        return mend(
            f"the certificates of SSL_CERT_FILE ({environ_file}) cannot be read: {error.strerror or error}",
            "name a file of certificates in PEM form, or unset SSL_CERT_FILE",
        )
    return good(f"the certificates of {environ_file} are trusted")


def _is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & _OTHERS)


def _with_content(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.exists():
            yield path
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if not one.is_symlink())


def _listed(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(str(path) for path in paths[:_SHOWN]) + more
