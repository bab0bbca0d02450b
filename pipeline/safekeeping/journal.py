"""Who was forgotten, by keyed hashes beside the database: a lost or restored one brings nobody back."""

from __future__ import annotations

import hmac
import os
import re
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

FILE = "forgotten"
"""The journal's file in var/."""
BESIDE = "digikooste-forgotten"
"""Its copy in a folder of backups."""
_LINE = re.compile(r"([0-9a-f]{64}) (forgotten|back) (\S+)")
_LARGEST = 64 * 2**20


class Journal:
    """One line for each time that somebody was forgotten or came back; the last one counts.

    ``key`` gives the workspace's secret, and is asked only when it is needed. ``copies`` are folders of
    backups, where the same lines are written as far as they can be reached; ``unreached`` names the others.
    """

    def __init__(self, file: Path, key: Callable[[], bytes], copies: Iterable[Path] = ()) -> None:
        self.file = file
        self.unreached: list[Path] = []
        self._key = key
        self._copies = tuple(copies)

    def of(self, address_key: str) -> str:
        """The hash of an address in its folded form: nobody without the secret can make or try it."""
        return hmac.digest(self._key(), f"forgotten\0{address_key}".encode(), "sha256").hex()

    def forgotten(self) -> dict[str, datetime]:
        """The hashes of who was forgotten and did not come back, each with its moment. Raises StoreError."""
        found: dict[str, datetime] = {}
        for hashed, word, moment in _lines(self.file):
            if word == "forgotten":
                found[hashed] = moment
            else:
                found.pop(hashed, None)
        return found

    def note(self, hashed: str, *, is_back: bool, now: datetime) -> None:
        """Write a line, to the disk itself, here and beside the backups. Raises StoreError when it cannot here."""
        line = f"{hashed} {'back' if is_back else 'forgotten'} {now.isoformat()}"
        try:
            _append(self.file, [line])
        except OSError as error:
            raise StoreError(f"{self.file}: cannot be written: {error.strerror}. Nothing was changed.") from error
        for folder in self._copies:
            try:
                _append(folder / BESIDE, [line])
            except OSError:
                self.unreached.append(folder)

    def take_in(self, others: Sequence[Path]) -> None:
        """Add the lines of other journals that are not in this one yet, by their moments. Raises StoreError."""
        mine = list(_lines(self.file))
        both = sorted({*mine, *(line for other in others for line in _lines(other))}, key=lambda line: line[2])
        if both == mine:
            return
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            draft.unlink(missing_ok=True)
            _append(draft, [f"{hashed} {word} {moment.isoformat()}" for hashed, word, moment in both])
            draft.replace(self.file)
        except OSError as error:
            raise StoreError(f"{self.file}: cannot be written: {error.strerror}.") from error


def _lines(file: Path) -> Iterator[tuple[str, str, datetime]]:
    """Yield what a journal says; a line that was torn by a power cut says nothing."""
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            text = opened.read(_LARGEST)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}; without it nobody is added.") from error
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        try:
            moment = datetime.fromisoformat(found[3])
        except ValueError:
            continue
        if moment.tzinfo is not None:
            yield found[1], found[2], moment


def _append(file: Path, lines: Sequence[str]) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, flags, 0o600), "r+b", buffering=0) as opened:
        size = os.fstat(opened.fileno()).st_size
        is_torn = size > 0 and os.pread(opened.fileno(), 1, size - 1) != b"\n"
        opened.write((("\n" if is_torn else "") + "".join(f"{line}\n" for line in lines)).encode("ascii"))
        os.fsync(opened.fileno())
