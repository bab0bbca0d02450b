"""What strangers may try against the pages that anybody can reach, and what becomes of it."""

from __future__ import annotations

import contextlib
import html
import http.client
import os
import re
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import tokens
from pipeline.cli.secret import key
from pipeline.model import RecipientState
from pipeline.web import forms
from pipeline.web.readers.paths import PATHS
from tests.counts import FULL
from tests.readers.house import seal, somebody

if TYPE_CHECKING:
    import httpx2

    from tests.readers.house import House

POST = {"Content-Type": "application/x-www-form-urlencoded"}


def raw(house: House, request: bytes, seconds: float = 5) -> bytes:
    """Send bytes as they are; returns what came back until the server hung up."""
    parts = urlsplit(house.url)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=seconds) as connection:
        connection.sendall(request)
        received = b""
        with contextlib.suppress(OSError):
            while chunk := connection.recv(65536):
                received += chunk
        return received


def get(house: House, target: str) -> tuple[int, bytes]:
    """Ask for a target that no well-behaved client would send."""
    answer = raw(house, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


# Forms from elsewhere


def test_a_form_is_taken_from_our_own_page_alone(house: House, client: httpx2.Client) -> None:
    """Without its seal, with one of another form, an old one, another workspace's, or from another site: 403."""
    good = seal(client.get("/fi/tilaa").text)
    other = seal(client.get("/fi/valinnat").text)
    foreign = forms.Seals(b"x" * 32, lambda: house.now).seal("subscribe")

    def send(form: str, **headers: str) -> int:
        return client.post("/fi/tilaa", data={"form": form, "address": somebody()}, headers=headers).status_code

    assert [send(form) for form in ("", other, foreign, good[:-2] + "AA", "x" * 5000)] == [403] * 5
    assert send(good, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert send(good, **{"Sec-Fetch-Site": "same-site"}) == 403
    assert send(good, Origin="https://evil.example") == 403
    assert send(good, Origin="null") == 403
    assert house.answer() == []
    assert send(good, Origin=house.url) == 303
    assert send(good, **{"Sec-Fetch-Site": "same-origin", "Origin": "https://kooste.example.fi"}) == 303
    house.later(hours=6, minutes=1)
    assert send(good) == 403


def test_a_method_that_is_not_taken_is_refused_with_those_that_are(house: House, client: httpx2.Client) -> None:
    """On every kind of page; what a page takes by POST alone is not opened by a link."""
    leave = tokens.leave(key(house.workspace), number := house.join(address := somebody()), address)
    allowed = {
        "/fi/tilaa": "GET, HEAD, POST",
        f"/sv/avsluta/{leave}": "GET, HEAD, POST",
        f"/leave/{leave}": "GET, HEAD, POST",
        f"/en/leave/{leave}/preferences": "POST",
        "/index.html": "GET, HEAD",
    }
    for path, methods in allowed.items():
        answer = client.request("PUT", path)
        assert (answer.status_code, ", ".join(sorted(answer.headers["allow"].split(", ")))) == (405, methods), path
    assert client.get(f"/en/leave/{leave}/preferences").status_code == 405
    assert client.head(f"/leave/{leave}").status_code == 200
    reader = house.store.visitors.numbered(number)
    assert reader is not None
    assert reader.state is RecipientState.ACTIVE


def test_no_page_sets_a_cookie_or_asks_anybody_else(house: House, client: httpx2.Client) -> None:
    """Each answer, errors too, has the whole policy; nothing in a page is loaded from elsewhere or runs."""
    number = house.join(address := somebody())
    leave = tokens.leave(key(house.workspace), number, address)
    for path in ("/fi/tilaa", "/sv/prenumerera/tack", "/en/welcome", f"/leave/{leave}", "/nowhere", "/fi/vahvista/x"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|src=\"(?!/)", answer.text)
        assert set(re.findall(r"https?://[^\"'<\s]+", answer.text)) <= {"https://kooste.example.fi/"}


# Injection


HOSTILE = [
    '"><script>alert(1)</script>',
    "{{ 7 * 7 }}",
    "x\r\nSet-Cookie: a=b",
    "x\r\n\r\n<html>",
    "%0d%0aLocation:%20https://evil.example",
    "javascript:alert(1)",
    "' OR 1=1 --",
    "\x00\x1b[31m",
    "\u202egnp.exe",
    "=?utf-8?q?a=0ABcc=3Av=40e.fi?=",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_writes_markup_or_headers(house: House, client: httpx2.Client, text: str) -> None:
    """In the address, language, topics or any other field, and in every place of a path: text, or nothing at all."""
    form = seal(client.get("/en/subscribe").text)
    answers = [
        client.post("/en/subscribe", data={"form": form, "address": text, "language": text, "topic": text, text: text}),
        client.post("/en/subscribe", data={"form": form, "address": f"{text}@example.fi", "language": "en"}),
        client.post("/en/preferences", data={"form": text, "address": text}),
        client.get("/en/confirm/" + "x", params={"saved": text, "next": text}),
        client.get("/subscribe", params={"next": text, "return": text}),
        client.get(
            "/subscribe",
            headers={"Accept-Language": "".join(filter(str.isprintable, text.encode("ascii", "ignore").decode()))},
        ),
    ]
    for answer in answers:
        assert answer.status_code < 500
        assert "a" not in answer.cookies
        assert "<script>" not in answer.text
        assert "49" not in re.findall(r'value="([^"]*)"', answer.text)
        shown = re.findall(r'id="address" name="address" value="([^"]*)"', answer.text)
        assert all(html.unescape(one) in {text, text.strip()[:254], f"{text}@example.fi", ""} for one in shown)
        assert "evil" not in answer.headers.get("location", "")
    assert house.answer() == []


def test_an_address_of_odd_letters_writes_one_mail_to_one_person(house: House, client: httpx2.Client) -> None:
    """What a mail address may hold by its grammar stands in no header, page or mail as anything else."""
    address = "o'brien+{{7*7}}!#$%&*/?=^`|~@example.fi"
    assert house.ask(address, client) == 303
    (mail,) = house.answer()
    assert mail["To"].addresses[0].addr_spec == address
    assert mail.get_all("Bcc") is None
    page = client.get(house.path_in(mail))
    assert html.escape(address, quote=False).replace("'", "&#39;") in page.text
    assert "49" not in page.text


def test_a_topic_s_name_from_the_file_is_text(house: House, client: httpx2.Client) -> None:
    """Operators write names too; a mistake there is no hole."""
    page = client.get("/en/subscribe").text
    assert '<label for="topic-kieli" lang="fi">Selkeä kieli</label>' in page


# Where an answer sends one


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "//evil.example/%2e%2e", "/\\evil.example", "/%5cevil.example", "/%2f%2fevil.example/",
     "/fi//evil.example", "/2026-W47//evil.example", "/.//evil.example", "/fi/tilaa//", "http://evil.example/fi/tilaa",
     "/https://evil.example", "/@evil.example", "/%0d%0aLocation:%20https://evil.example"],
)  # fmt: skip
def test_no_answer_leads_away(house: House, target: str) -> None:
    """Neither the path, nor the Host header, nor a forwarded one makes a redirect to somewhere else."""
    request = (
        f"GET {target} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
        "X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    )
    head = raw(house, request.encode()).partition(b"\r\n\r\n")[0].decode("latin-1")
    assert not re.search(r"(?im)^location: *(//|/\\|[a-z]+:|.*evil)", head), head


def test_a_redirect_is_a_path_of_ours(house: House) -> None:
    """Whatever Host says, forms and short addresses send one to a path on this server."""
    answer = raw(house, b"GET /subscribe HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b"location: /fi/tilaa\r\n" in answer.lower()
    assert b"evil" not in answer


# Beyond output/


def test_only_what_is_published_is_served(house: House, client: httpx2.Client) -> None:
    """No way up, round or through: not the database, the secret, sources.yaml, hidden files, links or folders."""
    output = house.workspace.output
    (output / "2026-W47").mkdir(parents=True, exist_ok=True)
    (output / "2026-W47" / "fi.html").write_text("<!doctype html><title>Kirje</title>")
    (output / ".hidden.html").write_text("SECRET")
    (output / ".git").mkdir(exist_ok=True)
    (output / ".git" / "config").write_text("SECRET")
    outside = house.workspace.folder / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "page.html").write_text("SECRET")
    for name, target in (("linked.html", outside / "page.html"), ("linked", outside), ("up", house.workspace.folder)):
        with contextlib.suppress(FileExistsError):
            (output / name).symlink_to(target)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(output / "pipe.html")
    assert b"Kirje" in get(house, "/2026-W47/fi.html")[1]

    ups = ["..", "%2e%2e", "%2E%2e", "..%2f", "%2e%2e%2f", "..%5c", "..;", "%252e%252e", "%c0%ae%c0%ae", ".%00."]
    names = ["sources.yaml", "var/digikooste.db", "var/secret.key", "outside/page.html", "clock"]
    targets = [f"/{up}/{name}" for up in ups for name in names]
    targets += [f"/2026-W47/{up}/{up}/{name}" for up in ups for name in names]
    targets += ["/.hidden.html", "/.git/config", "/linked.html", "/linked/page.html", "/up/sources.yaml", "/pipe.html",
                "/2026-W47/fi.html/", "/2026-W47/fi.html%00.txt", "/./sources.yaml", "//sources.yaml", "/2026-W47/.",
                f"/{outside}/page.html", "/" + "a/" * 200, "/" + "a" * 10_000]  # fmt: skip
    for one in targets:
        status, body = get(house, one)
        assert (status, b"SECRET" in body, b"digest:" in body, b"SQLite" in body) == (404, False, False, False), one


# Too much, too slow


def test_too_much_is_cut_off(house: House, client: httpx2.Client) -> None:
    """A form of 16 KiB and 100 fields is enough; one that says it is longer is not even read."""
    form = seal(client.get("/fi/tilaa").text)
    much = client.post("/fi/tilaa", content=b"address=" + b"a" * forms.MOST_BYTES, headers=POST)
    many = client.post("/fi/tilaa", content=b"&".join([b"a=b"] * 101), headers=POST)
    chunked = client.post("/fi/tilaa", content=(b"x" * 1000 for _ in range(100)), headers=POST)
    assert (much.status_code, chunked.status_code, many.status_code) == (413, 413, 400)
    assert "Lähetit liikaa tietoa" in much.text

    huge = raw(house, b"POST /fi/tilaa HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert huge.startswith(b"HTTP/1.1 413")
    broken = [
        ("multipart/form-data; boundary=x", b"--x"),
        ("application/json", b"{}"),
        (POST["Content-Type"], b"\xff%zz=%ff"),
    ]
    for kind, body in broken:
        assert client.post("/fi/tilaa", content=body, headers={"Content-Type": kind}).status_code == 400
    assert client.post("/fi/tilaa", data={"form": form, "address": somebody()}).status_code == 303


def test_who_sends_slowly_is_waited_for_in_bounds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that does not come to its end is given up, and nobody else waits for it."""
    monkeypatch.setattr(forms, "SECONDS", 0.5)
    head = b"POST /fi/tilaa HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    began = time.monotonic()
    answer = raw(house, head + b"Content-Length: 1000\r\n\r\naddress=", seconds=30)
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 15


def test_many_slow_visitors_leave_the_pages_to_the_others(house: House) -> None:
    """Forty connections that never finish a request, and the next visitor is answered at once."""
    parts = urlsplit(house.url)
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            idle = stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10))
            idle.sendall(b"GET /fi/tilaa HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        with house.client() as visitor:
            assert visitor.get("/fi/tilaa").status_code == 200


# Anything at all


def _paths() -> st.SearchStrategy[str]:
    known = [f"/{language}/{slug}" for slugs in PATHS.values() for language, slug in slugs.items()]
    known += ["/", "/leave/{token}", "/subscribe", "/preferences", "/web/{token}", "/index.html", "/2026-W47/{token}"]
    piece = st.text(st.characters(codec="utf-8", min_codepoint=32), max_size=30)
    token = st.one_of(
        piece,
        st.from_regex(r"[0-9]{1,25}\.[A-Za-z0-9_-]{0,50}", fullmatch=True),
        st.integers(0, 5).map(lambda number: tokens.signed(b"k" * 32, "leave", str(number))),
    )
    filled = st.tuples(st.sampled_from(known), token).map(lambda pair: pair[0].replace("{token}", pair[1]))
    return st.one_of(filled, piece.map(lambda text: "/" + text))


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"]),
    path=_paths(),
    query=st.text(max_size=20),
    body=st.one_of(
        st.binary(max_size=200),
        st.lists(st.tuples(st.sampled_from(["form", "address", "language", "topic", "x"]), st.text(max_size=40)))
        .map(lambda fields: urlencode(fields, errors="replace").encode()),
    ),
    headers=st.dictionaries(
        st.sampled_from(["Accept-Language", "Content-Type", "Origin", "If-None-Match", "Accept-Encoding", "Cookie",
                         "X-Forwarded-For", "X-Forwarded-Proto", "If-Modified-Since", "Sec-Fetch-Site"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60), max_size=3,
    ),
)  # fmt: skip
@settings(
    max_examples=3000 if FULL else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_that_is_sent_makes_a_fault(
    house: House, *, method: str, path: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    """Every route with every method, body and header: an answer below 500, and the same guard round it."""
    parts = urlsplit(house.url)
    said = {**headers, "Content-Length": str(len(body))}
    said.setdefault("Content-Type", POST["Content-Type"])
    target = quote(path, safe="/%:@!$&'()*+,;=~-._") + (f"?{quote(query)}" if query else "")
    with contextlib.closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as connection:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in said.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        assert answer.status < 500, answer.read()[:500]
        assert answer.headers["Set-Cookie"] is None
        if method != "BREW":  # which is no HTTP, and is answered before any page is asked
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
