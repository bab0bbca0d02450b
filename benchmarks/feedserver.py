"""A server of the corpus, on a loopback address for each feed, in its own process, so that it is not measured along.

It answers conditional requests by ETag, waits ``latency`` seconds before each answer, and ends by
itself when its keeper does.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.corpus import Corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
LONGEST_LIFE = 3600
"""Seconds after which the server ends whatever happens."""


class FeedServer:
    """The running server, as its keeper sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._answer())

    def serve(self, *, generation: int, latency: float) -> None:
        """From now on answer with the feeds of ``generation``, each after ``latency`` seconds."""
        assert self._process.stdin is not None
        print(json.dumps([generation, latency]), file=self._process.stdin, flush=True)
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"The feed server ended with code {self._process.wait()}.")
        return answer


@contextmanager
def serving(feeds: int) -> Iterator[FeedServer]:
    """Serve a corpus of ``feeds`` feeds until the end of the block."""
    code = f"from benchmarks.feedserver import main; main({feeds})"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield FeedServer(process)
        process.communicate()  # closes its input, which ends it


# In the server's process ------------------------------------------------------------------------------


class _Shelf:
    """What is served now: a body with its ETag per path."""

    def __init__(self, corpus: Corpus) -> None:
        self.latency = 0.0
        self._corpus = corpus
        self._answers: dict[bytes, tuple[bytes, bytes, bytes]] = {}
        self._bodies: list[bytes] = []

    def turn_to(self, generation: int) -> None:
        self._answers.clear()
        for number in range(self._corpus.feeds):
            body = self._corpus.body(number, generation)
            tag = b'"%d-%d"' % (number, generation)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
            unchanged = b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag
            self._answers[b"/%d" % number] = (tag, head % (tag, len(body)) + body, unchanged)

    def answer(self, request: bytes) -> bytes:
        path = request[4 : request.index(b" ", 4)]  # "GET /7 HTTP/1.1"
        found = self._answers.get(path)
        if found is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        tag, whole, unchanged = found
        return unchanged if tag in request else whole


class _Connection(asyncio.Protocol):
    """One client's connection, kept alive; requests come one at a time."""

    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        answer, self._received = self._shelf.answer(self._received), b""
        if self._shelf.latency:
            asyncio.get_running_loop().call_later(self._shelf.latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _listen(shelf: _Shelf, hosts: list[str]) -> int:
    """Listen on each of the hosts, and nowhere else; returns the port, the same on all."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket for each host, and the connections
    loop = asyncio.get_running_loop()
    for _ in range(20):  # a port that is free on one address may be taken on another
        with socket.create_server((hosts[0], 0)) as free:
            port: int = free.getsockname()[1]
        with suppress(OSError):
            await loop.create_server(lambda: _Connection(shelf), hosts, port, backlog=256)
            return port
    raise RuntimeError("No port is free on every loopback address.")


async def _serve(shelf: _Shelf, hosts: list[str]) -> None:
    loop = asyncio.get_running_loop()
    print(await _listen(shelf, hosts), flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with asyncio.timeout(LONGEST_LIFE):
        while command := await commands.readline():
            generation, shelf.latency = json.loads(command)
            shelf.turn_to(generation)
            print("ready", flush=True)


def main(feeds: int) -> None:
    """Serve ``feeds`` feeds until standard input ends; the port is printed first, "ready" after each command."""
    corpus = Corpus(feeds)
    asyncio.run(_serve(_Shelf(corpus), corpus.hosts))
