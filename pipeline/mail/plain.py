"""A plain-text message to one person, as the operator gets it."""

from __future__ import annotations

from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pipeline.errors import MailSetupError
from pipeline.mail.address import wire_address
from pipeline.mail.headers import Header, Mailbox, Text, Verbatim, serialise

if TYPE_CHECKING:
    from datetime import datetime


def plain(*, sender: Mailbox, to: str, subject: str, text: str, message_id: str, date: datetime) -> bytes:
    """Return the message, made of CRLF lines; raises MailSetupError if an address cannot be written."""
    part = MIMEPart(policy=SMTP)
    part.set_content(text.encode(errors="replace").decode(), cte="quoted-printable")
    try:
        wire_address(sender.address)
        headers: dict[str, Header] = {
            "Date": Verbatim(format_datetime(date)),
            "Message-ID": Verbatim(message_id),
            "From": sender,
            "To": Mailbox("", to),
            "Subject": Text(subject),
            "Auto-Submitted": Verbatim("auto-generated"),
            "MIME-Version": Verbatim("1.0"),
        }
        return serialise(headers) + part.as_bytes()
    except ValueError as error:
        raise MailSetupError(f"The operator's mail: {error}.") from error
