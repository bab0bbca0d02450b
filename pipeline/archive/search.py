"""The search's indexes by Pagefind, one for each language, each made by a child process with limits."""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 120.0
MEMORY = 2 * 2**30
"""Bytes of address space; 10,000 items take a tenth of it."""
_CHUNK = 1 << 20
_NEEDED = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
_KINDS = (".pf_meta", ".pf_index", ".pf_fragment", ".pf_filter", ".pagefind")


class SearchError(Exception):
    """There is no index, and the sentence says why; the archive does without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What can be found: its address, its title, the words that find it, and what else a result shows.

    That is handed over behind the address, as JSON after a space: Pagefind searches in all else that belongs to a
    record, and writes filters in an order that changes from run to run.
    """

    url: str
    title: str
    content: str
    shown: Mapping[str, str]


class Indexing:
    """One language's index while Pagefind makes it; the child starts at once, ``files`` waits for it."""

    def __init__(self, language: str, records: Sequence[Record]) -> None:
        self._language = language
        self._records = records
        self._until = time.monotonic() + SECONDS
        self._messages: list[dict[str, Any]] = []
        self._trouble = ""
        try:
            self._child = subprocess.Popen(  # noqa: S603  # our own dependency, without any argument from outside
                [_binary(), "--service"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ImportError) as error:
            raise SearchError(f"Pagefind could not be started ({error}).") from error
        _limit(self._child.pid)
        self._threads = [threading.Thread(target=self._say), threading.Thread(target=self._hear)]
        for thread in self._threads:
            thread.start()

    def files(self) -> dict[str, bytes]:
        """Return the index's files by name, once they are made. Raises SearchError."""
        try:
            for thread in self._threads:
                thread.join()
        finally:
            self.stop()
        answer = self._messages[-1]["payload"] if self._messages else {}
        if self._trouble or "files" not in answer:
            why = self._trouble or str(answer.get("message") or f"it ended with code {self._child.returncode}")
            raise SearchError(f"Pagefind made no index of {self._language}: {why}.")
        files = {file["path"]: base64.b64decode(file["content"]) for file in answer["files"]}
        return {name: _settled(name, body) for name, body in files.items() if _is_needed(name)}

    def stop(self) -> None:
        """End the child, if it has not ended."""
        with suppress(ProcessLookupError):
            self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._child.wait()

    def _say(self) -> None:
        """Hand over every record; a child that is gone is heard of by the other thread."""
        assert self._child.stdin is not None
        config = {"keep_index_url": True, "write_playground": False}
        with suppress(OSError, ValueError):
            self._child.stdin.write(_message(1, {"type": "NewIndex", "config": config}))
            for number, record in enumerate(self._records, start=2):
                asked = {
                    "type": "AddRecord",
                    "index_id": 0,
                    "url": f"{record.url} {json.dumps(record.shown, ensure_ascii=False, sort_keys=True)}",
                    "content": record.content,
                    "language": self._language,
                    "meta": {"title": record.title},
                    "filters": None,
                    "sort": None,
                }
                self._child.stdin.write(_message(number, asked))
            self._child.stdin.write(_message(0, {"type": "GetFiles", "index_id": 0}))
            self._child.stdin.flush()

    def _hear(self) -> None:
        """Read answers until the last one, which holds the files."""
        assert self._child.stdout is not None
        pipe, rest = self._child.stdout, bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not (self._messages and self._messages[-1]["message_id"] == 0):
                left = self._until - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self._trouble = f"it took longer than {SECONDS:.0f} s"
                    self._child.kill()
                    return
                heard = os.read(pipe.fileno(), _CHUNK)
                if not heard:
                    return
                rest += heard
                if b"," in heard:
                    *whole, rest = rest.split(b",")
                    self._messages = [*self._messages, *map(_understood, whole)][-1:]


def _message(number: int, payload: Mapping[str, object]) -> bytes:
    said = json.dumps({"message_id": number, "payload": payload}, ensure_ascii=False)
    return base64.b64encode(said.encode(errors="replace")) + b","


def _understood(message: bytes | bytearray) -> dict[str, Any]:
    try:
        said = json.loads(base64.b64decode(message))
    except ValueError:
        said = None
    return said if isinstance(said, dict) and "payload" in said else {"message_id": 0, "payload": {}}


def _settled(name: str, body: bytes) -> bytes:
    """Return the same bytes for the same index: Pagefind lists languages in an order of the moment."""
    if not name.endswith(".json"):
        return body
    return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()


def _is_needed(name: str) -> bool:
    """Whether a file belongs to the search; Pagefind's own forms and their styles do not."""
    return name in _NEEDED or name.endswith(_KINDS)


def _binary() -> Path:
    """Return the program: the one that PAGEFIND_BINARY_PATH names, as Pagefind's own library has it, or the wheel's."""
    own = os.environ.get("PAGEFIND_BINARY_PATH")
    if own:
        return Path(own)
    from pagefind_bin import get_executable  # noqa: PLC0415  # where it is missing, the archive does without

    found: Path = get_executable()
    return found


def version() -> str:
    """Return Pagefind's version, '' where it is not installed."""
    from importlib import metadata  # noqa: PLC0415  # 20 ms, and only publishing asks

    try:
        return metadata.version("pagefind-bin")
    except metadata.PackageNotFoundError:
        return ""


def _limit(pid: int) -> None:
    import resource  # noqa: PLC0415  # only where there is a child

    with suppress(ProcessLookupError, ValueError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
