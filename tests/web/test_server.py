"""The HTTP server in serve's process: what a stranger may grow is bounded, and it ends within its grace."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pipeline.errors import ListenError
from pipeline.web import protocol
from pipeline.web import server as serving
from pipeline.web.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Receive, Scope, Send

HOST = "127.0.0.1"


class Pages:
    """An application that answers by path, and remembers what reached it."""

    def __init__(self) -> None:
        self.asked: list[Scope] = []
        self.messages: list[Message] = []
        self.hanging = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(scope)
        body = b"x" * 40_000_000 if scope["path"] == "/large" else b"here"
        match scope["path"]:
            case "/body":
                message = await receive()
                self.messages.append(message)
                while message.get("more_body"):
                    message = await receive()
                    self.messages.append(message)
            case "/hangs":
                self.hanging.set()
                await asyncio.sleep(60)
            case "/thread":
                self.hanging.set()
                await asyncio.to_thread(time.sleep, 1.6)
            case "/breaks":
                raise ValueError("an application's own mistake")
        with contextlib.suppress(OSError):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def server(pages: Pages) -> Iterator[Server]:
    with Server(pages, HOST, 0, name="http") as running:
        yield running


def port(server: Server) -> int:
    found = urlsplit(server.url).port
    assert found is not None
    return found


def get(server: Server, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    with contextlib.closing(http.client.HTTPConnection(HOST, port(server), timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        found = connection.getresponse()
        return found.status, found.read(), {name.lower(): value for name, value in found.getheaders()}


@contextlib.contextmanager
def raw(server: Server, *said: bytes) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, port(server)), timeout=20) as connection:
        for part in said:
            connection.sendall(part)
        yield connection


def answer(connection: socket.socket) -> bytes:
    """Everything until the server hangs up; a reset ends it too."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_it_answers_and_says_nothing_of_itself(server: Server, pages: Pages) -> None:
    """Requests reach the application; nobody is told what serves it, nor believed whom he forwards for."""
    status, body, headers = get(server, "/", **{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"})

    assert (status, body) == (200, b"here")
    assert "server" not in headers
    assert (pages.asked[0]["client"][0], pages.asked[0]["scheme"]) == (HOST, "http")


def test_a_port_that_is_taken_is_one_sentence(server: Server, pages: Pages) -> None:
    """So is a host that is not ours: the option and the address are named."""
    with pytest.raises(ListenError) as taken, Server(pages, HOST, port(server), name="http"):
        pass
    place = f"--http {HOST}:{port(server)}"
    assert str(taken.value).startswith(f"{place}: cannot listen there: Address already in use. Name another port, ")

    elsewhere = r"^--metrics 203.0.113.1:8765: .* Name an address of this machine"
    with pytest.raises(ListenError, match=elsewhere), Server(pages, "203.0.113.1", 8765, name="metrics"):
        pass


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(3000)) + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 600_000,
    ],
    ids=["one long header", "many headers", "a long address", "a header without end"],
)
def test_too_long_a_head_is_refused(server: Server, pages: Pages, head: bytes) -> None:
    """431, and the application never hears of it."""
    with raw(server) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(head)
        assert answer(connection).startswith(b"HTTP/1.1 431 ")
    assert pages.asked == []


def test_a_body_that_is_announced_too_long_is_refused_unread(server: Server, pages: Pages) -> None:
    """413 at once, on the number alone."""
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (protocol.MAX_BODY + 1)
    with raw(server, head) as connection:
        assert answer(connection).startswith(b"HTTP/1.1 413 ")
    assert pages.asked == []


def test_a_body_that_grows_too_long_is_cut(server: Server, pages: Pages) -> None:
    """In chunks nothing is announced: beyond the measure it is 413, and the application gets no more of it."""
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with raw(server, b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n") as connection:
        with contextlib.suppress(ConnectionError):
            for _ in range(protocol.MAX_BODY // 0x10000 + 20):
                connection.sendall(chunk)
        assert answer(connection).startswith(b"HTTP/1.1 413 ")
    assert sum(len(message.get("body", b"")) for message in pages.messages) <= protocol.MAX_BODY
    assert get(server, "/")[0] == 200


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: a", b"\r\n"])
def test_who_never_ends_a_head_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """Idle, or one byte now and then: it ends when the head's time is over."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    begun = time.monotonic()
    with raw(server, said) as connection:
        connection.settimeout(0.05)
        with contextlib.suppress(ConnectionError):
            while True:
                try:
                    if connection.recv(100) == b"":
                        break
                except TimeoutError:
                    connection.sendall(said[-1:])
    assert time.monotonic() - begun < 10


def test_who_does_not_read_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that nobody takes does not hold its connection for ever."""
    monkeypatch.setattr(protocol, "EXCHANGE_SECONDS", 0.3)
    with raw(server, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        time.sleep(0.6)
        assert len(answer(connection)) < 40_000_000
    assert get(server, "/")[0] == 200


def test_beyond_so_many_at_once_there_is_503(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes beyond the measure is sent away at once; when the others have gone, all is as before."""
    monkeypatch.setattr(serving, "AT_ONCE", 3)
    with Server(pages, HOST, 0, name="http") as server:
        with raw(server), raw(server):
            assert get(server, "/")[0] == 503
        end = time.monotonic() + 20
        while get(server, "/")[0] != 200:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_beyond_so_many_connections_none_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a 503."""
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 2)
    with raw(server), raw(server), raw(server) as third:
        assert answer(third) == b""


def test_a_broken_page_costs_only_itself(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """500, a line in the log, and the next request is answered."""
    assert get(server, "/breaks")[0] == 500
    assert "an application's own mistake" in caplog.text
    assert get(server, "/")[0] == 200


@pytest.mark.parametrize(("path", "ended"), [("/", True), ("/hangs", True), ("/thread", False)])
def test_it_ends_within_its_grace(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, path: str, *, ended: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A page that hangs is given up; only one that holds a thread is said not to have ended."""
    monkeypatch.setattr(serving, "GRACE", 0)
    with Server(pages, HOST, 0, name="http") as server:
        asking = socket.create_connection((HOST, port(server)))
        asking.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if path == "/":
            asking.recv(10)
        else:
            assert pages.hanging.wait(10)
        begun = time.monotonic()
        assert server.stop() is ended
        assert time.monotonic() - begun < 10
        asking.close()
