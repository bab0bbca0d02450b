"""Bounded in time and in bytes, whatever the server does, and a broken answer is never a good one."""

from __future__ import annotations

import gzip
import resource
import socket
import struct
import time
import zlib
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import FetchCode
from pipeline.fetch import Response
from pipeline.fetch.client import get
from tests.fetch.scripted import redirect, reply, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.errors import FetchError
    from pipeline.fetch import Request
    from tests.fetch.scripted import Server

    Failing = Callable[[str | Request], FetchError]

HELLO = b"hello " * 1000
HEAD = b"HTTP/1.1 200 OK\r\n"


def drip(first: bytes, again: bytes) -> Callable[[socket.socket], None]:
    """A server that says something small, ten times a second, for ever."""

    def run(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(again)
            time.sleep(0.02)

    return run


def flood(first: bytes, again: bytes) -> Callable[[socket.socket], None]:
    """A server that never stops, as fast as it can."""

    def run(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(again)

    return run


def silence(connection: socket.socket) -> None:
    """A server that takes the request and says nothing."""
    connection.recv(1)


def reset(first: bytes) -> Callable[[socket.socket], None]:
    """A server that drops the line without a word of farewell (RST)."""

    def run(connection: socket.socket) -> None:
        connection.sendall(first)
        time.sleep(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return run


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (drip(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"), FetchCode.TOO_SLOW),
        (drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), FetchCode.TOO_SLOW),
        (drip(HEAD, b"X-Again: x\r\n"), FetchCode.TOO_SLOW),
        (drip(b"", b"H"), FetchCode.PROTOCOL),
        (silence, FetchCode.TIMEOUT),
    ],
    ids=["a byte at a time", "a chunk at a time", "a header at a time", "no status line", "silence"],
)
def test_the_deadline_is_total(
    server: Server, failing: Failing, script: Callable[[socket.socket], None], code: FetchCode
) -> None:
    """A byte a second, or a header a second, keeps no request alive past its deadline."""
    began = time.monotonic()
    error = failing(request(server.says(script), deadline=0.3))
    assert (code, True) == (error.code, time.monotonic() - began < 20)  # 0.3 s on an idle machine


def test_the_deadline_covers_every_hop(server: Server, failing: Failing) -> None:
    """Four hops of 0.15 s each do not fit into 0.4 s."""

    def slow(path: str) -> Callable[[socket.socket], None]:
        def run(connection: socket.socket) -> None:
            time.sleep(0.09)
            time.sleep(0.06)
            connection.sendall(redirect(path))

        return run

    for here, there in (("/", "/1"), ("/1", "/2"), ("/2", "/3"), ("/3", "/4")):
        server.says(slow(there), path=here)
    error = failing(request(server.url(), deadline=0.4))
    assert error.code in {FetchCode.TIMEOUT, FetchCode.TOO_SLOW}


@pytest.mark.parametrize(
    "script",
    [
        reply(b"x" * 2_000_001),
        HEAD + b"Content-Length: 900000000000\r\n\r\n",
        flood(HEAD + b"\r\n", b"x" * 65536),
        flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        reply(gzip.compress(bytes(40_000_000), 9), "Content-Encoding: gzip"),
        reply(gzip.compress(gzip.compress(bytes(80_000_000), 6)), "Content-Encoding: gzip, gzip"),
        reply(gzip.compress(bytes(1_500_000)) * 2, "Content-Encoding: gzip"),
        reply(zlib.compress(bytes(40_000_000), 9), "Content-Encoding: deflate"),
    ],
    ids=[
        "just over",
        "announced",
        "endless",
        "endless chunks",
        "bomb",
        "bomb in a bomb",
        "many members",
        "deflate bomb",
    ],
)
def test_a_body_over_the_cap_is_too_big(
    server: Server, failing: Failing, script: bytes | Callable[[socket.socket], None]
) -> None:
    """The cap counts what arrives and what comes out of the coding, and memory does not grow past it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = failing(request(server.says(script), max_bytes=2_000_000))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert error.code == FetchCode.TOO_BIG
    assert grown < 30_000  # kB


def test_a_body_of_exactly_the_cap_is_read(server: Server) -> None:
    """10 MiB means 10 MiB."""
    url = server.says(reply(gzip.compress(b"x" * 100_000), "Content-Encoding: gzip"))
    answer = get(request(url, max_bytes=100_000))
    assert isinstance(answer, Response)
    assert len(answer.body) == 100_000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(HELLO), "gzip"),
        (gzip.compress(HELLO), "X-GZip"),
        (gzip.compress(HELLO[:500]) + gzip.compress(HELLO[500:]), "gzip"),
        (gzip.compress(HELLO) + b"\0" * 512, "gzip"),
        (gzip.compress(gzip.compress(HELLO)), "gzip, gzip"),
        (gzip.compress(HELLO), "gzip, gzip"),
        (zlib.compress(HELLO), "deflate"),
        (zlib.compress(HELLO)[2:-4], "deflate"),
        (gzip.compress(zlib.compress(HELLO)), "deflate, gzip"),
        (HELLO, "identity"),
        (HELLO, ""),
    ],
)
def test_every_coding_that_is_asked_for_is_decoded(server: Server, body: bytes, encoding: str) -> None:
    """Gzip in one or many members, padded, doubled or only said to be; deflate with and without its header."""
    answer = get(request(server.says(reply(body, f"Content-Encoding: {encoding}"))))
    assert isinstance(answer, Response)
    assert answer.body == HELLO


ZIPPED = gzip.compress(HELLO)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (reply(b""), FetchCode.EMPTY),
        (reply(gzip.compress(b""), "Content-Encoding: gzip"), FetchCode.EMPTY),
        (reply(b"", "Content-Encoding: gzip"), FetchCode.EMPTY),
        (reply(ZIPPED[:-12], "Content-Encoding: gzip"), FetchCode.EMPTY),
        (reply(ZIPPED[:15], "Content-Encoding: gzip"), FetchCode.EMPTY),
        (reply(ZIPPED[:-4] + b"\0\0\0\1", "Content-Encoding: gzip"), FetchCode.PROTOCOL),
        (reply(b"<rss/>", "Content-Encoding: gzip"), FetchCode.PROTOCOL),
        (reply(b"\x07rss", "Content-Encoding: deflate"), FetchCode.PROTOCOL),
        (reply(b"\x1b\x00\x00", "Content-Encoding: br"), FetchCode.PROTOCOL),
        (reply(b"x", "Content-Encoding: gzip, gzip, gzip, gzip, gzip"), FetchCode.PROTOCOL),
        (lambda c: c.sendall(HEAD + b"Content-Length: 100\r\n\r\nhalf"), FetchCode.EMPTY),
        (lambda c: c.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), FetchCode.EMPTY),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhelloxx", FetchCode.PROTOCOL),
        (lambda c: c.sendall(HEAD + b"X: y\r\n" * 6000 + b"\r\n"), FetchCode.PROTOCOL),
        (lambda c: c.sendall(HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n"), FetchCode.PROTOCOL),
        (lambda c: c.sendall(b"<html>HTTP/0.9 has no headers</html>"), FetchCode.PROTOCOL),
        (lambda c: c.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello"), FetchCode.PROTOCOL),
        (HEAD + b"X: a\0b\r\nContent-Length: 1\r\n\r\nx", FetchCode.PROTOCOL),
        (lambda c: None, FetchCode.CONNECT),
        (reset(b""), FetchCode.CONNECT),
        (reset(HEAD + b"Content-Length: 100\r\n\r\nhalf"), FetchCode.EMPTY),
        (reply(b"part", "Content-Range: bytes 0-3/10", status="206 Partial Content"), FetchCode.STATUS),
        (reply(status="204 No Content"), FetchCode.STATUS),
        (reply(status="304 Not Modified"), FetchCode.STATUS),
    ],
    ids=[
        "empty", "empty gzip", "no gzip at all", "gzip cut short", "gzip cut in its head", "gzip checksum",
        "not gzip", "not deflate", "brotli unasked", "five codings", "short body", "short chunks", "two lengths",
        "6,000 headers", "200 kB header",
        "HTTP/0.9", "broken chunk", "NUL in a header", "nothing at all", "reset", "reset half-way",
        "206", "204", "304 to no question",
    ],
)  # fmt: skip
def test_a_broken_answer_is_an_error(
    server: Server, failing: Failing, script: bytes | Callable[[socket.socket], None], code: FetchCode
) -> None:
    """Nothing of it is kept: no body, no validators; items never vanish through it."""
    url = server.says(script)
    error = failing(url)
    assert (code, url) == (error.code, error.url)
    assert str(error).startswith(url)
    assert str(error).endswith(".")
