"""output/ over HTTP: fast from memory, never stale for long, never more than its bound; and each page's own policy."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from pipeline.render import SiteFacts, default_templates
from pipeline.web import published as serving
from pipeline.web.app import create_app
from pipeline.web.pages import Pages
from pipeline.web.published import Published

if TYPE_CHECKING:
    from pathlib import Path

FRAME = "<!doctype html><html lang=fi><title>x</title>{}<p>{}</html>"


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages([default_templates()], SiteFacts(title={"fi": "Kooste"}, languages=("fi", "sv")))


def visitor(pages: Pages, output: Path, *, most_bytes: int = serving.MOST_BYTES) -> tuple[TestClient, Published]:
    published = Published(output, most_bytes=most_bytes)
    return TestClient(create_app(pages, [], published=published), follow_redirects=False), published


def write(output: Path, name: str, text: str) -> Path:
    path = output / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_page_is_told_once(pages: Pages, tmp_path: Path) -> None:
    """An ETag and a date, and 304 without a body to who has it already, packed or not."""
    write(tmp_path, "2026-W47/fi.html", FRAME.format("", "ä" * 1000))
    client, _ = visitor(pages, tmp_path)
    first = client.get("/2026-W47/fi.html")
    plain = client.get("/2026-W47/fi.html", headers={"Accept-Encoding": "identity"})

    assert first.text == plain.text == (tmp_path / "2026-W47/fi.html").read_text()
    assert (first.headers["content-encoding"], first.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert "content-encoding" not in plain.headers
    for accepted, is_packed in (("br, GZIP;q=0.5", True), ("gzip;q=0, identity", False), ("gzip ; q=0.000", False)):
        answer = client.get("/2026-W47/fi.html", headers={"Accept-Encoding": accepted})
        assert ("content-encoding" in answer.headers) is is_packed, accepted
    assert first.headers["etag"] != plain.headers["etag"]
    for tag in (
        first.headers["etag"],
        plain.headers["etag"],
        f"W/{plain.headers['etag']}",
        f'"x", {plain.headers["etag"]}',
        "*",
    ):
        again = client.get("/2026-W47/fi.html", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert client.get("/2026-W47/fi.html", headers={"If-None-Match": '"x"'}).status_code == 200
    assert (
        client.get("/2026-W47/fi.html", headers={"If-Modified-Since": first.headers["last-modified"]}).status_code
        == 304
    )
    head = client.head("/2026-W47/fi.html", headers={"Accept-Encoding": "identity"})
    assert (head.content, head.headers["content-length"]) == (b"", plain.headers["content-length"])


def test_what_is_published_anew_is_seen_within_a_second(
    pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed file, one that was replaced by another of the same size and time, and one that was taken away."""
    monkeypatch.setattr(serving, "FRESH_SECONDS", 0.05)
    path = write(tmp_path, "index.html", "yksi")
    os.utime(path, (10**9, 10**9))
    client, _ = visitor(pages, tmp_path)
    assert client.get("/").text == "yksi"

    draft = write(tmp_path, ".index.html.new", "kaks")
    os.utime(draft, (10**9, 10**9))
    draft.replace(path)
    time.sleep(0.06)
    assert client.get("/").text == "kaks"
    path.unlink()
    time.sleep(0.06)
    assert client.get("/").status_code == 404


def test_memory_is_bounded(pages: Pages, tmp_path: Path) -> None:
    """What was not asked for the longest goes; what is larger than all of it is served without being kept."""
    for number in range(30):
        write(tmp_path, f"page-{number}.html", str(number) * 400)
    write(tmp_path, "large.txt", "x" * 20_000)
    client, published = visitor(pages, tmp_path, most_bytes=8000)
    for number in range(30):
        assert client.get(f"/page-{number}.html").status_code == 200
    assert client.get("/large.txt").text == "x" * 20_000
    assert 4000 < published._size <= 8000
    assert published._size == sum(page.size for page in published._pages.values())
    assert list(published._pages)[-1] == "/page-29.html"


def test_a_folder_leads_to_its_page(pages: Pages, tmp_path: Path) -> None:
    """With a slash its index.html, without one a redirect on this server; an empty one is not there."""
    write(tmp_path, "2026-W47/index.html", "valitse")
    (tmp_path / "empty").mkdir()
    client, _ = visitor(pages, tmp_path)
    assert client.get("/2026-W47/").text == "valitse"
    moved = client.get("/2026-W47")
    assert (moved.status_code, moved.headers["location"]) == (308, "/2026-W47/")
    assert client.get("/empty/").status_code == 404


def test_only_reading_is_answered(pages: Pages, tmp_path: Path) -> None:
    """Anything but GET and HEAD is 405, for what is there and what is not; in the visitor's language."""
    write(tmp_path, "index.html", "x")
    client, _ = visitor(pages, tmp_path)
    for path in ("/", "/nowhere"):
        client.get(path)
        answer = client.post(path, headers={"Accept-Language": "sv"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
        assert "Sidan kan inte användas så här" in answer.text


def test_each_page_has_the_policy_that_it_needs(pages: Pages, tmp_path: Path) -> None:
    """No style but ours, by its hash; WebAssembly on the page with the search alone; never unsafe-inline."""
    write(tmp_path, "plain.html", FRAME.format("", "x"))
    write(tmp_path, "styled.html", FRAME.format("<style>p { color: red }</style>", "x"))
    write(tmp_path, "search.html", FRAME.format('<script type="module" src="search.js"></script>', "x"))
    client, _ = visitor(pages, tmp_path)
    found = {
        name: client.get(f"/{name}.html").headers["content-security-policy"] for name in ("plain", "styled", "search")
    }

    write(tmp_path, "worker.js", "WebAssembly.instantiate()")
    write(tmp_path, "other.js", "alert(1)")
    worker, other = (client.get(f"/{name}.js").headers["content-security-policy"] for name in ("worker", "other"))

    assert worker.endswith("script-src 'self' 'wasm-unsafe-eval'")  # a worker's policy is its own script's
    assert "script-src" not in found["plain"] + found["styled"] + other
    assert "style-src" not in found["plain"] + found["search"]
    assert re.search(r"style-src 'self' 'sha256-[A-Za-z0-9+/]{43}='$", found["styled"])
    assert found["search"].endswith("script-src 'self' 'wasm-unsafe-eval'")
    assert "unsafe-inline" not in "".join(found.values())
    assert all("default-src 'self'" in policy and "frame-ancestors 'none'" in policy for policy in found.values())


def test_types_are_ours_to_say(pages: Pages, tmp_path: Path) -> None:
    """By the name, from a short list, and never guessed by a browser; packed where that saves something."""
    kinds = {
        "a.html": "text/html; charset=utf-8", "a.txt": "text/plain; charset=utf-8", "a.css": "text/css; charset=utf-8",
        "a.js": "text/javascript; charset=utf-8", "a.json": "application/json", "a.xml": "application/xml",
        "a.wasm": "application/wasm", "a.pagefind": "application/octet-stream", "a.exe": "application/octet-stream",
    }  # fmt: skip
    client, _ = visitor(pages, tmp_path)
    for name, kind in kinds.items():
        write(tmp_path, name, "x" * 2000)
        answer = client.get(f"/{name}")
        assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (kind, "nosniff")
        assert ("content-encoding" in answer.headers) == (not kind.startswith("application/o") and "wasm" not in kind)
    write(tmp_path, "style-0123456789abcdef.css", "p { color: red }")
    assert "immutable" in client.get("/style-0123456789abcdef.css").headers["cache-control"]
    assert client.get("/a.html").headers["cache-control"] == "public, max-age=60"
