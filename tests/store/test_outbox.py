"""Every delivery's way from owed to settled, and who may still get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.model import Delivery, DeliveryState
from tests.store.collector import DAY, HOUR, NOW
from tests.store.letters import KEY, freeze, join

if TYPE_CHECKING:
    from pipeline.store import Store

MAIJA, PEKKA = "maija@example.fi", "pekka@example.fi"


@pytest.fixture
def owed(store: Store) -> list[Delivery]:
    """Two deliveries of one digest."""
    join(store, MAIJA, PEKKA)
    freeze(store)
    return due(store)


def due(store: Store, *, resend_unknown: bool = True, at: int = 0) -> list[Delivery]:
    """What may be sent ``at`` hours from now."""
    return list(store.outbox.due(NOW + at * HOUR, resend_unknown=resend_unknown))


def states(store: Store) -> dict[str, int]:
    status = store.digests.status(KEY)
    assert status is not None
    return dict(status.deliveries)


def test_what_is_owed_comes_in_its_order(store: Store, owed: list[Delivery]) -> None:
    """The oldest first, as many as one asks for."""
    assert [one.address for one in owed] == [MAIJA, PEKKA]
    assert [one.address for one in store.outbox.due(NOW, resend_unknown=True, limit=1)] == [MAIJA]
    assert store.outbox.owed() == 2
    assert store.outbox.next_try() == NOW


def test_nothing_is_due_before_its_time(store: Store, owed: list[Delivery]) -> None:
    """A delivery that was put off waits for its moment; it is owed all the same."""
    store.outbox.settle(owed[0], DeliveryState.PENDING, now=NOW, reply="450 later", next_try=NOW + HOUR)
    store.outbox.settle(owed[1], DeliveryState.ACCEPTED, now=NOW, reply="250 ok")

    assert due(store) == []
    (again,) = due(store, at=1)
    assert (again.address, again.attempts, again.last_try) == (MAIJA, 1, NOW)
    assert (store.outbox.owed(), store.outbox.next_try()) == (1, NOW + HOUR)


@pytest.mark.parametrize("state", [DeliveryState.ACCEPTED, DeliveryState.REFUSED])
def test_what_is_settled_is_never_due_again(store: Store, owed: list[Delivery], state: DeliveryState) -> None:
    """Whatever the clock says."""
    for one in owed:
        assert store.outbox.sending(one, NOW)
        store.outbox.settle(one, state, now=NOW, reply="words")

    assert due(store, at=10_000) == []
    assert (store.outbox.owed(), store.outbox.next_try()) == (0, None)
    assert states(store) == {state: 2}
    assert not store.outbox.sending(owed[0], NOW)


def test_the_intent_is_written_once(store: Store, owed: list[Delivery]) -> None:
    """Two processes with the same list: one may send. While it does, the delivery is owed but not due."""
    assert store.outbox.sending(owed[0], NOW)
    assert not store.outbox.sending(owed[0], NOW)

    assert [one.address for one in due(store)] == [PEKKA]
    assert store.outbox.owed() == 2


def test_an_attempt_counts_once(store: Store, owed: list[Delivery]) -> None:
    """Its intent and its outcome are one attempt; an outcome before the intent (RCPT refused) is one too."""
    store.outbox.sending(owed[0], NOW)
    for one in owed:
        store.outbox.settle(one, DeliveryState.PENDING, now=NOW, next_try=NOW)

    assert [one.attempts for one in due(store)] == [1, 1]


def test_what_a_killed_process_was_sending_is_unknown(store: Store, owed: list[Delivery]) -> None:
    """It is sent again under the same Message-ID, or held for the operator."""
    store.outbox.sending(owed[0], NOW)

    assert store.outbox.recover() == 1
    assert store.outbox.recover() == 0

    (unknown,) = store.outbox.unknown()
    assert (unknown.state, unknown.address, unknown.attempts) == (DeliveryState.UNKNOWN, MAIJA, 1)
    again, other = due(store)
    assert (again, other.address) == (unknown, PEKKA)
    assert again.message_id == owed[0].message_id
    assert [one.address for one in due(store, resend_unknown=False)] == [PEKKA]


def test_an_unknown_one_is_tried_while_it_has_a_next_try(store: Store, owed: list[Delivery]) -> None:
    """Then it is left to the operator."""
    store.outbox.settle(owed[0], DeliveryState.UNKNOWN, now=NOW, next_try=NOW + HOUR)
    store.outbox.settle(owed[1], DeliveryState.UNKNOWN, now=NOW)

    assert [one.address for one in store.outbox.unknown()] == [MAIJA, PEKKA]
    assert [one.address for one in due(store, at=1)] == [MAIJA]
    assert (store.outbox.owed(), store.outbox.next_try()) == (1, NOW + HOUR)


def test_what_is_held_is_not_owed(store: Store, owed: list[Delivery]) -> None:
    """With ``unknown: hold`` nobody waits for what will not be sent."""
    store.outbox.settle(owed[0], DeliveryState.UNKNOWN, now=NOW, next_try=NOW + HOUR)
    store.outbox.settle(owed[1], DeliveryState.ACCEPTED, now=NOW)

    assert (store.outbox.owed(resend_unknown=False), store.outbox.next_try(resend_unknown=False)) == (0, None)
    assert store.outbox.owed() == 1


def test_an_unknown_one_may_arrive_after_all(store: Store, owed: list[Delivery]) -> None:
    """A second attempt settles it."""
    store.outbox.sending(owed[0], NOW)
    store.outbox.recover()
    again = due(store)[0]

    assert store.outbox.sending(again, NOW + HOUR)
    store.outbox.settle(again, DeliveryState.ACCEPTED, now=NOW + HOUR)

    assert store.outbox.unknown() == ()
    assert states(store) == {"accepted": 1, "pending": 1}


def test_who_left_gets_nothing_more(store: Store, owed: list[Delivery]) -> None:
    """What was owed is cancelled, and a process that has it on its list is told no."""
    store.recipients.remove(MAIJA, now=NOW)

    assert [one.address for one in due(store, at=100)] == [PEKKA]
    assert store.outbox.owed() == 1
    assert not store.outbox.sending(owed[0], NOW)
    assert states(store) == {"cancelled": 1, "pending": 1}


def test_a_cancelled_one_stays_cancelled(store: Store, owed: list[Delivery]) -> None:
    """An outcome from before the intent (RCPT refused, put off) changes nothing any more."""
    store.recipients.remove(MAIJA, now=NOW)

    store.outbox.settle(owed[0], DeliveryState.PENDING, now=NOW, next_try=NOW + HOUR)

    assert states(store) == {"cancelled": 1, "pending": 1}
    assert [one.address for one in due(store, at=1)] == [PEKKA]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(DeliveryState.ACCEPTED, "accepted"), (DeliveryState.PENDING, "cancelled"), (DeliveryState.UNKNOWN, "unknown")],
)
def test_who_leaves_while_it_is_being_sent(
    store: Store, owed: list[Delivery], outcome: DeliveryState, expected: str
) -> None:
    """Its outcome is written down, but there is no second attempt."""
    store.outbox.sending(owed[0], NOW)
    store.recipients.remove(MAIJA, now=NOW)

    store.outbox.settle(owed[0], outcome, now=NOW, next_try=None if expected == "accepted" else NOW + HOUR)

    assert states(store) == {expected: 1, "pending": 1}
    assert [one.address for one in due(store, at=100)] == [PEKKA]
    assert store.outbox.owed() == 1


def test_who_leaves_while_a_letter_is_unknown(store: Store, owed: list[Delivery]) -> None:
    """It is not sent again; that nobody knows stays true."""
    store.outbox.sending(owed[0], NOW)
    store.outbox.recover()

    store.recipients.remove(MAIJA, now=NOW)

    assert [one.address for one in store.outbox.unknown()] == [MAIJA]
    assert [one.address for one in due(store, at=100)] == [PEKKA]


def test_who_comes_back_gets_the_next_one(store: Store, owed: list[Delivery]) -> None:
    """Not the one that was cancelled when they left."""
    store.recipients.remove(MAIJA, now=NOW)
    join(store, MAIJA)

    assert [one.address for one in due(store, at=100)] == [PEKKA]
    assert freeze(store, key="2026-W48", now=NOW + 7 * DAY).owed == 2


def test_who_joins_after_freezing_gets_the_next_one(store: Store, owed: list[Delivery]) -> None:
    """The outbox was filled when the digest was frozen."""
    join(store, "uusi@example.fi")

    assert [one.address for one in due(store)] == [MAIJA, PEKKA]


def test_a_whole_list_is_worked_off_in_parts(store: Store) -> None:
    """More recipients than one statement takes, each owed once."""
    join(store, *(f"r{number}@example.fi" for number in range(12_000)))
    assert freeze(store).owed == 12_000

    first = due(store)
    for one in first[:3]:
        store.outbox.settle(one, DeliveryState.ACCEPTED, now=NOW)

    assert len(first) == 1000
    assert store.outbox.owed() == 11_997
    assert freeze(store, key="2026-W48").owed == 12_000
    assert states(store) == {"accepted": 3, "cancelled": 11_997}


def test_a_digest_that_is_made_again_has_deliveries_of_its_own(store: Store, owed: list[Delivery]) -> None:
    """Under the old numbers and Message-IDs: who still has the old ones in hand may not send them."""
    freeze(store, again=True, now=NOW + HOUR)

    (first, _) = due(store, at=1)
    assert (first.id, first.message_id) == (owed[0].id, owed[0].message_id)
    assert not store.outbox.sending(owed[0], NOW + HOUR)
    store.outbox.settle(owed[0], DeliveryState.ACCEPTED, now=NOW + HOUR)
    assert states(store) == {"pending": 2}
    assert store.outbox.sending(first, NOW + HOUR)


def refused(store: Store, *keys: str) -> bool:
    """Each of these digests is refused for Maija because of her address; whether the last one suppresses her."""
    suppressed = False
    for week, key in enumerate(keys):
        freeze(store, key=key, now=NOW + 7 * week * DAY)
        for one in store.outbox.due(NOW + 7 * week * DAY, resend_unknown=True):
            state = DeliveryState.REFUSED if one.address == MAIJA else DeliveryState.ACCEPTED
            suppressed = store.outbox.settle(one, state, now=NOW, reply="550", blames_address=one.address == MAIJA)
    return suppressed


def test_two_refusals_in_a_row_suppress_and_a_letter_in_between_begins_anew(store: Store) -> None:
    """Counted by digests, the ones that arrived too."""
    join(store, MAIJA)
    assert not refused(store, "2026-W47")
    freeze(store, key="2026-W48", now=NOW + DAY)
    (one,) = due(store, at=24)
    store.outbox.settle(one, DeliveryState.ACCEPTED, now=NOW)
    assert not refused(store, "2026-W49")
    assert refused(store, "2026-W50")
    assert store.recipients.find(MAIJA).state == "suppressed"


def test_who_has_left_is_not_suppressed(store: Store) -> None:
    """They left while the second letter was refused: that is what they are known for."""
    join(store, MAIJA)
    assert not refused(store, "2026-W47")
    freeze(store, key="2026-W48", now=NOW + DAY)
    (one,) = due(store, at=24)
    assert store.outbox.sending(one, NOW + DAY)
    store.recipients.remove(MAIJA, now=NOW + DAY)

    assert not store.outbox.settle(one, DeliveryState.REFUSED, now=NOW + DAY, reply="550", blames_address=True)

    assert store.recipients.find(MAIJA).state == "left"


@pytest.mark.parametrize("ends", ["put off", "killed"])
def test_what_was_on_its_way_when_a_newer_letter_was_made_is_not_sent_again(
    store: Store, owed: list[Delivery], ends: str
) -> None:
    """Neither put off nor left by a kill: the newer one takes its place, whatever becomes of the message in hand."""
    first, _ = owed
    assert store.outbox.sending(first, NOW)
    freeze(store, key="2026-W48", now=NOW + HOUR)

    if ends == "put off":
        store.outbox.settle(first, DeliveryState.PENDING, now=NOW + HOUR, reply="450", next_try=NOW + HOUR)
    else:
        assert store.outbox.recover() == 1

    assert {one.digest for one in due(store, at=2)} == {"2026-W48"}
    assert states(store) == ({"cancelled": 2} if ends == "put off" else {"cancelled": 1, "unknown": 1})


def test_who_leaves_while_an_unknown_one_is_in_hand_gets_no_second(store: Store, owed: list[Delivery]) -> None:
    """It was listed to be sent again, stays unknown, and is not sent: whoever leaves gets nothing more."""
    assert store.outbox.sending(owed[0], NOW)
    store.outbox.settle(owed[0], DeliveryState.UNKNOWN, now=NOW, next_try=NOW)
    (again,) = (one for one in due(store) if one.address == MAIJA)
    store.recipients.remove(MAIJA, now=NOW)

    assert not store.outbox.sending(again, NOW)
    assert states(store)["unknown"] == 1


def test_what_was_cancelled_before_its_intent_stays_cancelled(store: Store, owed: list[Delivery]) -> None:
    """They left while the server was asked for them: what it said then changes nothing, accepted or put off."""
    store.recipients.remove(MAIJA, now=NOW)

    store.outbox.settle(owed[0], DeliveryState.REFUSED, now=NOW, reply="550", blames_address=True)
    assert states(store) == {"cancelled": 1, "pending": 1}
    store.outbox.settle(owed[0], DeliveryState.PENDING, now=NOW, reply="450", next_try=NOW)

    assert states(store) == {"cancelled": 1, "pending": 1}
    assert [one.address for one in due(store)] == [PEKKA]
