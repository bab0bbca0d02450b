"""Who gets the letter: an address once, and nobody back who left without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import StoreError
from pipeline.model import RecipientState
from tests.store.collector import DAY, NOW

if TYPE_CHECKING:
    from pipeline.model import Recipient
    from pipeline.store import Store

LEFT, ACTIVE = RecipientState.LEFT, RecipientState.ACTIVE


def add(store: Store, *addresses: str, language: str = "fi", day: int = 0) -> dict[str, RecipientState | None]:
    """They asked in person, ``day`` days from now."""
    moment = NOW + day * DAY
    people = [(address, language, moment) for address in addresses]
    return store.recipients.add(people, origin=f"asked on day {day}", now=moment, revive=True)


def bring_in(store: Store, *addresses: str) -> dict[str, RecipientState | None]:
    """A list of them is imported."""
    people = [(address, "sv", NOW) for address in addresses]
    return store.recipients.add(people, origin="a file", now=NOW, revive=False)


def only(store: Store) -> Recipient:
    (recipient,) = store.recipients.all()
    return recipient


def test_a_recipient_is_kept_with_when_and_how_they_asked(store: Store) -> None:
    """That is all that is known of them."""
    before = add(store, "maija@example.fi")

    assert before == {"maija@example.fi": None}
    recipient = only(store)
    assert (recipient.address, recipient.language, recipient.state) == ("maija@example.fi", "fi", ACTIVE)
    assert (recipient.consent_at, recipient.origin) == (NOW, "asked on day 0")


def test_recipients_come_in_the_order_of_joining(store: Store) -> None:
    """Each with a number of their own."""
    add(store, "b@example.fi", "a@example.fi")
    add(store, "c@example.fi")

    people = store.recipients.all()
    assert [one.address for one in people] == ["b@example.fi", "a@example.fi", "c@example.fi"]
    assert len({one.id for one in people}) == 3


def test_an_address_is_the_same_in_any_case(store: Store) -> None:
    """It is kept as it was written first, and found however it is written."""
    add(store, "Maija.Meikäläinen@Example.FI")

    before = add(store, "maija.MEIKÄLÄINEN@example.fi", day=1)

    assert before == {"maija.meikäläinen@example.fi": ACTIVE}
    assert only(store).address == "Maija.Meikäläinen@Example.FI"
    assert store.recipients.remove("MAIJA.meikäläinen@EXAMPLE.fi", now=NOW).id == only(store).id


def test_an_address_twice_in_a_list_is_one_recipient(store: Store) -> None:
    """The first line counts."""
    assert bring_in(store, "a@example.fi", "A@example.fi") == {"a@example.fi": None}
    assert only(store).address == "a@example.fi"


def test_who_is_there_already_keeps_language_and_consent(store: Store) -> None:
    """Asking twice changes nothing."""
    add(store, "maija@example.fi")
    kept = only(store)

    assert add(store, "maija@example.fi", language="sv", day=3) == {"maija@example.fi": ACTIVE}
    assert only(store) == kept


def test_who_left_stays_known_as_having_left(store: Store) -> None:
    """The address is needed, or an import would bring it back."""
    add(store, "maija@example.fi")

    gone = store.recipients.remove("maija@example.fi", now=NOW)

    assert gone.address == "maija@example.fi"
    assert only(store).state is LEFT


def test_an_import_never_revives(store: Store) -> None:
    """Not however often; the others of the list are added."""
    add(store, "maija@example.fi")
    store.recipients.remove("maija@example.fi", now=NOW)

    before = bring_in(store, "Maija@example.fi", "uusi@example.fi")

    assert before == {"maija@example.fi": LEFT, "uusi@example.fi": None}
    assert [(one.address, one.state) for one in store.recipients.all()] == [
        ("maija@example.fi", LEFT),
        ("uusi@example.fi", ACTIVE),
    ]


def test_who_asks_again_in_person_is_back(store: Store) -> None:
    """With the new consent and language, as the same recipient."""
    add(store, "maija@example.fi")
    first = only(store)
    store.recipients.remove("maija@example.fi", now=NOW)

    before = add(store, "maija@example.fi", language="sv", day=3)

    back = only(store)
    assert before == {"maija@example.fi": LEFT}
    assert (back.id, back.state, back.language) == (first.id, ACTIVE, "sv")
    assert (back.consent_at, back.origin) == (NOW + 3 * DAY, "asked on day 3")


def test_who_is_not_there_cannot_leave(store: Store) -> None:
    """The sentence names them and where to look."""
    with pytest.raises(StoreError, match=r"^x@example\.fi is not among the recipients; `digikooste recipients list`"):
        store.recipients.remove("x@example.fi", now=NOW)


def test_leaving_twice_is_harmless(store: Store) -> None:
    """An unsubscribe link is clicked twice."""
    add(store, "maija@example.fi")
    for _ in range(2):
        store.recipients.remove("maija@example.fi", now=NOW)

    assert only(store).state is LEFT


def test_nobody_to_add_is_nobody(store: Store) -> None:
    """An empty file."""
    assert bring_in(store) == {}
    assert store.recipients.all() == ()
