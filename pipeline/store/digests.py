"""What was made: candidates for the next digest, drafts, frozen digests and their editions' bytes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline import failpoints
from pipeline.digest.drafting import UNTOUCHED, Draft, edited
from pipeline.errors import StoreError
from pipeline.model import Candidate, Digest, Edition, Item, ItemKind, SectionKind, Shown, Sighting, Tailored
from pipeline.store import bodies, drafts, holding, leftovers, outbox, schema, standing
from pipeline.store.standing import DRAFT, FROZEN, DigestStatus
from pipeline.store.upsert import chunks, insert, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from pipeline.digest.drafting import Marks
    from pipeline.store.database import Database
    from pipeline.store.drafts import Hand, Settlement

__all__ = ["DRAFT", "FROZEN", "DigestStatus", "Digests", "Frozen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What freezing did: how many deliveries are owed now or wait for a word, and which older digests gave way."""

    key: str
    owed: int
    replaced: tuple[str, ...]
    held: int = 0


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
                        moved=row.moved,
                    )
                )
            live = set(sources)
            shown, reserved = _history(connection, set(free))
            dropped = drafts.dropped(connection)
            return tuple(
                Candidate(
                    id=row.id,
                    item=_item(row),
                    first_seen=row.first_seen,
                    sightings=tuple(seen[row.id]),
                    shown=tuple(shown.get(row.id, ())),
                    reserved_by=reserved.get(row.id),
                    dropped=row.id in dropped,
                )
                for row in connection.execute(sa.select(item).order_by(item.c.id))
                if any(one.source in live for one in seen[row.id])
            )

    def find(self, key: str) -> int | None:
        """The number of the item that is known by this key, its own, an earlier one or as a source last gave it."""
        item, alias, sighting = schema.item, schema.alias, schema.sighting
        places = ((item.c.key, item.c.id), (alias.c.key, alias.c.item), (sighting.c.url_key, sighting.c.item))
        with self._database.read() as connection:
            for name, number in places:
                found: int | None = connection.execute(
                    sa.select(number).where(name == key).order_by(number).limit(1)
                ).scalar()
                if found is not None:
                    return found
        return None

    def status(self, key: str) -> DigestStatus | None:
        """One digest's standing, or None when there is none for this period."""
        with self._database.read() as connection:
            return next(iter(standing.statuses(connection, key)), None)

    def statuses(self) -> tuple[DigestStatus, ...]:
        """Every digest, the newest first."""
        with self._database.read() as connection:
            return standing.statuses(connection)

    def load(self, key: str) -> Digest:
        """The digest as it was chosen. Raises StoreError when there is none."""
        with self._database.read() as connection:
            body = connection.execute(sa.select(schema.digest.c.body).where(schema.digest.c.key == key)).scalar()
        if body is None:
            raise StoreError(f"There is no digest {key}; `digikooste status` lists those that exist.")
        return bodies.read(body)

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

    def tailored(self, key: str, language: str, choice: str) -> Tailored:
        """The stored edition for one choice of topics, exactly as it was rendered; its page is the whole digest's."""
        table, whole = schema.tailored, schema.edition
        with self._database.read() as connection:
            row = connection.execute(
                sa.select(table, whole.c.page, whole.c.page_text)
                .join(whole, sa.and_(whole.c.digest == table.c.digest, whole.c.language == table.c.language))
                .where(table.c.digest == key, table.c.language == language, table.c.choice == choice)
            ).one()
        edition = Edition(
            language=language,
            subject=row.subject,
            html=row.html.decode(),
            text=row.text.decode(),
            page=row.page.decode(),
            page_text=row.page_text.decode(),
        )
        return Tailored(choice=choice, digest=bodies.read(row.body), edition=edition)

    def subjects(self) -> dict[str, dict[str, str]]:
        """The subjects of every stored edition, by key and language."""
        table = schema.edition
        found: dict[str, dict[str, str]] = defaultdict(dict)
        with self._database.read() as connection:
            query = sa.select(table.c.digest, table.c.language, table.c.subject).order_by(table.c.language)
            for row in connection.execute(query):
                found[row.digest][row.language] = row.subject
        return dict(found)

    def published(self, keys: Collection[str], *, now: datetime) -> None:
        """Remember that these digests stand where readers find them."""
        table = schema.digest
        with self._database.write() as connection:
            connection.execute(table.update().where(table.c.key.in_(keys)).values(published=now))

    def ends(self) -> dict[str, datetime]:
        """The slot of each digest that exists, draft or frozen, by key."""
        table = schema.digest
        with self._database.read() as connection:
            return {row.key: row.ends for row in connection.execute(sa.select(table.c.key, table.c.ends))}

    def skip(self, key: str, reason: str, *, now: datetime) -> None:
        """Remember that a period passed without a digest: ``reason`` is "empty" or "late"."""
        with self._database.write() as connection:
            upsert(connection, schema.skipped, [{"key": key, "reason": reason, "at": now}])

    def skipped(self) -> dict[str, str]:
        """The periods that passed without a digest, each with the reason."""
        with self._database.read() as connection:
            return {row.key: row.reason for row in connection.execute(sa.select(schema.skipped))}

    def keep_draft(
        self,
        digest: Digest,
        *,
        now: datetime,
        hand: Hand = drafts.NOBODY,
        marks: Marks = UNTOUCHED,
        summoned: Sequence[str] = (),
        seen: int | None = None,
        again: bool = False,
    ) -> tuple[str, ...]:
        """Keep a draft: its items are reserved, nothing is rendered or owed, ``summoned`` are to hear of it.

        ``seen`` is the revision of the draft that this one replaces. Answers which frozen digests gave way.
        Raises StoreError and DraftChanged.
        """
        key = digest.period.key
        with self._database.write() as connection:
            if seen is not None:
                drafts.refuse_other(connection, key, seen)
            replaced = self._make_room(connection, key, again=again)
            self._insert(connection, edited(Draft(digest=digest, marks=marks)), state=DRAFT, now=now, web_only=False)
            drafts.begin(connection, digest, marks, hand=hand, now=now, summoned=summoned)
            leftovers.remember(connection, replaced)
            return replaced

    def withdraw(self, key: str) -> tuple[str, ...]:
        """Take a digest back, drafted or frozen, with all that is owed of it; answer which frozen ones are gone.

        Raises StoreError when it has gone out.
        """
        with self._database.write() as connection:
            gone = self._make_room(connection, key, again=True)
            leftovers.remember(connection, gone)
            return gone

    def freeze(
        self,
        digest: Digest,
        editions: Sequence[Edition],
        *,
        now: datetime,
        message_id: Callable[[int], str],
        tailored: Sequence[Tailored] = (),
        meant: Callable[[tuple[str, ...] | None], str] = lambda _topics: "",
        again: bool = False,
        web_only: bool = False,
        settled: Settlement | None = None,
    ) -> Frozen:
        """Freeze the digest, its editions' bytes and the outbox in one transaction.

        Every active recipient is owed the edition in their language (else the first one), and where they
        chose topics the one of ``tailored`` for what ``meant`` names, unless it is empty. Their older
        pending deliveries are cancelled. ``message_id`` makes the Message-ID from a recipient's number.
        ``settled`` is the revision of a draft that this is. Raises StoreError when this period's digest
        has gone out, or its items were taken meanwhile, ChoiceError when somebody chose meanwhile what was
        not made, and DraftError when somebody changed the draft.
        """
        with self._database.write() as connection:
            if settled is not None:
                drafts.settle(connection, digest.period.key, settled, now=now)
            replaced = self._make_room(connection, digest.period.key, again=again)
            self._insert(connection, digest, state=FROZEN, now=now, web_only=web_only)
            insert(
                connection,
                schema.edition,
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
            insert(
                connection,
                schema.tailored,
                [_tailored(digest.period.key, one) for one in tailored if not one.digest.is_empty],
            )
            languages = [one.language for one in editions]
            made = {(one.edition.language, one.choice): not one.digest.is_empty for one in tailored}
            choices = outbox.Choices(meant=meant, made=made)
            owed = 0 if web_only else outbox.fill(connection, digest.period.key, languages, now, message_id, choices)
            held = holding.hold_new(connection, digest.period.key, now=now)
            leftovers.remember(connection, (key for key in replaced if key != digest.period.key))
            failpoints.at("compose.in-freeze")
            return Frozen(key=digest.period.key, owed=owed - held, replaced=replaced, held=held)

    def left_behind(self) -> tuple[str, ...]:
        """The digests that gave way to others, and whose folders may still stand in output/."""
        with self._database.read() as connection:
            return leftovers.keys(connection)

    def cleared(self, keys: Collection[str]) -> None:
        """Remember that their folders are gone."""
        if keys:
            with self._database.write() as connection:
                leftovers.forget(connection, keys)

    def _make_room(self, connection: sa.Connection, key: str, *, again: bool) -> tuple[str, ...]:
        """Remove this period's draft and every replaceable digest; refuse when this one has gone out.

        Answers the keys of those that were frozen, whose pages may stand in output/.
        """
        table = schema.digest
        mine = next(iter(standing.statuses(connection, key)), None)
        if mine is not None and mine.state == FROZEN and not mine.replaceable:
            if not again:
                raise StoreError(f"The digest {key} is frozen already; `digikooste compose --again` replaces it.")
            if mine.attempted or mine.published:
                raise StoreError(f"The digest {key} has gone out already and cannot be made again.")
        rows = connection.execute(
            sa.select(table.c.key, table.c.state)
            .where(sa.or_(table.c.key == key, standing.is_replaceable()))
            .order_by(table.c.key)
        ).all()
        leaving = [row.key for row in rows]
        for owned in (schema.delivery, schema.edition, schema.tailored, schema.pick, schema.draft):
            connection.execute(owned.delete().where(owned.c.digest.in_(leaving)))
        connection.execute(table.delete().where(table.c.key.in_(leaving)))
        return tuple(row.key for row in rows if row.state == FROZEN)

    def _insert(self, connection: sa.Connection, digest: Digest, *, state: str, now: datetime, web_only: bool) -> None:
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
                body=bodies.written(digest),
            )
        )
        insert(
            connection,
            schema.pick,
            [
                {"digest": digest.period.key, "item": pick.item_id, "section": section.kind, "source": pick.source}
                for section in digest.sections
                for pick in section.picks
            ],
        )


def _tailored(key: str, one: Tailored) -> dict[str, Any]:
    return {
        "digest": key,
        "language": one.edition.language,
        "choice": one.choice,
        "subject": one.edition.subject,
        "html": one.edition.html.encode(),
        "text": one.edition.text.encode(),
        "body": bodies.written(one.digest),
    }


def _history(connection: sa.Connection, free: set[str]) -> tuple[dict[int, list[Shown]], dict[int, str]]:
    digest, pick = schema.digest, schema.pick
    shown: dict[int, list[Shown]] = defaultdict(list)
    reserved: dict[int, str] = {}
    for row in connection.execute(
        sa.select(pick.c.item, pick.c.section, pick.c.digest, digest.c.state, digest.c.frozen)
        .join(digest, digest.c.key == pick.c.digest)
        .order_by(digest.c.made)
    ):
        if row.digest in free:
            continue
        if row.state == FROZEN:
            shown[row.item].append(Shown(key=row.digest, at=row.frozen, section=row.section))
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
        short=row.short,
        live=row.live,
        reading=row.reading,
        addresses=row.addresses,
        card=row.card,
    )


def _refuse_taken(connection: sa.Connection, digest: Digest) -> None:
    """No item may be news or a lesson that stood in another digest, whoever else composed meanwhile."""
    pick = schema.pick
    once = {one.item_id for section in digest.sections if section.kind != SectionKind.ARCHIVE for one in section.picks}
    for chunk in chunks(once):
        taken = connection.execute(sa.select(pick.c.digest).where(pick.c.item.in_(chunk)).limit(1)).scalar()
        if taken is not None:
            raise StoreError(f"Another process took some of these items into {taken} meanwhile; run again.")
