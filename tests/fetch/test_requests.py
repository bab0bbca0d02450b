"""What goes out: one GET, no more headers than are needed, and validators byte for byte."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pytest

from pipeline.fetch import NotModified, Request, Response
from pipeline.fetch.client import get
from pipeline.model import Validators
from tests.fetch.scripted import AGENT, redirect, reply, request

if TYPE_CHECKING:
    from tests.fetch.scripted import Server


def test_one_get_goes_out_with_five_headers_and_nothing_else(server: Server) -> None:
    """No HEAD, no Referer, no Cookie: exactly Host, User-Agent, Accept and the codings that we decode."""
    get(request(server.says(reply(b"hello"))))
    [received] = server.received
    assert (received.method, received.headers) == (
        "GET",
        {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate",
        },
    )


def test_user_agent_and_accept_are_the_requests_own(server: Server) -> None:
    """A source may have a User-Agent of its own."""
    url = server.says(reply(b"hello"))
    get(Request(url=url, user_agent="Mökki/2 (+a@b.fi)", accept="application/rss+xml", allow_private=True))
    assert server.received[0].headers["user-agent"] == "Mökki/2 (+a@b.fi)"
    assert server.received[0].headers["accept"] == "application/rss+xml"


def test_the_environments_proxy_is_not_ours(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """http_proxy in the environment changes nothing: a proxy is configured or there is none."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert isinstance(get(request(server.says(reply(b"hello")))), Response)


def test_no_cookie_is_ever_returned(server: Server) -> None:
    """Neither to the next hop nor in the next request on the same connection."""
    server.says(redirect("/b").replace(b"Location", b"Set-Cookie: a=1; Path=/\r\nLocation"))
    server.says(reply(b"hello", "Set-Cookie: b=2"), path="/b")
    get(request(server.url()))
    get(request(server.url("/b")))
    assert ["cookie" in received.headers for received in server.received] == [False] * 3


def test_no_referer_after_a_redirect(server: Server) -> None:
    """The second hop does not learn of the first."""
    server.says(redirect("/b"))
    server.says(reply(b"hello"), path="/b")
    get(request(server.url()))
    assert "referer" not in server.received[1].headers


def test_a_fragment_stays_at_home(server: Server) -> None:
    """``#news`` is for readers, not for servers."""
    server.says(reply(b"hello"), path="/feed?x=1")
    answer = get(request(server.url("/feed?x=1#news")))
    assert (server.url("/feed?x=1"), "/feed?x=1") == (answer.url, server.received[0].path)


def test_an_address_in_finnish_letters_is_encoded(server: Server) -> None:
    """Path and query go out as percent-encoded UTF-8 (RFC 3987, 3.1)."""
    server.says(reply(b"hello"), path="/p%C3%A4iv%C3%A4?q=%C3%B6")
    assert isinstance(get(request(server.url("/päivä?q=ö"))), Response)


@pytest.mark.parametrize(
    ("etag", "last_modified"),
    [
        ('W/"abc,def"', "Sun, 22 Nov 2026 10:00:00 GMT"),
        ("no quotes at all", None),
        (None, "eilen aamulla, 0000-00-00"),
        ('"' + "x" * 2000 + '"', "Thu, 01 Jan 1970 00:00:00 +0200"),
        ('"\xe4\xff"', None),
    ],
)
def test_validators_go_back_byte_for_byte(server: Server, etag: str | None, last_modified: str | None) -> None:
    """W/, quotes, commas, even an invalid date; each only if known (RFC 9110, 13.1.2 and 13.1.3)."""
    fields = [f"ETag:  {etag} "] * (etag is not None) + [f"Last-Modified: {last_modified}"] * (
        last_modified is not None
    )
    url = server.says(reply(b"hello", *fields), reply(status="304 Not Modified"))
    first = get(request(url))
    assert first.validators == Validators(etag=etag, last_modified=last_modified)
    assert isinstance(get(request(url), first.validators), NotModified)
    headers = server.received[1].headers
    assert (etag, last_modified) == (headers.get("if-none-match"), headers.get("if-modified-since"))


def test_every_good_answer_brings_its_own_validators(server: Server) -> None:
    """Also when the body is the same: keeping the old ETag is a known defect of readers."""
    url = server.says(reply(b"hello", 'ETag: "1"'), reply(b"hello", 'ETag: "2"'))
    old = get(request(url)).validators
    assert Validators(etag='"2"') == get(request(url), old).validators


def test_validators_are_erased_when_an_answer_has_none(server: Server) -> None:
    """A 200 without ETag and Last-Modified is never asked for conditionally again."""
    url = server.says(reply(b"hello", "ETag:"))
    assert Validators() == get(request(url), Validators(etag='"1"', last_modified="x")).validators


def test_a_304_updates_the_validators_that_it_names(server: Server) -> None:
    """And keeps the others (RFC 9111, 4.3.4)."""
    url = server.says(reply(b"", 'ETag: "2"', "Cache-Control: max-age=60", status="304 Not Modified"))
    answer = get(request(url), Validators(etag='"1"', last_modified="x"))
    assert answer == NotModified(
        request=url, url=url, validators=Validators(etag='"2"', last_modified="x"), fresh_for=60.0
    )


def test_one_key_is_one_request() -> None:
    """Two sources with one URL and the same headers share it; whoever may reach more does not."""
    one = request("https://a.fi/")
    assert one.key == dataclasses.replace(one, max_bytes=5, deadline=1).key
    others = [
        dataclasses.replace(one, url="https://a.fi/2"),
        dataclasses.replace(one, user_agent="x"),
        dataclasses.replace(one, accept="text/html"),
        dataclasses.replace(one, allow_private=False),
    ]
    assert len(others) + 1 == len({one.key, *(other.key for other in others)})


def test_an_answer_says_all_that_it_knows(server: Server) -> None:
    """Header names in lower case, a list joined by commas, of a single field the last; the body's hash."""
    body = "päivää".encode()
    url = server.says(reply(body, "X-List: a", "x-list: b", "Content-Type: text/a", "Content-Type: text/b"))
    answer = get(request(url))
    assert isinstance(answer, Response)
    assert (body, hashlib.sha256(body).hexdigest()) == (answer.body, answer.body_hash)
    assert (answer.headers["x-list"], answer.headers["content-type"]) == ("a, b", "text/b")
    assert (url, url, 200, None, None) == (
        answer.request,
        answer.url,
        answer.status,
        answer.moved_to,
        answer.fresh_for,
    )


def test_interim_answers_and_trailers_are_no_headers(server: Server) -> None:
    """100 and 103 come before the answer, a trailer after it (RFC 9110, 6.5)."""
    url = server.says(
        b"HTTP/1.1 103 Early Hints\r\nETag: early\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
        b"5\r\nhello\r\n0\r\nETag: late\r\n\r\n"
    )
    answer = get(request(url))
    assert isinstance(answer, Response)
    assert (b"hello", Validators()) == (answer.body, answer.validators)
