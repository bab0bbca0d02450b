"""The postman of one connection: hands over one message after another, and writes down what became of each."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import failpoints
from pipeline.errors import (
    DigikoosteError,
    LintError,
    MailError,
    MailSetupError,
    MailStage,
    PermanentMailError,
    TransientMailError,
    UnknownMailError,
)
from pipeline.masking import without_addresses
from pipeline.model import DeliveryState
from pipeline.store.outcomes import waited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pipeline.mail import Letter, Session
    from pipeline.model import Delivery, Digest, Edition
    from pipeline.store import Store

GIVE_UP_AFTER = timedelta(hours=48)
ATTEMPTS = 3
"""At least so many tries before a delivery that the server keeps putting off is given up; at most so many unknown."""
IDENTICAL = 3
"""So many refusals in the same words, one after another, are about us and not about the recipients."""
DELAYS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
_POLICY = re.compile(r"\b5\.7\.\d")


class NoLongerOwedError(DigikoosteError):
    """The recipient left, or another process took the delivery, between the list and the message."""


@dataclass(slots=True, kw_only=True)
class Delivered:
    """What one round did: counts by outcome, refusals in the server's words, and why it stopped early.

    ``suppressed`` are those refused whose address had been refused in the digest before, too.
    """

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    unknown: int = 0
    suppressed: int = 0
    refusals: list[str] = field(default_factory=list)
    stopped: MailError | LintError | None = None

    def has_stopped(self) -> bool:
        """Whether the round ended early."""
        return self.stopped is not None

    @property
    def tried(self) -> int:
        """How many deliveries were tried."""
        return self.accepted + self.deferred + self.refused + self.unknown

    def count(self, state: DeliveryState) -> None:
        """Count one delivery under its new state."""
        match state:
            case DeliveryState.ACCEPTED:
                self.accepted += 1
            case DeliveryState.REFUSED:
                self.refused += 1
            case DeliveryState.UNKNOWN:
                self.unknown += 1
            case _:
                self.deferred += 1


class Letters:
    """Every edition that is owed, prepared and judged once, whichever connection asks first."""

    def __init__(
        self,
        store: Store,
        letter: Callable[[Edition], Letter],
        personal: Callable[[str], Mapping[str, str]],
        judge: Callable[[Digest, Edition, Letter], None],
        return_path: Callable[[Delivery], str] | None = None,
    ) -> None:
        self._store = store
        self._letter = letter
        self._personal = personal
        self._judge = judge
        self._return_path = return_path
        self._ready: dict[tuple[str, str, str], Letter] = {}
        self._preparing = threading.Lock()

    def of(self, delivery: Delivery) -> Letter:
        """Return the letter of a delivery; raises LintError when an edition of its digest is broken."""
        key = (delivery.digest, delivery.language, delivery.choice)
        with self._preparing:
            return self._made(key)

    def _made(self, key: tuple[str, str, str]) -> Letter:
        digest_key, _, choice = key
        if key not in self._ready and choice:
            tailored = self._store.digests.tailored(*key)
            letter = self._letter(tailored.edition)
            self._judge(tailored.digest, tailored.edition, letter)
            self._ready[key] = letter
        elif key not in self._ready:
            digest = self._store.digests.load(digest_key)
            letters = {edition: self._letter(edition) for edition in self._store.digests.editions(digest_key)}
            for edition, letter in letters.items():
                self._judge(digest, edition, letter)
                self._ready[digest_key, edition.language, ""] = letter
        return self._ready[key]

    def sender(self, delivery: Delivery) -> str:
        """Return the address that the letter comes back to when it cannot be delivered."""
        return self._return_path(delivery) if self._return_path is not None else self.of(delivery).sender

    def message(self, delivery: Delivery) -> bytes:
        """Return what one recipient gets; raises PermanentMailError or MailSetupError as ``Letter.to`` does."""
        return self.of(delivery).to(
            delivery.address,
            message_id=delivery.message_id,
            date=delivery.created,
            values=self._personal(delivery.address),
        )


@dataclass(slots=True)
class _Streak:
    """Refusals in a row in the same words, which tell that the letter or the sender is refused, not the people.

    Counted where the server has judged the content, or where it says "policy" (5.7.x, RFC 3463): a row
    of unknown addresses is no such sign.
    """

    words: str = ""
    times: int = 0

    def broken(self) -> None:
        self.words, self.times = "", 0

    def refused(self, error: PermanentMailError) -> bool:
        """Count one; True when it is time to stop."""
        if not _is_about_us(error):
            self.broken()
            return False
        words = without_addresses(error.reply)
        self.times = self.times + 1 if words == self.words else 1
        self.words = words
        return self.times >= IDENTICAL


@dataclass(slots=True)
class Books:
    """What the connections of one round share: its counts, and the refusals in a row, under one lock."""

    done: Delivered = field(default_factory=Delivered)
    streak: _Streak = field(default_factory=_Streak)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Postman:
    """Brings one delivery after another over one connection, and writes down each outcome before the next."""

    def __init__(self, store: Store, server: Session, letters: Letters, now: datetime, books: Books) -> None:
        self._store = store
        self._server = server
        self._letters = letters
        self._now = now
        self._books = books
        self.lost: TransientMailError | None = None

    def bring(self, delivery: Delivery) -> DeliveryState | None:
        """Try one delivery; answers its new state, or None when nothing was tried.

        ``Delivered.stopped`` is set when the next one would fare no better, ``lost`` when it would not over
        this connection.
        """
        next_try, blames = None, False
        try:
            reply = self._hand_over(delivery)
            state = DeliveryState.ACCEPTED
            self._count_accepted()
        except NoLongerOwedError:
            return None
        except (LintError, MailSetupError) as error:
            self._stop(error)
            return None
        except PermanentMailError as error:
            state, reply = self._refused(error, delivery), error.reply or str(error)
            next_try = self._now + DELAYS[0] if state is DeliveryState.PENDING else None
            blames = state is DeliveryState.REFUSED and _blames_address(error)
        except UnknownMailError as error:
            state, reply = DeliveryState.UNKNOWN, str(error)
            next_try = self._now + DELAYS[0] if delivery.doubts + 1 < ATTEMPTS else None
        except TransientMailError as error:
            reply = error.reply or str(error)
            state, next_try = self._deferred(error, delivery)
            self.lost = error if error.stage is MailStage.SERVER else None
        suppressed = self._store.outbox.settle(
            delivery, state, now=self._now, reply=reply, next_try=next_try, blames_address=blames
        )
        failpoints.at("deliver.after-settle")
        with self._books.lock:
            self._books.done.count(state)
            self._books.done.suppressed += suppressed
        return state

    def _hand_over(self, delivery: Delivery) -> str:
        def intend() -> None:
            failpoints.at("deliver.before-intent")
            if not self._store.outbox.sending(delivery, self._now):
                raise NoLongerOwedError(f"{delivery.digest}: a delivery is no longer owed.")
            failpoints.at("deliver.after-intent")

        sender = self._letters.sender(delivery)
        message = self._letters.message(delivery)
        reply = self._server.send(sender, delivery.address, message, before_data=intend)
        failpoints.at("deliver.after-250")
        return reply

    def _count_accepted(self) -> None:
        with self._books.lock:
            self._books.streak.broken()

    def _stop(self, error: MailError | LintError) -> None:
        with self._books.lock:
            self._books.done.stopped = error

    def _refused(self, error: PermanentMailError, delivery: Delivery) -> DeliveryState:
        """Refused, unless the round has stopped meanwhile because the letter itself is: then nobody else is marked."""
        books = self._books
        with books.lock:
            if books.done.has_stopped() and _is_about_us(error):
                return DeliveryState.PENDING
            books.done.refusals.append(f"Recipient {delivery.recipient}: {error}")
            if books.streak.refused(error):
                books.done.stopped = error
        return DeliveryState.REFUSED

    def _deferred(self, error: TransientMailError, delivery: Delivery) -> tuple[DeliveryState, datetime | None]:
        state, next_try = _deferred(delivery, self._now)
        if state is DeliveryState.REFUSED:
            with self._books.lock:
                self._books.done.refusals.append(f"Recipient {delivery.recipient} was put off for too long: {error}")
        return state, next_try


def _deferred(delivery: Delivery, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """4xx: again after 5, 15, then every 60 minutes, for 48 h of trying and at least three tries, then refused.

    Not by the clock alone: one that was set 400 days ahead has not tried for so long.
    """
    attempts = delivery.attempts + 1
    if waited(delivery, now) >= GIVE_UP_AFTER and attempts >= ATTEMPTS:
        return DeliveryState.REFUSED, None
    return DeliveryState.PENDING, now + DELAYS[min(attempts, len(DELAYS)) - 1]


def _is_about_us(error: PermanentMailError) -> bool:
    """Whether a refusal is about the letter or the sender: of its content, or "policy" (5.7.x, RFC 3463)."""
    return error.stage is MailStage.CONTENT or _POLICY.search(error.reply) is not None


def _blames_address(error: PermanentMailError) -> bool:
    """Whether the server itself said of the address that it takes nothing for it."""
    return error.stage is MailStage.RECIPIENT and bool(error.reply) and not _is_about_us(error)
