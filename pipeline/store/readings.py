"""What was read: hosts and their leases, requests and their validators, sources, items."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline import failpoints
from pipeline.errors import DigikoosteError, LeaseLost
from pipeline.model import Item, ItemKind, Known, Validators
from pipeline.politeness import Prospect
from pipeline.store import prospects, recording, schema, standing
from pipeline.store.upsert import chunks, dicts, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.model import Reading, Source
    from pipeline.store.database import Database

CARD_TRIES = 3
"""After so many failed readings of its page an item is taken as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to speak to one host until ``until``; ``token`` grows with each new holder."""

    host: str
    token: int
    until: datetime
    next_start: datetime | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How one source has been doing."""

    id: str
    title: str | None
    scope: str
    baseline_from: datetime | None
    last_try: datetime | None
    last_good: datetime | None
    last_items: int | None
    failures: int
    failing_since: datetime | None
    error_code: str | None
    error: str | None
    not_before: datetime | None
    prospect: Prospect = field(default_factory=Prospect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is remembered of one request: validators, and the body hash under which each source read it."""

    validators: Validators
    bodies: Mapping[str, tuple[str, str]]
    """By source: the body's hash, and what it was read as (settings and parser version)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one source's reading ended: the reading with the lease it was done under, or the error."""

    source: Source
    lease: Lease
    read_as: str
    result: Reading | DigikoosteError
    prospect: Prospect = field(default_factory=Prospect)
    """When and where to come again."""


class Readings:
    """The collecting side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, hosts: Collection[str], *, owner: str, now: datetime, until: datetime) -> dict[str, Lease]:
        """Lease every host of ``hosts`` that nobody else holds; the others are missing from the answer."""
        leases: dict[str, Lease] = {}
        table = schema.host
        if not hosts:
            return leases
        with self._database.write() as connection:
            known = {
                row.name: row
                for chunk in chunks(hosts)
                for row in connection.execute(sa.select(table).where(table.c.name.in_(chunk)))
            }
            rows = []
            for name in hosts:
                row = known.get(name)
                if row is not None and row.owner is not None and row.owner != owner and row.leased_until > now:
                    continue
                token = 1 if row is None else row.token + 1
                leases[name] = Lease(
                    host=name,
                    token=token,
                    until=until,
                    next_start=row.next_start if row else None,
                    not_before=row.not_before if row else None,
                )
                rows.append({"name": name, "owner": owner, "token": token, "leased_until": until})
            upsert(connection, table, rows)
        return leases

    def recover(self, owners: str) -> int:
        """Free the leases of every owner whose name begins with ``owners``: killed processes of this workspace.

        Only under the job's lock, which tells that none of them is alive.
        """
        table = schema.host
        with self._database.write() as connection:
            return connection.execute(
                table.update()
                .where(table.c.owner.startswith(owners, autoescape=True))
                .values(owner=None, leased_until=None)
            ).rowcount

    def extend(self, leases: Iterable[Lease], *, owner: str, until: datetime) -> None:
        """Keep the leases for longer; those lost meanwhile stay lost."""
        table = schema.host
        rows = [{"b_name": lease.host, "b_token": lease.token} for lease in leases]
        if not rows:
            return
        with self._database.write() as connection:
            connection.execute(
                table.update()
                .where(
                    table.c.name == sa.bindparam("b_name"),
                    table.c.owner == owner,
                    table.c.token == sa.bindparam("b_token"),
                )
                .values(leased_until=until),
                rows,
            )

    def release(
        self,
        leases: Iterable[Lease],
        *,
        next_start: Mapping[str, datetime],
        not_before: Mapping[str, datetime],
    ) -> None:
        """Give hosts back, with the moment of the next allowed request; without one the old moment stands."""
        table = schema.host
        rows = [
            {
                "b_name": lease.host,
                "b_token": lease.token,
                "b_next": next_start.get(lease.host, lease.next_start),
                "b_not": not_before.get(lease.host, lease.not_before),
            }
            for lease in leases
        ]
        if not rows:
            return
        with self._database.write() as connection:
            connection.execute(
                table.update()
                .where(table.c.name == sa.bindparam("b_name"), table.c.token == sa.bindparam("b_token"))
                .values(
                    owner=None,
                    leased_until=None,
                    next_start=sa.bindparam("b_next"),
                    not_before=sa.bindparam("b_not"),
                ),
                rows,
            )

    def memories(self, requests: Collection[str]) -> dict[str, Memory]:
        """What is remembered of these requests (``Request.key``); unknown ones are missing."""
        with self._database.read() as connection:
            bodies: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
            for chunk in chunks(requests):
                rows = connection.execute(sa.select(schema.reading).where(schema.reading.c.request.in_(chunk)))
                for row in rows.all():
                    bodies[row.request][row.source] = (row.body_hash, row.read_as)
            return {
                row.key: Memory(
                    validators=Validators(etag=row.etag, last_modified=row.last_modified),
                    bodies=bodies.get(row.key, {}),
                )
                for chunk in chunks(requests)
                for row in connection.execute(sa.select(schema.request).where(schema.request.c.key.in_(chunk))).all()
            }

    def known(self, source: Source) -> Known:
        """What the store knows of a source before it is read."""
        item, sighting, table = schema.item, schema.sighting, schema.source
        held = sa.select(item).join(sighting, sighting.c.item == item.c.id).where(sighting.c.source == source.id)
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == source.id)).one_or_none()
            keys = connection.execute(held.with_only_columns(item.c.key, sighting.c.url_key)).all()
            waiting = connection.execute(
                held.add_columns(sighting.c.publisher_id)
                .where(
                    item.c.card.is_(sa.false()),
                    item.c.card_tries < CARD_TRIES,
                    sighting.c.present,
                    ~sighting.c.unavailable,
                    item.c.id.not_in(standing.shown_items()),
                )
                .order_by(sighting.c.baseline, sighting.c.first_seen, item.c.id)
            ).all()
        current = row if row is not None and row.scope == source.scope else None
        return Known(
            baseline_open=current is None or current.baseline_from is None,
            document=current.document if current is not None else None,
            keys=frozenset(key for pair in keys for key in pair),
            uncarded=tuple(
                Item(
                    url=entry.url,
                    key=entry.key,
                    kind=ItemKind(entry.kind),
                    publisher_id=entry.publisher_id,
                    title=entry.title,
                    summary=entry.summary,
                    language=entry.language,
                    published=entry.published,
                    duration=entry.duration,
                    card=False,
                )
                for entry in waiting
            ),
        )

    def statuses(self) -> dict[str, SourceStatus]:
        """How every source that was ever read has been doing."""
        names = SourceStatus.__dataclass_fields__.keys() - {"prospect"}
        with self._database.read() as connection:
            return {
                row["id"]: SourceStatus(**{name: row[name] for name in names}, prospect=prospects.of_row(row))
                for row in dicts(connection.execute(sa.select(schema.source)))
            }

    def postpone(self, until: Mapping[Source, datetime]) -> None:
        """Let sources wait that were not asked at all: nothing else is known of them."""
        if not until:
            return
        table = schema.source
        with self._database.write() as connection:
            for source, moment in until.items():
                here = table.update().where(table.c.id == source.id)
                if not connection.execute(here.values(next_due=moment)).rowcount:
                    connection.execute(
                        table.insert().values(id=source.id, scope=source.scope, failures=0, next_due=moment)
                    )

    def item_counts(self) -> dict[str, int]:
        """How many items each source holds."""
        sighting = schema.sighting
        with self._database.read() as connection:
            rows = connection.execute(sa.select(sighting.c.source, sa.func.count()).group_by(sighting.c.source)).all()
        return {row[0]: row[1] for row in rows}

    def record(
        self, outcomes: Sequence[Outcome], *, owner: str, now: datetime, baseline_from: datetime
    ) -> tuple[recording.Recorded | LeaseLost, ...]:
        """Write down what was read: items, validators, body hashes and errors in one transaction.

        ``baseline_from`` is the start of the period that runs now. Answers in the order of
        ``outcomes``; LeaseLost where another process took the host over, and nothing of that one is
        written. Raises StoreError; nothing is written then.
        """
        with self._database.write() as connection:
            held = recording.holders(connection, {outcome.lease.host for outcome in outcomes})
            mine = [held.get(one.lease.host) == (owner, one.lease.token) for one in outcomes]
            writer = recording.Writer(connection, now=now, baseline_from=baseline_from)
            recorded = iter(writer.write([one for one, ours in zip(outcomes, mine, strict=True) if ours]))
            failpoints.at("collect.in-record")
            return tuple(
                next(recorded)
                if ours
                else LeaseLost(f"{one.source.id}: another process took over {one.lease.host}; its reading counts.")
                for one, ours in zip(outcomes, mine, strict=True)
            )
