"""A mail server on loopback that delivers to a folder: every message becomes one .eml file, byte for byte."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pipeline.demo.extra import missing

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MESSAGE = 10 * 2**20

_OUTSIDE_FILE_NAMES = re.compile(r"[^\w.@+-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One accepted message: its envelope (RFC 5321) and the file that holds it."""

    sender: str
    recipients: tuple[str, ...]
    file: Path


class Inbox:
    """What runs inside a ``serve`` block: an SMTP server at ``host`` and ``port`` that writes into ``folder``."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.folder = folder
        self.host, self.port = listener.getsockname()
        self._lock = threading.Lock()
        self._delivered: list[Delivered] = []
        self._refusals: dict[str, str] = {}
        self._count = sum(1 for _ in folder.glob("*.eml"))

    @property
    def delivered(self) -> tuple[Delivered, ...]:
        """Every message accepted in this block, in order."""
        with self._lock:
            return tuple(self._delivered)

    def refuse(self, address: str, reply: str) -> None:
        """Answer RCPT for ``address`` with ``reply`` ("550 5.1.1 No such user") until ``accept``."""
        with self._lock:
            self._refusals[address] = reply

    def accept(self, address: str) -> None:
        """Take mail for ``address`` again."""
        with self._lock:
            self._refusals.pop(address, None)

    # aiosmtpd looks its hooks up by these names.
    async def handle_RCPT(  # noqa: N802 - see above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse it as scripted."""
        with self._lock:
            refusal = self._refusals.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - see above
        """Write the message; 250 only once it stands in the folder (RFC 5321, 6.1)."""
        recipients = tuple(envelope.rcpt_tos)
        try:
            file = self._write(recipients[0], envelope.original_content or b"")
        except OSError as error:
            return f"452 4.3.1 {error.strerror or 'cannot write'}"
        with self._lock:
            self._delivered.append(Delivered(sender=envelope.mail_from or "", recipients=recipients, file=file))
        return f"250 2.0.0 Ok: {file.name}"

    def _write(self, recipient: str, message: bytes) -> Path:
        self._count += 1
        file = self.folder / f"{self._count:04}-{_OUTSIDE_FILE_NAMES.sub('_', recipient)}.eml"
        with file.open("xb") as out:
            out.write(message)
        return file


@contextmanager
def _serving(conversation: Callable[[], SMTP], listener: socket.socket) -> Iterator[None]:
    """Hold a ``conversation`` with everyone who connects, in one thread with a loop of its own.

    Not aiosmtpd's Controller: it cannot take a bound socket, and leaves open connections to the garbage collector.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="demo-inbox")
    conversations: list[SMTP] = []

    def connection() -> SMTP:
        conversations.append(conversation())
        return conversations[-1]

    async def hang_up(server: asyncio.Server) -> None:
        server.close()
        for smtp in conversations:
            transport = cast("asyncio.Transport | None", smtp.transport)
            if transport is not None and not transport.is_closing():  # one that closes twice cannot be aborted (3.11)
                transport.abort()
        # A conversation's task ends when its connection has been lost, and only then is the socket closed.
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*tasks, return_exceptions=True)

    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(loop.create_server(connection, sock=listener), loop).result()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(hang_up(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def serve(folder: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[Inbox]:
    """Take mail on a free loopback port for the length of the block; with ``tls``, STARTTLS is offered.

    ``folder`` is made where it is absent; what it holds stays. At the end every connection is closed.
    DigikoosteError when aiosmtpd is not installed.
    """
    try:
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - only the extra `demo` brings it
    except ImportError as error:
        raise missing("aiosmtpd") from error
    folder.mkdir(parents=True, exist_ok=True)
    # Bound here and handed over, so that no other process can take the port in between.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        inbox = Inbox(folder, listener)

        def conversation() -> SMTP:
            return SMTP(
                inbox,
                hostname="inbox.example",
                data_size_limit=MAX_MESSAGE,
                enable_SMTPUTF8=True,
                tls_context=tls,
                auth_exclude_mechanism=("LOGIN", "PLAIN"),
            )

        with _serving(conversation, listener):
            yield inbox
