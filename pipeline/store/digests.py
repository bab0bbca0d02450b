"""What was made: candidates for the next digest, drafts, frozen digests and their editions' bytes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import Candidate, DeliveryState, Digest, Edition, Item, ItemKind, RecipientState, Shown, Sighting
from pipeline.store import schema
from pipeline.store.shown import DRAFT, FROZEN
from pipeline.store.upsert import chunks, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.store.database import Database

__all__ = ["DRAFT", "FROZEN", "DigestStatus", "Digests", "Frozen"]

_SETTLED = (DeliveryState.ACCEPTED, DeliveryState.REFUSED, DeliveryState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStatus:
    """One digest's standing. ``deliveries`` counts by state; ``attempted`` is True once one was tried.

    ``replaceable``: frozen with an empty outbox, not published and not web-only, so that the next
    compose of any period takes its place and its items are free again.
    """

    key: str
    state: str
    made: datetime
    frozen: datetime | None
    published: datetime | None
    languages: tuple[str, ...]
    items: int
    deliveries: Mapping[str, int]
    attempted: bool
    replaceable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What freezing did: how many deliveries are owed now, and which older digests gave way."""

    key: str
    owed: int
    replaced: tuple[str, ...]


class Digests:
    """The composing side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def candidates(self, sources: Collection[str], *, free: Collection[str] = ()) -> tuple[Candidate, ...]:
        """Every item that one of ``sources`` (ids) holds, with its history in digests.

        Digests named in ``free`` are about to be replaced: what they showed counts as not shown.
        """
        item, sighting = schema.item, schema.sighting
        with self._database.read() as connection:
            seen: dict[int, list[Sighting]] = defaultdict(list)
            for row in connection.execute(sa.select(sighting)):
                seen[row.item].append(
                    Sighting(
                        source=row.source,
                        first_seen=row.first_seen,
                        baseline=row.baseline,
                        present=row.present,
                        unavailable=row.unavailable,
                        place=row.place,
                    )
                )
            live = set(sources)
            shown, reserved = _history(connection, set(free))
            return tuple(
                Candidate(
                    id=row.id,
                    item=_item(row),
                    first_seen=row.first_seen,
                    sightings=tuple(seen[row.id]),
                    shown=tuple(shown.get(row.id, ())),
                    reserved_by=reserved.get(row.id),
                )
                for row in connection.execute(sa.select(item).order_by(item.c.id))
                if any(one.source in live for one in seen[row.id])
            )

    def status(self, key: str) -> DigestStatus | None:
        """One digest's standing, or None when there is none for this period."""
        return next((one for one in self.statuses() if one.key == key), None)

    def statuses(self) -> tuple[DigestStatus, ...]:
        """Every digest, the newest first."""
        digest = schema.digest
        with self._database.read() as connection:
            return tuple(
                _status(connection, row) for row in connection.execute(sa.select(digest).order_by(digest.c.ends.desc()))
            )

    def load(self, key: str) -> Digest:
        """The digest as it was chosen. Raises StoreError when there is none."""
        from pydantic import TypeAdapter  # noqa: PLC0415  # 0.1 s, and only drafts and explanations need it

        with self._database.read() as connection:
            body = connection.execute(sa.select(schema.digest.c.body).where(schema.digest.c.key == key)).scalar()
        if body is None:
            raise StoreError(f"There is no digest {key}; `digikooste status` lists those that exist.")
        return TypeAdapter(Digest).validate_json(body)

    def editions(self, key: str) -> tuple[Edition, ...]:
        """The stored editions of a frozen digest, exactly as they were rendered."""
        table = schema.edition
        with self._database.read() as connection:
            return tuple(
                Edition(
                    language=row.language,
                    subject=row.subject,
                    html=row.html.decode(),
                    text=row.text.decode(),
                    page=row.page.decode(),
                    page_text=row.page_text.decode(),
                )
                for row in connection.execute(sa.select(table).where(table.c.digest == key).order_by(table.c.language))
            )

    def published(self, keys: Collection[str], *, now: datetime) -> None:
        """Remember that these digests stand where readers find them."""
        table = schema.digest
        with self._database.write() as connection:
            connection.execute(table.update().where(table.c.key.in_(keys)).values(published=now))

    def skip(self, key: str, reason: str, *, now: datetime) -> None:
        """Remember that a period passed without a digest: ``reason`` is "empty" or "late"."""
        with self._database.write() as connection:
            upsert(connection, schema.skipped, [{"key": key, "reason": reason, "at": now}])

    def skipped(self) -> dict[str, str]:
        """The periods that passed without a digest, each with the reason."""
        with self._database.read() as connection:
            return {row.key: row.reason for row in connection.execute(sa.select(schema.skipped))}

    def keep_draft(self, digest: Digest, *, now: datetime, again: bool = False) -> None:
        """Keep a draft: its items are reserved, nothing is rendered or owed. Raises StoreError."""
        with self._database.write() as connection:
            self._make_room(connection, digest.period.key, again=again)
            self._insert(connection, digest, state=DRAFT, now=now, web_only=False)

    def freeze(
        self,
        digest: Digest,
        editions: Sequence[Edition],
        *,
        now: datetime,
        message_id: Callable[[int], str],
        again: bool = False,
        web_only: bool = False,
    ) -> Frozen:
        """Freeze the digest, its editions' bytes and the outbox in one transaction.

        Every active recipient is owed the edition in their language (else the first one). Their older
        pending deliveries are cancelled. ``message_id`` makes the Message-ID from a recipient's number.
        Raises StoreError when this period's digest has gone out, or its items were taken meanwhile.
        """
        with self._database.write() as connection:
            replaced = self._make_room(connection, digest.period.key, again=again)
            self._insert(connection, digest, state=FROZEN, now=now, web_only=web_only)
            connection.execute(
                schema.edition.insert(),
                [
                    {
                        "digest": digest.period.key,
                        "language": one.language,
                        "subject": one.subject,
                        "html": one.html.encode(),
                        "text": one.text.encode(),
                        "page": one.page.encode(),
                        "page_text": one.page_text.encode(),
                    }
                    for one in editions
                ],
            )
            languages = [one.language for one in editions]
            owed = 0 if web_only else _fill_outbox(connection, digest.period.key, languages, now, message_id)
            return Frozen(key=digest.period.key, owed=owed, replaced=replaced)

    def _make_room(self, connection: sa.Connection, key: str, *, again: bool) -> tuple[str, ...]:
        """Remove this period's draft and every replaceable digest; refuse when this one has gone out."""
        table = schema.digest
        statuses = [_status(connection, row) for row in connection.execute(sa.select(table))]
        mine = next((one for one in statuses if one.key == key), None)
        if mine is not None and mine.state == FROZEN and not mine.replaceable:
            if not again:
                raise StoreError(f"The digest {key} is frozen already; `digikooste compose --again` replaces it.")
            if mine.attempted or mine.published:
                raise StoreError(f"The digest {key} has gone out already and cannot be made again.")
        leaving = tuple(one.key for one in statuses if one.key == key or one.replaceable)
        for table in (schema.delivery, schema.edition, schema.pick):
            connection.execute(table.delete().where(table.c.digest.in_(leaving)))
        connection.execute(schema.digest.delete().where(schema.digest.c.key.in_(leaving)))
        return leaving

    def _insert(self, connection: sa.Connection, digest: Digest, *, state: str, now: datetime, web_only: bool) -> None:
        from pydantic import TypeAdapter  # noqa: PLC0415  # as in ``load``

        _refuse_taken(connection, digest)
        connection.execute(
            schema.digest.insert().values(
                key=digest.period.key,
                starts=digest.period.start,
                ends=digest.period.end,
                state=state,
                made=now,
                frozen=now if state == FROZEN else None,
                web_only=web_only,
                body=TypeAdapter(Digest).dump_json(digest).decode(),
            )
        )
        connection.execute(
            schema.pick.insert(),
            [
                {"digest": digest.period.key, "item": pick.item_id, "section": section.kind, "source": pick.source}
                for section in digest.sections
                for pick in section.picks
            ],
        )


def _history(connection: sa.Connection, free: set[str]) -> tuple[dict[int, list[Shown]], dict[int, str]]:
    digest, pick = schema.digest, schema.pick
    shown: dict[int, list[Shown]] = defaultdict(list)
    reserved: dict[int, str] = {}
    for row in connection.execute(
        sa.select(pick.c.item, pick.c.section, pick.c.digest, digest.c.state, digest.c.made)
        .join(digest, digest.c.key == pick.c.digest)
        .order_by(digest.c.made)
    ):
        if row.digest in free:
            continue
        if row.state == FROZEN:
            shown[row.item].append(Shown(key=row.digest, at=row.made, section=row.section))
        else:
            reserved[row.item] = row.digest
    return shown, reserved


def _item(row: Any) -> Item:  # noqa: ANN401  # a row of any select over the item table
    return Item(
        url=row.url,
        key=row.key,
        kind=ItemKind(row.kind),
        title=row.title,
        summary=row.summary,
        language=row.language,
        published=row.published,
        duration=row.duration,
        card=row.card,
    )


def _status(connection: sa.Connection, row: Any) -> DigestStatus:  # noqa: ANN401  # a row of the digest table
    delivery, edition, pick = schema.delivery, schema.edition, schema.pick
    states = connection.execute(
        sa.select(delivery.c.state, sa.func.count(), sa.func.max(delivery.c.attempts))
        .where(delivery.c.digest == row.key)
        .group_by(delivery.c.state)
    ).all()
    languages = connection.execute(
        sa.select(edition.c.language).where(edition.c.digest == row.key).order_by(edition.c.language)
    ).scalars()
    items = connection.execute(sa.select(sa.func.count()).where(pick.c.digest == row.key)).scalar_one()
    return DigestStatus(
        key=row.key,
        state=row.state,
        made=row.made,
        frozen=row.frozen,
        published=row.published,
        languages=tuple(languages),
        items=items,
        deliveries={state: count for state, count, _ in states},
        attempted=any(attempts for _, _, attempts in states),
        replaceable=row.state == FROZEN and not states and row.published is None and not row.web_only,
    )


def _refuse_taken(connection: sa.Connection, digest: Digest) -> None:
    """No item may be news or a lesson in two digests, whoever else composed meanwhile."""
    pick = schema.pick
    once = {one.item_id for section in digest.sections if section.kind != "archive" for one in section.picks}
    for chunk in chunks(once):
        taken = connection.execute(
            sa.select(pick.c.digest).where(pick.c.item.in_(chunk), pick.c.section != "archive").limit(1)
        ).scalar()
        if taken is not None:
            raise StoreError(f"Another process took some of these items into {taken} meanwhile; run again.")


def _fill_outbox(
    connection: sa.Connection,
    key: str,
    languages: Sequence[str],
    now: datetime,
    message_id: Callable[[int], str],
) -> int:
    recipient, delivery = schema.recipient, schema.delivery
    active = connection.execute(
        sa.select(recipient.c.id, recipient.c.language)
        .where(recipient.c.state == RecipientState.ACTIVE)
        .order_by(recipient.c.id)
    ).all()
    if not active:
        return 0
    _cancel_older(connection, (row.id for row in active))
    first = (connection.execute(sa.select(sa.func.max(delivery.c.id))).scalar() or 0) + 1
    connection.execute(
        delivery.insert(),
        [
            {
                "id": first + n,
                "digest": key,
                "recipient": row.id,
                "language": row.language if row.language in languages else languages[0],
                "message_id": message_id(row.id),
                "state": DeliveryState.PENDING,
                "attempts": 0,
                "created": now,
                "next_try": now,
                "reply": "",
            }
            for n, row in enumerate(active)
        ],
    )
    return len(active)


def _cancel_older(connection: sa.Connection, recipients: Iterable[int]) -> None:
    """A newer edition takes the place of an older one that has not arrived."""
    delivery = schema.delivery
    for chunk in chunks(recipients):
        connection.execute(
            delivery.update()
            .where(delivery.c.recipient.in_(chunk), delivery.c.state.not_in(_SETTLED))
            .values(state=DeliveryState.CANCELLED, reply="a newer letter took its place")
        )
