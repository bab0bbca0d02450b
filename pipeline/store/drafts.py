"""Drafts and what becomes of them: each change a revision with who and when, and nobody's change over another's."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.digest import drafting
from pipeline.digest.drafting import Draft, Drop, Marks, Restore, change
from pipeline.errors import DraftChanged, DraftError
from pipeline.model import Digest, Reason
from pipeline.store import bodies, schema
from pipeline.store.standing import DRAFT
from pipeline.store.upsert import chunks, insert, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.digest.drafting import Edit
    from pipeline.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who does something to a draft, and by which way: "command", "desk" or "serve"."""

    who: str
    way: str


NOBODY = Hand(who="digikooste", way="command")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One thing that happened to a draft; ``change`` is one of ``drafting.CHANGES``."""

    key: str
    number: int
    at: datetime
    hand: Hand
    change: Reason
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDraft:
    """A draft as it stands: the number of its newest revision, and when it was composed."""

    key: str
    number: int
    made: datetime
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a draft ends: ``code`` is "approved" or "sent", of the revision ``seen`` and no other.

    ``summoned`` are the addresses that are told of it.
    """

    seen: int
    code: str
    hand: Hand
    summoned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summons:
    """A mail owed to one editor about one draft: "draft", "reminder", or how it ended."""

    key: str
    revision: int
    kind: str
    address: str
    made: datetime


class Drafts:
    """The editors' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[OpenDraft, ...]:
        """Every draft that waits, the oldest first."""
        table = schema.digest
        with self._database.read() as connection:
            keys = connection.execute(sa.select(table.c.key).where(table.c.state == DRAFT).order_by(table.c.ends))
            return tuple(_open(connection, key) for key in keys.scalars().all())

    def load(self, key: str) -> OpenDraft:
        """The draft ``key`` as it stands. Raises DraftError when there is none."""
        with self._database.read() as connection:
            return _open(connection, key)

    def history(self, key: str, *, since: int = 0) -> tuple[Revision, ...]:
        """What happened to a draft after revision ``since``, the oldest first; it outlives the draft."""
        table = schema.revision
        with self._database.read() as connection:
            return tuple(
                Revision(
                    key=row.digest,
                    number=row.number,
                    at=row.at,
                    hand=Hand(who=row.who, way=row.way),
                    change=Reason(code=row.code, params=json.loads(row.params)),
                    marks=_marks(row.marks),
                )
                for row in connection.execute(
                    sa.select(table).where(table.c.digest == key, table.c.number > since).order_by(table.c.number)
                )
            )

    def edit(self, key: str, edit: Edit, *, hand: Hand, now: datetime, seen: int | None = None) -> OpenDraft:
        """Change a draft and return it; ``seen`` is the revision that the change was made for.

        Raises DraftChanged when that is not the newest any more, DraftError when the change makes no sense.
        """
        with self._database.write() as connection:
            before = _open(connection, key)
            _refuse_other(before, seen)
            draft, done = drafting.apply(before.draft, edit)
            number = _remember(connection, key, done, draft.marks, hand=hand, now=now)
            _keep(connection, drafting.edited(draft), composed=draft.digest)
            match edit:
                case Drop(item):
                    upsert(connection, schema.dropped, [{"item": item, "digest": key, "at": now, "who": hand.who}])
                case Restore(item):
                    connection.execute(schema.dropped.delete().where(schema.dropped.c.item == item))
                case _:
                    pass
            return OpenDraft(key=key, number=number, made=before.made, draft=draft)

    def free(self, item: int) -> bool:
        """Let an item that was dropped from an earlier digest be news again; False when it was not."""
        table, pick, digest = schema.dropped, schema.pick, schema.digest
        with self._database.write() as connection:
            shown = sa.exists().where(pick.c.item == item, digest.c.key == pick.c.digest, digest.c.state != DRAFT)
            return connection.execute(table.delete().where(table.c.item == item, ~shown)).rowcount == 1

    def discard(self, key: str, settled: Settlement, *, now: datetime, reason: str, because: str = "") -> None:
        """End a draft without a letter: its items are free again, and ``reason`` stands beside its period.

        ``because`` is the key of the digest that it gave way to. Raises DraftChanged and DraftError.
        """
        with self._database.write() as connection:
            params: dict[str, str | int] = {"digest": because} if because else {"revision": settled.seen}
            settle(connection, key, settled, now=now, done=change(settled.code, **params))
            connection.execute(schema.pick.delete().where(schema.pick.c.digest == key))
            connection.execute(schema.digest.delete().where(schema.digest.c.key == key))
            upsert(connection, schema.skipped, [{"key": key, "reason": reason, "at": now}])

    # Mails to editors

    def summon(self, key: str, revision: int, kind: str, addresses: Iterable[str], *, now: datetime) -> None:
        """Owe each address a mail of this kind about this draft, once."""
        with self._database.write() as connection:
            _summon(connection, key, revision, kind, addresses, now=now)

    def summoned(self, key: str, kind: str) -> tuple[datetime, ...]:
        """When mails of this kind about this draft were decided on."""
        table = schema.summons
        with self._database.read() as connection:
            return tuple(
                connection.execute(sa.select(table.c.made).where(table.c.digest == key, table.c.kind == kind)).scalars()
            )

    def unsent(self) -> tuple[Summons, ...]:
        """The mails that are still owed to editors, the oldest first."""
        table = schema.summons
        with self._database.read() as connection:
            return tuple(
                Summons(key=row.digest, revision=row.revision, kind=row.kind, address=row.address, made=row.made)
                for row in connection.execute(
                    sa.select(table).where(table.c.sent.is_(None)).order_by(table.c.made, table.c.address)
                )
            )

    def sent(self, summons: Summons, *, now: datetime) -> None:
        """Remember that this mail has left, or is no longer of use."""
        table = schema.summons
        with self._database.write() as connection:
            connection.execute(
                table.update()
                .where(
                    table.c.digest == summons.key,
                    table.c.revision == summons.revision,
                    table.c.kind == summons.kind,
                    table.c.address == summons.address,
                )
                .values(sent=now)
            )


# What composing and freezing do within their own transaction


def begin(
    connection: sa.Connection,
    digest: Digest,
    marks: Marks,
    *,
    hand: Hand,
    now: datetime,
    summoned: Sequence[str] = (),
) -> None:
    """Open a draft that has just been inserted: what was composed, and its first revision."""
    key = digest.period.key
    insert(connection, schema.draft, [{"digest": key, "body": bodies.written(digest)}])
    number = _remember(connection, key, change("composed", items=len(digest.picks)), marks, hand=hand, now=now)
    _summon(connection, key, number, "draft", summoned, now=now)


def settle(
    connection: sa.Connection, key: str, settled: Settlement, *, now: datetime, done: Reason | None = None
) -> None:
    """Write the end of a draft, if the revision that was judged is still the newest. Raises DraftError."""
    before = _open(connection, key)
    _refuse_other(before, settled.seen)
    what = done or change(settled.code, revision=settled.seen)
    number = _remember(connection, key, what, before.draft.marks, hand=settled.hand, now=now)
    _summon(connection, key, number, settled.code, settled.summoned, now=now)


def refuse_other(connection: sa.Connection, key: str, seen: int) -> None:
    """Raise DraftChanged unless ``seen`` is the draft's newest revision, DraftError when there is none."""
    _refuse_other(_open(connection, key), seen)


def dropped(connection: sa.Connection) -> frozenset[int]:
    """The items that an editor dropped and nobody restored."""
    return frozenset(connection.execute(sa.select(schema.dropped.c.item)).scalars())


def _open(connection: sa.Connection, key: str) -> OpenDraft:
    digest, draft, revision = schema.digest, schema.draft, schema.revision
    row = connection.execute(
        sa.select(digest.c.state, digest.c.made, digest.c.body, draft.c.body.label("composed"))
        .outerjoin(draft, draft.c.digest == digest.c.key)
        .where(digest.c.key == key)
    ).one_or_none()
    if row is None:
        raise DraftError(f"There is no draft {key}; `digikooste status` lists what there is.")
    if row.state != DRAFT:
        raise DraftError(f"The digest {key} is frozen already and can be changed no more.")
    last = connection.execute(
        sa.select(revision).where(revision.c.digest == key).order_by(revision.c.number.desc()).limit(1)
    ).one_or_none()
    composed = bodies.read(row.composed or row.body)  # a draft of an older version has none
    return OpenDraft(
        key=key,
        number=last.number if last is not None else 0,
        made=row.made,
        draft=Draft(digest=composed, marks=_marks(last.marks) if last is not None and row.composed else Marks()),
    )


def _keep(connection: sa.Connection, digest: Digest, *, composed: Digest) -> None:
    """Let the digest's own row and the items that it reserves follow the draft; what was composed stays beside it."""
    key, table, pick = digest.period.key, schema.digest, schema.pick
    body = bodies.written(digest)
    connection.execute(table.update().where(table.c.key == key).values(body=body))
    if connection.execute(sa.select(schema.draft.c.digest).where(schema.draft.c.digest == key)).first() is None:
        rest = {"digest": key, "body": bodies.written(composed)}
        insert(connection, schema.draft, [rest])  # of an older version's draft it is kept from the first change on
    wanted = {one.item_id: (section.kind, one.source) for section in digest.sections for one in section.picks}
    here = set(connection.execute(sa.select(pick.c.item).where(pick.c.digest == key)).scalars())
    for chunk in chunks(here - set(wanted)):
        connection.execute(pick.delete().where(pick.c.digest == key, pick.c.item.in_(chunk)))
    insert(
        connection,
        pick,
        [
            {"digest": key, "item": item, "section": section, "source": source}
            for item, (section, source) in wanted.items()
            if item not in here
        ],
    )


def _remember(connection: sa.Connection, key: str, done: Reason, marks: Marks, *, hand: Hand, now: datetime) -> int:
    table = schema.revision
    last = connection.execute(sa.select(sa.func.max(table.c.number)).where(table.c.digest == key)).scalar()
    number = int(last or 0) + 1
    connection.execute(
        table.insert().values(
            digest=key,
            number=number,
            at=now,
            who=hand.who,
            way=hand.way,
            code=done.code,
            params=json.dumps(dict(done.params), ensure_ascii=False),
            marks=json.dumps(asdict(marks), ensure_ascii=False),
        )
    )
    return number


def _marks(text: str) -> Marks:
    said: dict[str, Any] = json.loads(text)
    return Marks(
        notes=said["notes"],
        pinned=tuple(said["pinned"]),
        dropped=tuple(said["dropped"]),
        order=tuple(said["order"]),
        titles={int(item): named for item, named in said["titles"].items()},
        held=said["held"],
    )


def _refuse_other(before: OpenDraft, seen: int | None) -> None:
    if seen is not None and seen != before.number:
        raise DraftChanged(
            f"The draft {before.key} was changed meanwhile: it is at revision {before.number}, and this was made "
            f"for revision {seen}. Look at it again, then repeat what you want.",
            seen=seen,
            current=before.number,
        )


def _summon(
    connection: sa.Connection, key: str, revision: int, kind: str, addresses: Iterable[str], *, now: datetime
) -> None:
    table = schema.summons
    here = sa.and_(table.c.digest == key, table.c.revision == revision, table.c.kind == kind)
    known = set(connection.execute(sa.select(table.c.address).where(here)).scalars())
    insert(
        connection,
        table,
        [
            {"digest": key, "revision": revision, "kind": kind, "address": address, "made": now}
            for address in dict.fromkeys(addresses)
            if address not in known
        ],
    )
