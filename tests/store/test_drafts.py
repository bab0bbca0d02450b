"""Drafts in the store: each change a revision, on either database, and none over another's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.digest.drafting import Drop, Hold, Note, Restore
from pipeline.errors import DraftChanged, DraftError
from pipeline.store import schema
from pipeline.store.drafts import Hand, Settlement
from tests.store.collector import NOW, article, feed
from tests.store.letters import KEY, digest, edition, is_frozen, join, keep_draft, message_id

if TYPE_CHECKING:
    from pipeline.model import Candidate
    from pipeline.store import Store
    from tests.store.collector import Collector

SOURCE = feed()
MAIJA = Hand(who="maija@example.fi", way="desk")


@pytest.fixture
def items(collector: Collector) -> list[Candidate]:
    """Three items of one feed."""
    collector.reads(SOURCE, article("a"), article("b"), article("c"))
    return collector.candidates(SOURCE)


def test_each_change_is_kept_with_who_and_when(store: Store, items: list[Candidate]) -> None:
    """And what it was made for: a change for an older revision is refused, and nothing of it is written."""
    keep_draft(store, *items)
    after = store.drafts.edit(KEY, Note("fi", "Hei"), hand=MAIJA, now=NOW, seen=1)
    assert (after.number, store.drafts.load(KEY)) == (2, after)
    with pytest.raises(DraftChanged) as refused:
        store.drafts.edit(KEY, Note("fi", "Moi"), hand=MAIJA, now=NOW, seen=1)
    assert (refused.value.seen, refused.value.current) == (1, 2)
    history = store.drafts.history(KEY)
    assert [(one.number, one.change.code, one.hand.who) for one in history] == [
        (1, "composed", "digikooste"),
        (2, "noted", "maija@example.fi"),
    ]
    assert history[1].marks.notes == {"fi": "Hei"}


def test_a_dropped_item_is_reserved_by_nobody_and_still_dropped(store: Store, items: list[Candidate]) -> None:
    """It is no candidate of any letter, until it is restored; a draft that ends gives the others back."""
    keep_draft(store, *items)
    first = items[0].id
    store.drafts.edit(KEY, Drop(first), hand=MAIJA, now=NOW)
    by_number = {one.id: one for one in store.digests.candidates([SOURCE.id])}
    assert (by_number[first].dropped, by_number[first].reserved_by) == (True, None)
    assert [item.item_id for item in store.digests.load(KEY).picks] == [one.id for one in items[1:]]
    store.drafts.discard(KEY, Settlement(seen=2, code="skipped", hand=MAIJA), now=NOW, reason="unapproved")
    freed = {one.id: (one.dropped, one.reserved_by) for one in store.digests.candidates([SOURCE.id])}
    assert freed == {one.id: (one.id == first, None) for one in items}
    assert (store.digests.status(KEY), store.digests.skipped()) == (None, {KEY: "unapproved"})
    assert [one.change.code for one in store.drafts.history(KEY)] == ["composed", "dropped", "skipped"]
    assert store.drafts.free(first)
    assert not store.drafts.free(first)


def test_what_was_restored_is_dropped_no_more_and_what_was_shown_is_not_freed(
    store: Store, items: list[Candidate]
) -> None:
    """Restored in its draft it is in it again; dropped of a letter that has left, it cannot be news once more."""
    join(store, "maija@example.fi")
    keep_draft(store, *items)
    store.drafts.edit(KEY, Drop(items[0].id), hand=MAIJA, now=NOW)
    store.drafts.edit(KEY, Restore(items[0].id), hand=MAIJA, now=NOW)
    by_number = {one.id: one for one in store.digests.candidates([SOURCE.id])}
    assert (by_number[items[0].id].dropped, by_number[items[0].id].reserved_by) == (False, KEY)
    store.digests.freeze(digest(*items), [edition()], now=NOW, message_id=message_id)
    with store.digests._database.write() as connection:
        connection.execute(schema.dropped.insert().values(item=items[0].id, digest=KEY, at=NOW, who="x"))
    assert not store.drafts.free(items[0].id)


def test_a_draft_of_an_older_version_can_be_changed(store: Store, items: list[Candidate]) -> None:
    """It has no history; its first change is its first revision, and can be taken back."""
    keep_draft(store, *items)
    with store.digests._database.write() as connection:  # what an older version left
        connection.execute(schema.draft.delete())
        connection.execute(schema.revision.delete())
    before = store.drafts.load(KEY)
    assert before.number == 0
    store.drafts.edit(KEY, Drop(items[0].id), hand=MAIJA, now=NOW, seen=0)
    restored = store.drafts.edit(KEY, Restore(items[0].id), hand=MAIJA, now=NOW, seen=1)
    assert restored.draft.digest == before.draft.digest
    assert len(store.digests.load(KEY).picks) == len(items)


def test_freezing_takes_the_revision_that_was_judged(store: Store, items: list[Candidate]) -> None:
    """Whoever changed the draft meanwhile keeps it from being frozen; the mails about its end are owed with it."""
    join(store, "anna@example.fi")
    keep_draft(store, *items)
    store.drafts.edit(KEY, Hold("odota"), hand=MAIJA, now=NOW)

    def freeze(seen: int) -> None:
        settled = Settlement(seen=seen, code="approved", hand=MAIJA, summoned=("pekka@example.fi",))
        store.digests.freeze(digest(*items), [edition()], now=NOW, message_id=message_id, settled=settled)

    with pytest.raises(DraftChanged):
        freeze(1)
    assert (is_frozen(store), store.outbox.owed(), store.drafts.unsent()) == (False, 0, ())
    freeze(2)
    assert (is_frozen(store), store.outbox.owed()) == (True, 1)
    assert [(one.kind, one.address) for one in store.drafts.unsent()] == [("approved", "pekka@example.fi")]
    with pytest.raises(DraftError, match="frozen already"):
        store.drafts.edit(KEY, Restore(1), hand=MAIJA, now=NOW)


def test_a_mail_to_an_editor_is_owed_once(store: Store, items: list[Candidate]) -> None:
    """However often it is decided on, until it is sent."""
    keep_draft(store, *items)
    for _ in range(2):
        store.drafts.summon(KEY, 1, "reminder", ["a@e.fi", "a@e.fi", "b@e.fi"], now=NOW)
    owed = store.drafts.unsent()
    assert [one.address for one in owed] == ["a@e.fi", "b@e.fi"]
    store.drafts.sent(owed[0], now=NOW)
    store.drafts.summon(KEY, 1, "reminder", ["a@e.fi"], now=NOW)
    assert [one.address for one in store.drafts.unsent()] == ["b@e.fi"]


def test_a_session_is_known_by_its_hash_alone(store: Store) -> None:
    """What a browser holds stands nowhere; a link is used up once."""
    token = store.sessions.begin("maija@example.fi", now=NOW)
    found = store.sessions.find(token, now=NOW)
    assert found is not None
    assert (found.who, token in found.id) == ("maija@example.fi", False)
    assert store.sessions.find(found.id, now=NOW) is None
    assert store.sessions.find(token, now=NOW + timedelta(hours=2)) is None
    assert [store.sessions.spend("link", now=NOW) for _ in range(2)] == [True, False]
    assert store.sessions.end_all("maija@example.fi") == 1
