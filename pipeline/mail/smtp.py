"""Hand a message to the mail server, and know what became of it."""

from __future__ import annotations

import contextlib
import smtplib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pipeline import failpoints
from pipeline.errors import (
    MailError,
    MailSetupError,
    MailStage,
    PermanentMailError,
    TransientMailError,
    UnknownMailError,
)
from pipeline.mail.address import wire_address
from pipeline.mail.connection import Capabilities, Server, capabilities, connect
from pipeline.mail.reply import SERVICE_CLOSING, START_OF_CONTENT, Reply, refusal
from pipeline.masking import masked, struck

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

_QUIT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """``needs_utf8``: letters beyond ASCII stand before an @, which takes SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    message: bytes
    needs_utf8: bool


class _DroppedError(Exception):
    """The server closed, or is closing, and cannot have accepted the message: a fresh connection may do."""

    def __init__(self, why: str, reply: str = "") -> None:
        super().__init__(why)
        self.reply = reply


class Session:
    """One connection to a mail server, made again when the server has closed it.

    ``with`` dials and logs in at once, so that a wrong set-up shows before any delivery is begun. A
    session belongs to one thread.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Connect; raises MailSetupError or TransientMailError."""
        self._connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take leave of the server; what it has accepted stays accepted, whatever it answers."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with contextlib.suppress(OSError, smtplib.SMTPException):
            _set_timeout(smtp, min(_QUIT_TIMEOUT, self._server.timeout))
            smtp.quit()
        smtp.close()

    def check(self, sender: str) -> Capabilities:
        """Return what the server says of itself, once it has shown that it takes ``sender``; sends nothing.

        Raises MailSetupError or TransientMailError.
        """
        envelope = _envelope(sender, sender, b"")
        try:
            with self._in_order():
                found = capabilities(self._connection(), self._server)
                self._name_sender(envelope)
                self._reset()
        except _DroppedError as dropped:
            raise self._gave_up(dropped) from dropped
        return found

    def send(
        self, sender: str, recipient: str, message: bytes, *, before_data: Callable[[], None] | None = None
    ) -> str:
        """Hand over ``message``, made of CRLF lines, and return the words with which the server accepted it.

        ``before_data`` is called at most once: when the server would take the message, before it gets any
        of it. That is the place to write down the intent. When the server closes before it can have
        accepted anything (421, or an idle connection that is gone), the message starts again on a fresh
        connection, once.

        Raises PermanentMailError for this recipient; TransientMailError for later, with ``stage`` SERVER if
        the others would fare no better; MailSetupError, which ends the run; UnknownMailError when the
        connection was lost after DATA. The session can go on after each of them.
        """
        envelope = _envelope(sender, recipient, message)
        unwritten = [before_data] if before_data is not None else []
        with contextlib.suppress(_DroppedError):
            return self._transact(envelope, unwritten)
        try:
            return self._transact(envelope, unwritten)
        except _DroppedError as dropped:
            raise self._gave_up(dropped) from dropped

    def _transact(self, envelope: _Envelope, unwritten: list[Callable[[], None]]) -> str:
        """Go through one mail transaction (RFC 5321, 3.3); ``unwritten`` holds the intent until it is written."""
        with self._in_order():
            self._name_sender(envelope)
            failpoints.at("deliver.after-mail")
            self._name_recipient(envelope)
            failpoints.at("deliver.after-rcpt")
            if unwritten:
                unwritten.pop()()
            return self._hand_over(envelope)

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = connect(self._server)
        return self._smtp

    def _name_sender(self, envelope: _Envelope) -> None:
        smtp = self._connection()
        command = f"MAIL FROM:<{envelope.sender}>"
        if smtp.has_extn("size"):
            command += f" SIZE={len(envelope.message)}"
        if envelope.needs_utf8:
            if not smtp.has_extn("smtputf8"):
                raise self._no_utf8(envelope)
            smtp.command_encoding = "utf-8"
            command += " BODY=8BITMIME SMTPUTF8"
        self._expect_yes(self._ask(command), MailStage.SENDER, envelope)

    def _name_recipient(self, envelope: _Envelope) -> None:
        self._expect_yes(self._ask(f"RCPT TO:<{envelope.recipient}>"), MailStage.RECIPIENT, envelope)

    def _hand_over(self, envelope: _Envelope) -> str:
        reply = self._ask("DATA")
        if reply.code == START_OF_CONTENT:
            reply = self._give_content(envelope)
        self._expect_yes(reply, MailStage.CONTENT, envelope)
        return str(reply)

    def _give_content(self, envelope: _Envelope) -> Reply:
        """Send the message, and wait for the reply to its final dot as long as the server may take."""
        smtp = self._connection()
        try:
            _set_timeout(smtp, self._server.reply_timeout)
            failpoints.at("deliver.after-data")
            smtp.send(_dot_stuffed(envelope.message) + b".\r\n")
            failpoints.at("deliver.after-content")
            reply = Reply.read(*smtp.getreply())
            _set_timeout(smtp, self._server.timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise self._unknown(envelope, str(error)) from error
        if reply.code == SERVICE_CLOSING:
            raise _DroppedError(str(reply), str(reply))
        if not reply.is_verdict:
            raise self._unknown(envelope, str(reply))
        return reply

    def _ask(self, command: str) -> Reply:
        try:
            reply = Reply.read(*self._connection().docmd(command))
        except (OSError, smtplib.SMTPException) as error:
            raise _DroppedError(str(error)) from error
        if reply.code == SERVICE_CLOSING or not (reply.is_verdict or reply.code == START_OF_CONTENT):
            raise _DroppedError(str(reply), str(reply))
        return reply

    def _expect_yes(self, reply: Reply, stage: MailStage, envelope: _Envelope) -> None:
        if not reply.is_positive:
            raise refusal(reply, stage, server=self._server, sender=envelope.sender, recipient=envelope.recipient)

    @contextlib.contextmanager
    def _in_order(self) -> Iterator[None]:
        """Leave the connection fit for the next message, or none: half a transaction would spoil that."""
        try:
            yield
        except UnknownMailError:
            self._abandon()
            raise
        except MailError:
            self._reset()
            raise
        except BaseException:
            self._abandon()
            raise

    def _reset(self) -> None:
        if self._smtp is None:
            return
        try:
            is_clean = Reply.read(*self._smtp.rset()).is_positive
        except (OSError, smtplib.SMTPException):
            is_clean = False
        if not is_clean:
            self._abandon()

    def _abandon(self) -> None:
        """Close without a word: a QUIT could still become a line of the message."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _no_utf8(self, envelope: _Envelope) -> MailError:
        if not envelope.sender.isascii():
            return MailSetupError(
                f"The mail server {self._server} takes no sender with letters like those of {envelope.sender} "
                "(it lacks SMTPUTF8): write another address in mail.from.",
                stage=MailStage.SENDER,
            )
        return PermanentMailError(
            f"The mail server {self._server} takes no address with letters like those of {masked(envelope.recipient)} "
            "(it lacks SMTPUTF8): ask for another address.",
            stage=MailStage.RECIPIENT,
        )

    def _gave_up(self, dropped: _DroppedError) -> TransientMailError:
        return TransientMailError(
            f"The mail server {self._server} closed the connection ({dropped}): the rest goes out later.",
            reply=dropped.reply,
        )

    def _unknown(self, envelope: _Envelope, why: str) -> UnknownMailError:
        return UnknownMailError(
            f"The mail server {self._server} did not say whether it took the letter to {masked(envelope.recipient)} "
            f"({why}).",
            stage=MailStage.CONTENT,
        )


def _envelope(sender: str, recipient: str, message: bytes) -> _Envelope:
    """Return both addresses as they travel; raises MailSetupError or PermanentMailError for one that is none."""
    try:
        wire_sender = wire_address(sender)
    except ValueError as error:
        raise MailSetupError(f"The sender {error}.", stage=MailStage.SENDER) from error
    try:
        wire_recipient = wire_address(recipient)
    except ValueError as error:
        words = struck(str(error), recipient)
        raise PermanentMailError(f"The recipient {words}.", stage=MailStage.RECIPIENT) from error
    needs_utf8 = not (wire_sender.isascii() and wire_recipient.isascii())
    return _Envelope(sender=wire_sender, recipient=wire_recipient, message=message, needs_utf8=needs_utf8)


def _set_timeout(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:  # else the next command says that the server has hung up
        smtp.sock.settimeout(seconds)


def _dot_stuffed(message: bytes) -> bytes:
    """Return the message with a second dot before each line that begins with one (RFC 5321, 4.5.2)."""
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]
