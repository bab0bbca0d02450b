"""What is kept about people: shown to them, forgotten but for a keyed hash, and dropped when it is old."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import DeliveryState
from pipeline.store import schema
from pipeline.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pipeline.store.database import Database

FORGOTTEN = "(forgotten)"
"""What stands in a text where an address stood."""
_HIGHEST = "highest-recipient"
_CONTENT = frozenset(
    {
        *("alembic_version", "host", "source", "request", "reading", "item", "alias", "sighting"),
        *("digest", "pick", "edition", "tailored", "draft", "forgotten"),
    }
)
"""Tables of what publishers wrote; an address in them stands in public too. Every other table may tell of people."""
_NAMING = frozenset({"address", "address_key"})
"""Columns that say whom a row is about: it goes as a whole."""
_CHECKPOINTS = 20


class Forms(NamedTuple):
    """Every way in which an address may stand in a text, also within JSON, and what finds them as a whole."""

    all: tuple[str, ...]
    pattern: re.Pattern[str]


class Seal(Protocol):
    """Knows people by a keyed hash alone, and those who were forgotten even when the database is lost."""

    def of(self, address_key: str) -> str:
        """The hash of an address in its folded form."""

    def forgotten(self) -> Mapping[str, datetime]:
        """The hashes that are known outside the database, each with its moment."""

    def note(self, hashed: str, *, is_back: bool, now: datetime) -> None:
        """Remember outside the database that somebody was forgotten, or came back; durable when it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What forgetting did: ``rows`` are gone, and the file holds nothing of them when ``is_clean``."""

    rows: int
    is_clean: bool


class Personal:
    """The side of the store that is about people's own rights and about how long things are kept."""

    def __init__(self, database: Database, seal: Seal | None) -> None:
        self._database = database
        self._seal = seal

    def export(self, address: str, *, spellings: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:
        """Everything that is kept about an address, by table, each row by its columns; {} when there is nothing.

        ``spellings`` are other forms in which it may be written, such as the one that travels.
        """
        forms = _forms(address, spellings)
        found: dict[str, list[dict[str, Any]]] = {}
        with self._database.read() as connection:
            number = _number(connection, address)
            for table in _tables():
                held = [here for column in _texts(table) for here, _ in _holding(connection, table, column, forms)]
                rows = connection.execute(sa.select(table).where(sa.or_(_refers(table, number), *held))).mappings()
                if told := [{name: _told(value) for name, value in row.items()} for row in rows]:
                    found[table.name] = told
        return found

    def forget(self, address: str, *, spellings: Collection[str] = (), now: datetime) -> Gone:
        """Take an address out of every table and out of the database's file; only its keyed hash stays.

        Rows about the person are deleted, and the address is struck out of other texts. Raises StoreError.
        """
        if self._seal is None:
            raise StoreError(f"{self._database.name}: nobody can be forgotten without the workspace's secret.")
        hashed = self._seal.of(address.casefold())
        self._seal.note(hashed, is_back=False, now=now)
        with self._database.write() as connection:
            rows = _erase(connection, _number(connection, address), _forms(address, spellings))
            upsert(connection, schema.forgotten, [{"hash": hashed, "at": now}])
        return Gone(rows=rows, is_clean=self.clean())

    def forgotten_since(self, address: str) -> datetime | None:
        """When an address was forgotten, or None."""
        if self._seal is None:
            return None
        hashed, table = self._seal.of(address.casefold()), schema.forgotten
        with self._database.read() as connection:
            return connection.execute(sa.select(table.c.at).where(table.c.hash == hashed)).scalar()

    def forget_again(self) -> int:
        """Forget whoever stands here and was forgotten elsewhere, as after a restore; answer how many."""
        assert self._seal is not None
        recipient, table = schema.recipient, schema.forgotten
        outside = self._seal.forgotten()
        with self._database.write() as connection:
            upsert(connection, table, [{"hash": hashed, "at": moment} for hashed, moment in outside.items()])
            hashes = set(connection.execute(sa.select(table.c.hash)).scalars())
            rows = connection.execute(sa.select(recipient.c.id, recipient.c.address, recipient.c.address_key)).all()
            back = [row for row in rows if hashes and self._seal.of(row.address_key) in hashes]
            for row in back:
                _erase(connection, row.id, _forms(row.address, ()))
        if back:
            self.clean()
        return len(back)

    def expire(self, *, before: datetime) -> int:
        """Drop what became of deliveries that were owed before then, and returns of that age; answer how many.

        What still waits for a try or for a person's word is kept. A digest remembers how many there were,
        so that it counts as sent for ever.
        """
        delivery, bounce = schema.delivery, schema.bounce
        is_old = sa.and_(_is_settled(), delivery.c.created < before)
        with self._database.read() as connection:  # asked every hour, true seldom: no write for nothing
            old = connection.execute(sa.select(delivery.c.id).where(is_old)).first()
            past = connection.execute(sa.select(bounce.c.at).where(bounce.c.at < before)).first()
        if old is None and past is None:
            return 0
        with self._database.write() as connection:
            connection.execute(bounce.delete().where(bounce.c.at < before))
            return _settle(connection, is_old)

    def clean(self) -> bool:
        """Write the file anew without what was deleted, and empty its journal; False while others keep it busy.

        What a deletion leaves in free pages and in the write-ahead log is still there for whoever reads the file.
        """
        if self._database.engine.dialect.name != "sqlite":
            return True
        with self._database.unguarded() as connection:
            connection.execute("VACUUM")
            for _ in range(_CHECKPOINTS):  # each waits for readers as long as any writer would
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return True
        return False


def highest(connection: sa.Connection) -> int:
    """The highest number that a recipient ever had: a forgotten one's is not given to anybody else."""
    recipient, meta = schema.recipient, schema.meta
    kept = connection.execute(sa.select(meta.c.value).where(meta.c.name == _HIGHEST)).scalar()
    return max(int(kept or 0), connection.execute(sa.select(sa.func.max(recipient.c.id))).scalar() or 0)


class Absent:
    """Those who were forgotten, looked at while somebody is to be added."""

    def __init__(self, connection: sa.Connection, seal: Seal | None) -> None:
        """Raise StoreError when nobody can be told apart from them."""
        table = schema.forgotten
        self._connection, self._seal = connection, seal
        self._since = {row.hash: row.at for row in connection.execute(sa.select(table))}
        if seal is not None:
            self._since = {**seal.forgotten(), **self._since}
        elif self._since:
            raise StoreError("Who was forgotten cannot be told without the workspace's secret, so nobody was added.")

    def since(self, key: str) -> datetime | None:
        """When a folded address was forgotten, or None."""
        return self._since.get(self._seal.of(key)) if self._since and self._seal else None

    def welcome(self, key: str, *, now: datetime) -> None:
        """Let somebody who was forgotten come back, by their own consent."""
        assert self._seal is not None
        hashed = self._seal.of(key)
        self._seal.note(hashed, is_back=True, now=now)
        self._connection.execute(schema.forgotten.delete().where(schema.forgotten.c.hash == hashed))


def _erase(connection: sa.Connection, number: int | None, forms: Forms) -> int:
    """Delete the rows about a person, and strike the address out of what else holds it; answer how many rows went."""
    if number is not None:
        upsert(connection, schema.meta, [{"name": _HIGHEST, "value": str(highest(connection))}])
        _count(connection, sa.and_(schema.delivery.c.recipient == number, schema.delivery.c.attempts > 0))
    gone = 0
    for table in reversed(list(_tables())):  # those that refer to others come first
        gone += connection.execute(table.delete().where(_refers(table, number))).rowcount
        for column in _texts(table):
            for here, text in list(_holding(connection, table, column, forms)):
                if column.primary_key or column.name in _NAMING:
                    gone += connection.execute(table.delete().where(here)).rowcount
                    continue
                struck = sa.type_coerce(sa.literal(forms.pattern.sub(FORGOTTEN, text), sa.Text), sa.Text)
                connection.execute(table.update().where(here).values({column: struck}))
    return gone


def _holding(
    connection: sa.Connection, table: sa.Table, column: sa.Column[Any], forms: Forms
) -> Iterator[tuple[sa.ColumnElement[bool], str]]:
    """Yield the rows that hold the address in this column, each with its text."""
    raw, keys = sa.type_coerce(column, sa.Text), list(table.primary_key)
    likely = sa.or_(*(sa.func.lower(raw).contains(form.lower(), autoescape=True) for form in forms.all))
    exact = sa.or_(*(raw.contains(form, autoescape=True) for form in forms.all))  # SQLite's lower() knows ASCII only
    for *values, text in connection.execute(sa.select(*keys, raw.label("text")).where(sa.or_(likely, exact))):
        if forms.pattern.search(text):
            yield sa.and_(*(key == value for key, value in zip(keys, values, strict=True))), text


def _settle(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    _count(connection, which)
    return connection.execute(schema.delivery.delete().where(which)).rowcount


def _count(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Let each digest remember deliveries that are about to be deleted."""
    delivery, digest = schema.delivery, schema.digest
    counted = sa.select(delivery.c.digest, sa.func.count().label("number")).where(which).group_by(delivery.c.digest)
    for row in connection.execute(counted).all():
        connection.execute(
            digest.update().where(digest.c.key == row.digest).values(settled=digest.c.settled + row.number)
        )


def _is_settled() -> sa.ColumnElement[bool]:
    table = schema.delivery
    return sa.and_(
        table.c.state.not_in((DeliveryState.PENDING, DeliveryState.SENDING)),
        table.c.next_try.is_(None),
        table.c.held.is_(None),
    )


def _number(connection: sa.Connection, address: str) -> int | None:
    table = schema.recipient
    return connection.execute(sa.select(table.c.id).where(table.c.address_key == address.casefold())).scalar()


def _tables() -> Iterator[sa.Table]:
    return (table for table in schema.metadata.sorted_tables if table.name not in _CONTENT)


def _texts(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns that hold text, whatever it is taken for in Python."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, sa.Text) or isinstance(getattr(column.type, "impl", None), sa.Text)
    ]


def _refers(table: sa.Table, number: int | None) -> sa.ColumnElement[bool]:
    """Whether a row is the recipient's own, or refers to it."""
    if number is None:
        return sa.false()
    own = [table.c.id == number] if table is schema.recipient else []
    return sa.or_(
        sa.false(), *own, *(key.parent == number for key in table.foreign_keys if key.column.table is schema.recipient)
    )


def _forms(address: str, spellings: Collection[str]) -> Forms:
    said = {address, address.casefold(), *spellings}
    every = tuple(sorted(said | {json.dumps(one)[1:-1] for one in said}))
    either = "|".join(re.escape(form) for form in every)
    return Forms(every, re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-]|\.\w)", re.IGNORECASE))


def _told(value: Any) -> Any:  # noqa: ANN401  # whatever a column holds
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
