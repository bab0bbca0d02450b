"""A workspace with a draft, its desk served on loopback, a real inbox, and a clock that the test sets."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from html import unescape
from itertools import count
from typing import TYPE_CHECKING

import httpx2

from pipeline.cli import desk, drafts, receiving, run, work
from pipeline.cli.receiving import Front
from pipeline.cli.workspace import Workspace, now
from pipeline.demo import inbox
from pipeline.web.server import Server
from tests.e2e.desk import Desk, Entry, Page, Web, patched_environ, rss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from pipeline.store import Store
    from pipeline.store.drafts import OpenDraft

SLOT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
"""Monday 08:00 in Helsinki: the slot of 2026-W47."""
KEY = "2026-W47"
MAIJA, PEKKA = "maija@example.fi", "pekka@example.fi"
TITLES = (
    "Hyvä some-kriisiviestintä",
    "Miten tekoäly muuttaa some-työtä",
    "Saavutettavuus alkaa otsikosta",
    "Kuvatekstit kuntoon",
    "Selkeä kieli säästää aikaa",
)
DIGEST = f"""\
schedule: mon 08:00
at_least: 0
languages: [fi, sv, en]
approval: required
editors: [{MAIJA}, {PEKKA}]
operator: yllapito@example.fi
"""
_numbers = count()
TOPICS = "- {id: some, name: {fi: Sosiaalinen media, sv: Sociala medier, en: Social media}, words: [some]}\n"


def found(folder: Path) -> None:
    """Make a workspace that has read five articles and composed its draft."""
    folder.mkdir()
    with contextlib.closing(Web()) as web:
        here = Desk(folder, web)
        here.now = SLOT
        entries = [
            Entry(title, SLOT - timedelta(days=number + 1), link=f"https://blog.example.fi/juttu-{number}")
            for number, title in enumerate(TITLES)
        ]
        web.pages["/feed.xml"] = Page(rss(*entries, title="Blogi"))
        mail = "host: 127.0.0.1\nport: MAIL\nsecurity: none\nfrom: Viestintäkooste <kooste@example.fi>\n"
        here.feeds("/feed.xml", digest=DIGEST, topics=TOPICS, mail=mail.replace("MAIL", "25"))
        for arguments in (
            ("recipients", "add", "anna@example.fi", "-l", "fi"),
            ("recipients", "add", "bengt@example.fi", "-l", "sv"),
            ("run",),
        ):
            assert here.do(*arguments).code in {0, 3}, arguments


@dataclass
class Office:
    """What a test has: the desk by HTTP, the store behind it, and the mail that left."""

    workspace: Workspace
    store: Store
    box: Inbox
    clock: Path
    url: str = ""
    woken: list[str] = field(default_factory=list)

    @property
    def draft(self) -> OpenDraft:
        """The draft as it stands."""
        return self.store.drafts.load(KEY)

    def items(self) -> dict[str, int]:
        """The draft's items by title, as the editors have them now."""
        from pipeline.digest.drafting import edited  # noqa: PLC0415

        return {pick.item.title: pick.item_id for pick in edited(self.draft.draft).picks}

    def reload(self) -> None:
        """Take up an edited sources.yaml, or a password that is new."""
        self.workspace = Workspace(folder=self.workspace.folder, environ=os.environ)

    def do(self, *arguments: str, stdin: str = "") -> str:
        """Run a command in the workspace; returns what it said."""
        said = io.StringIO(stdin), io.StringIO()
        before = sys.stdin
        sys.stdin = said[0]
        try:
            with (
                contextlib.chdir(self.workspace.folder),
                contextlib.redirect_stdout(said[1]),
                contextlib.redirect_stderr(said[1]),
            ):
                run(arguments)
        finally:
            sys.stdin = before
        return said[1].getvalue()

    def later(self, **duration: float) -> None:
        """Put the clock on."""
        self.clock.write_text((now() + timedelta(**duration)).isoformat())

    def client(self, **headers: str) -> httpx2.Client:
        """A browser that nobody is signed in with."""
        return httpx2.Client(base_url=self.url, headers=headers, follow_redirects=False)

    def link(self, who: str = MAIJA, language: str = "fi") -> str:
        """The path of a new link to the desk."""
        address = drafts.link(self.workspace, who, KEY, language, now(), mark=f"test-{next(_numbers)}")
        return "/" + address.removeprefix(str(self.workspace.config.site.service))

    @contextlib.contextmanager
    def signed_in(self, who: str = MAIJA, language: str = "fi") -> Iterator[httpx2.Client]:
        """A browser in which an editor is signed in."""
        path = self.link(who, language)
        with self.client() as client:
            entered = client.post(path, data={"form": seal(client.get(path).text)})
            assert entered.status_code == 303, entered.text
            yield client

    def mail_to(self, address: str) -> list[EmailMessage]:
        """What came to one address."""
        parsed = [message_from_bytes(one.file.read_bytes(), policy=policy.default) for one in self.box.delivered]
        return [one for one in parsed if one["To"] == address]

    def send(self) -> list[EmailMessage]:
        """Send what is owed to editors and readers; returns the mail that left."""
        before = len(self.box.delivered)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            drafts.tell(self.workspace, self.store, now())
            work.deliver(self.workspace, self.store, now())
        return [message_from_bytes(one.file.read_bytes(), policy=policy.default) for one in self.box.delivered[before:]]


def seal(page: str, action: str = "") -> str:
    """The hidden field of a page's form, of the one that leads to ``action`` where that is said."""
    forms = re.findall(r'<form[^>]*?(?:action="([^"]*)")?>(.*?)</form>', page, re.DOTALL)
    for leads_to, inside in reversed(forms):
        if unescape(leads_to).endswith(action) and (sealed := re.search(r'name="form" value="([^"]+)"', inside)):
            return sealed[1]
    raise AssertionError(page)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return "\n".join(str(part.get_content()).splitlines())


@contextlib.contextmanager
def opened(
    template: Path, folder: Path, *, service: str = "http://desk.example.fi/", root_path: str = ""
) -> Iterator[Office]:
    """Serve a copy of the workspace ``template`` until the block ends, below ``root_path``."""
    shutil.copytree(template, folder)
    clock = folder / "clock"
    clock.write_text(SLOT.isoformat())
    with contextlib.ExitStack() as stack:
        stack.enter_context(patched_environ({"DIGIKOOSTE_NOW": f"@{clock}"}))
        box = stack.enter_context(inbox.serve(folder.with_name(f"{folder.name}-inbox")))
        file = folder / "sources.yaml"
        text = file.read_text(encoding="utf-8").replace("port: 25\n", f"port: {box.port}\n")
        text = text.replace("host: 127.0.0.1\n", f"host: {box.host}\n")
        file.write_text(f"{text}site:\n  service: {service}\n", encoding="utf-8")
        workspace = Workspace(folder=folder, environ=os.environ)
        store = stack.enter_context(workspace.store())
        here = Office(workspace, store, box, clock)
        throttle = desk.door_throttle()
        app = receiving.app(
            lambda: here.workspace,
            store,
            front=Front(root_path=root_path),
            more=lambda current: desk.routes(
                current, store, root_path=root_path, throttle=throttle, wake=here.woken.append
            ),
            wake=lambda: None,
        )
        here.url = stack.enter_context(Server(app, "127.0.0.1", 0, name="http")).url.rstrip("/")
        yield here
