"""Letters that wait for a person's word: after a restore nobody knows what went out since the backup was made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.model import DeliveryState, RecipientState
from pipeline.store import schema
from pipeline.store.upsert import upsert

if TYPE_CHECKING:
    from pipeline.store.database import Database

_RESTORED = "restored"
_FIRST_DAYS = timedelta(days=8)
"""A letter that goes out before its slot, for a holiday, does so within these days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many letters of one digest wait for a person's word, and since when (None: their server said nothing)."""

    digest: str
    letters: int
    since: datetime | None


class Holding:
    """The deliveries that nobody knows enough of to send them again or to leave them.

    Two kinds: what was owed in a backup, or is made for a period that it may have missed; and with
    ``resend_unknown`` False what a mail server took without a word.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, *, taken: datetime, now: datetime) -> int:
        """Hold whatever is owed in a backup that was ``taken`` then: it may have gone out since; answer how many.

        From now on the digests whose slot has passed already are held too when they are made.
        """
        table = schema.delivery
        is_owed = sa.or_(
            table.c.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)),
            sa.and_(table.c.state == DeliveryState.UNKNOWN, table.c.next_try.is_not(None)),
        )
        with self._database.write() as connection:
            said = json.dumps({"taken": taken.isoformat(), "at": now.isoformat()})
            upsert(connection, schema.meta, [{"name": _RESTORED, "value": said}])
            return _hold(connection, is_owed, now=now, reply=f"owed in the backup of {taken:%Y-%m-%d %H:%M} UTC")

    def held(self, *, resend_unknown: bool) -> tuple[Held, ...]:
        """What waits for a word, digest by digest, the newest first."""
        table = schema.delivery
        query = (
            sa.select(table.c.digest, sa.func.count().label("letters"), sa.func.min(table.c.held).label("since"))
            .join(schema.digest, schema.digest.c.key == table.c.digest)
            .where(_waits(resend_unknown=resend_unknown))
            .group_by(table.c.digest, schema.digest.c.ends)
            .order_by(schema.digest.c.ends.desc())
        )
        with self._database.read() as connection:
            return tuple(
                Held(digest=row.digest, letters=row.letters, since=row.since) for row in connection.execute(query)
            )

    def recipients(self, digest: str, *, resend_unknown: bool) -> tuple[tuple[int, str], ...]:
        """Whose letters of ``digest`` wait, by number and address."""
        table, recipient = schema.delivery, schema.recipient
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(recipient.c.id, recipient.c.address)
                .join(table, table.c.recipient == recipient.c.id)
                .where(_waits(resend_unknown=resend_unknown), table.c.digest == digest)
                .order_by(recipient.c.id)
            )
            return tuple((row.id, row.address) for row in rows)

    def release(self, digest: str, *, resend_unknown: bool, now: datetime) -> tuple[int, int]:
        """Owe the held letters of ``digest`` again, under their own Message-IDs; answer how many, and how many not.

        Not to those who have left, or are owed a newer letter: theirs are left as they are.
        """
        table, recipient, newer = schema.delivery, schema.recipient, schema.delivery.alias("newer")
        here = sa.and_(_waits(resend_unknown=resend_unknown), table.c.digest == digest)
        is_in = sa.exists().where(recipient.c.id == table.c.recipient, recipient.c.state == RecipientState.ACTIVE)
        is_overtaken = sa.exists().where(newer.c.recipient == table.c.recipient, newer.c.id > table.c.id)
        with self._database.write() as connection:
            released = connection.execute(
                table.update()
                .where(here, is_in, ~is_overtaken)
                .values(state=DeliveryState.PENDING, held=None, next_try=now, reply="released")
            ).rowcount
            return released, _leave(connection, here)

    def drop(self, digest: str, *, resend_unknown: bool) -> int:
        """Leave the held letters of ``digest`` as they are: never sent again; answer how many."""
        here = sa.and_(_waits(resend_unknown=resend_unknown), schema.delivery.c.digest == digest)
        with self._database.write() as connection:
            return _leave(connection, here)


def hold_new(connection: sa.Connection, key: str, *, now: datetime) -> int:
    """Hold a digest that has just been frozen, when its slot had passed before a restore; answer how many letters.

    It may have been made and sent after the backup was taken, under the same Message-IDs.
    """
    said = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == _RESTORED)).scalar()
    if said is None:
        return 0
    restored = datetime.fromisoformat(json.loads(said)["at"])
    ends = connection.execute(sa.select(schema.digest.c.ends).where(schema.digest.c.key == key)).scalar_one()
    is_early = now < ends and now - restored < _FIRST_DAYS
    if ends > restored and not is_early:
        return 0
    reply = f"its time had come before the restore of {restored:%Y-%m-%d %H:%M} UTC"
    return _hold(connection, schema.delivery.c.digest == key, now=now, reply=reply)


def _hold(connection: sa.Connection, which: sa.ColumnElement[bool], *, now: datetime, reply: str) -> int:
    table = schema.delivery
    return connection.execute(
        table.update().where(which).values(state=DeliveryState.UNKNOWN, held=now, next_try=None, reply=reply)
    ).rowcount


def _leave(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    table = schema.delivery
    return connection.execute(
        table.update().where(which).values(held=None, next_try=None, reply="left as it is")
    ).rowcount


def _waits(*, resend_unknown: bool) -> sa.ColumnElement[bool]:
    table = schema.delivery
    is_held = table.c.held.is_not(None)
    if resend_unknown:
        return sa.and_(table.c.state == DeliveryState.UNKNOWN, is_held)
    return sa.and_(table.c.state == DeliveryState.UNKNOWN, sa.or_(is_held, table.c.next_try.is_not(None)))
