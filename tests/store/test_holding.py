"""What waits for a person's word is sent by nobody else, and decided once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model import DeliveryState
from tests.store.collector import DAY, NOW, WEEK
from tests.store.letters import KEY, freeze, join

if TYPE_CHECKING:
    from pipeline.store import Store

MAIJA, PEKKA = "maija@example.fi", "pekka@example.fi"


def due(store: Store, *, resend_unknown: bool = True) -> list[str]:
    return [one.address for one in store.outbox.due(NOW + DAY, resend_unknown=resend_unknown)]


def held(store: Store, *, resend_unknown: bool = True) -> list[tuple[str, int]]:
    return [(one.digest, one.letters) for one in store.holding.held(resend_unknown=resend_unknown)]


def owing(store: Store) -> None:
    join(store, MAIJA, PEKKA)
    freeze(store)


def test_everything_that_was_owed_is_held(store: Store) -> None:
    """Pending, on its way, unknown; what is settled stays settled."""
    owing(store)
    first, _ = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.sending(first, NOW)
    assert store.holding.hold(taken=NOW, now=NOW + DAY) == 2
    assert due(store) == []
    assert store.outbox.owed() == 0
    assert held(store) == [(KEY, 2)]
    assert [number for number, _ in store.holding.recipients(KEY, resend_unknown=True)] == [1, 2]
    assert store.outbox.recover() == 0
    assert store.holding.hold(taken=NOW, now=NOW + DAY) == 0, "once is enough"


def test_what_is_settled_is_not_held(store: Store) -> None:
    owing(store)
    for one in store.outbox.due(NOW, resend_unknown=True):
        store.outbox.settle(one, DeliveryState.ACCEPTED, now=NOW, reply="250 ok")
    assert store.holding.hold(taken=NOW, now=NOW + DAY) == 0


def test_released_letters_are_owed_again(store: Store) -> None:
    """Each as the same message; those of who left or is owed a newer letter are left as they are."""
    owing(store)
    names = [one.message_id for one in store.outbox.due(NOW, resend_unknown=True)]
    store.holding.hold(taken=NOW, now=NOW)
    store.recipients.remove(PEKKA, now=NOW)
    assert store.holding.release(KEY, resend_unknown=True, now=NOW) == (1, 0)
    assert [one.message_id for one in store.outbox.due(NOW, resend_unknown=True)] == names[:1]
    assert held(store) == []


def test_dropped_letters_are_never_sent(store: Store) -> None:
    """They stay unknown, for nobody knows whether they arrived."""
    owing(store)
    store.holding.hold(taken=NOW, now=NOW)
    assert store.holding.drop(KEY, resend_unknown=True) == 2
    assert (due(store), held(store)) == ([], [])
    status = store.digests.status(KEY)
    assert status is not None
    assert dict(status.deliveries) == {"unknown": 2}


def test_a_newer_letter_takes_the_place_of_a_held_one(store: Store) -> None:
    """It asks for no word any more."""
    owing(store)
    store.holding.hold(taken=NOW, now=NOW - 4 * WEEK)
    freeze(store, key="2026-W48", now=NOW)
    assert held(store) == []
    assert store.outbox.owed() == 2


def test_a_digest_whose_slot_had_passed_is_held_when_it_is_made(store: Store) -> None:
    """And a later one is not."""
    join(store, MAIJA)
    store.holding.hold(taken=NOW - WEEK, now=NOW + WEEK)
    frozen = freeze(store, now=NOW + WEEK)
    assert (frozen.owed, frozen.held) == (0, 1)
    assert held(store) == [(KEY, 1)]


def test_what_a_server_took_without_a_word_waits_too_where_it_is_to_be_held(store: Store) -> None:
    """With ``unknown: hold`` alone; otherwise it is sent again by itself."""
    owing(store)
    first, _ = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.sending(first, NOW)
    store.outbox.settle(first, DeliveryState.UNKNOWN, now=NOW, reply="?", next_try=NOW)
    assert (held(store), held(store, resend_unknown=False)) == ([], [(KEY, 1)])
    assert due(store, resend_unknown=False) == [PEKKA]
    assert store.holding.release(KEY, resend_unknown=False, now=NOW) == (1, 0)
    assert due(store, resend_unknown=False) == [MAIJA, PEKKA]
