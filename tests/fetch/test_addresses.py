"""No spelling of a private address gets through: the guard stands where libcurl dials."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import Response, addresses
from pipeline.fetch.client import Client
from tests.fetch.scripted import Server, reply, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.fetch import Request

    Failing = Callable[[str | Request], FetchError]

ATTEMPTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "127%2e0%2e0%2e1",
    "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①",
    "１２７．０．０．１",  # noqa: RUF001  # full-width on purpose
    "127。0。0。1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "example.com@127.0.0.1",
    "example.com:80@127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "169.254.169.254",
    "2852039166",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[::ffff:169.254.169.254]",
]


@pytest.mark.parametrize("host", ATTEMPTS)
def test_no_spelling_reaches_a_private_address(server: Server, failing: Failing, host: str) -> None:
    """Decimal, octal, hexadecimal, mapped, embedded, circled, encoded: refused, and nobody was called."""
    error = failing(request(f"http://{host}:{server.port}/", allow_private=False))
    assert (error.code, server.connections) == (FetchCode.ADDRESS, 0)
    assert "port" not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/",
        "//example.com/",
        "example.com",
        "http://",
        "http:///",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com:99999/",
        "http://user:secret@example.com/",
        "http://example.com/\r\nX-Injected: 1",
        "http://ex\0ample.com/",
        "http://xn--\u00e4\u0378.fi/",
        "",
    ],
)
def test_what_is_no_web_address_is_refused_before_anything_happens(failing: Failing, url: str) -> None:
    """Other schemes, no host, a user name, control characters; with a sentence, not a traceback."""
    assert failing(request(url, allow_private=False)).code == FetchCode.ADDRESS


@pytest.mark.parametrize("port", [22, 25, 8080, 6379, 65535])
def test_other_ports_need_allow_private(failing: Failing, port: int) -> None:
    """80 and 443 are the web's."""
    error = failing(request(f"https://1.1.1.1:{port}/", allow_private=False))
    assert error.code == FetchCode.ADDRESS
    assert f"port {port}" in str(error)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.1]", "[fd00:ec2::254]", "0.0.0.0", "224.0.0.1"]
)
def test_an_intranet_source_still_reaches_no_credentials(failing: Failing, host: str) -> None:
    """Link-local, multicast and "this host" stay refused with allow_private."""
    assert failing(request(f"http://{host}/")).code == FetchCode.ADDRESS


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_intranet_source_reaches_a_private_address_and_port(host: str) -> None:
    """That is what allow_private is for."""
    with Server(host=host) as server, Client() as client:
        client.start(request(server.says(reply(b"hello"))), None, "tag")
        [(tag, answer)] = client.poll(5)
        assert (isinstance(answer, Response), tag) == (True, "tag")


@pytest.mark.parametrize(
    "answer",
    ["127.0.0.1,169.254.169.254", "169.254.169.254,127.0.0.1", "127.0.0.1,[fe80::1]", "[fe80::1],127.0.0.1"],
)
def test_one_bad_address_in_the_answer_refuses_the_host(server: Server, answer: str) -> None:
    """A name with a good and a bad address is somebody's trick; not even the good one is dialled."""
    server.says(reply(b"hello"))
    with Client(names=[f"trick.example:{server.port}:{answer}"]) as client:
        client.start(request(server.url(host="trick.example")), None, None)
        [(_, error)] = client.poll(5)
    assert isinstance(error, FetchError)
    assert (error.code, server.connections) == (FetchCode.ADDRESS, 0)


def test_a_name_is_judged_by_its_addresses(server: Server) -> None:
    """A public-looking name with a private address is private."""
    with Client(names=["inner.example:80:127.0.0.1"]) as client:
        client.start(request("http://inner.example/", allow_private=False), None, None)
        [(_, error)] = client.poll(5)
    assert isinstance(error, FetchError)
    assert error.code == FetchCode.ADDRESS
    assert "127.0.0.1 is a private address" in str(error)


def test_a_name_whose_first_address_is_dead_is_still_reached(server: Server) -> None:
    """The roll call dials nobody; the call after it tries one address after another."""
    server.says(reply(b"hello"))
    with Client(names=[f"two.example:{server.port}:127.0.0.99,127.0.0.1"]) as client:
        client.start(request(server.url(host="two.example")), None, None)
        [(_, answer)] = client.poll(5)
    assert isinstance(answer, Response)


def test_every_public_address_is_public() -> None:
    """The guard refuses nobody who is meant: addresses of real sites."""
    for host in ("1.1.1.1", "193.166.3.2", "2a00:1450:4026:805::200e", "2606:4700::6810:84e5", "2001:708:10:8::2"):
        assert addresses.objection(host, 443, allow_private=False) is None


@given(st.ip_addresses())
def test_what_is_not_global_is_never_allowed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Over all addresses: the guard is at least as strict as the standard library."""
    objection = addresses.objection(str(address), 443, allow_private=False)
    assert (address.is_global and not address.is_multicast) or objection is not None


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_as_bad_as_it_is(address: ipaddress.IPv4Address) -> None:
    """Mapped to IPv6 an address is judged as itself; in every other embedding it is refused."""
    number = int(address)
    mapped = str(ipaddress.IPv6Address((0xFFFF << 32) | number))
    outright = addresses.objection(str(address), 443, allow_private=False)
    assert (outright is None) == (addresses.objection(mapped, 443, allow_private=False) is None)
    for embedding in (number, (0x64FF9B << 96) | number, (0x2002 << 112) | (number << 80)):
        assert addresses.objection(str(ipaddress.IPv6Address(embedding)), 443, allow_private=False) is not None
