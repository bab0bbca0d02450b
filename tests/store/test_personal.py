"""People's rights and the age of things, on both databases: nothing about a person stays in any table."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import DeliveryState, RecipientState
from pipeline.store import Store, schema
from tests.store.collector import DAY, NOW
from tests.store.letters import KEY, freeze, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

MAIJA, OTHER = "maija_m@example.fi", "anna.maija_m@example.fi"
"""The second one ends in the first: it is somebody else's."""


class Hashes:
    """A seal that the test can look into."""

    def __init__(self) -> None:
        self.noted: dict[str, datetime] = {}

    def of(self, address_key: str) -> str:
        return hashlib.sha256(address_key.encode()).hexdigest()

    def forgotten(self) -> dict[str, datetime]:
        return dict(self.noted)

    def note(self, hashed: str, *, is_back: bool, now: datetime) -> None:
        if is_back:
            self.noted.pop(hashed, None)
        else:
            self.noted[hashed] = now


@pytest.fixture
def seal() -> Hashes:
    return Hashes()


@pytest.fixture
def store(place: str | Path, seal: Hashes) -> Iterator[Store]:
    """Two recipients whose letters went out, with texts here and there that name one of them."""
    with Store(place, seal=seal) as store:
        join(store, MAIJA, OTHER)
        freeze(store)
        for one in store.outbox.due(NOW, resend_unknown=True):
            store.outbox.sending(one, NOW)
            store.outbox.settle(one, DeliveryState.REFUSED, now=NOW, reply=f"550 no {MAIJA.upper()}, try {OTHER}")
        store.notices.note("stopped", "mail", {"reason": f"<{MAIJA}> and <{OTHER}>"}, now=NOW)
        store.returns.note(1, KEY, kind="hard", status="5.1.1", now=NOW)
        yield store


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with store._database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in schema.metadata.sorted_tables
        }


def test_what_is_kept_is_told_whole_and_alone(store: Store) -> None:
    """Rows that are about the person, and rows whose words name them; not the other one's."""
    found = store.personal.export(MAIJA.upper())
    assert set(found) == {"recipient", "delivery", "bounce", "notice"}
    assert [row["address"] for row in found["recipient"]] == [MAIJA]
    assert store.personal.export("nobody@example.fi") == {}


def test_forgetting_leaves_nothing_in_any_table(store: Store, seal: Hashes) -> None:
    """Rows about the person go, words lose the address; the other one, whose address ends alike, stays."""
    gone = store.personal.forget(MAIJA.upper(), now=NOW)

    left = everything(store)
    assert gone.is_clean
    assert "maija_m@example.fi" not in str(left).lower().replace(OTHER, "")
    assert [row["address"] for row in left["recipient"]] == [OTHER]
    assert [row["reply"] for row in left["delivery"]] == [f"550 no (forgotten), try {OTHER}"]
    assert [row["params"] for row in left["notice"]] == [f'{{"reason": "<(forgotten)> and <{OTHER}>"}}']
    assert left["bounce"] == []
    assert [row["hash"] for row in left["forgotten"]] == list(seal.noted) == [seal.of(MAIJA)]


def test_a_digest_stays_sent_when_its_readers_are_forgotten(store: Store) -> None:
    """Its items were shown, so nobody else gets them again as news."""
    for address in (MAIJA, OTHER):
        store.personal.forget(address, now=NOW)
    status = store.digests.status(KEY)
    assert status is not None
    assert (status.settled, status.attempted, status.replaceable) == (2, True, False)


def test_a_forgotten_address_is_not_added(store: Store) -> None:
    """Unless the person asks anew; a row of somebody else is none of it."""
    store.personal.forget(MAIJA, now=NOW)

    def add(address: str, *, anew: bool) -> RecipientState | None:
        people = [(address, "fi", NOW)]
        before = store.recipients.add(people, origin="", now=NOW, revive=True, anew=anew)
        return before[address.casefold()]

    assert add(MAIJA, anew=False) is RecipientState.FORGOTTEN
    assert [one.address for one in store.recipients.all()] == [OTHER]
    assert add(MAIJA.upper(), anew=True) is RecipientState.FORGOTTEN
    assert [(one.id, one.address) for one in store.recipients.all()] == [(2, OTHER), (3, MAIJA.upper())]
    assert add(MAIJA, anew=False) is RecipientState.ACTIVE
    assert everything(store)["forgotten"] == []


def test_a_link_from_before_brings_nobody_back(store: Store) -> None:
    """Who asked on the web, was forgotten and then pressed the old link stays forgotten; a new wish counts."""
    store.personal.forget(MAIJA, now=NOW)

    def joined(asked: datetime) -> bool:
        return store.visitors.join(MAIJA, language="fi", topics=None, asked=asked, now=NOW + DAY) is not None

    assert not joined(NOW - DAY)
    assert joined(NOW + DAY)


def test_without_the_secret_nobody_is_added_blindly(store: Store, place: str | Path) -> None:
    """A store that cannot tell who was forgotten says so."""
    store.personal.forget(MAIJA, now=NOW)
    with Store(place) as blind, pytest.raises(StoreError, match="without the workspace's secret"):
        join(blind, "new@example.fi")


def test_who_was_forgotten_elsewhere_is_forgotten_here(store: Store, seal: Hashes) -> None:
    """As after a restore: the hashes beside the database are newer than it."""
    seal.note(seal.of(MAIJA), is_back=False, now=NOW)
    assert store.personal.forget_again() == 1
    assert [one.address for one in store.recipients.all()] == [OTHER]
    assert store.personal.forget_again() == 0


def test_what_is_old_is_dropped_but_for_what_waits(store: Store) -> None:
    """Settled deliveries and returns of that age; one that is held or waits for a try stays, however old."""
    third = "third@example.fi"
    join(store, third)
    freeze(store, key="2026-W48", now=NOW + DAY)
    for one in store.outbox.due(NOW + DAY, resend_unknown=True):
        if one.address != third:
            store.outbox.settle(one, DeliveryState.ACCEPTED, now=NOW + DAY, reply="250 ok")

    assert store.personal.expire(before=NOW) == 0
    assert store.personal.expire(before=NOW + 2 * DAY) == 4
    left = everything(store)
    assert [(row["digest"], row["state"]) for row in left["delivery"]] == [("2026-W48", "pending")]
    assert left["bounce"] == []
    assert store.holding.hold(taken=NOW, now=NOW + DAY) == 1
    assert store.personal.expire(before=NOW + 2 * DAY) == 0
