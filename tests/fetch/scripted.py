"""A real server on loopback that says, byte for byte, what a test tells it to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.fetch import Request

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

AGENT = "digikooste/1.0 (+https://digikooste.example/)"


def request(url: str, *, allow_private: bool = True, deadline: float = 10.0, max_bytes: int = 10 * 2**20) -> Request:
    """A request that may reach loopback unless a test says otherwise."""
    return Request(url=url, user_agent=AGENT, allow_private=allow_private, deadline=deadline, max_bytes=max_bytes)


def reply(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """An answer with its Content-Length, and whatever headers are given."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return reply(b"", f"Location: {location}", status=status)


@dataclass
class Received:
    """One request as it came over the wire."""

    raw: bytes
    connection: int

    @property
    def path(self) -> str:
        """The request's target."""
        return self.raw.split(b" ", 2)[1].decode()

    @property
    def method(self) -> str:
        """GET, as it should be."""
        return self.raw.split(b" ", 1)[0].decode()

    @property
    def headers(self) -> dict[str, str]:
        """Its fields, names in lower case."""
        pairs = [line.split(b":", 1) for line in self.raw.split(b"\r\n")[1:] if line]
        return {name.decode().lower(): value.strip().decode("latin-1") for name, value in pairs}


@dataclass
class Server:
    """Answers each path with the next of its replies; the last one is repeated.

    A reply is bytes, or a function that gets the connection, after which it is closed.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    replies: dict[str, list[bytes | Callable[[socket.socket], None]]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        """Listen, and answer in threads."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=64)
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Hang up on everybody and wait for the threads."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(30)

    def url(self, path: str = "/", host: str | None = None) -> str:
        """The address of a path here, under this host name."""
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    def says(self, *replies: bytes | Callable[[socket.socket], None], path: str = "/") -> str:
        """Set what the path answers and return its URL."""
        self.replies[path] = list(replies)
        return self.url(path)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection, self.connections))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            try:
                while raw := _head(connection):
                    self.received.append(received := Received(raw, number))
                    answer = self._next(received)
                    if not isinstance(answer, bytes):
                        answer(connection)
                        break
                    connection.sendall(answer)
            finally:
                connection.close()

    def _next(self, received: Received) -> bytes | Callable[[socket.socket], None]:
        replies = self.replies.get(received.path)
        if not replies:
            return reply(b"no such path", status="404 Not Found")
        return replies.pop(0) if len(replies) > 1 else replies[0]


def _head(connection: socket.socket) -> bytes:
    raw = b""
    while not raw.endswith(b"\r\n\r\n"):
        chunk = connection.recv(1)
        if not chunk:
            return b""
        raw += chunk
    return raw[:-4]
