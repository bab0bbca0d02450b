"""What is owed: deliveries, their intent before and their outcome after.

    pending ─→ sending ─→ accepted | refused
       ↑          ├─────→ pending, to be tried again
       └──────────┴─────→ unknown: sent again, or held for the operator
    pending ─→ cancelled: the recipient left, or a newer letter took its place

An unknown one stays unknown: nobody knows whether it arrived, so it is never called cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import Delivery, DeliveryState, RecipientState
from pipeline.store import outcomes, schema
from pipeline.store.together import Together
from pipeline.store.upsert import chunks, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.store.database import Database

_NEWER = "a newer letter took its place"


_FAR = timedelta(hours=2)
"""No delivery is put off for so long."""


class ChoiceError(StoreError):
    """Somebody chose topics while the digest was made, and no edition was made for that choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was made for those who chose topics.

    ``meant`` names the choice behind a recipient's topics, "" for everything. ``made`` holds a language
    and a choice for every edition there is, True where something stands in it.
    """

    meant: Callable[[tuple[str, ...] | None], str] = lambda _topics: ""
    made: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    def is_for_somebody(self, language: str, choice: str) -> bool:
        """Whether an edition is sent at all; raises ChoiceError when it was never made."""
        if not choice:
            return True
        try:
            return self.made[language, choice]
        except KeyError:
            raise ChoiceError("A reader chose other topics while the digest was made; run again.") from None


class Outbox:
    """The delivering side of the store.

    ``resend_unknown``: what nobody knows the fate of is owed too; otherwise it is held.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._write = Together(self._write_down)
        """Threads that write at the same moment share a transaction."""

    def recover(self) -> int:
        """Mark what a killed process left in ``sending`` as unknown; only under the job's lock."""
        table = schema.delivery
        with self._database.write() as connection:
            found = connection.execute(
                table.update()
                .where(table.c.state == DeliveryState.SENDING)
                .values(state=DeliveryState.UNKNOWN, reply="the program ended before the outcome was known")
            ).rowcount
            if found:
                _drop_unwanted(connection)
        return found

    def due(self, now: datetime, *, resend_unknown: bool, limit: int = 1000) -> tuple[Delivery, ...]:
        """What may be sent now, the oldest first; recipients that have left are not in it."""
        delivery, recipient = schema.delivery, schema.recipient
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(delivery, recipient.c.address)
                .join(recipient, recipient.c.id == delivery.c.recipient)
                .where(
                    delivery.c.state.in_(_waiting(resend_unknown=resend_unknown)),
                    # Further away than any wait, a next try was written by a clock that has been set back since.
                    sa.or_(delivery.c.next_try <= now, delivery.c.next_try > now + _FAR),
                    recipient.c.state == RecipientState.ACTIVE,
                )
                .order_by(delivery.c.id)
                .limit(limit)
            )
            return tuple(_delivery(row) for row in rows)

    def owed(self, *, resend_unknown: bool = True) -> int:
        """How many deliveries will still be tried."""
        table = schema.delivery
        states = (*_waiting(resend_unknown=resend_unknown), DeliveryState.SENDING)
        with self._database.read() as connection:
            return connection.execute(
                sa.select(sa.func.count())
                .select_from(table)
                .where(table.c.state.in_(states), table.c.next_try.is_not(None))
            ).scalar_one()

    def next_try(self, *, resend_unknown: bool = True) -> datetime | None:
        """When the next unsettled delivery may be tried, or None when nothing waits."""
        table = schema.delivery
        with self._database.read() as connection:
            found: datetime | None = connection.execute(
                sa.select(sa.func.min(table.c.next_try)).where(
                    table.c.state.in_(_waiting(resend_unknown=resend_unknown))
                )
            ).scalar()
        return found

    def unknown(self) -> tuple[Delivery, ...]:
        """Deliveries whose fate nobody knows."""
        delivery, recipient = schema.delivery, schema.recipient
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(delivery, recipient.c.address)
                .join(recipient, recipient.c.id == delivery.c.recipient)
                .where(delivery.c.state == DeliveryState.UNKNOWN)
                .order_by(delivery.c.id)
            )
            return tuple(_delivery(row) for row in rows)

    def sending(self, delivery: Delivery, now: datetime) -> bool:
        """Write the intent. False when it is no longer owed (left, cancelled, made again, taken by another process)."""
        return self._write(outcomes.Intent(delivery=delivery, now=now))

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        now: datetime,
        reply: str = "",
        next_try: datetime | None = None,
        blames_address: bool = False,
    ) -> bool:
        """Write the outcome of an attempt; ``next_try`` None means that this delivery is not tried again.

        Nor is one whose recipient has left meanwhile, or is owed a newer letter. One that was cancelled
        before its intent was written stays cancelled. ``blames_address``: the server refused the address
        itself; the answer is True when that was the second digest in a row, so that the recipient is
        suppressed now. An accepted one begins the count anew.
        """
        return self._write(
            outcomes.Outcome(
                delivery=delivery,
                state=state,
                now=now,
                reply=reply,
                next_try=next_try,
                blames_address=blames_address,
            )
        )

    def _write_down(self, entries: Sequence[outcomes.Entry]) -> list[bool]:
        with self._database.write() as connection:
            return outcomes.write(
                connection,
                entries,
                drop_unwanted=lambda delivery: _drop_unwanted(connection, _is(delivery)),
                stop=lambda recipient: stop(connection, [recipient], reply="suppressed"),
            )


def fill(  # noqa: PLR0917 - the parts of one freezing; each has a type of its own
    connection: sa.Connection,
    key: str,
    languages: Sequence[str],
    now: datetime,
    message_id: Callable[[int], str],
    choices: Choices,
) -> int:
    """Owe the digest ``key`` to every active recipient, in their language or else the first; answer how many.

    Who chose topics is owed the edition for that choice, and nothing when it is empty. What those who are
    owed this one were still owed of older digests is stopped. Raises ChoiceError when somebody chose
    meanwhile what was not made.
    """
    recipient, delivery = schema.recipient, schema.delivery
    active = connection.execute(
        sa.select(recipient.c.id, recipient.c.language, recipient.c.topics)
        .where(recipient.c.state == RecipientState.ACTIVE)
        .order_by(recipient.c.id)
    ).all()
    owed = []
    for row in active:
        language = row.language if row.language in languages else languages[0]
        choice = choices.meant(row.topics)
        if choices.is_for_somebody(language, choice):
            owed.append((row.id, language, choice))
    stop(connection, (number for number, _, _ in owed), reply=_NEWER)
    first = (connection.execute(sa.select(sa.func.max(delivery.c.id))).scalar() or 0) + 1
    rows = [
        {
            "id": number,
            "digest": key,
            "recipient": person,
            "language": language,
            "choice": choice or None,
            "message_id": message_id(person),
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "created": now,
            "next_try": now,
            "reply": "",
        }
        for number, (person, language, choice) in enumerate(owed, start=first)
    ]
    insert(connection, delivery, rows)
    return len(rows)


def stop(connection: sa.Connection, recipients: Iterable[int], *, reply: str) -> None:
    """Send them nothing of what waits; what is on its way at this moment is left to its outcome."""
    table = schema.delivery
    for chunk in chunks(recipients):
        _give_up(connection, table.c.recipient.in_(chunk), reply=reply)


def _give_up(connection: sa.Connection, which: sa.ColumnElement[bool], *, reply: str) -> None:
    table = schema.delivery
    connection.execute(
        table.update()
        .where(which, table.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, reply=reply, next_try=None)
    )
    connection.execute(
        table.update().where(which, table.c.state == DeliveryState.UNKNOWN).values(next_try=None, held=None)
    )


def _drop_unwanted(connection: sa.Connection, which: sa.ColumnElement[bool] | None = None) -> None:
    """Give up what should be tried again, but whose recipient has left or is owed a newer letter."""
    table, recipient, newer = schema.delivery, schema.recipient, schema.delivery.alias("newer")
    here = sa.true() if which is None else which
    is_gone = ~sa.exists().where(recipient.c.id == table.c.recipient, recipient.c.state == RecipientState.ACTIVE)
    is_overtaken = sa.exists().where(newer.c.recipient == table.c.recipient, newer.c.id > table.c.id)
    _give_up(connection, sa.and_(here, table.c.next_try.is_not(None), is_gone), reply="left")
    _give_up(connection, sa.and_(here, table.c.next_try.is_not(None), is_overtaken), reply=_NEWER)


def _waiting(*, resend_unknown: bool) -> tuple[DeliveryState, ...]:
    return (DeliveryState.PENDING, DeliveryState.UNKNOWN) if resend_unknown else (DeliveryState.PENDING,)


def _is(delivery: Delivery) -> sa.ColumnElement[bool]:
    """Whether a row is this very delivery: a digest that was made again has new ones under the old numbers."""
    table = schema.delivery
    return sa.and_(
        table.c.id == delivery.id, table.c.message_id == delivery.message_id, table.c.created == delivery.created
    )


def _delivery(row: Any) -> Delivery:  # noqa: ANN401  # a row of delivery joined with its address
    return Delivery(
        id=row.id,
        digest=row.digest,
        recipient=row.recipient,
        language=row.language,
        address=row.address,
        message_id=row.message_id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created=row.created,
        last_try=row.last_try,
        choice=row.choice or "",
        waited=timedelta(seconds=row.waited),
        doubts=row.doubts,
    )
