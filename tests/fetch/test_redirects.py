"""Redirects are followed by ourselves, hop by hop: permanent moves remembered, traps refused."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import NotModified, Response
from pipeline.fetch.client import get
from pipeline.model import Validators
from tests.fetch.scripted import Server, redirect, reply, request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.fetch import Request

    Failing = Callable[[str | Request], FetchError]

MOVED = "301 Moved Permanently"


def chain(server: Server, *statuses: str) -> None:
    """Let / lead to /1, /1 to /2 and so on, and the last one answer."""
    paths = ["/", *(f"/{number}" for number in range(1, len(statuses) + 1))]
    for here, there, status in zip(paths, paths[1:], statuses, strict=False):
        server.says(redirect(there, status), path=here)
    server.says(reply(b"here", 'ETag: "1"'), path=paths[-1])


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ((MOVED,), True),
        (("308 Permanent Redirect",), True),
        ((MOVED, "308 x", MOVED), True),
        (("302 Found",), False),
        (("303 See Other",), False),
        (("307 Temporary Redirect",), False),
        ((MOVED, "302 Found"), False),
        (("307 x", MOVED), False),
        ((), False),
    ],
)
def test_a_move_is_told_only_if_every_hop_is_permanent(
    server: Server, statuses: tuple[str, ...], *, moved: bool
) -> None:
    """301 and 308 are remembered, 302, 303 and 307 never (RFC 9110, 15.4)."""
    chain(server, *statuses)
    answer = get(request(server.url()))
    assert isinstance(answer, Response)
    end = server.url(f"/{len(statuses) or ''}")
    assert (b"here", end, end if moved else None) == (answer.body, answer.url, answer.moved_to)


def test_a_304_after_a_permanent_move_tells_of_it(server: Server) -> None:
    """The move is as true when nothing is new."""
    server.says(redirect("/new", MOVED))
    server.says(reply(status="304 Not Modified"), path="/new")
    answer = get(request(server.url()), Validators(etag='"1"'))
    assert isinstance(answer, NotModified)
    assert server.url("/new") == answer.moved_to


def test_validators_go_along_to_every_hop(server: Server) -> None:
    """They belong to the request, and the hop that answers is the one that knows them."""
    chain(server, "302 Found")
    get(request(server.url()), Validators(etag='"1"'))
    assert [received.headers.get("if-none-match") for received in server.received] == ['"1"', '"1"']


def test_five_hops_are_followed_and_six_are_not(server: Server, failing: Failing) -> None:
    """Who needs more is lost."""
    chain(server, *["302 Found"] * 5)
    assert isinstance(get(request(server.url())), Response)
    chain(server, *["302 Found"] * 6)
    assert failing(server.url()).code == FetchCode.REDIRECT


@pytest.mark.parametrize("back", ["/", "/a", "/a#again"])
def test_a_circle_is_refused_at_its_first_turn(server: Server, failing: Failing, back: str) -> None:
    """A page that leads to where we have been leads nowhere; a fragment makes no new page."""
    server.says(redirect("/a"))
    server.says(redirect(back), path="/a")
    error = failing(server.url())
    assert (error.code, len(server.received)) == (FetchCode.REDIRECT, 2)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("b", "/a/b"),
        ("../c?x=1", "/c?x=1"),
        ("?y", "/a/?y"),
        ("//{host}/d", "/d"),
        ("/sp ace", "/sp%20ace"),
        ("/p\xc3\xa4", "/p%C3%A4"),
        ("/p\xe4", "/p%C3%A4"),
    ],
)
def test_relative_and_untidy_locations_are_understood(server: Server, location: str, path: str) -> None:
    """Relative to where we are (RFC 9110, 10.2.2); blanks and letters are encoded, UTF-8 or Latin-1."""
    server.says(redirect(location.format(host=f"127.0.0.1:{server.port}")), path="/a/")
    server.says(reply(b"here"), path=path)
    assert server.url(path) == get(request(server.url("/a/"))).url


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1:25/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "dict://127.0.0.1/",
        "http://user:password@127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://",
        "http://exa mple.com/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
    ],
)
def test_another_scheme_a_user_name_or_a_forbidden_address_is_refused(
    server: Server, failing: Failing, location: str
) -> None:
    """Also for an intranet source, and the sentence names where it leads."""
    server.says(redirect(location))
    error = failing(server.url())
    assert (error.code, len(server.received)) == (FetchCode.ADDRESS, 1)
    assert location.partition(":")[0] in str(error)


@pytest.mark.parametrize("status", ["300 Multiple Choices", "304 Not Modified", "305 Use Proxy", "302 Found"])
def test_a_redirect_without_direction_is_no_answer(server: Server, failing: Failing, status: str) -> None:
    """Neither 300 and 305 with a Location, nor 302 without one."""
    server.says(reply(b"", *["Location: /x"] * (status[:3] != "302"), status=status))
    assert failing(server.url()).code == FetchCode.STATUS


def test_https_never_leads_to_http(server: Server, failing: Failing, tmp_path: Path) -> None:
    """What anyone on the way could forge is refused."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Server(tls=context) as secure:
        secure.says(redirect(server.url(), MOVED))
        with pytest.raises(FetchError, match="from https to http://") as caught:
            get(request(secure.url()), ca_file=str(tmp_path / "ca.pem"))
    assert (caught.value.code, server.received) == (FetchCode.REDIRECT, [])
