"""A whole workspace in a folder, a scripted web server and a real inbox, all on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from pipeline.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from pipeline.demo.inbox import Inbox

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
"""A Wednesday; the latest slot is Monday 16 November, so its digest is 2026-W47."""

THIS_PERIOD = NOW - timedelta(days=1)
LONG_AGO = datetime(2020, 3, 1, 9, 0, tzinfo=UTC)


@dataclass
class Page:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Web:
    """A web server that answers what the test says, with ETags, and remembers what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the name that http.server calls
                web.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                page = web.pages.get(self.path, Page(body=b"not here", status=404))
                tag = f'"{hashlib.sha256(page.body).hexdigest()[:12]}"'
                fresh = page.status == 200 and self.headers.get("If-None-Match") == tag
                body = b"" if fresh else page.body
                self.send_response(304 if fresh else page.status)
                for name, value in {"ETag": tag, **page.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def asked(self, path: str) -> list[dict[str, str]]:
        return [headers for asked, headers in self.requests if asked == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True)
class Entry:
    title: str
    published: datetime | None = THIS_PERIOD
    link: str = ""
    summary: str = "Lyhyt kuvaus siitä, mitä tästä oppii ja kenelle se sopii."


def rss(*entries: Entry, title: str = "Oppimisen lähde") -> bytes:
    """An RSS 2.0 feed in Finnish."""
    items = "".join(
        f"<item><title>{one.title}</title><link>{one.link or f'https://blog.example.fi/{number}'}</link>"
        f"<guid isPermaLink='false'>{one.title}</guid><description>{one.summary}</description>"
        + (f"<pubDate>{one.published:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if one.published else "")
        + "</item>"
        for number, one in enumerate(entries)
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{title}</title>"
        f"<language>fi</language><link>https://blog.example.fi/</link>{items}</channel></rss>"
    ).encode()


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    def json(self) -> Any:  # noqa: ANN401  # whatever the command printed
        return json.loads(self.out)


class Desk:
    """A workspace and the command in it, run as its own process with a clock that the test sets."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.folder = folder
        self.web = web
        self.now = NOW
        self.environ: dict[str, str] = {}

    def write(self, sources: str, *, mail: str = "", digest: str = "", topics: str = "") -> None:
        """Write sources.yaml; ``sources`` are list entries, with WEB for the web server's address."""
        parts = {"digest": digest, "mail": mail, "topics": topics, "sources": sources}
        text = "collect:\n  pause: 0\n"
        for name, body in parts.items():
            if body:
                text += f"{name}:\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "  ") + "\n"
        (self.folder / "sources.yaml").write_text(text.replace("WEB", self.web.url), encoding="utf-8")

    def feeds(self, *paths: str, **sections: str) -> None:
        """Write a sources.yaml of local feeds whose items may be on the public page."""
        entries = "".join(
            f"- id: {path.strip('/').split('.')[0]}\n  url: WEB{path}\n  allow_private: true\n  internal: false\n"
            for path in paths
        )
        self.write(entries, **sections)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command as a process; the caller waits for it."""
        environ = {
            **os.environ,
            "DIGIKOOSTE_NOW": self.now.isoformat(),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTHONWARNINGS": "error",
            **self.environ,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def do(self, *arguments: str) -> Result:
        """Run one command through its own entry, in this process: a tenth of the time of ``process``."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patched_environ({"DIGIKOOSTE_NOW": self.now.isoformat(), "COLUMNS": "200", **self.environ}),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = run(arguments)
        return Result(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: str) -> Result:
        """Run one command as a process of its own."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=100)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        assert "Traceback" not in err, err
        return Result(process.returncode, out, err)

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@contextlib.contextmanager
def patched_environ(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for the length of the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def mail_section(box: Inbox, more: str = "") -> str:
    return (
        f"host: {box.host}\nport: {box.port}\nsecurity: none\nfrom: Viestintäkooste <kooste@example.fi>\n"
        "unsubscribe: pois@example.fi\n" + more
    )


def messages(box: Inbox) -> list[EmailMessage]:
    """What arrived, parsed."""
    return [message_from_bytes(one.file.read_bytes(), policy=policy.default) for one in box.delivered]
