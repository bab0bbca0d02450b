"""One edition to one recipient's mail server.

``compose`` prepares an edition once; ``Letter.to`` makes one recipient's message of it; a ``Session``
hands that to the server and says what became of it.
"""

from __future__ import annotations

from pipeline.mail.address import wire_address
from pipeline.mail.connection import Capabilities, Security, Server
from pipeline.mail.headers import Mailbox
from pipeline.mail.message import Letter, compose, eml, leave_token, message_id
from pipeline.mail.parts import mark
from pipeline.mail.smtp import Session

__all__ = [
    "Capabilities",
    "Letter",
    "Mailbox",
    "Security",
    "Server",
    "Session",
    "compose",
    "eml",
    "leave_token",
    "mark",
    "message_id",
    "wire_address",
]
