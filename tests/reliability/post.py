"""A mail server on loopback that takes letters, counts them, and fails as a test says; it speaks to many at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import BufferedRWPair
    from types import TracebackType


class Act(Enum):
    """What it may do in place of an answer."""

    HANG_UP = auto()
    TAKE_AND_HANG_UP = auto()
    """Only for the end of a message: it is delivered, and nobody is told."""
    SILENCE = auto()
    """Nothing more, until the server is closed."""


Fault: TypeAlias = "Callable[[str, str], str | Act | None]"
"""By stage (connect, mail, rcpt, data, dot) and recipient: a reply, an act, or None for what is usual."""

_USUAL = {"connect": "220 post.example.fi", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on", "dot": "250 taken"}


class Post:
    """``taken`` are the letters that were delivered, each as (recipient, Message-ID), in order."""

    def __init__(self, fault: Fault = lambda _stage, _recipient: None) -> None:
        self.fault = fault
        self.taken: list[tuple[str, str]] = []
        self.untold: list[tuple[str, str]] = []
        """Those of them whose sender was never told."""
        self.connections = 0
        self.at_once = 0
        self.most_at_once = 0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def section(self) -> str:
        """What sources.yaml says of it."""
        return f"host: 127.0.0.1\nport: {self.port}\nsecurity: none\nfrom: Kooste <kooste@example.fi>\n"

    def times(self) -> Counter[str]:
        """How often each recipient got the letter."""
        with self._lock:
            return Counter(recipient for recipient, _ in self.taken)

    def identities(self) -> dict[str, set[str]]:
        """The Message-IDs under which each recipient got it."""
        found: dict[str, set[str]] = {}
        with self._lock:
            for recipient, identity in self.taken:
                found.setdefault(recipient, set()).add(identity)
        return found

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
            self.connections += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with connection, connection.makefile("rwb") as stream, contextlib.suppress(OSError, ValueError):
                self._talk(stream)
        finally:
            with self._lock:
                self._open.discard(connection)
                self.at_once -= 1

    def _talk(self, stream: BufferedRWPair) -> None:
        recipient = ""
        if not self._say(stream, "connect", recipient):
            return
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().split("<")[1].split(">")[0]
            if verb == b"QUIT":
                _write(stream, "221 bye")
                return
            if verb == b"DATA":
                if not self._data(stream, recipient):
                    return
                continue
            stage = {b"MAIL": "mail", b"RCPT": "rcpt"}.get(verb)
            if stage is None:
                _write(stream, "250 post.example.fi")
            elif not self._say(stream, stage, recipient):
                return

    def _data(self, stream: BufferedRWPair, recipient: str) -> bool:
        answer = self.fault("data", recipient)
        if not self._answer(stream, answer or _USUAL["data"]):
            return False
        if answer is not None:
            return True
        identity = ""
        while (line := stream.readline()) != b".\r\n":
            if not line:
                return False
            if not identity and line.lower().startswith(b"message-id:"):
                identity = line.decode().partition(":")[2].strip()
        answer = self.fault("dot", recipient)
        is_taken = answer is None or answer is Act.TAKE_AND_HANG_UP or str(answer).startswith("2")
        if is_taken:
            with self._lock:
                self.taken.append((recipient, identity))
        if answer is Act.TAKE_AND_HANG_UP:
            self.untold.append((recipient, identity))
        return self._answer(stream, answer or _USUAL["dot"])

    def _say(self, stream: BufferedRWPair, stage: str, recipient: str) -> bool:
        return self._answer(stream, self.fault(stage, recipient) or _USUAL[stage])

    def _answer(self, stream: BufferedRWPair, answer: str | Act) -> bool:
        """Answer; False when the conversation is over."""
        if answer is Act.SILENCE:
            self.closing.wait(60)
        if not isinstance(answer, str):
            return False
        _write(stream, answer)
        return not answer.startswith("421")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone leaves accept() waiting
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=10)


def _write(stream: BufferedRWPair, line: str) -> None:
    stream.write(line.encode() + b"\r\n")
    stream.flush()
