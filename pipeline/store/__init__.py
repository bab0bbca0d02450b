"""What was seen, made and owed: schema, migrations, queries; SQLite or PostgreSQL through SQLAlchemy Core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from pipeline.store import copying, schema
from pipeline.store.database import LOCK_SECONDS, open_database
from pipeline.store.digests import Digests, Frozen
from pipeline.store.drafts import Drafts
from pipeline.store.figures import Counts, counts
from pipeline.store.holding import Held, Holding
from pipeline.store.notes import Notice, Notices, Way
from pipeline.store.outbox import Outbox
from pipeline.store.personal import Gone, Personal, Seal
from pipeline.store.readings import Lease, Memory, Outcome, Readings, SourceStatus
from pipeline.store.recipients import Recipients
from pipeline.store.recording import Recorded
from pipeline.store.returns import Returns
from pipeline.store.sessions import Sessions
from pipeline.store.standing import DigestStatus
from pipeline.store.visitors import Asking, Kind, Visitors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

__all__ = [
    "Asking",
    "Counts",
    "DigestStatus",
    "Frozen",
    "Gone",
    "Held",
    "Kind",
    "Lease",
    "Memory",
    "Notice",
    "Outcome",
    "Recorded",
    "Seal",
    "SourceStatus",
    "Store",
    "Way",
]


class Store:
    """The open database, with one face per job. Close it, or use it as a context manager.

    ``place`` is a file's path (SQLite) or a ``postgresql://`` address; ``patience`` is how many seconds
    another process's writing is waited for. ``seal`` tells who was forgotten. Raises StoreError.
    """

    def __init__(self, place: str | Path, *, patience: float = LOCK_SECONDS, seal: Seal | None = None) -> None:
        self._database = open_database(place, patience=patience)
        self.readings = Readings(self._database)
        self.digests = Digests(self._database)
        self.drafts = Drafts(self._database)
        self.sessions = Sessions(self._database)
        self.outbox = Outbox(self._database)
        self.recipients = Recipients(self._database, seal)
        self.visitors = Visitors(self._database, seal)
        self.personal = Personal(self._database, seal)
        self.holding = Holding(self._database)
        self.returns = Returns(self._database)
        self.notices = Notices(self._database)

    @property
    def name(self) -> str:
        """The database's own name, for messages; without a password."""
        return self._database.name

    def workspace_id(self) -> str:
        """The random id that this store was born with; Message-IDs are made from it."""
        with self._database.read() as connection:
            found: str = connection.execute(
                sa.select(schema.meta.c.value).where(schema.meta.c.name == "workspace")
            ).scalar_one()
        return found

    @property
    def schema(self) -> str:
        """The version of the tables."""
        return schema.HEAD

    def copy(self, target: Path) -> Mapping[str, int]:
        """Write a verified copy of an SQLite database to ``target``; answers its rows by table. Raises StoreError."""
        return copying.copy(self._database, target)

    def counts(self) -> Counts:
        """Numbers and moments for whoever watches from outside."""
        return counts(self._database)

    def close(self) -> None:
        """Give back every connection."""
        self._database.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
