"""Each way to fail has its code, and a sentence for a person with the URL in it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import trustme

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import Response
from pipeline.fetch.client import Client, get
from tests.fetch.scripted import Server, reply, request

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.fetch import Request

    Failing = Callable[[str | Request], FetchError]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 Unauthorized", FetchCode.REFUSED),
        ("403 Forbidden", FetchCode.REFUSED),
        ("404 Not Found", FetchCode.NOT_FOUND),
        ("410 Gone", FetchCode.GONE),
        ("429 Too Many Requests", FetchCode.RATE_LIMITED),
        ("500 Internal Server Error", FetchCode.SERVER),
        ("502 Bad Gateway", FetchCode.SERVER),
        ("503 Service Unavailable", FetchCode.SERVER),
        ("599 x", FetchCode.SERVER),
        ("400 Bad Request", FetchCode.STATUS),
        ("418 I'm a teapot", FetchCode.STATUS),
        ("201 Created", FetchCode.STATUS),
        ("226 IM Used", FetchCode.STATUS),
        ("999 x", FetchCode.STATUS),
    ],
)
def test_a_status_that_is_no_answer(server: Server, failing: Failing, status: str, code: FetchCode) -> None:
    """Its body and validators are dropped; its number is in the error."""
    url = server.says(reply(b"<rss/>", 'ETag: "1"', status=status))
    error = failing(url)
    assert (code, int(status[:3]), None, url) == (error.code, error.status, error.retry_after, error.url)
    assert str(error).startswith(url)
    assert status[:3] in str(error)


@pytest.mark.parametrize(
    ("status", "value", "code", "seconds"),
    [
        ("429 x", "120", FetchCode.RATE_LIMITED, 120),
        ("503 x", "7200", FetchCode.RATE_LIMITED, 7200),
        ("503 x", "Sun, 22 Nov 2026 11:00:30 GMT", FetchCode.RATE_LIMITED, 30),
        ("503 x", "soon", FetchCode.SERVER, None),
        ("500 x", "60", FetchCode.SERVER, 60),
        ("403 x", "60", FetchCode.REFUSED, 60),
    ],
)
def test_retry_after_is_told(
    server: Server, failing: Failing, status: str, value: str, *, code: FetchCode, seconds: float | None
) -> None:
    """Seconds or a date; a 503 that names one is a limit of the host, not a fault."""
    url = server.says(reply(b"", "Date: Sun, 22 Nov 2026 11:00:00 GMT", f"Retry-After: {value}", status=status))
    error = failing(url)
    assert (code, seconds) == (error.code, error.retry_after)
    assert ("asks to wait" in str(error)) is (seconds is not None)


def test_the_jobs_clock_counts_where_a_server_tells_no_time(server: Server) -> None:
    """A Retry-After date without a Date is measured from ``now``."""
    now = datetime(2026, 11, 22, 11, tzinfo=UTC)
    url = server.says(reply(b"", "Retry-After: Sun, 22 Nov 2026 12:00:00 GMT", status="429 x"))
    with Client(now=now) as client:
        client.start(request(url), None, None)
        [(_, error)] = client.poll(5)
    assert isinstance(error, FetchError)
    assert error.retry_after == pytest.approx(3600, abs=5)


def test_an_unknown_host_is_a_dns_error(failing: Failing) -> None:
    """The reserved top level ``.invalid`` never resolves (RFC 6761, 6.4)."""
    error = failing("http://digikooste.invalid/")
    assert error.code is FetchCode.DNS
    assert "http://digikooste.invalid/" in str(error)


def test_nobody_at_home_is_a_connect_error(server: Server, failing: Failing) -> None:
    """A port where nobody listens."""
    url = server.url()
    server.__exit__(None, None, None)
    assert failing(url).code is FetchCode.CONNECT


# TLS: fails closed, and is named ----------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority


def secured(certificate: trustme.LeafCert, oldest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """A server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if oldest is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = oldest
    certificate.configure_cert(context)
    return context


def yesterday() -> datetime:
    """An end of validity that has passed (trustme wants it naive, in UTC)."""
    return datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(params=["wrong name", "expired", "unknown authority", "TLS 1.1", "no TLS at all"])
def untrusted(request: pytest.FixtureRequest, authority: trustme.CA) -> Iterator[Server]:
    context: ssl.SSLContext | None = None
    match request.param:
        case "wrong name":
            context = secured(authority.issue_cert("example.com"))
        case "expired":
            context = secured(authority.issue_cert("127.0.0.1", not_after=yesterday()))
        case "unknown authority":
            context = secured(trustme.CA().issue_cert("127.0.0.1"))
        case "TLS 1.1":
            with pytest.warns(DeprecationWarning, match="TLSv1_1"):
                context = secured(authority.issue_cert("127.0.0.1"), ssl.TLSVersion.TLSv1_1)
    with Server(tls=context) if context else Talker() as server:
        yield server


class Talker(Server):
    """Speaks first, and plain HTTP."""

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_connection_that_cannot_be_trusted_is_not_made(untrusted: Server, tmp_path: Path) -> None:
    """Nothing is asked over it, and the sentence says TLS's own reason."""
    url = f"https://127.0.0.1:{untrusted.port}/"
    with pytest.raises(FetchError, match=r"cannot|certificate|trusted") as caught:
        get(request(url, deadline=1), ca_file=str(tmp_path / "ca.pem"))
    assert (caught.value.code, [one for one in untrusted.received if one.raw[:3] == b"GET"]) == (FetchCode.TLS, [])


def test_a_trusted_connection_keeps_its_name(authority: trustme.CA, tmp_path: Path) -> None:
    """The certificate, SNI and Host are those of the URL's host, whatever address is dialled."""
    names: list[str | None] = []
    context = secured(authority.issue_cert("inner.example"))
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with (
        Server(tls=context) as server,
        Client(ca_file=str(tmp_path / "ca.pem"), names=[f"inner.example:{server.port}:127.0.0.1"]) as client,
    ):
        server.says(reply(b"hello"))
        client.start(request(server.url(host="inner.example")), None, None)
        [(_, answer)] = client.poll(5)
    assert isinstance(answer, Response)
    assert (["inner.example"], f"inner.example:{server.port}") == (names, server.received[0].headers["host"])


def test_the_environment_may_name_the_certificates(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE, as everywhere."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with Server(tls=secured(authority.issue_cert("127.0.0.1"))) as server:
        assert isinstance(get(request(server.says(reply(b"hello")))), Response)


def test_a_missing_certificate_file_is_a_tls_error(authority: trustme.CA, tmp_path: Path) -> None:
    """It fails closed, and names the file."""
    with (
        Server(tls=secured(authority.issue_cert("127.0.0.1"))) as server,
        pytest.raises(FetchError, match=r"absent\.pem") as caught,
    ):
        get(request(server.says(reply(b"hello"))), ca_file=str(tmp_path / "absent.pem"))
    assert caught.value.code is FetchCode.TLS


# A proxy ----------------------------------------------------------------------------------------------


def test_a_proxy_is_dialled_even_at_a_private_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """It resolves names itself; the environment's no_proxy is as little ours as its proxies."""
    monkeypatch.setenv("no_proxy", "*")
    server.says(reply(b"hello"), path="http://www.example.com/feed")
    answer = get(request("http://www.example.com/feed", allow_private=False), proxy=server.url())
    assert isinstance(answer, Response)
    assert (answer.body, server.received[0].path) == (b"hello", "http://www.example.com/feed")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "[::ffff:10.0.0.1]", "1.1.1.1:8080"])
def test_through_a_proxy_the_urls_own_host_is_judged(server: Server, host: str) -> None:
    """No literal private address and no odd port, not even in a redirect."""
    server.says(reply(b"", f"Location: http://{host}/", status="302 Found"), path="http://www.example.com/")
    for url in (f"http://{host}/", "http://www.example.com/"):
        with pytest.raises(FetchError) as caught:
            get(request(url, allow_private=False), proxy=server.url())
        assert caught.value.code is FetchCode.ADDRESS
    assert [received.path for received in server.received] == ["http://www.example.com/"]


def test_a_proxy_that_refuses_or_is_away_is_named(server: Server) -> None:
    """But never its password."""
    for proxy in (server.url(), "http://user:secret@127.0.0.1:1", "http://user:secret@proxy.invalid:3128"):
        with pytest.raises(FetchError, match=r"proxy|tunnel") as caught:
            get(request("https://www.example.com/", allow_private=False), proxy=proxy)
        assert caught.value.code is FetchCode.CONNECT
        assert "secret" not in str(caught.value)
