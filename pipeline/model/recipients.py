"""Who gets it: a recipient, and each edition owed to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RecipientState(StrEnum):
    """Whether someone still gets the letter; of who is ``FORGOTTEN`` nothing is stored but a keyed hash."""

    ACTIVE = "active"
    LEFT = "left"
    SUPPRESSED = "suppressed"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """An address that asked for the letter, with a language, when and how it asked.

    ``topics`` are the ids of those that they want to hear of, None for everything. ``why`` says for what
    reason they were suppressed.
    """

    id: int
    address: str
    language: str
    state: RecipientState
    consent_at: datetime
    origin: str
    topics: tuple[str, ...] | None = None
    why: str | None = None


class DeliveryState(StrEnum):
    """Where one edition stands on its way to one recipient."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition owed to one recipient. ``message_id`` never changes, so a resend is the same message.

    ``choice`` names the topics that the edition was made for, "" for everything. ``waited`` is for how long
    it has been tried, ``doubts`` how often nobody knew afterwards whether it had arrived. ``recipient`` is their
    number, which a log may name.
    """

    id: int
    digest: str
    language: str
    address: str
    message_id: str
    state: DeliveryState
    attempts: int
    created: datetime
    last_try: datetime | None = None
    choice: str = ""
    waited: timedelta = timedelta()
    doubts: int = 0
    recipient: int = 0
