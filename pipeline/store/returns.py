"""What came back: kept once per letter, and counted against an address only when two came back for good."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.model import RecipientState
from pipeline.store import schema
from pipeline.store.upsert import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.store.database import Database

HARD = "hard"
TOGETHER = timedelta(days=100)
"""Two returns further apart have nothing to do with each other: three months of letters arrived between them."""


class Returns:
    """Letters that came back, by recipient and digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, recipient: int, digest: str, *, kind: str, status: str, now: datetime) -> int:
        """Keep one; answer from how many digests letters to this recipient came back for good lately.

        The same letter counts once, however many servers return it; a failure for good outweighs others.
        Nothing is kept of somebody who is not known or gets no letters.
        """
        table, person = schema.bounce, schema.recipient
        with self._database.write() as connection:
            state = connection.execute(sa.select(person.c.state).where(person.c.id == recipient)).scalar()
            if state != RecipientState.ACTIVE:
                return 0
            here = sa.and_(table.c.recipient == recipient, table.c.digest == digest)
            before = connection.execute(sa.select(table.c.kind).where(here)).scalar()
            if before is None or (kind == HARD != before):
                row = {"recipient": recipient, "digest": digest, "kind": kind, "status": status, "at": now}
                upsert(connection, table, [row])
            counted = sa.select(sa.func.count()).where(
                table.c.recipient == recipient, table.c.kind == HARD, table.c.at > now - TOGETHER
            )
            return connection.execute(counted).scalar_one()
