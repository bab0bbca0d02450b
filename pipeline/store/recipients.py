"""Who gets the letter, since when, and how they asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import Recipient, RecipientState
from pipeline.store import outbox, personal, schema
from pipeline.store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.store.database import Database
    from pipeline.store.personal import Seal


class Recipients:
    """Who gets the letter, since when, and how they asked."""

    def __init__(self, database: Database, seal: Seal | None = None) -> None:
        self._database = database
        self._seal = seal

    def all(self) -> tuple[Recipient, ...]:
        """Every recipient, those who left too, in the order of joining."""
        table = schema.recipient
        with self._database.read() as connection:
            return tuple(_recipient(row) for row in connection.execute(sa.select(table).order_by(table.c.id)))

    def add(
        self,
        people: Iterable[tuple[str, str, datetime]],
        *,
        origin: str,
        now: datetime,
        revive: bool,
        anew: bool = False,
    ) -> dict[str, RecipientState | None]:
        """Add (address, language, time of consent); answers what each was before (None: not known).

        An address known already keeps its consent and language. One that left stays so unless
        ``revive`` (it asked again, in person), one that was forgotten unless ``anew`` (it asked although
        it wanted to be forgotten).
        """
        table = schema.recipient
        before: dict[str, RecipientState | None] = {}
        with self._database.write() as connection:
            known = {row.address_key: row for row in connection.execute(sa.select(table))}
            number, absent = personal.highest(connection), personal.Absent(connection, self._seal)
            rows: list[dict[str, Any]] = []
            for address, language, consent in people:
                key = address.casefold()
                if key in before:
                    continue
                row = known.get(key)
                before[key] = RecipientState(row.state) if row is not None else None
                if row is None and absent.since(key) is not None:
                    before[key] = RecipientState.FORGOTTEN
                    if not anew:
                        continue
                    absent.welcome(key, now=now)
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
                            why=None,
                            refusals=0,
                        )
                    )
                    connection.execute(schema.bounce.delete().where(schema.bounce.c.recipient == row.id))
            insert(connection, table, rows)
        return before

    def find(self, address: str) -> Recipient:
        """The recipient with that address, in whatever state. Raises StoreError for somebody who is not known."""
        table = schema.recipient
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.address_key == address.casefold())).one_or_none()
        if row is None:
            raise StoreError(f"{address} is not among the recipients; `digikooste recipients list` shows them.")
        return _recipient(row)

    def wishes(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Every language and choice of topics that some active recipient has, where they chose at all."""
        table = schema.recipient
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(table.c.language, table.c.topics)
                .where(table.c.state == RecipientState.ACTIVE, table.c.topics.is_not(None))
                .distinct()
            )
            return frozenset((row.language, row.topics) for row in rows)

    def prefer(self, address: str, *, language: str, topics: tuple[str, ...] | None, now: datetime) -> Recipient:
        """Keep what someone wants from the next digest on: its language, and topics by id (None: everything).

        Raises StoreError for somebody who is not known.
        """
        table = schema.recipient
        with self._database.write() as connection:
            row = connection.execute(
                table.update()
                .where(table.c.address_key == address.casefold())
                .values(language=language, topics=topics or None, changed=now)
                .returning(table)
            ).one_or_none()
        if row is None:
            raise StoreError(f"{address} is not among the recipients; `digikooste recipients list` shows them.")
        return _recipient(row)

    def suppress(self, number: int, *, why: str, now: datetime) -> bool:
        """Send nothing more to an address that cannot be reached; False when it gets nothing already.

        ``why`` is a sentence for the operator, without the address. Asking again in person revives it.
        """
        table = schema.recipient
        with self._database.write() as connection:
            found = connection.execute(
                table.update()
                .where(table.c.id == number, table.c.state == RecipientState.ACTIVE)
                .values(state=RecipientState.SUPPRESSED, why=why, changed=now)
            ).rowcount
            if found:
                outbox.stop(connection, [number], reply="suppressed")
        return found == 1

    def remove(self, address: str, *, now: datetime) -> Recipient:
        """Let someone leave: they stay known as having left, and what they were owed is cancelled."""
        table = schema.recipient
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(table.c.address_key == address.casefold())).one_or_none()
            if row is None:
                raise StoreError(f"{address} is not among the recipients; `digikooste recipients list` shows them.")
            connection.execute(
                table.update().where(table.c.id == row.id).values(state=RecipientState.LEFT, changed=now)
            )
            outbox.stop(connection, [row.id], reply="left")
            return _recipient(row)


def _recipient(row: Any) -> Recipient:  # noqa: ANN401  # a row of the recipient table
    return Recipient(
        id=row.id,
        address=row.address,
        language=row.language,
        state=RecipientState(row.state),
        consent_at=row.consent_at,
        origin=row.origin,
        topics=row.topics,
        why=row.why,
    )
