"""Deliver: send what is owed, one message per recipient; intent written before, outcome after."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Self

from pipeline.errors import LintError, MailError
from pipeline.jobs.postman import Books, Delivered, Letters, Postman
from pipeline.model import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from pipeline.mail import Letter, Session
    from pipeline.model import Delivery, Digest, Edition
    from pipeline.store import Store

__all__ = ["Delivered", "deliver"]

log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that the other connections get for their messages in hand when this one has failed."""


def deliver(
    *,
    store: Store,
    session: Callable[[], Session],
    letter: Callable[[Edition], Letter],
    personal: Callable[[str], Mapping[str, str]] = lambda _address: {},
    judge: Callable[[Digest, Edition, Letter], None] = lambda _digest, _edition, _letter: None,
    return_path: Callable[[Delivery], str] | None = None,
    now: datetime,
    resend_unknown: bool = True,
    connections: int = 1,
    progress: Callable[[Delivery, DeliveryState], None],
    stop: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send every delivery that is due at ``now``, the oldest first.

    ``session`` connects to the mail server, ``letter`` prepares an edition (once each), ``personal`` gives
    what a letter's marks mean for an address, and ``judge`` raises LintError for a letter that should not
    leave: nobody is tried then. ``return_path`` gives the address that a letter comes back to when it is not
    the sender's own. Only under the job's lock: what is found in ``sending`` was left by a
    killed process, is unknown, and is sent again under the same Message-ID unless ``resend_unknown`` is
    False. Up to ``connections`` are used at once, the further ones when the first has brought a letter.
    Once ``stop`` says so, the messages in hand are the last. Raises StoreError; everything that the mail
    server says is in the answer.
    """
    store.outbox.recover()
    letters = Letters(store, letter, personal, judge, return_path)
    books = Books()
    round_ = _Round(
        store=store,
        now=now,
        books=books,
        letters=letters,
        progress=progress,
        stop=stop,
        resend_unknown=resend_unknown,
    )
    if not round_.fill():
        return books.done
    try:
        for delivery in round_.waiting:
            letters.of(delivery)
        with session() as server, _Crew(round_, session, connections - 1) as crew:
            round_.work(server, crew.join_in)
    except (LintError, MailError) as error:  # a broken letter, dialling or login: nobody was tried
        books.done.stopped = error
    return books.done


class _Round:
    """What is due now, handed out to the connections one by one."""

    def __init__(
        self,
        *,
        store: Store,
        now: datetime,
        books: Books,
        letters: Letters,
        progress: Callable[[Delivery, DeliveryState], None],
        stop: Callable[[], bool],
        resend_unknown: bool,
    ) -> None:
        self._store = store
        self._now = now
        self._books = books
        self._letters = letters
        self._progress = progress
        self._stop = stop
        self._resend_unknown = resend_unknown
        self._handed_out: set[tuple[int, str, datetime]] = set()
        self._working = 0
        self.waiting: deque[Delivery] = deque()
        self.is_over = False

    def fill(self) -> bool:
        """Ask the store what is due that nobody has in hand; False when there is no more."""
        due = self._store.outbox.due(self._now, resend_unknown=self._resend_unknown)
        self.waiting.extend(one for one in due if _name(one) not in self._handed_out)
        return bool(self.waiting)

    def work(self, server: Session, on_accepted: Callable[[], None] = lambda: None) -> None:
        """Bring what is due over one connection until nothing is left, or nothing more should be sent.

        A connection that the server closes for good ends; the last one that ends so stops the round.
        """
        postman = Postman(self._store, server, self._letters, self._now, self._books)
        with self._books.lock:
            self._working += 1
        try:
            for delivery in self._deliveries():
                state = postman.bring(delivery)
                if state is not None:
                    with self._books.lock:
                        self._progress(delivery, state)
                if state is DeliveryState.ACCEPTED:
                    on_accepted()
                if postman.lost is not None:
                    break
        finally:
            with self._books.lock:
                self._working -= 1
                if not self._working and not self._books.done.has_stopped():
                    self._books.done.stopped = postman.lost

    def _deliveries(self) -> Iterator[Delivery]:
        while True:
            with self._books.lock:
                if self.is_over or self._books.done.has_stopped() or self._stop() or not (self.waiting or self.fill()):
                    return
                delivery = self.waiting.popleft()
                self._handed_out.add(_name(delivery))
            yield delivery


class _Crew:
    """The further connections, each in a thread of its own; the first letter that arrived lets them begin."""

    def __init__(self, round_: _Round, session: Callable[[], Session], size: int) -> None:
        self._round = round_
        self._session = session
        self._threads = [threading.Thread(target=self._work, name=f"mail-{n + 2}", daemon=True) for n in range(size)]
        self._has_begun = False
        self._fault: BaseException | None = None

    def join_in(self) -> None:
        """Begin, if that has not happened."""
        if not self._has_begun:
            self._has_begun = True
            for thread in self._threads:
                thread.start()

    def _work(self) -> None:
        try:
            with self._session() as server:
                self._round.work(server)
        except MailError as error:  # such as too many connections at once: the others go on
            log.info("A further connection ended: %s", error)
        except BaseException as error:  # noqa: BLE001  # raised where the round ends
            self._fault = error
            self._round.is_over = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            self._round.is_over = True
        if self._has_begun:
            for thread in self._threads:
                thread.join(None if kind is None else _PATIENCE)
        if kind is None and self._fault is not None:
            raise self._fault


def _name(delivery: Delivery) -> tuple[int, str, datetime]:
    """A digest that was made again has new deliveries under the old numbers."""
    return delivery.id, delivery.message_id, delivery.created
