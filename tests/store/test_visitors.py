"""What visitors ask for is kept until it is answered, and what they decide holds, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.model import RecipientState
from pipeline.store import Asking, Kind, visitors

if TYPE_CHECKING:
    import pytest

    from pipeline.store import Store

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ASKING = Asking(kind=Kind.JOIN, who="a hash", address="maija@example.fi", language="sv", topics=("kieli",), at=NOW)


def test_what_is_asked_waits_until_it_is_answered(store: Store) -> None:
    """As it was asked; put off it comes again later, and answered it never does, and its address is gone."""
    assert store.visitors.ask([ASKING, replace(ASKING, address="matti@example.fi", who="another", topics=None)])
    first, second = store.visitors.waiting(NOW)
    assert (first, second.topics) == (replace(ASKING, id=1), None)

    store.visitors.put_off(first, NOW + 5 * MINUTE)
    store.visitors.answered(second, sent=NOW)
    assert store.visitors.waiting(NOW + MINUTE) == ()
    assert store.visitors.next_try() == NOW + 5 * MINUTE
    assert store.visitors.waiting(NOW + 5 * MINUTE) == (replace(ASKING, id=1, attempts=1),)
    store.visitors.answered(first, sent=None)
    assert store.visitors.next_try() is None
    assert store.visitors.written_to(second) == (NOW,)
    assert store.visitors.written_to(first) == ()


def test_a_clock_that_was_set_back_makes_nobody_wait(store: Store) -> None:
    """A next try days ahead was written by a clock that ran wrong."""
    store.visitors.ask([ASKING])
    assert len(store.visitors.waiting(NOW - timedelta(days=30))) == 1


def test_asked_again_the_last_one_counts(store: Store) -> None:
    """Of the same person and kind; somebody else's and another kind are no sign."""
    store.visitors.ask([ASKING, replace(ASKING, who="another"), replace(ASKING, kind=Kind.EDIT)])
    (first, *_) = store.visitors.waiting(NOW)
    assert not store.visitors.is_overtaken(first)
    store.visitors.ask([ASKING])
    assert store.visitors.is_overtaken(first)


def test_no_more_wait_than_may(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of what came together is kept, or none of it."""
    monkeypatch.setattr(visitors, "MOST_WAITING", 3)
    assert store.visitors.ask([ASKING, ASKING])
    assert not store.visitors.ask([ASKING, ASKING])
    assert store.visitors.ask([ASKING])
    assert len(store.visitors.waiting(NOW)) == 3


def test_a_day_later_nothing_is_known(store: Store) -> None:
    """What still waits is kept."""
    store.visitors.ask([ASKING, ASKING])
    store.visitors.answered(store.visitors.waiting(NOW)[0], sent=NOW)
    assert store.visitors.tidy(NOW + timedelta(hours=23)) == 0
    assert store.visitors.tidy(NOW + timedelta(days=1, minutes=1)) == 1
    assert store.visitors.written_to(ASKING) == ()
    assert len(store.visitors.waiting(NOW)) == 1


def test_coming_choosing_and_going(store: Store) -> None:
    """One number for one address in whatever spelling; consent is that of the last time."""
    joined = store.visitors.join("Maija@example.fi", language="fi", topics=None, asked=NOW, now=NOW)
    assert joined is not None
    assert (joined.origin, joined.consent_at, joined.state) == ("web", NOW, RecipientState.ACTIVE)
    again = store.visitors.join("maija@EXAMPLE.fi", language="en", topics=("some",), asked=NOW, now=NOW + MINUTE)
    assert again == joined

    assert store.visitors.choose(joined.id, language="sv", topics=("some",), now=NOW + MINUTE)
    assert store.visitors.leave(joined.id, now=NOW + 2 * MINUTE)
    assert not store.visitors.leave(joined.id, now=NOW + 2 * MINUTE)
    assert not store.visitors.choose(joined.id, language="fi", topics=None, now=NOW + 3 * MINUTE)
    left = store.visitors.known("MAIJA@example.fi")
    assert left is not None
    assert (left.state, left.language, left.topics) == (RecipientState.LEFT, "sv", ("some",))

    old = store.visitors.join("maija@example.fi", language="fi", topics=None, asked=NOW, now=NOW + 3 * MINUTE)
    assert old is None
    back = store.visitors.join(
        "maija@example.fi", language="en", topics=None, asked=NOW + 3 * MINUTE, now=NOW + 4 * MINUTE
    )
    assert back is not None
    assert (back.id, back.state, back.language, back.consent_at) == (
        joined.id,
        RecipientState.ACTIVE,
        "en",
        NOW + 4 * MINUTE,
    )


def test_who_could_not_be_reached_comes_back_by_confirming(store: Store) -> None:
    """Whoever clicks what came by mail can be reached."""
    joined = store.visitors.join("maija@example.fi", language="fi", topics=None, asked=NOW, now=NOW)
    assert joined is not None
    store.recipients.suppress(joined.id, why="two letters came back", now=NOW + MINUTE)
    back = store.visitors.join(
        "maija@example.fi", language="fi", topics=None, asked=NOW + 2 * MINUTE, now=NOW + 2 * MINUTE
    )
    assert back is not None
    assert back.state is RecipientState.ACTIVE
