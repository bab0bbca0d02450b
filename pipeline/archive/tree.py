"""The files of output/ beyond the letters' own folders: what changed is written, what nobody wants any more goes.

A ledger beside the database tells of every file what it was made of (its stamp) and how it was left on the disk.
A file with both as they were needs neither be made nor read; one that is missing, or that somebody touched, is
made again. The ledger is a memory and no more: without it every file is made and compared.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from pipeline import failpoints, site
from pipeline.errors import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OURS = ("courses", "feeds", "items", "pagefind", "search", "sources", "topics")
"""Folders of output/ in which every file is ours: what is not wanted there is taken away."""

SHEET = "style-"
"""So the names of style sheets begin. They are never taken away: letters that were frozen long ago name them."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PART = re.compile(r"[a-z0-9][A-Za-z0-9._-]{0,100}", re.ASCII)
_DEEPEST = 4
_VERSION = 1
_NEW = ".new"
_BY_CONTENT = (".pf_fragment", ".pf_index", ".pf_filter")
"""Files that are named by what they hold, and read only by way of one that is written after them."""
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class _Left(NamedTuple):
    """A file as it was left: what it was made of, and what the disk said of it then."""

    stamp: str
    size: int
    changed: int
    touched: int
    number: int


def digest_of(*parts: str | bytes) -> str:
    """Return a short name for these parts, in this order: 80 bits of SHA-256."""
    sha = hashlib.sha256()
    for part in parts:
        body = part.encode() if isinstance(part, str) else part
        sha.update(b"%d:" % len(body))
        sha.update(body)
    return sha.hexdigest()[:20]


class Tree:
    """output/ while it is brought up to date; ``written`` and ``removed`` tell what that took."""

    def __init__(self, output: Path, ledger: Path) -> None:
        self._output = output
        self._ledger = ledger
        self._left: dict[str, _Left] = {}
        self._wanted: set[str] = set()
        self._folders: dict[str, int] = {}
        self._is_changed = False
        self.written: list[str] = []
        self.removed: list[str] = []

    def is_fresh(self, path: str, stamp: str) -> bool:
        """Whether the file stands as it was left, made of the same; it is wanted from now on either way."""
        self._wanted.add(path)
        left = self._left.get(path)
        return left is not None and left.stamp == stamp and left == self._seen(path, stamp)

    def put(self, path: str, body: bytes, stamp: str = "") -> None:
        """Have the file hold ``body``; one that does is left alone. Raises SiteError."""
        stamp = stamp or digest_of(body)
        if self.is_fresh(path, stamp):
            return
        try:
            folder, name = self._place(path)
            is_absent = self._seen(path, stamp) is None
            if is_absent or site.read(folder, name) != body:
                self._write(folder, name, body, is_named_yet=not (is_absent and path.endswith(_BY_CONTENT)))
                self.written.append(path)
        except OSError as error:
            raise SiteError(site.sentence(self._output / path, error)) from error
        self.note(path, stamp)

    def put_if_ours(self, path: str, body: bytes) -> None:
        """Have the file hold ``body``, unless somebody else wrote one of that name."""
        if path in self._left or not (self._output / path).exists():
            self.put(path, body)

    def note(self, path: str, stamp: str) -> None:
        """Remember a file as it stands now."""
        self._wanted.add(path)
        seen = self._seen(path, stamp)
        if seen is not None and self._left.get(path) != seen:
            self._left[path] = seen
            self._is_changed = True

    def stamps(self, folder: str) -> dict[str, str]:
        """Return the files below ``folder`` that stand as they were left, each with its stamp; they are wanted."""
        found = {
            path: left.stamp
            for path, left in self._left.items()
            if path.startswith(f"{folder}/") and left == self._seen(path, left.stamp)
        }
        self._wanted.update(found)
        return found

    def keep(self, paths: Iterable[str]) -> None:
        """Want files as they are, whatever they hold."""
        self._wanted.update(paths)

    def drop(self, paths: Iterable[str]) -> None:
        """Want files no longer."""
        self._wanted.difference_update(paths)

    def names(self, folder: str) -> list[str]:
        """Return every file below one of our folders, by its path in output/."""
        return [path for path, _, _ in self._walk(folder)]

    def sweep(self) -> None:
        """Take away what stands in our folders and nobody wants, and the folders that are empty then."""
        for top in OURS:
            for path, name, folder in self._walk(top):
                if path not in self._wanted:
                    with suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=folder)
                    if not name.endswith(_NEW):
                        self.removed.append(path)
            self._prune(top)
        gone = set(self._left) - self._wanted
        for path in gone:
            del self._left[path]
            if "/" not in path and path not in self.removed:
                with suppress(FileNotFoundError):
                    os.unlink(path, dir_fd=self._root())
                self.removed.append(path)
        self._is_changed = self._is_changed or bool(gone)

    def _prune(self, top: str) -> None:
        """Take away the folders that are empty, the inner ones first."""
        if not self._is_folder(top):
            return
        for _, folders, _, descriptor in os.fwalk(top, topdown=False, dir_fd=self._root()):
            for name in folders:
                with suppress(OSError):  # not empty, which is the rule
                    os.rmdir(name, dir_fd=descriptor)

    def _walk(self, top: str) -> Iterator[tuple[str, str, int]]:
        if not self._is_folder(top):
            return
        for folder, _, names, descriptor in os.fwalk(top, dir_fd=self._root()):
            for name in names:
                yield f"{folder}/{name}", name, descriptor

    def _is_folder(self, top: str) -> bool:
        try:
            return stat.S_ISDIR(os.stat(top, dir_fd=self._root(), follow_symlinks=False).st_mode)
        except FileNotFoundError:
            return False

    def _seen(self, path: str, stamp: str) -> _Left | None:
        try:
            facts = os.lstat(f"{self._output}/{path}")
        except OSError:
            return None
        if not stat.S_ISREG(facts.st_mode):
            return None
        return _Left(stamp, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino)

    def _place(self, path: str) -> tuple[int, str]:
        """Return the open folder of a file and its name there; missing folders are made, no link is followed."""
        *folders, name = parts = path.split("/")
        if len(parts) > _DEEPEST or not all(map(_PART.fullmatch, parts)):
            raise SiteError(f"{path!r} is no name for a file in output/; nothing was written.")
        within, descriptor = "", self._root()
        for part in folders:
            within = f"{within}/{part}" if within else part
            if within not in self._folders:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=descriptor)
                self._folders[within] = os.open(part, _FOLDER, dir_fd=descriptor)
            descriptor = self._folders[within]
        return descriptor, name

    def _root(self) -> int:
        if "" not in self._folders:
            self._output.mkdir(parents=True, exist_ok=True)
            self._folders[""] = os.open(self._output, _FOLDER & ~os.O_NOFOLLOW)
        return self._folders[""]

    def _write(self, folder: int, name: str, body: bytes, *, is_named_yet: bool) -> None:
        """Write beside the old file, then take its place; at once where no page can name the file yet.

        Not synced to the disk, since thousands of small files would take minutes; a file that a power cut left
        empty differs from what the ledger says, and is made again.
        """
        written = f".{name}{_NEW}" if is_named_yet else name
        failpoints.at("publish.before-file")
        try:
            descriptor = os.open(written, _FRESH, 0o644, dir_fd=folder)
        except FileExistsError:  # left by a process that was killed
            os.unlink(written, dir_fd=folder)
            descriptor = os.open(written, _FRESH, 0o644, dir_fd=folder)
        try:
            with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123  # a descriptor, no path
                failpoints.at("publish.in-file")
                rest = memoryview(body)
                while rest:
                    rest = rest[file.write(rest) :]
            failpoints.at("publish.after-file")
            if written != name:
                failpoints.at("publish.before-rename")
                os.rename(written, name, src_dir_fd=folder, dst_dir_fd=folder)
                failpoints.at("publish.after-rename")
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(written, dir_fd=folder)
            raise

    def keep_sheets(self) -> None:
        """Want every style sheet that a page may name; if one is not as it was left, every page is made again."""
        sheets = [path for path in self._left if path.startswith(SHEET)]
        if all([self.is_fresh(path, self._left[path].stamp) for path in sheets]):  # noqa: C419  # each is wanted
            return
        self._left.clear()
        self._is_changed = True

    def load(self) -> None:
        """Read the ledger; one that cannot be read, or is another version's, is none."""
        try:
            held = json.loads(self._ledger.read_bytes())
            if held["version"] == _VERSION and held["output"] == str(self._output.resolve()):
                self._left = {path: _Left(*facts) for path, facts in held["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._left = {}

    def save(self) -> None:
        """Keep the ledger, if anything is different now. Raises SiteError."""
        if not self._is_changed:
            return
        held = {"version": _VERSION, "output": str(self._output.resolve()), "files": self._left}
        draft = self._ledger.with_suffix(_NEW)
        try:
            draft.write_text(json.dumps(held, separators=(",", ":")), encoding="utf-8")
            draft.replace(self._ledger)
        except OSError as error:
            raise SiteError(site.sentence(self._ledger, error)) from error
        self._is_changed = False

    def close(self) -> None:
        """Let every folder go."""
        for descriptor in self._folders.values():
            os.close(descriptor)
        self._folders.clear()


@contextmanager
def opened(output: Path, var: Path, *, anew: bool = False) -> Iterator[Tree]:
    """Hold output/ for one publisher at a time, others wait; what the ledger learnt is kept in any case.

    ``anew`` forgets the ledger first. Raises SiteError.
    """
    tree = Tree(output, var / "published.json")
    try:
        var.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(var / "published.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SiteError(site.sentence(var, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not anew:
            tree.load()
        try:
            yield tree
        except OSError as error:
            raise SiteError(site.sentence(output, error)) from error
        finally:
            tree.save()
    finally:
        tree.close()
        os.close(lock)
