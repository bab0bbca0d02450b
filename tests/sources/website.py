"""A website on the loopback: pages that a test scripts, and a record of what was asked."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a path answers; a 200 has an ETag of its body unless ``tagged`` is off."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    tagged: bool = True

    @property
    def etag(self) -> str:
        """The strong tag of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:12]}"'


@dataclass(slots=True, kw_only=True)
class Website:
    """The site as a test changes it; ``asked`` are the paths with their status, in order."""

    url: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def put(self, path: str, body: str | bytes, content_type: str = "text/html; charset=utf-8", **rest: object) -> str:
        """Let ``path`` answer with ``body``, "{site}" in it being this site's address; return the URL."""
        if isinstance(body, str):
            body = body.replace("{site}", self.url).encode()
        self.answers[path] = Answer(body=body, content_type=content_type, **rest)  # type: ignore[arg-type]
        return self.url + path

    def fail(self, path: str, status: int, **headers: str) -> str:
        """Let ``path`` answer with an error; return the URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(body=b"sorry", status=status, headers=named, tagged=False)
        return self.url + path

    def paths(self) -> list[str]:
        """Return what was asked since the last call, without robots.txt."""
        asked, self.asked = self.asked, []
        return [path for path, _ in asked if path != "/robots.txt"]


@contextmanager
def serve() -> Iterator[Website]:
    """Serve an empty site on a free port; a path that nothing was put at is a 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = site.answers.get(self.path, Answer(body=b"nothing here", status=404, tagged=False))
            known = answer.tagged and self.headers.get("If-None-Match") == answer.etag
            status = 304 if known else answer.status
            site.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("Content-Type", answer.content_type)
            if answer.tagged:
                self.send_header("ETag", answer.etag)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0" if known else str(len(answer.body)))
            self.end_headers()
            if not known:
                self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Website(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
