"""One edition as a message: prepared once, then addressed to each recipient in microseconds."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.errors import MailSetupError, MailStage, PermanentMailError
from pipeline.mail.address import wire_address, wire_domain
from pipeline.mail.headers import Header, Mailbox, Text, Verbatim, serialise
from pipeline.mail.parts import Piece, fill, multipart, value_of
from pipeline.masking import struck

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

_PLACEHOLDER = "recipient@example.invalid"
_LOCAL = "!$'*+-._~"
"""What a local part may hold unencoded in a mailto: address, beside letters and digits."""
_NO_VALUES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An edition ready to be addressed.

    ``head`` and the octets of ``body`` are the same for every recipient; ``personal`` are headers, and
    the body's slots are places, that hold marks.
    """

    sender: str
    head: bytes
    body: tuple[Piece, ...]
    marks: frozenset[str] = frozenset()
    personal: Mapping[str, str] = field(default_factory=dict)

    def to(self, address: str, *, message_id: str, date: datetime, values: Mapping[str, str] = _NO_VALUES) -> bytes:
        """Return the message to ``address``: CRLF lines of at most 998 octets.

        It is pure ASCII unless the address has other letters before its @ (RFC 6532). ``date`` is aware;
        ``values`` gives each mark what this recipient reads in its place. Raises PermanentMailError, naming
        the address masked, when it is none, and MailSetupError when a mark has no value.
        """
        own: dict[str, Header] = {
            "Date": Verbatim(format_datetime(date)),
            "Message-ID": Verbatim(message_id),
            "To": Mailbox("", address),
        }
        for name, value in self.personal.items():
            own[name] = Verbatim(self._filled(value, values))
        try:
            return serialise(own) + self.head + fill(self.body, values)
        except ValueError as error:
            raise PermanentMailError(f"{struck(str(error), address)}.", stage=MailStage.RECIPIENT) from error

    def _filled(self, header: str, values: Mapping[str, str]) -> str:
        for mark in self.marks:
            if mark in header:
                address = value_of(mark, values)
                if not address.isascii() or set(address) & set('<>" ,'):
                    raise MailSetupError(f"{address!r} cannot stand in a mail header: give a plain web address.")
                header = header.replace(mark, address)
        return header


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
    list_help: str | None = None,
    archive: str | None = None,
    marks: Collection[str] = (),
) -> Letter:
    """Return one edition as a multipart/alternative letter, text first; the same parts give the same octets.

    ``list_id`` is an identifier by RFC 2919, made from the sender's address where None. ``unsubscribe``
    are mailto: and https: addresses, ``list_help`` and ``archive`` one each (RFC 2369); ``one_click``
    promises that the https one takes a POST without a login (RFC 8058). What ``marks`` names, made by
    ``mark``, may stand in the parts and in ``unsubscribe``, and is filled for each recipient. Raises
    MailSetupError if the sender or a list address cannot be written.
    """
    if one_click and sum(url.startswith("https:") for url in unsubscribe) != 1:
        raise MailSetupError(
            "Leaving by one click takes exactly one https address (RFC 8058, 3.1): set mail.one_click."
        )
    headers: dict[str, Header] = {"From": sender}
    if reply_to:
        headers["Reply-To"] = reply_to
    headers["Subject"] = Text(subject)
    try:
        address = wire_address(sender.address)
        leave = ", ".join(f"<{_in_ascii(url)}>" for url in unsubscribe)
        is_personal = any(mark in leave for mark in marks)
        headers["List-Id"] = Verbatim(f"<{list_id or _list_id(address)}>")
        if leave and not is_personal:
            headers["List-Unsubscribe"] = Verbatim(leave)
        if one_click:
            headers["List-Unsubscribe-Post"] = Verbatim("List-Unsubscribe=One-Click")
        if list_help:
            headers["List-Help"] = Verbatim(f"<{_in_ascii(list_help)}>")
        if archive:
            headers["List-Archive"] = Verbatim(f"<{archive}>")
        headers["Auto-Submitted"] = Verbatim("auto-generated")
        headers["Content-Language"] = Verbatim(language)
        headers["MIME-Version"] = Verbatim("1.0")
        head = serialise(headers)
    except ValueError as error:
        raise MailSetupError(f"The letter's sender or reply address: {error}.") from error
    mime_head, body = multipart(text, html, marks)
    return Letter(
        sender=address,
        head=head + mime_head,
        body=tuple(body),
        marks=frozenset(marks),
        personal={"List-Unsubscribe": leave} if is_personal else {},
    )


def message_id(workspace_id: str, key: str, recipient_id: int, domain: str) -> str:
    """Return the Message-ID of a digest for a recipient: the same whenever asked, telling nothing of the recipient.

    ``workspace_id`` is random and secret; ``key`` is the digest's name; ``domain`` is the sender's.
    """
    facts = "\0".join((workspace_id, key, str(recipient_id)))
    return f"<{key}.{hashlib.sha256(facts.encode()).hexdigest()[:32]}@{wire_domain(domain)}>"


def leave_token(workspace_id: str, address: str) -> str:
    """Return what stands for a recipient in an address that ends the letter.

    The same for ever, so that such an address never expires; only who knows the secret ``workspace_id``
    can make one, and it tells nothing of the recipient.
    """
    return hmac.digest(workspace_id.encode(), f"leave\0{address.casefold()}".encode(), "sha256").hex()[:32]


def eml(letter: Letter, *, date: datetime) -> bytes:
    """Return the letter as a file that any mail program opens, addressed to nobody; its marks lead nowhere."""
    domain = letter.sender.rpartition("@")[2]
    values = {mark: f"https://example.invalid/{mark.rpartition('/')[2]}" for mark in letter.marks}
    return letter.to(_PLACEHOLDER, message_id=message_id("", "sample", 0, domain), date=date, values=values)


def _in_ascii(url: str) -> str:
    """Return a mailto: address as it may stand in a header: A-labels, and the rest percent-encoded (RFC 6068)."""
    if url.isascii() or not url.startswith("mailto:"):
        return url
    address, mark, query = url.removeprefix("mailto:").partition("?")
    local, _, domain = wire_address(address).partition("@")
    return f"mailto:{quote(local, safe=_LOCAL)}@{domain}{mark}{quote(query, safe='%&=')}"


def _list_id(address: str) -> str:
    """Return ``kooste.example.fi`` for ``kooste@example.fi``: a name in the sender's own domain (RFC 2919, 3)."""
    local, _, domain = address.partition("@")
    return f"{local if local.isascii() else 'digikooste'}.{domain}"
