"""One edition as a message: prepared once, then addressed to each recipient in microseconds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pipeline.errors import MailSetupError, MailStage, PermanentMailError
from pipeline.mail.address import wire_address, wire_domain
from pipeline.mail.headers import Header, Mailbox, Text, Verbatim, serialise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PLACEHOLDER = "recipient@example.invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An edition ready to be addressed; ``head`` and ``body`` are the same octets for every recipient."""

    sender: str
    head: bytes
    body: bytes

    def to(self, address: str, *, message_id: str, date: datetime) -> bytes:
        """Return the message to ``address``: CRLF lines of at most 998 octets.

        It is pure ASCII unless the address has other letters before its @ (RFC 6532). ``date`` is aware.
        Raises PermanentMailError, naming the address, when it is none.
        """
        own: dict[str, Header] = {
            "Date": Verbatim(format_datetime(date)),
            "Message-ID": Verbatim(message_id),
            "To": Mailbox("", address),
        }
        try:
            return serialise(own) + self.head + self.body
        except ValueError as error:
            raise PermanentMailError(f"{error}.", stage=MailStage.RECIPIENT) from error


def compose(
    *,
    subject: str,
    html: str,
    text: str,
    language: str,
    sender: Mailbox,
    reply_to: Mailbox | None = None,
    list_id: str | None = None,
    unsubscribe: Sequence[str] = (),
    one_click: bool = False,
) -> Letter:
    """Return one edition as a multipart/alternative letter, text first; the same parts give the same octets.

    ``list_id`` is an identifier by RFC 2919, made from the sender's address where None. ``unsubscribe``
    are mailto: and https: addresses (RFC 2369); ``one_click`` promises that the https one takes a POST
    without a login (RFC 8058). Raises MailSetupError if the sender or a list address cannot be written.
    """
    headers: dict[str, Header] = {"From": sender}
    if reply_to:
        headers["Reply-To"] = reply_to
    headers["Subject"] = Text(subject)
    try:
        address = wire_address(sender.address)
        headers["List-Id"] = Verbatim(f"<{list_id or _list_id(address)}>")
        if unsubscribe:
            headers["List-Unsubscribe"] = Verbatim(", ".join(f"<{url}>" for url in unsubscribe))
        if unsubscribe and one_click:
            headers["List-Unsubscribe-Post"] = Verbatim("List-Unsubscribe=One-Click")
        headers["Auto-Submitted"] = Verbatim("auto-generated")
        headers["Content-Language"] = Verbatim(language)
        headers["MIME-Version"] = Verbatim("1.0")
        head = serialise(headers)
    except ValueError as error:
        raise MailSetupError(f"The letter's sender or reply address: {error}.") from error
    mime_head, body = _multipart(text, html)
    return Letter(sender=address, head=head + mime_head, body=body)


def message_id(workspace_id: str, key: str, recipient_id: int, domain: str) -> str:
    """Return the Message-ID of a digest for a recipient: the same whenever asked, telling nothing of the recipient.

    ``workspace_id`` is random and secret; ``key`` is the digest's name; ``domain`` is the sender's.
    """
    facts = "\0".join((workspace_id, key, str(recipient_id)))
    return f"<{key}.{hashlib.sha256(facts.encode()).hexdigest()[:32]}@{wire_domain(domain)}>"


def eml(letter: Letter, *, date: datetime) -> bytes:
    """Return the letter as a file that any mail program opens, addressed to nobody."""
    domain = letter.sender.rpartition("@")[2]
    return letter.to(_PLACEHOLDER, message_id=message_id("", "sample", 0, domain), date=date)


def _multipart(text: str, html: str) -> tuple[bytes, bytes]:
    """Return the MIME headers with the blank line after them, and the parts.

    Quoted-printable goes unchanged through every server, with 8BITMIME or without, which also keeps a
    relay's signature whole (RFC 6376, 5.3). A boundary with ``=_`` cannot occur in it (RFC 2045, 6.7).
    """
    message = MIMEPart(policy=SMTP)
    message.set_content(_encodable(text), cte="quoted-printable")
    message.add_alternative(_encodable(html), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{hashlib.sha256(_encodable(text + html).encode()).hexdigest()[:32]}")
    head, blank, body = message.as_bytes().partition(b"\r\n\r\n")
    return head + blank, body


def _encodable(text: str) -> str:
    """Return ``text`` with a question mark for each lone surrogate."""
    return text.encode(errors="replace").decode()


def _list_id(address: str) -> str:
    """Return ``kooste.example.fi`` for ``kooste@example.fi``: a name in the sender's own domain (RFC 2919, 3)."""
    local, _, domain = address.partition("@")
    return f"{local if local.isascii() else 'digikooste'}.{domain}"
