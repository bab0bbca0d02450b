"""A small server on loopback that shows the letter, and shows it again when a file behind it changes."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from pipeline.errors import DigikoosteError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Sequence

FORMS: Final = {"html": "Letter", "page": "Page", "text": "Text", "lint": "Lint"}
"""What can be looked at; ``text`` and ``lint`` are plain text."""

_WIDTHS = {"320px": "320", "680px": "680", "100%": "Full"}
_SHELL = Path(__file__).parent / "watch.html"
_INTERVAL = 0.2
"""Seconds between two looks at the files."""
_FILES = 1000
"""So many files of a folder are looked at."""
_CONNECTIONS = 16
_LISTENERS = 6
"""Pages that may wait for changes at a time."""
_BEAT = 10.0
"""Seconds after which a waiting page hears that we are there, and we whether it is."""
_QUIET = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_LETTER_MAY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What there is to see, and the files that it is made of.

    ``draw`` makes an edition in a language and a form; it may raise any of our errors, which is shown
    instead.
    """

    languages: Sequence[str]
    draw: Callable[[str, str], str]
    files: Callable[[], Iterable[Path]]


class Watch:
    """The server, in a ``with`` block; it answers this computer alone, and only to its own name."""

    def __init__(self, shown: Shown, *, port: int = 0) -> None:
        self._shown = shown
        self._changes = _Changes()
        self._server = _Server(("127.0.0.1", port), shown, self._changes)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let everybody go."""
        self._changes.end()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def follow(self) -> None:
        """Tell the open pages whenever a file changes, until Ctrl-C."""
        seen = self._state()
        while True:
            threading.Event().wait(_INTERVAL)
            if (state := self._state()) != seen:
                seen = state
                self._changes.tell()

    def _state(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for place in self._shown.files():
            inside = sorted(islice(place.rglob("*"), _FILES)) if place.is_dir() else [place]
            for path in inside:
                try:
                    facts = path.stat()
                except OSError:
                    continue  # it went away between two looks, which is a change too
                found.append((str(path), facts.st_mtime_ns, facts.st_size))
        return tuple(found)


class _Changes:
    """A number that grows with every change, and a way to wait for it."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._listeners = threading.BoundedSemaphore(_LISTENERS)
        self._number = 0
        self.ended = False

    def tell(self) -> None:
        with self._news:
            self._number += 1
            self._news.notify_all()

    def end(self) -> None:
        with self._news:
            self.ended = True
            self._news.notify_all()

    def join(self) -> bool:
        """Take a place among the listeners; False when there is none."""
        return self._listeners.acquire(blocking=False)

    def leave(self) -> None:
        self._listeners.release()

    def after(self, number: int) -> int:
        """Return the number as soon as it differs, or as it is after a while."""
        with self._news:
            self._news.wait_for(lambda: self.ended or self._number != number, _BEAT)
            return self._number


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], shown: Shown, changes: _Changes) -> None:
        self.shown = shown
        self.changes = changes
        self.drawing = threading.Lock()
        self._places = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a browser that goes away in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10
    server_version = "digikooste"
    sys_version = ""

    def do_GET(self) -> None:  # the name that http.server calls
        port = self.server.server_address[1]
        if self.headers.get("Host") not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "This is not the name of this server.")
            return
        parts = urlsplit(self.path)
        match parts.path.split("/"):
            case ["", ""]:
                self._shell(dict(parse_qsl(parts.query)))
            case ["", "changes"]:
                self._tell_changes()
            case ["", language, form] if language in self.server.shown.languages and form in FORMS:
                self._letter(language, form)
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "There is no such page.")

    def log_message(self, *_: object) -> None:
        pass

    def _letter(self, language: str, form: str) -> None:
        try:
            with self.server.drawing:
                document = self.server.shown.draw(language, form)
        except DigikoosteError as error:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain", str(error))
            return
        self._answer(HTTPStatus.OK, "text/html" if form in {"html", "page"} else "text/plain", document)

    def _shell(self, asked: dict[str, str]) -> None:
        languages = self.server.shown.languages
        now = {
            "language": asked["language"] if asked.get("language") in languages else languages[0],
            "form": asked["form"] if asked.get("form") in FORMS else "html",
            "width": asked["width"] if asked.get("width") in _WIDTHS else "680px",
        }
        choices = {"language": {code: code for code in languages}, "form": FORMS, "width": _WIDTHS}
        links = [
            f'<a href="/?{escape(urlencode({**now, name: value}))}"{_current(now[name] == value)}>{escape(words)}</a>'
            for name, values in choices.items()
            for value, words in values.items()
        ]
        nonce = secrets.token_urlsafe(16)
        may = f"default-src 'none'; frame-src 'self'; connect-src 'self'; script-src 'nonce-{nonce}'"
        page = Template(_SHELL.read_text(encoding="utf-8")).substitute(
            title=f"{FORMS[now['form']]} ({now['language']}), as it will be",
            nonce=nonce,
            width=now["width"],
            links="\n".join(links),
            address=f"/{now['language']}/{now['form']}",
        )
        self._answer(HTTPStatus.OK, "text/html", page, may=f"{may}; style-src 'nonce-{nonce}'")

    def _answer(self, status: HTTPStatus, kind: str, document: str, *, may: str = _LETTER_MAY) -> None:
        body = document.encode()
        self.send_response(status)
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), **_QUIET}
        for name, value in {**headers, "Content-Security-Policy": may}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _tell_changes(self) -> None:
        """Send the number of changes as server-sent events, at once and whenever it grows."""
        changes = self.server.changes
        if not changes.join():
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", "Too many pages are waiting for changes.")
            return
        try:
            self.send_response(HTTPStatus.OK)
            for name, value in {"Content-Type": "text/event-stream", **_QUIET}.items():
                self.send_header(name, value)
            self.end_headers()
            number = changes.after(-1)
            while not changes.ended:
                self.wfile.write(f"retry: 500\ndata: {number}\n\n".encode())
                self.wfile.flush()
                number = changes.after(number)
        finally:
            changes.leave()


def _current(holds: bool) -> str:  # noqa: FBT001  the one question there is
    return ' aria-current="page"' if holds else ""
