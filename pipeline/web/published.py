"""output/ over HTTP: its files and nothing else, from memory as long as they stay what they were."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import stat
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pipeline.web.guard import HEADERS, POLICY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_BYTES = 64 * 2**20
"""What the memory holds; beyond it, what was not asked for the longest goes."""
MOST_FILE = 16 * 2**20
"""The largest file that is served at all; output/ holds none of a tenth of that."""
FRESH_SECONDS = 1.0
"""For so long nobody looks whether a file has changed."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_DEEPEST = 6
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HTML = "text/html; charset=utf-8"
_SCRIPT_TYPE = "text/javascript; charset=utf-8"
_TYPES = {
    "html": _HTML,
    "txt": "text/plain; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": _SCRIPT_TYPE,
    "json": "application/json",
    "xml": "application/xml",
    "atom": "application/atom+xml",
    "opml": "text/x-opml; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "ico": "image/x-icon",
    "wasm": "application/wasm",
    "woff2": "font/woff2",
}
_PLAIN = re.compile(r"text/|application/(json|xml|atom)|image/svg")
"""What is worth packing."""
_LEAST_TO_PACK = 512
_TAKES_GZIP = re.compile(rb"(?:^|,)\s*gzip\s*(?:,|$|;\s*q=(?!0(?:\.0*)?\s*(?:,|$)))", re.IGNORECASE)
"""Accept-Encoding (RFC 9110, 12.5.3): named, and not with the weight of nought, which refuses it."""
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_SCRIPT = re.compile(rb"<script\b", re.IGNORECASE)
_NAMED_BY_CONTENT = re.compile(r"style-[0-9a-f]{8,}\.css|.*\.pf_(fragment|index)")


@dataclass(slots=True)
class _Page:
    """A file as it is served, plain and packed, with all its headers."""

    seen: tuple[int, ...]
    tag: str
    modified: str
    plain: bytes
    plain_headers: list[tuple[bytes, bytes]]
    packed: bytes | None
    packed_headers: list[tuple[bytes, bytes]]
    checked: float = field(default_factory=time.monotonic)

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed or b"")


class Published:
    """Serves the files below ``folder``: no hidden ones, none behind a symbolic link, none beside it.

    An ASGI application, which raises HTTPException for what is not there. ``instead`` says where to go from
    a path as long as nothing has been published there.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, instead: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._most = most_bytes
        self._instead = instead or {}
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def hit(self, scope: Scope) -> _Page | None:
        """Return the page that stands in memory and was looked at within the last second."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return None
        path = get_route_path(scope)
        with self._lock:
            page = self._pages.get(path)
            if page is None or time.monotonic() - page.checked > FRESH_SECONDS:
                return None
            self._pages.move_to_end(path)
        return page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        """Answer with the file; raises HTTPException 404, 405, or 308 for a folder without its slash."""
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})
        await self.answer(await run_in_threadpool(self._fresh, get_route_path(scope), scope), scope, send)

    async def answer(self, page: _Page, scope: Scope, send: Send) -> None:
        """Send it, packed where the browser takes that, or only say that it has not changed."""
        asked = dict(scope["headers"])
        wants_packed = page.packed is not None and _TAKES_GZIP.search(asked.get(b"accept-encoding", b""))
        headers = page.packed_headers if wants_packed else page.plain_headers
        if _is_known(page, asked):
            headers = [pair for pair in headers if pair[0] not in {b"content-length", b"content-type"}]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = page.packed if wants_packed else page.plain
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _fresh(self, path: str, scope: Scope) -> _Page:
        """Return the file as it stands now, read anew only when it has changed."""
        names = _names(path)
        if names is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        known = self._pages.get(path)
        with _opened(self._folder, names) as descriptor:
            if descriptor is None:
                self._forget(path)
                if path in self._instead:
                    there = scope.get("root_path", "") + self._instead[path]
                    raise HTTPException(HTTPStatus.FOUND, headers={"Location": there})
                raise HTTPException(HTTPStatus.NOT_FOUND)
            found = os.fstat(descriptor)
            if stat.S_ISDIR(found.st_mode):
                there = scope.get("root_path", "") + "/" + "/".join(names) + "/"
                raise HTTPException(HTTPStatus.PERMANENT_REDIRECT, headers={"Location": there})
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_FILE:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            seen = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
            if known is not None and known.seen == seen:
                known.checked = time.monotonic()
                return known
            body = _read(descriptor, found.st_size)
        page = _page(names[-1], body, seen, formatdate(found.st_mtime, usegmt=True))
        self._keep(path, page)
        return page

    def _keep(self, path: str, page: _Page) -> None:
        with self._lock:
            if (before := self._pages.pop(path, None)) is not None:
                self._size -= before.size
            if page.size > self._most:
                return
            self._pages[path] = page
            self._size += page.size
            while self._size > self._most:
                _, gone = self._pages.popitem(last=False)
                self._size -= gone.size

    def _forget(self, path: str) -> None:
        with self._lock:
            if (gone := self._pages.pop(path, None)) is not None:
                self._size -= gone.size


class Fronted:
    """Answers from memory before anything else is asked; all that is there once went the whole way."""

    def __init__(self, published: Published, app: ASGIApp) -> None:
        self._published = published
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, else as the app does."""
        page = self._published.hit(scope)
        if page is None:
            await self._app(scope, receive, send)
        else:
            await self._published.answer(page, scope, send)


class _opened:  # noqa: N801  # reads as a function, as contextlib's own do
    """A file or folder below ``root``, opened name by name so that no symbolic link is followed; None without one."""

    def __init__(self, root: Path, names: list[str]) -> None:
        self._root = root
        self._names = names
        self._held: list[int] = []

    def __enter__(self) -> int | None:
        try:
            self._held.append(os.open(self._root, _FOLDER & ~os.O_NOFOLLOW))
            for name in self._names[:-1]:
                self._held.append(os.open(name, _FOLDER, dir_fd=self._held[-1]))
            self._held.append(os.open(self._names[-1], _FILE, dir_fd=self._held[-1]))
        except (OSError, ValueError):
            return None
        return self._held[-1]

    def __exit__(self, *_: object) -> None:
        for descriptor in self._held:
            with suppress(OSError):
                os.close(descriptor)


def _names(path: str) -> list[str] | None:
    """Return the names of a path below the folder, None for one that no file of ours has."""
    names = path.removeprefix("/").split("/")
    if names[-1] == "":
        names[-1] = "index.html"
    if len(names) > _DEEPEST or not all(_NAME.fullmatch(name) for name in names):
        return None
    return names


def _read(descriptor: int, size: int) -> bytes:
    chunks = []
    while size > 0 and (chunk := os.read(descriptor, size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _page(name: str, body: bytes, seen: tuple[int, ...], modified: str) -> _Page:
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    tag = hashlib.sha256(body).hexdigest()[:24]
    worth_it = len(body) >= _LEAST_TO_PACK and _PLAIN.match(kind)
    packed = gzip.compress(body, 6, mtime=0) if worth_it else None
    common = {
        **HEADERS,
        "Content-Type": kind,
        "Content-Security-Policy": _policy(kind, body),
        "Cache-Control": "public, max-age=31536000, immutable"
        if _NAMED_BY_CONTENT.fullmatch(name)
        else "public, max-age=60",
        "Last-Modified": modified,
    }
    if packed is not None:
        common["Vary"] = "Accept-Encoding"
    return _Page(
        seen=seen,
        tag=tag,
        modified=modified,
        plain=body,
        plain_headers=_raw({**common, "ETag": f'"{tag}"', "Content-Length": str(len(body))}),
        packed=packed,
        packed_headers=_raw(
            {**common, "ETag": f'"{tag}-gz"', "Content-Encoding": "gzip", "Content-Length": str(len(packed or b""))}
        ),
    )


def _policy(kind: str, body: bytes) -> str:
    """Return what a file of ours may do: its own styles by their hashes, and WebAssembly where the search needs it.

    That is its page, and its worker, whose policy is not the page's but that of the script (CSP 3, 4.4).
    """
    styles = _STYLE.findall(body) if kind == _HTML else []
    policy = POLICY
    if styles:
        hashes = {base64.b64encode(hashlib.sha256(style).digest()).decode() for style in styles}
        policy += "; style-src 'self' " + " ".join(f"'sha256-{one}'" for one in sorted(hashes))
    if (kind == _HTML and _SCRIPT.search(body)) or (kind == _SCRIPT_TYPE and b"WebAssembly" in body):
        policy += "; script-src 'self' 'wasm-unsafe-eval'"
    return policy


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _is_known(page: _Page, asked: Mapping[bytes, bytes]) -> bool:
    """Whether the browser has this very page (RFC 9110, 13.1.2 and 13.1.3)."""
    if (tags := asked.get(b"if-none-match")) is not None:
        known = tags.decode("latin-1")
        return known.strip() == "*" or f'"{page.tag}"' in known or f'"{page.tag}-gz"' in known
    return asked.get(b"if-modified-since", b"").decode("latin-1") == page.modified
