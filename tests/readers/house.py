"""A workspace whose readers' pages are served on loopback, with a real inbox and a clock that the test sets."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from typing import TYPE_CHECKING

import httpx2

from pipeline.cli import receiving
from pipeline.cli.receiving import Front
from pipeline.cli.workspace import Workspace, now
from pipeline.demo import inbox
from pipeline.web.server import Server
from tests.e2e.desk import patched_environ

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from pipeline.store import Store

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SERVICE = "https://kooste.example.fi/"
FILE = """\
digest:
  languages: [fi, sv, en]
site:
  service: {service}
  url: {service}
  contact: viestinta@example.fi
mail:
  host: {host}
  port: {port}
  security: none
  from: Viestintäkooste <kooste@example.fi>
topics:
  - id: tarinat
    name: {{fi: Tarinallistaminen, sv: Storytelling, en: Storytelling}}
    words: [tarina]
  - id: kieli
    name: {{fi: Selkeä kieli, sv: Klarspråk}}
    words: [selkeä]
  - id: some
    name: {{fi: Sosiaalinen media, sv: Sociala medier, en: Social media}}
    words: [some]
"""
_numbers = count(1)


def somebody() -> str:
    """An address that no test has used."""
    return f"lukija{next(_numbers)}@example.fi"


@dataclass
class House:
    """What a test has: the pages by HTTP, the store behind them, and the mail that left."""

    workspace: Workspace
    store: Store
    server: Server
    box: Inbox
    clock: Path
    woken: list[None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url.rstrip("/")

    @property
    def now(self) -> datetime:
        return now()

    def later(self, **duration: float) -> None:
        """Put the clock on."""
        self.clock.write_text((self.now + timedelta(**duration)).isoformat())

    def client(self, network: int | None = None, **headers: str) -> httpx2.Client:
        """A visitor of a network of their own, as a trusted proxy tells it."""
        own = next(_numbers) if network is None else network
        said = {"X-Forwarded-For": f"10.{own // 256}.{own % 256}.7", **headers}
        return httpx2.Client(base_url=self.url, headers=said, follow_redirects=False)

    def answer(self) -> list[EmailMessage]:
        """Answer what visitors asked for; returns the mail that left."""
        before = len(self.box.delivered)
        receiving.answer(self.workspace, self.store, self.now)
        return [message_from_bytes(one.file.read_bytes(), policy=policy.default) for one in self.box.delivered[before:]]

    def settle(self) -> None:
        """Let nobody wait for an answer any more."""
        while waiting := self.store.visitors.waiting(self.now + timedelta(hours=12), limit=10_000):
            for asking in waiting:
                self.store.visitors.answered(asking, sent=None)

    def mail_to(self, address: str) -> list[EmailMessage]:
        """What came to one address."""
        parsed = [message_from_bytes(one.file.read_bytes(), policy=policy.default) for one in self.box.delivered]
        return [one for one in parsed if one["To"] == address]

    def path_in(self, message: EmailMessage) -> str:
        """The path of the service that a mail's text leads to."""
        part = message.get_body(("plain",))
        assert part is not None
        found = re.search(rf"^{re.escape(SERVICE)}(\S+)\s*$", part.get_content(), re.MULTILINE)
        assert found, part.get_content()
        return f"/{found[1]}"

    def ask(self, address: str, client: httpx2.Client, *, path: str = "/fi/tilaa", **fields: str | list[str]) -> int:
        """Fill in a form and send it; returns the status."""
        data = {"form": seal(client.get(path).text), "address": address, **fields}
        return client.post(path, data=data).status_code

    def join(self, address: str, *, language: str = "fi", topics: tuple[str, ...] | None = None) -> int:
        """Let somebody in at once; returns their number."""
        joined = self.store.visitors.join(address, language=language, topics=topics, asked=self.now, now=self.now)
        assert joined is not None
        return joined.id


def seal(page: str) -> str:
    """The hidden field of a page's form."""
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found, page
    return found[1]


@contextlib.contextmanager
def opened(folder: Path, *, service: str = SERVICE, root_path: str = "") -> Iterator[House]:
    """Serve a workspace in ``folder`` until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = folder / "clock"
    clock.write_text(NOW.isoformat())
    with contextlib.ExitStack() as stack:
        stack.enter_context(patched_environ({"DIGIKOOSTE_NOW": f"@{clock}"}))
        box = stack.enter_context(inbox.serve(folder / "inbox"))
        (folder / "sources.yaml").write_text(FILE.format(service=service, host=box.host, port=box.port))
        workspace = Workspace(folder=folder, environ=os.environ)
        store = stack.enter_context(workspace.store())
        woken: list[None] = []
        app = receiving.app(
            lambda: workspace,
            store,
            front=Front(root_path=root_path, trust=("127.0.0.1",)),
            more=lambda _: [],
            wake=lambda: woken.append(None),
        )
        server = stack.enter_context(Server(app, "127.0.0.1", 0, name="http"))
        yield House(workspace, store, server, box, clock, woken)
