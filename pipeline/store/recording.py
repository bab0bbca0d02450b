"""Writing down what was read: which stored item each entry is, what is new, what has gone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline import identity
from pipeline.errors import DigikoosteError, FetchError
from pipeline.model import Kind, Reading
from pipeline.store import prospects, schema, standing
from pipeline.store.upsert import chunks, dicts, insert, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from pipeline.model import Item, Source
    from pipeline.store.readings import Outcome

_CONTENT = (
    "url", "kind", "title", "summary", "language", "published", "duration", "short", "live", "reading", "addresses",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one outcome changed: how many entries it held, how many items were new to us.

    ``baseline``: those belong to the source's baseline. ``moved``: nothing known was left in it, so its
    newcomers became a new baseline.
    """

    items: int
    new: int
    baseline: bool = False
    moved: bool = False


def holders(connection: sa.Connection, hosts: Collection[str]) -> dict[str, tuple[str | None, int]]:
    """Who holds each host now: owner and token."""
    table = schema.host
    return {
        row.name: (row.owner, row.token)
        for chunk in chunks(hosts)
        for row in connection.execute(
            sa.select(table.c.name, table.c.owner, table.c.token).where(table.c.name.in_(chunk))
        )
    }


class Writer:
    """One transaction's worth of outcomes; everything it needs to know is read in a few statements."""

    def __init__(self, connection: sa.Connection, *, now: datetime, baseline_from: datetime) -> None:
        self._connection = connection
        self._now = now
        self._baseline_from = baseline_from
        self._new_items: dict[int, dict[str, Any]] = {}
        self._changed_items: dict[int, dict[str, Any]] = {}
        self._aliases: dict[str, int] = {}
        self._sightings: dict[tuple[str, int], dict[str, Any]] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self._bodies: dict[tuple[str, str], dict[str, Any]] = {}
        self._latest: dict[str, str] = {}

    def write(self, outcomes: Sequence[Outcome]) -> Iterator[Recorded]:
        """Record each outcome; all the rows are written before the first answer is given."""
        self._load(outcomes)
        answers = [self._outcome(outcome) for outcome in outcomes]
        self._flush()
        return iter(answers)

    def _load(self, outcomes: Sequence[Outcome]) -> None:
        connection = self._connection
        sources = {outcome.source.id for outcome in outcomes}
        readings = [outcome.result for outcome in outcomes if isinstance(outcome.result, Reading)]
        keys = {item.key for reading in readings for item in (*reading.items, *reading.cards)}
        keys.update(key for reading in readings for key in reading.failed_cards)
        table = schema.source
        self._sources = {
            row["id"]: row
            for chunk in chunks(sources)
            for row in dicts(connection.execute(sa.select(table).where(table.c.id.in_(chunk))))
        }
        changed = {one.source.id for one in outcomes if isinstance(one.result, Reading) and not one.result.unchanged}
        sighting = schema.sighting
        self._within: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        for chunk in chunks(changed):
            for row in dicts(connection.execute(sa.select(sighting).where(sighting.c.source.in_(chunk)))):
                self._within[row["source"]][row["item"]] = row
        self._across = self._ids_of(keys)
        self._stored: dict[int, dict[str, Any]] = {}
        self._load_items({*self._across.values(), *(item for rows in self._within.values() for item in rows)})
        self._next_id = (connection.execute(sa.select(sa.func.max(schema.item.c.id))).scalar() or 0) + 1

    def _ids_of(self, keys: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for table, number in ((schema.item, schema.item.c.id), (schema.alias, schema.alias.c.item)):
            for chunk in chunks(keys):
                rows = self._connection.execute(
                    sa.select(table.c.key, number).where(table.c.key.in_(chunk)).order_by(number)
                )
                for row in rows:  # entries with ids of their own may share an address: the first one answers to it
                    found.setdefault(row[0], row[1])
        return found

    def _load_items(self, ids: Collection[int]) -> None:
        item, pick = schema.item, schema.pick
        for chunk in chunks(ids):
            for row in dicts(self._connection.execute(sa.select(item).where(item.c.id.in_(chunk)))):
                row["shown"] = False
                self._stored[row["id"]] = row
            for number in self._connection.execute(standing.shown_items().where(pick.c.item.in_(chunk))).scalars():
                self._stored[number]["shown"] = True

    def _outcome(self, outcome: Outcome) -> Recorded:
        match outcome.result:
            case Reading() as reading:
                return self._reading(outcome, reading)
            case DigikoosteError() as error:
                self._failure(outcome, error)
                return Recorded(items=0, new=0)

    def _failure(self, outcome: Outcome, error: DigikoosteError) -> None:
        row = self._source_row(outcome.source)
        row["failures"] += 1
        row["failing_since"] = row["failing_since"] or self._now
        row["error_code"] = error.code.value if isinstance(error, FetchError) else type(error).__name__
        row["error"] = str(error)
        row.update(prospects.columns(outcome.prospect))

    def _source_row(self, source: Source) -> dict[str, Any]:
        """The source's row, to be changed in place; a changed scope opens the baseline again."""
        row = self._sources.get(source.id)
        if row is None:
            row = self._sources[source.id] = {
                **dict.fromkeys(column.name for column in schema.source.columns),
                "id": source.id,
                "scope": source.scope,
                "failures": 0,
                "moved_times": 0,
            }
        if row["scope"] != source.scope:
            row.update(scope=source.scope, baseline_from=None, document=None)
        row["last_try"] = self._now
        return row

    def _reading(self, outcome: Outcome, reading: Reading) -> Recorded:
        source = outcome.source
        row = self._source_row(source)
        row.update(last_good=self._now, failures=0, failing_since=None, error_code=None, error=None)
        row.update(prospects.columns(outcome.prospect))
        self._remember(outcome, reading)
        row["document"] = reading.document or row["document"]
        if reading.unchanged:
            self._cards(reading)
            return Recorded(items=row["last_items"] or 0, new=0)
        row["title"] = reading.title or row["title"]
        row["last_items"] = sum(not item.unavailable for item in reading.items)
        was_open = row["baseline_from"] is None
        new, moved = self._items(source, reading, was_open=was_open)
        self._cards(reading)
        if was_open and reading.complete:
            row["baseline_from"] = self._baseline_from
        return Recorded(items=row["last_items"], new=new, baseline=was_open or moved, moved=moved)

    def _items(self, source: Source, reading: Reading, *, was_open: bool) -> tuple[int, bool]:
        within = self._within[source.id]
        sighted = [
            identity.Sighted(item_id=number, publisher_id=row["publisher_id"], url_key=row["url_key"])
            for number, row in within.items()
        ]
        matches = identity.match(reading.items, sighted, self._across)
        knows_any = any(number in within for number in matches)
        moved = reading.complete and bool(reading.items) and bool(within) and not was_open and not knows_any
        dates = (self._stored[n]["published"] for n in within) if moved else ()
        newest = max((date for date in dates if date and date <= self._now), default=None)
        groups: dict[int, int] = {}
        new = 0
        here: set[int] = set()
        for item, match in zip(reading.items, matches, strict=True):
            number = groups.get(match, match)
            if number < 0:
                if item.unavailable:
                    continue
                number = groups[match] = self._add(item)
                new += 1
            elif number not in here and not item.unavailable:
                known = within.get(number)
                is_first = known is not None and known["first_seen"] <= self._stored[number]["first_seen"]
                self._update(number, item, fills_only=not is_first)
            if item.unavailable and number not in within:
                continue
            is_old = moved and not (item.published and newest and newest < item.published <= self._now)
            self._sight(source, number, item, baseline=was_open or is_old, moved=is_old, first=number not in here)
            here.add(number)
        if reading.complete and source.kind in {Kind.YOUTUBE, Kind.SITEMAP} and len(reading.items) < source.limit:
            for number in within.keys() - here:
                if within[number]["present"]:
                    self._sightings[source.id, number] = within[number] = {**within[number], "present": False}
        return new, moved

    def _add(self, item: Item) -> int:
        number = self._next_id
        self._next_id += 1
        row = {
            "id": number,
            "key": item.key,
            **{name: getattr(item, name) for name in _CONTENT},
            "first_seen": self._now,
            "card": item.card,
            "card_tries": 0,
        }
        self._new_items[number] = row
        self._stored[number] = {**row, "shown": False}
        self._across.setdefault(item.key, number)
        return number

    def _update(self, number: int, item: Item, *, fills_only: bool = False) -> None:
        """Take over what changed, until the item has been in a digest; never lose what is known.

        ``fills_only``: another source had it first, and its words stay; they stand under that one's name.
        """
        stored = self._stored[number]
        if item.key != stored["key"] and item.key not in self._across:
            self._aliases[item.key] = self._across[item.key] = number
        if stored["shown"] or (not item.card and stored["card"]):
            return
        given = {name: value for name in _CONTENT if (value := getattr(item, name)) not in {None, "", ()}}
        if fills_only:
            given = {name: value for name, value in given.items() if stored[name] in {None, "", ()}}
        if item.card:
            given["card"] = True
        if any(stored[name] != value for name, value in given.items()):
            stored.update(given)
            if number in self._new_items:
                self._new_items[number].update(given)
            else:
                self._changed_items[number] = stored

    def _sight(self, source: Source, number: int, item: Item, *, baseline: bool, moved: bool, first: bool) -> None:
        known = self._within[source.id].get(number)
        row = {
            "source": source.id,
            "item": number,
            "publisher_id": item.publisher_id or (known["publisher_id"] if known else None),
            "url_key": item.key,
            "first_seen": known["first_seen"] if known else self._now,
            "baseline": known["baseline"] if known else baseline,
            "moved": known["moved"] if known else moved,
            "present": True,
            "unavailable": item.unavailable,
            "place": item.place,
        }
        if not first or row == known:
            return
        self._within[source.id][number] = self._sightings[source.id, number] = row

    def _cards(self, reading: Reading) -> None:
        for item in reading.cards:
            if (number := self._across.get(item.key)) is not None:
                self._update(number, item)
        for key in reading.failed_cards:
            number = self._across.get(key)
            if number is None:
                continue
            stored = self._stored[number]
            stored["card_tries"] += 1
            if number in self._new_items:
                self._new_items[number]["card_tries"] = stored["card_tries"]
            else:
                self._changed_items[number] = stored

    def _remember(self, outcome: Outcome, reading: Reading) -> None:
        for seen in reading.seen:
            validators = seen.validators
            self._requests[seen.request] = {
                "key": seen.request,
                "url": seen.url,
                "etag": validators.etag if validators else None,
                "last_modified": validators.last_modified if validators else None,
                "checked": self._now,
            }
            if seen.body_hash is not None:
                self._latest[seen.request] = seen.body_hash
                self._bodies[seen.request, outcome.source.id] = {
                    "request": seen.request,
                    "source": outcome.source.id,
                    "body_hash": seen.body_hash,
                    "read_as": outcome.read_as,
                }

    def _flush(self) -> None:
        connection, item = self._connection, schema.item
        upsert(connection, schema.source, list(self._sources.values()))
        upsert(connection, schema.request, list(self._requests.values()))
        upsert(connection, schema.reading, list(self._bodies.values()))
        self._forget_older_bodies()
        insert(connection, item, list(self._new_items.values()))
        columns = (*_CONTENT, "card", "card_tries")
        if self._changed_items:
            connection.execute(
                item.update()
                .where(item.c.id == sa.bindparam("b_id"))
                .values({name: sa.bindparam(f"b_{name}") for name in columns}),
                [
                    {"b_id": number, **{f"b_{name}": row[name] for name in columns}}
                    for number, row in self._changed_items.items()
                ],
            )
        upsert(connection, schema.alias, [{"key": key, "item": number} for key, number in self._aliases.items()])
        upsert(connection, schema.sighting, list(self._sightings.values()))

    def _forget_older_bodies(self) -> None:
        """Who shares a request but has not read its newest body knows none: the validators stand for that one."""
        table = schema.reading
        if self._latest:
            self._connection.execute(
                table.delete().where(
                    table.c.request == sa.bindparam("b_request"), table.c.body_hash != sa.bindparam("b_hash")
                ),
                [{"b_request": request, "b_hash": newest} for request, newest in self._latest.items()],
            )
