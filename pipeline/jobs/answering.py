"""Answer: the mail that somebody asked for on the web, at least once, and never more often than anybody wants it.

asking ─┬─→ too old, asked again since, or written to just now: forgotten
        └─→ drawn for who they are ─→ SMTP ─→ its address is emptied; of the person a hash stays for a day
                                       └─→ put off, and tried again
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.errors import MailError, MailStage, PermanentMailError, TransientMailError, UnknownMailError
from pipeline.model import Recipient, RecipientState
from pipeline.store import Kind
from pipeline.store.visitors import REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.mail import Letter, Session
    from pipeline.model import Edition
    from pipeline.store import Asking, Store

GIVE_UP_AFTER = timedelta(days=2)
AT_MOST = 3
"""Mails of one kind to one address in a day."""
APART = timedelta(minutes=2)
"""Between two of them; who asks again at once gets one."""
_DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))


@dataclass(slots=True, kw_only=True)
class Answered:
    """What became of what was asked; ``stopped`` is why the rest waits, None when all was tried."""

    sent: int = 0
    dropped: int = 0
    refused: int = 0
    put_off: int = 0
    stopped: MailError | None = None


def answer(
    *,
    store: Store,
    session: Callable[[], Session],
    confirm: Callable[[Asking, datetime], Edition],
    choices: Callable[[Asking, Recipient, datetime], Edition],
    letter: Callable[[Edition], Letter],
    message_id: Callable[[Asking], str],
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
) -> Answered:
    """Send what is owed to visitors, one mail each; only under the job's lock.

    ``confirm`` draws the mail for who is to be let in, ``choices`` for who is in; ``letter`` makes a message
    of it, under a ``message_id`` that is the same however often the asking is answered, so that a mail which
    is sent twice after a crash is known for what it is. Raises StoreError; what the mail server says is in the answer.
    """
    done = Answered()
    with contextlib.ExitStack() as stack:
        post = _Post(stack, session, letter, message_id, now)
        try:
            while done.stopped is None and not stop() and (batch := store.visitors.waiting(now)):
                for asking in batch:
                    _settle(asking, _drawn(asking, store, confirm, choices, now), post, store, done)
                    if done.stopped is not None or stop():
                        break
        except MailError as error:  # dialling or login: nobody was tried
            done.stopped = error
    return done


@dataclass(slots=True)
class _Post:
    """A connection to the mail server, made at the first mail."""

    stack: contextlib.ExitStack
    session: Callable[[], Session]
    letter: Callable[[Edition], Letter]
    message_id: Callable[[Asking], str]
    now: datetime
    server: Session | None = None

    def send(self, asking: Asking, edition: Edition) -> None:
        """Raise MailError unless the server took it."""
        if self.server is None:
            self.server = self.stack.enter_context(self.session())
        mail = self.letter(edition)
        message = mail.to(asking.address, message_id=self.message_id(asking), date=self.now)
        self.server.send(mail.sender, asking.address, message)


def _drawn(
    asking: Asking,
    store: Store,
    confirm: Callable[[Asking, datetime], Edition],
    choices: Callable[[Asking, Recipient, datetime], Edition],
    now: datetime,
) -> Edition | None:
    """Return what somebody gets, None where that is nothing."""
    if now - asking.at > GIVE_UP_AFTER or store.visitors.is_overtaken(asking):
        return None
    lately = [moment for moment in store.visitors.written_to(asking) if now - moment < REMEMBERED]
    if len(lately) >= AT_MOST or any(now - moment < APART for moment in lately):
        return None
    reader = store.visitors.known(asking.address)
    if reader is not None and reader.state is RecipientState.ACTIVE:
        return choices(asking, reader, now)
    if asking.kind is Kind.JOIN:
        return confirm(asking, now)
    choices(asking, _nobody(asking), now)  # for no one: who asks next must not tell by the time that it took
    return None


def _nobody(asking: Asking) -> Recipient:
    """Return a reader who is none, with the words of who asked."""
    return Recipient(
        id=0,
        address=asking.address,
        language=asking.language,
        state=RecipientState.LEFT,
        consent_at=asking.at,
        origin="",
    )


def _settle(asking: Asking, edition: Edition | None, post: _Post, store: Store, done: Answered) -> None:
    """Send it, and write down what became of it before the next; raises MailSetupError."""
    sent: datetime | None = None
    if edition is not None:
        try:
            post.send(asking, edition)
            sent = post.now
        except PermanentMailError:
            done.refused += 1
        except (TransientMailError, UnknownMailError) as error:
            store.visitors.put_off(asking, post.now + _DELAYS[min(asking.attempts, len(_DELAYS) - 1)])
            done.put_off += 1
            if error.stage is MailStage.SERVER:
                done.stopped = error
            return
    store.visitors.answered(asking, sent=sent)
    done.sent += sent is not None
    done.dropped += edition is None
