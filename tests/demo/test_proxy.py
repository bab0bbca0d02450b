"""The proxy: TLS of its own for the hosts that it doubles, a refusal for all others, and a clean end."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pipeline.demo.content import Content
from pipeline.demo.exchange import Request, Response, html
from pipeline.demo.internet import Internet, serve
from pipeline.demo.proxy import MAX_CONNECTIONS
from pipeline.errors import DigikoosteError
from tests.demo.clients import get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

HOST = "site.example"


def _echo(request: Request) -> Response:
    text = f"{request.method} {request.host} {request.target} {request.body.decode()}"
    return html(text + "." * int(request.parameter("pad") or 0))


@pytest.fixture
def echo(now: datetime) -> Iterator[Internet]:
    """Serve a third site that repeats what it was asked."""
    with serve(Content(now=now), sites={HOST: _echo}) as running:
        yield running


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _connect(internet: Internet, host: str = HOST, port: int = 443) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=internet.ca_file)
    address = urlsplit(internet.proxy)
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=context, timeout=10)
    connection.set_tunnel(host, port)
    return connection


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    connection.request(method, target, body=body, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_several_requests_share_a_tunnel(echo: Internet) -> None:
    """Method, host, target and body arrive; HEAD has a length but no body; the record holds them in order."""
    connection = _connect(echo)
    assert (200, b"GET site.example /a?b=c ") == _ask(connection, "GET", "/a?b=c", headers={"X-Test": "yes"})
    assert (200, b"POST site.example /d x=1") == _ask(connection, "POST", "/d", body=b"x=1")
    connection.request("HEAD", "/e")
    head = connection.getresponse()
    assert ("21", b"") == (head.getheader("Content-Length"), head.read())
    connection.close()

    assert [("GET", HOST, "/a?b=c", 200), ("POST", HOST, "/d", 200), ("HEAD", HOST, "/e", 200)] == [
        (exchange.method, exchange.host, exchange.path, exchange.status) for exchange in echo.requests
    ]
    assert "yes" == echo.requests[0].headers["x-test"]
    echo.forget_requests()
    assert () == echo.requests


@pytest.mark.parametrize(("host", "port"), [("example.com", 443), (HOST, 22), ("127.0.0.1", 443)])
def test_every_other_host_is_refused(echo: Internet, host: str, port: int) -> None:
    """403 to CONNECT, recorded; the tunnel is never opened."""
    connection = _connect(echo, host, port)
    with pytest.raises(OSError, match="Tunnel connection failed: 403"):
        connection.request("GET", "/")
    connection.close()
    assert [("CONNECT", host, f"{host}:{port}", 403)] == [
        (exchange.method, exchange.host, exchange.path, exchange.status) for exchange in echo.requests
    ]


def test_plain_http_leads_to_https(echo: Internet) -> None:
    """For a doubled host 301 to the same target, for another 403, for the proxy itself 403."""
    moved = get(echo, f"http://{HOST}/a?b=c")
    assert (301, f"https://{HOST}/a?b=c") == (moved.status, moved.headers["location"])
    refused = get(echo, "http://example.com/a")
    assert (403, b"example.com is not part of the demo's internet\n") == (refused.status, refused.body)
    address = urlsplit(echo.proxy)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    assert 403 == _ask(connection, "GET", "/")[0]
    connection.close()


def test_the_certificate_is_the_hosts_own(echo: Internet) -> None:
    """A client that asks the tunnel for another name is not content; nor is one that trusts the world's CAs only."""
    address = urlsplit(echo.proxy)
    for context, name in (
        (ssl.create_default_context(cafile=echo.ca_file), "www.youtube.com"),
        (ssl.create_default_context(), HOST),
    ):
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as plain:
            plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
            assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
            with pytest.raises(ssl.SSLCertVerificationError):
                context.wrap_socket(plain, server_hostname=name)


def test_gzip_is_for_those_who_ask(echo: Internet) -> None:
    """A long body is coded on request, and says so; a short one, or an unasked one, is not."""
    long = get(echo, f"https://{HOST}/?pad=5000", Accept_Encoding="deflate, gzip")
    assert ("gzip", "Accept-Encoding") == (long.headers["content-encoding"], long.headers["vary"])
    plain = get(echo, f"https://{HOST}/?pad=5000", Accept_Encoding="identity")
    assert plain.body == gzip.decompress(long.body)
    assert "content-encoding" not in get(echo, f"https://{HOST}/", Accept_Encoding="gzip").headers


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "2000000"}, {"Content-Length": "-1"}, {"Transfer-Encoding": "chunked"}]
)
def test_a_body_has_a_length_and_a_limit(echo: Internet, headers: dict[str, str]) -> None:
    """413, and the connection is over."""
    connection = _connect(echo)
    assert (413, b"Too large\n") == _ask(connection, "POST", "/", headers=headers)
    assert connection.sock is None
    connection.close()


def test_a_failing_host(echo: Internet) -> None:
    """Every page of it, with Retry-After where given, until it is mended; the others go on."""
    echo.fail(HOST, 503, retry_after=120)
    failed = get(echo, f"https://{HOST}/")
    assert (503, "120", b"Service Unavailable\n") == (failed.status, failed.headers["retry-after"], failed.body)
    assert 200 == get(echo, "https://www.suomidigi.fi/").status
    echo.mend(HOST)
    assert 200 == get(echo, f"https://{HOST}/").status
    assert [503, 200, 200] == [exchange.status for exchange in echo.requests]


def test_the_number_of_connections_is_bounded(echo: Internet) -> None:
    """One too many is told 503; when one leaves there is room again."""
    address = urlsplit(echo.proxy)
    ask = f"GET http://{HOST}/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    with ExitStack() as stack:
        held = []
        for _ in range(MAX_CONNECTIONS):
            held.append(stack.enter_context(socket.create_connection((address.hostname or "", address.port or 0), 10)))
            held[-1].sendall(ask)
            assert held[-1].recv(4096).startswith(b"HTTP/1.1 301 ")
        with socket.create_connection((address.hostname or "", address.port or 0), 10) as late:
            assert late.recv(4096).startswith(b"HTTP/1.1 503 ")
        held[0].close()
        deadline = time.monotonic() + 5
        answer = b""
        while not answer.startswith(b"HTTP/1.1 301 ") and time.monotonic() < deadline:
            with socket.create_connection((address.hostname or "", address.port or 0), 10) as next_one:
                next_one.sendall(ask)
                answer = next_one.recv(4096)
        assert answer.startswith(b"HTTP/1.1 301 ")


def test_it_ends_while_clients_are_connected(now: datetime) -> None:
    """Idle tunnels, half-sent requests and unfinished handshakes hold nothing up; threads, sockets, files are gone."""
    threads, descriptors = threading.active_count(), _open_files()
    with ExitStack() as clients:
        with serve(Content(now=now), sites={HOST: _echo}) as internet:
            address = urlsplit(internet.proxy)
            tunnel = _connect(internet)
            clients.callback(tunnel.close)
            assert 200 == _ask(tunnel, "GET", "/")[0]
            for start in (b"", b"GET http://", f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode()):
                client = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
                clients.callback(client.close)
                client.sendall(start)
            started = time.monotonic()
        assert time.monotonic() - started < 10  # an idle client would be left alone after 15
        assert not Path(internet.ca_file).exists()
        assert threads == threading.active_count()
    assert descriptors == _open_files()


def test_a_broken_double_is_not_taken_for_a_broken_client(now: datetime) -> None:
    """What a site raises comes out of the block, so that no test passes over it."""

    def broken(_request: Request) -> Response:
        raise ZeroDivisionError("the script is wrong")

    def visit() -> None:
        with serve(Content(now=now), sites={HOST: broken}) as internet:
            connection = _connect(internet)
            with pytest.raises(http.client.RemoteDisconnected):
                _ask(connection, "GET", "/")
            connection.close()

    with pytest.raises(ZeroDivisionError, match="the script is wrong"):
        visit()


def test_a_programs_environment(echo: Internet) -> None:
    """The variables name the proxy and the authority, for our own program and for everybody's."""
    assert {
        "DIGIKOOSTE_PROXY": echo.proxy,
        "HTTPS_PROXY": echo.proxy,
        "https_proxy": echo.proxy,
        "http_proxy": echo.proxy,
        "SSL_CERT_FILE": echo.ca_file,
    } == echo.environment
    assert "-----BEGIN CERTIFICATE-----" in Path(echo.ca_file).read_text(encoding="ascii")


def test_without_trustme_a_sentence_says_what_to_install(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(DigikoosteError, match=r"trustme.*digikooste\[demo\]"), serve(Content(now=now)):
        pass
