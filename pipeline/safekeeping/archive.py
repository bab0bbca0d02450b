"""A backup as one file: the database, its secret and what a workspace is made of, each with its checksum."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from pipeline.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DATABASE = "var/digikooste.db"
SECRET = "var/secret.key"  # noqa: S105 - a file's name
_MANIFEST = "manifest.json"
_FORM = 1
_LARGEST_MANIFEST = 16 * 2**20
_LARGEST = {"sources.yaml": 64 * 2**20}
_LARGEST_FILE = 16 * 2**20
_DATABASE_LIMIT = 2**40
_MOST_FILES = 2000
_STRAY = re.compile(r"\.digikooste-[0-9a-f]{8}-[0-9TZ]{16}\.zip\.\d+-[0-9a-f]{8}")
_SECRET_MODE = 0o600
_BLOCK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a backup: files by their names in it, and what is said of them.

    ``rows`` counts the database's rows by table; ``program`` and ``schema`` are versions.
    """

    files: Mapping[str, Path]
    made: datetime
    program: str
    schema: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself; ``files`` are its names with their sizes and checksums (SHA-256)."""

    made: datetime
    program: str
    schema: str
    rows: Mapping[str, int]
    files: Mapping[str, tuple[int, str]] = field(repr=False)
    form: int = _FORM


def name_of(workspace_id: str, moment: datetime) -> str:
    """The file's name: it sorts by time, and two workspaces in one folder do not disturb each other."""
    return f"{_prefix(workspace_id)}{moment:%Y%m%dT%H%M%SZ}.zip"


def pack(contents: Contents, target: Path) -> Backup:
    """Write a backup, read it back, and only then give it its name; raises StoreError, and nothing is there then."""
    draft = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.exists():
            raise StoreError(f"{target} is there already; nothing was written.")
        for stray in target.parent.iterdir():  # what a kill left
            if _STRAY.fullmatch(stray.name):
                stray.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _SECRET_MODE)
        try:
            with os.fdopen(descriptor, "w+b") as out:
                _write(contents, out)
                out.flush()
                os.fsync(out.fileno())
            found = inspect(draft)
            draft.rename(target)
            _settle(target.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{error.filename or target}: the backup cannot be written: {error.strerror}.") from error
    return found


def inspect(file: Path) -> Backup:
    """Read a backup through, and return what it says of itself; raises StoreError for one that is not whole."""
    with _opened(file) as archive:
        found = _manifest(file, archive)
        for name in found.files:
            for _ in _bytes_of(file, archive, name, found):
                pass
    return found


def extract(file: Path, folder: Path) -> Backup:
    """Unpack a backup into ``folder``, checking every byte; files are their owner's alone. Raises StoreError."""
    with _opened(file) as archive:
        found = _manifest(file, archive)
        for name in found.files:
            target = folder / name
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _SECRET_MODE)
                with os.fdopen(descriptor, "wb") as out:
                    for block in _bytes_of(file, archive, name, found):
                        out.write(block)
                    out.flush()
                    os.fsync(out.fileno())
            except OSError as error:
                raise StoreError(f"{target}: cannot be written: {error.strerror}.") from error
    return found


def is_archive(file: Path) -> bool:
    """Whether a file looks like one of these, and not like a bare database."""
    try:
        with file.open("rb") as opened:
            return opened.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}.") from error


def prune(folder: Path, workspace_id: str, keep: int) -> tuple[Path, ...]:
    """Remove this workspace's backups in ``folder`` but for the newest ``keep``; answers which."""
    mine = sorted(folder.glob(f"{_prefix(workspace_id)}*.zip"))
    leaving = tuple(mine[:-keep])
    for old in leaving:
        old.unlink(missing_ok=True)
    return leaving


def found_in(folder: Path, workspace_id: str) -> tuple[Path, ...]:
    """This workspace's backups in a folder, the oldest first; none where it cannot be reached."""
    try:
        return tuple(sorted(folder.glob(f"{_prefix(workspace_id)}*.zip")))
    except OSError:
        return ()


def _prefix(workspace_id: str) -> str:
    return f"digikooste-{hashlib.sha256(workspace_id.encode()).hexdigest()[:8]}-"


# Writing ----------------------------------------------------------------------------------------------


def _write(contents: Contents, out: IO[bytes]) -> None:
    files = {}
    with zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, path in contents.files.items():
            digest, size = hashlib.sha256(), 0
            with _plain(path) as source, archive.open(_entry(name, contents.made), "w", force_zip64=True) as member:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    member.write(block)
            files[name] = {"size": size, "sha256": digest.hexdigest()}
        manifest = {
            "form": _FORM,
            "made": contents.made.isoformat(),
            "program": contents.program,
            "schema": contents.schema,
            "rows": dict(contents.rows),
            "files": files,
        }
        archive.writestr(_entry(_MANIFEST, contents.made), json.dumps(manifest, indent=1))


def _plain(path: Path) -> IO[bytes]:
    """Open a regular file, and nothing that a link leads to."""
    opened = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise StoreError(f"{path} is no plain file, so no backup was made.")
    return opened


def _entry(name: str, made: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(made.year, made.month, made.day, made.hour, made.minute, made.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | _SECRET_MODE) << 16
    return entry


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Reading ----------------------------------------------------------------------------------------------


def _damaged(file: Path, why: str) -> StoreError:
    return StoreError(f"{file}: this backup is damaged ({why}); take another one. Nothing was changed.")


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:  # the last: of a later form of zip
        raise _damaged(file, str(error) or "not a backup") from error


def _manifest(file: Path, archive: zipfile.ZipFile) -> Backup:
    try:
        found = _read_manifest(archive)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, zlib.error, EOFError, OSError) as error:
        raise _damaged(file, f"its manifest cannot be read: {error}") from error
    except (zipfile.BadZipFile, RuntimeError) as error:  # the last: encrypted, or packed in an unknown way
        raise _damaged(file, f"its manifest cannot be read: {error}") from error
    if found.form != _FORM:
        raise StoreError(f"{file}: this backup is of another digikooste ({found.program}); install that one.")
    if DATABASE not in found.files or len(found.files) > _MOST_FILES:
        raise _damaged(file, "the database is missing in it" if DATABASE not in found.files else "too many files")
    for name in found.files:
        if not _is_ours(name):
            raise _damaged(file, f"it holds {name!r}, which is none of a workspace's files")
    return found


def _read_manifest(archive: zipfile.ZipFile) -> Backup:
    with archive.open(_MANIFEST) as member:
        said = json.loads(member.read(_LARGEST_MANIFEST))
    return Backup(
        form=int(said["form"]),
        made=datetime.fromisoformat(said["made"]),
        program=str(said["program"]),
        schema=str(said["schema"]),
        rows={str(name): int(number) for name, number in said["rows"].items()},
        files={str(name): (int(one["size"]), str(one["sha256"])) for name, one in said["files"].items()},
    )


def _is_ours(name: str) -> bool:
    """Whether a name is one that a backup may hold: nothing is ever written anywhere else."""
    if name in {DATABASE, SECRET, "var/forgotten", "sources.yaml"}:
        return True
    path = PurePosixPath(name)
    return (
        len(path.parts) > 1
        and path.parts[0] in {"templates", "notes"}
        and str(path) == name
        and name.isprintable()
        and all(part not in {"..", "."} for part in path.parts)
    )


def _bytes_of(file: Path, archive: zipfile.ZipFile, name: str, backup: Backup) -> Iterator[bytes]:
    """Yield a member's bytes, and raise StoreError unless they are those that were packed."""
    size, expected = backup.files[name]
    limit = _DATABASE_LIMIT if name == DATABASE else _LARGEST.get(name, _LARGEST_FILE)
    digest, seen = hashlib.sha256(), 0
    try:
        with archive.open(name) as member:
            while block := member.read(_BLOCK):
                seen += len(block)
                if seen > min(size, limit):
                    raise _damaged(file, f"{name} is larger than it says")
                digest.update(block)
                yield block
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # the last: as above
        raise _damaged(file, f"{name}: {error}") from error
    if seen != size or digest.hexdigest() != expected:
        raise _damaged(file, f"{name} is not what was packed")


def workspace_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what a workspace is made of beside its database, by the names in a backup: plain files only."""
    if _is_small(folder / "sources.yaml", _LARGEST["sources.yaml"]):
        yield "sources.yaml", folder / "sources.yaml"
    for name in ("templates", "notes"):
        if (folder / name).is_symlink():
            continue
        for path in sorted((folder / name).rglob("*")):
            inner = path.relative_to(folder).as_posix()
            if _is_small(path, _LARGEST_FILE) and _is_ours(inner):
                yield inner, path


def _is_small(path: Path, limit: int) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= limit
