"""Deliver: send what is owed, one message per recipient; intent written before, outcome after."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

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
from pipeline.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pipeline.mail import Letter, Session
    from pipeline.model import Delivery, Digest, Edition
    from pipeline.store import Store

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=48)
ATTEMPTS = 3
"""At least so many tries before a delivery that the server keeps putting off is given up; at most so many unknown."""
IDENTICAL = 3
"""So many refusals in the same words, one after another, are about us and not about the recipients."""
_DELAYS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
_POLICY = re.compile(r"\b5\.7\.\d")


class NoLongerOwedError(DigikoosteError):
    """The recipient left, or another process took the delivery, between the list and the message."""


@dataclass(slots=True, kw_only=True)
class Delivered:
    """What one round did: counts by outcome, refusals in the server's words, and why it stopped early."""

    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    unknown: int = 0
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


def deliver(
    *,
    store: Store,
    session: Callable[[], Session],
    letter: Callable[[Edition], Letter],
    personal: Callable[[str], Mapping[str, str]] = lambda _address: {},
    judge: Callable[[Digest, Edition, Letter], None] = lambda _digest, _edition, _letter: None,
    now: datetime,
    resend_unknown: bool = True,
    progress: Callable[[Delivery, DeliveryState], None],
    stop: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send every delivery that is due at ``now``, the oldest first.

    ``session`` connects to the mail server, ``letter`` prepares an edition (once each), ``personal`` gives
    what a letter's marks mean for an address, and ``judge`` raises LintError for a letter that should not
    leave: nobody is tried then. Only under the job's lock: what is found in ``sending`` was left by a
    killed process, is unknown, and is sent again under the same Message-ID unless ``resend_unknown`` is
    False. Once ``stop`` says so, the message in hand is the last. Raises StoreError; everything that the
    mail server says is in the answer.
    """
    store.outbox.recover()
    done = Delivered()
    batch = store.outbox.due(now, resend_unknown=resend_unknown)
    if not batch:
        return done
    letters = _Letters(store, letter, personal, judge)
    try:
        for delivery in batch:
            letters.of(delivery)
        with session() as server:
            postman = _Postman(store, server, letters, now, done)
            while batch and not done.has_stopped() and not stop():
                for delivery in batch:
                    state = postman.bring(delivery)
                    if state is not None:
                        progress(delivery, state)
                    if done.has_stopped() or stop():
                        break
                batch = store.outbox.due(now, resend_unknown=resend_unknown)
    except (LintError, MailError) as error:  # a broken letter, dialling or login: nobody was tried
        done.stopped = error
    return done


class _Letters:
    """Every edition that is owed, prepared and judged once."""

    def __init__(
        self,
        store: Store,
        letter: Callable[[Edition], Letter],
        personal: Callable[[str], Mapping[str, str]],
        judge: Callable[[Digest, Edition, Letter], None],
    ) -> None:
        self._store = store
        self._letter = letter
        self._personal = personal
        self._judge = judge
        self._ready: dict[tuple[str, str, str], Letter] = {}

    def of(self, delivery: Delivery) -> Letter:
        """Return the letter of a delivery; raises LintError when an edition of its digest is broken."""
        key = (delivery.digest, delivery.language, delivery.choice)
        if key not in self._ready and delivery.choice:
            tailored = self._store.digests.tailored(*key)
            letter = self._letter(tailored.edition)
            self._judge(tailored.digest, tailored.edition, letter)
            self._ready[key] = letter
        elif key not in self._ready:
            digest = self._store.digests.load(delivery.digest)
            letters = {edition: self._letter(edition) for edition in self._store.digests.editions(delivery.digest)}
            for edition, letter in letters.items():
                self._judge(digest, edition, letter)
                self._ready[delivery.digest, edition.language, ""] = letter
        return self._ready[key]

    def message(self, delivery: Delivery) -> bytes:
        """Return what one recipient gets; raises PermanentMailError or MailSetupError as ``Letter.to`` does."""
        return self.of(delivery).to(
            delivery.address,
            message_id=delivery.message_id,
            date=delivery.created,
            values=self._personal(delivery.address),
        )


class _Postman:
    """Brings one delivery after another, and writes down what became of each before the next."""

    def __init__(self, store: Store, server: Session, letters: _Letters, now: datetime, done: Delivered) -> None:
        self._store = store
        self._server = server
        self._letters = letters
        self._now = now
        self._done = done
        self._streak = _Streak()

    def bring(self, delivery: Delivery) -> DeliveryState | None:
        """Try one delivery; answers its new state, or None when nothing was tried.

        ``Delivered.stopped`` is set when the next one would fare no better.
        """
        done, attempts, next_try = self._done, delivery.attempts + 1, None
        try:
            reply = self._hand_over(delivery)
            state = DeliveryState.ACCEPTED
            self._streak.broken()
        except NoLongerOwedError:
            return None
        except (LintError, MailSetupError) as error:
            done.stopped = error
            return None
        except PermanentMailError as error:
            state, reply = DeliveryState.REFUSED, error.reply or str(error)
            done.refusals.append(str(error))
            if self._streak.refused(error, delivery.address):
                done.stopped = error
        except UnknownMailError as error:
            state, reply = DeliveryState.UNKNOWN, str(error)
            next_try = self._now + _DELAYS[0] if attempts < ATTEMPTS else None
        except TransientMailError as error:
            reply = error.reply or str(error)
            state, next_try = _deferred(delivery, self._now)
            if state is DeliveryState.REFUSED:
                done.refusals.append(f"{delivery.address} was put off for too long: {error}")
            if error.stage is MailStage.SERVER:
                done.stopped = error
        self._store.outbox.settle(delivery, state, now=self._now, reply=reply, next_try=next_try)
        done.count(state)
        return state

    def _hand_over(self, delivery: Delivery) -> str:
        def intend() -> None:
            if not self._store.outbox.sending(delivery, self._now):
                raise NoLongerOwedError(f"{delivery.digest}: a delivery is no longer owed.")

        sender = self._letters.of(delivery).sender
        message = self._letters.message(delivery)
        return self._server.send(sender, delivery.address, message, before_data=intend)


def _deferred(delivery: Delivery, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """4xx: again after 5, 15, then every 60 minutes, for 48 h and at least three tries, then refused."""
    attempts = delivery.attempts + 1
    if now - delivery.created >= GIVE_UP_AFTER and attempts >= ATTEMPTS:
        return DeliveryState.REFUSED, None
    return DeliveryState.PENDING, now + _DELAYS[min(attempts, len(_DELAYS)) - 1]


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

    def refused(self, error: PermanentMailError, address: str) -> bool:
        """Count one; True when it is time to stop."""
        if error.stage is not MailStage.CONTENT and not _POLICY.search(error.reply):
            self.broken()
            return False
        words = error.reply.replace(address, "")
        self.times = self.times + 1 if words == self.words else 1
        self.words = words
        return self.times >= IDENTICAL
