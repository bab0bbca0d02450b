"""What people ask for and decide by themselves on the web: joining, choosing, leaving, and the mail that takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.model import Recipient, RecipientState
from pipeline.store import outbox, personal, schema
from pipeline.store.recipients import _recipient as recipient_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.store.database import Database
    from pipeline.store.personal import Seal

MOST_WAITING = 5000
"""Askings whose mail has not left; beyond them everybody is asked to come again later."""
REMEMBERED = timedelta(days=1)
"""How long it is known that an address was written to, so that nobody's inbox can be filled by asking."""
_FAR = timedelta(days=1)


class Kind(StrEnum):
    """What somebody asked for."""

    JOIN = "join"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Somebody asked for something, and gets it by mail. ``who`` stands for the address once that is emptied."""

    kind: Kind
    who: str
    address: str
    language: str
    topics: tuple[str, ...] | None
    at: datetime
    id: int = 0
    attempts: int = 0


class Visitors:
    """People who come and go by themselves."""

    def __init__(self, database: Database, seal: Seal | None = None) -> None:
        self._database = database
        self._seal = seal

    def ask(self, askings: Sequence[Asking]) -> bool:
        """Keep what was asked for until it is answered; False, and nothing kept, when too many wait already."""
        table = schema.asking
        with self._database.write() as connection:
            waiting = connection.execute(
                sa.select(sa.func.count()).select_from(table).where(table.c.next_try.is_not(None))
            ).scalar_one()
            if waiting + len(askings) > MOST_WAITING:
                return False
            first = (connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1
            rows = [
                {
                    "id": number,
                    "kind": one.kind,
                    "who": one.who,
                    "address": one.address,
                    "language": one.language,
                    "topics": one.topics,
                    "at": one.at,
                    "attempts": 0,
                    "next_try": one.at,
                }
                for number, one in enumerate(askings, start=first)
            ]
            connection.execute(table.insert(), rows)
        return True

    def waiting(self, now: datetime, *, limit: int = 100) -> tuple[Asking, ...]:
        """What may be answered now, the oldest first."""
        table = schema.asking
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(table)
                # Further away than any wait, a next try was written by a clock that has been set back since.
                .where(sa.or_(table.c.next_try <= now, table.c.next_try > now + _FAR))
                .order_by(table.c.id)
                .limit(limit)
            )
            return tuple(_asking(row) for row in rows)

    def next_try(self) -> datetime | None:
        """When the next asking may be answered; None when nothing waits."""
        with self._database.read() as connection:
            found: datetime | None = connection.execute(sa.select(sa.func.min(schema.asking.c.next_try))).scalar()
        return found

    def written_to(self, asking: Asking) -> tuple[datetime, ...]:
        """When mail of this kind went to the same person lately."""
        table = schema.asking
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(table.c.sent)
                .where(table.c.who == asking.who, table.c.kind == asking.kind, table.c.sent.is_not(None))
                .order_by(table.c.sent)
            )
            return tuple(row.sent for row in rows)

    def is_overtaken(self, asking: Asking) -> bool:
        """Whether the same person asked for the same again since."""
        table = schema.asking
        same = sa.and_(table.c.who == asking.who, table.c.kind == asking.kind, table.c.next_try.is_not(None))
        with self._database.read() as connection:
            return bool(connection.execute(sa.select(sa.exists().where(same, table.c.id > asking.id))).scalar())

    def put_off(self, asking: Asking, until: datetime) -> None:
        """Answer it later."""
        table = schema.asking
        with self._database.write() as connection:
            connection.execute(
                table.update().where(table.c.id == asking.id).values(next_try=until, attempts=table.c.attempts + 1)
            )

    def answered(self, asking: Asking, *, sent: datetime | None) -> None:
        """Forget the address of what needs no mail any more; ``sent`` is when it went, None where none was due."""
        table = schema.asking
        with self._database.write() as connection:
            connection.execute(
                table.update()
                .where(table.c.id == asking.id)
                .values(address=None, topics=None, next_try=None, sent=sent)
            )

    def tidy(self, now: datetime) -> int:
        """Forget what was answered a day ago; answers how many that were."""
        table = schema.asking
        old = sa.and_(table.c.next_try.is_(None), table.c.at < now - REMEMBERED)
        with self._database.read() as connection:  # asked often, true seldom: no write for nothing
            if not connection.execute(sa.select(sa.exists().where(old))).scalar():
                return 0
        with self._database.write() as connection:
            return connection.execute(table.delete().where(old)).rowcount

    def numbered(self, number: int) -> Recipient | None:
        """The recipient with that number, in whatever state."""
        return self._recipient(schema.recipient.c.id == number)

    def known(self, address: str) -> Recipient | None:
        """The recipient with that address, in whatever state."""
        return self._recipient(schema.recipient.c.address_key == address.casefold())

    def join(
        self, address: str, *, language: str, topics: tuple[str, ...] | None, asked: datetime, now: datetime
    ) -> Recipient | None:
        """Let someone in who has confirmed what they ``asked`` for; they may have left before.

        Who is in already stays as they are. None when they left, or were forgotten, after they had asked: the
        link has been used.
        """
        table = schema.recipient
        values = {
            "address": address,
            "language": language,
            "topics": topics,
            "state": RecipientState.ACTIVE,
            "consent_at": now,
            "origin": "web",
            "changed": now,
            "why": None,
        }
        with self._database.write() as connection:
            row = connection.execute(sa.select(table).where(table.c.address_key == address.casefold())).one_or_none()
            if row is None:
                absent = personal.Absent(connection, self._seal)
                if (forgotten := absent.since(address.casefold())) is not None:
                    if forgotten > asked:
                        return None
                    absent.welcome(address.casefold(), now=now)
                number = personal.highest(connection) + 1
                done: sa.Executable = table.insert().values(id=number, address_key=address.casefold(), **values)
            elif row.state == RecipientState.ACTIVE:
                return recipient_of(row)
            elif row.changed > asked:
                return None
            else:
                number, done = row.id, table.update().where(table.c.id == row.id).values(**values)
                connection.execute(schema.bounce.delete().where(schema.bounce.c.recipient == number))
            connection.execute(done)
            return recipient_of(connection.execute(sa.select(table).where(table.c.id == number)).one())

    def choose(self, number: int, *, language: str, topics: tuple[str, ...] | None, now: datetime) -> bool:
        """Keep what someone wants from the next digest on (topics None: everything); False when they are not in."""
        table = schema.recipient
        with self._database.write() as connection:
            return (
                connection.execute(
                    table.update()
                    .where(table.c.id == number, table.c.state == RecipientState.ACTIVE)
                    .values(language=language, topics=topics, changed=now)
                ).rowcount
                == 1
            )

    def leave(self, number: int, *, now: datetime) -> bool:
        """Let someone go, and send nothing more of what they were owed; False when they were not in."""
        table = schema.recipient
        with self._database.write() as connection:
            gone = connection.execute(
                table.update()
                .where(table.c.id == number, table.c.state != RecipientState.LEFT)
                .values(state=RecipientState.LEFT, changed=now)
            ).rowcount
            outbox.stop(connection, [number], reply="left")
        return gone == 1

    def _recipient(self, which: sa.ColumnElement[bool]) -> Recipient | None:
        with self._database.read() as connection:
            row = connection.execute(sa.select(schema.recipient).where(which)).one_or_none()
        return None if row is None else recipient_of(row)


def _asking(row: Any) -> Asking:  # noqa: ANN401  # a row of the table
    return Asking(
        id=row.id,
        kind=Kind(row.kind),
        who=row.who,
        address=row.address,
        language=row.language,
        topics=row.topics,
        at=row.at,
        attempts=row.attempts,
    )
