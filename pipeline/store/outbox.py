"""What is owed: deliveries, their intent before and their outcome after; and who gets the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import Delivery, DeliveryState, Recipient, RecipientState
from pipeline.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.store.database import Database

_OPEN = (DeliveryState.PENDING, DeliveryState.UNKNOWN)


class Outbox:
    """The delivering side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recover(self) -> int:
        """Mark what a killed process left in ``sending`` as unknown; only under the job's lock."""
        table = schema.delivery
        with self._database.write() as connection:
            return connection.execute(
                table.update()
                .where(table.c.state == DeliveryState.SENDING)
                .values(state=DeliveryState.UNKNOWN, reply="the program ended before the outcome was known")
            ).rowcount

    def due(self, now: datetime, *, resend_unknown: bool, limit: int = 1000) -> tuple[Delivery, ...]:
        """What may be sent now, the oldest first; recipients that have left are not in it."""
        delivery, recipient = schema.delivery, schema.recipient
        states = _OPEN if resend_unknown else (DeliveryState.PENDING,)
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(delivery, recipient.c.address)
                .join(recipient, recipient.c.id == delivery.c.recipient)
                .where(
                    delivery.c.state.in_(states),
                    delivery.c.next_try <= now,
                    recipient.c.state == RecipientState.ACTIVE,
                )
                .order_by(delivery.c.id)
                .limit(limit)
            )
            return tuple(_delivery(row) for row in rows)

    def owed(self) -> int:
        """How many deliveries will still be tried."""
        table = schema.delivery
        states = (*_OPEN, DeliveryState.SENDING)
        with self._database.read() as connection:
            return connection.execute(
                sa.select(sa.func.count())
                .select_from(table)
                .where(table.c.state.in_(states), table.c.next_try.is_not(None))
            ).scalar_one()

    def next_try(self) -> datetime | None:
        """When the next unsettled delivery may be tried, or None when nothing waits."""
        table = schema.delivery
        with self._database.read() as connection:
            found: datetime | None = connection.execute(
                sa.select(sa.func.min(table.c.next_try)).where(table.c.state.in_(_OPEN))
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
        """Write the intent. False when it is no longer owed (left, cancelled, taken by another process)."""
        table, recipient = schema.delivery, schema.recipient
        is_here = sa.exists().where(recipient.c.id == table.c.recipient, recipient.c.state == RecipientState.ACTIVE)
        with self._database.write() as connection:
            changed = connection.execute(
                table.update()
                .where(table.c.id == delivery.id, table.c.state == delivery.state, is_here)
                .values(state=DeliveryState.SENDING, attempts=delivery.attempts + 1, last_try=now)
            ).rowcount
        return changed == 1

    def settle(
        self,
        delivery: Delivery,
        state: DeliveryState,
        *,
        now: datetime,
        reply: str = "",
        next_try: datetime | None = None,
    ) -> None:
        """Write the outcome of an attempt; ``next_try`` None means that this delivery is not tried again.

        One that was cancelled before its intent was written stays cancelled.
        """
        table = schema.delivery
        with self._database.write() as connection:
            connection.execute(
                table.update()
                .where(table.c.id == delivery.id, table.c.state.in_((DeliveryState.SENDING, delivery.state)))
                .values(state=state, attempts=delivery.attempts + 1, last_try=now, reply=reply, next_try=next_try)
            )


class Recipients:
    """Who gets the letter, since when, and how they asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Recipient, ...]:
        """Every recipient, those who left too, in the order of joining."""
        table = schema.recipient
        with self._database.read() as connection:
            return tuple(_recipient(row) for row in connection.execute(sa.select(table).order_by(table.c.id)))

    def add(
        self, people: Iterable[tuple[str, str, datetime]], *, origin: str, now: datetime, revive: bool
    ) -> dict[str, RecipientState | None]:
        """Add (address, language, time of consent); answers what each was before (None: not known).

        An address known already keeps its consent and language. One that left stays so unless
        ``revive`` (it asked again, in person).
        """
        table = schema.recipient
        before: dict[str, RecipientState | None] = {}
        with self._database.write() as connection:
            known = {row.address_key: row for row in connection.execute(sa.select(table))}
            number = max((row.id for row in known.values()), default=0)
            rows: list[dict[str, Any]] = []
            for address, language, consent in people:
                key = address.casefold()
                if key in before:
                    continue
                row = known.get(key)
                before[key] = RecipientState(row.state) if row is not None else None
                if row is None:
                    number += 1
                    rows.append(
                        {
                            "id": number,
                            "address": address,
                            "address_key": key,
                            "language": language,
                            "state": RecipientState.ACTIVE,
                            "consent_at": consent,
                            "origin": origin,
                            "changed": now,
                        }
                    )
                elif revive and row.state != RecipientState.ACTIVE:
                    connection.execute(
                        table.update()
                        .where(table.c.id == row.id)
                        .values(
                            state=RecipientState.ACTIVE,
                            language=language,
                            consent_at=consent,
                            origin=origin,
                            changed=now,
                        )
                    )
            if rows:
                connection.execute(table.insert(), rows)
        return before

    def remove(self, address: str, *, now: datetime) -> Recipient:
        """Let someone leave: they stay known as having left, and what they were owed is cancelled."""
        table, delivery = schema.recipient, schema.delivery
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(table.c.address_key == address.casefold())).one_or_none()
            if row is None:
                raise StoreError(f"{address} is not among the recipients; `digikooste recipients list` shows them.")
            connection.execute(
                table.update().where(table.c.id == row.id).values(state=RecipientState.LEFT, changed=now)
            )
            connection.execute(
                delivery.update()
                .where(delivery.c.recipient == row.id, delivery.c.state.in_(_OPEN))
                .values(state=DeliveryState.CANCELLED, reply="left")
            )
            return _recipient(row)


def _delivery(row: Any) -> Delivery:  # noqa: ANN401  # a row of delivery joined with its address
    return Delivery(
        id=row.id,
        digest=row.digest,
        language=row.language,
        address=row.address,
        message_id=row.message_id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created=row.created,
        last_try=row.last_try,
    )


def _recipient(row: Any) -> Recipient:  # noqa: ANN401  # a row of the recipient table
    return Recipient(
        id=row.id,
        address=row.address,
        language=row.language,
        state=RecipientState(row.state),
        consent_at=row.consent_at,
        origin=row.origin,
    )
