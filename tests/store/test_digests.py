"""A digest is frozen whole, once, and nobody gets an item as news twice."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.model import DeliveryState, Digest, Reading, SectionKind, Shown
from tests.store.collector import DAY, HOUR, NOW, WEEK, Collector, article, feed, playlist, video
from tests.store.letters import KEY, digest, edition, freeze, is_frozen, join, keep_draft, message_id, period

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.model import Candidate
    from pipeline.store import Store

LAST_WEEK, NEXT_WEEK = "2026-W46", "2026-W48"


@pytest.fixture
def items(collector: Collector) -> list[Candidate]:
    """Three items of one feed."""
    collector.reads(feed(), article("a"), article("b"), article("c"))
    return collector.candidates(feed())


# --- Candidates -------------------------------------------------------------------------------------


def test_candidates_are_what_the_sources_hold(collector: Collector, store: Store) -> None:
    """With all that is known of each: by every source, also one that is no longer asked for."""
    blog, other = feed(), feed("toinen")
    full = article("a", summary="Kuvaus.", published=NOW - DAY, duration=252, guid="1")
    collector.record((blog, Reading(items=(full,))), (other, Reading(items=(full, article("b")))))

    (candidate,) = collector.candidates(blog)

    assert candidate.item == replace(full, publisher_id=None)
    assert [one.source for one in candidate.sightings] == ["blog", "toinen"]
    assert (candidate.first_seen, candidate.shown, candidate.reserved_by) == (NOW, (), None)
    assert store.digests.candidates([]) == ()


def test_an_item_is_known_by_where_it_was_shown(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """When, where and in which section; a digest that is about to be replaced has shown nothing."""
    freeze(store, items[0], key=LAST_WEEK, now=NOW - WEEK, web_only=True)
    freeze(store, items[0], section=SectionKind.ARCHIVE, web_only=True)

    shown = collector.candidates(feed())[0].shown

    assert shown == (
        Shown(key=LAST_WEEK, at=NOW - WEEK, section="other"),
        Shown(key=KEY, at=NOW, section="archive"),
    )
    (first, *_) = store.digests.candidates(["blog"], free=[KEY])
    assert [one.key for one in first.shown] == [LAST_WEEK]


def test_a_draft_reserves_its_items(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """Nothing is shown yet, but nobody else may take them."""
    keep_draft(store, items[0])

    assert [one.reserved_by for one in collector.candidates(feed())] == [KEY, None, None]
    with pytest.raises(StoreError, match=f"took some of these items into {KEY} meanwhile; run again"):
        freeze(store, items[0], key=NEXT_WEEK)
    assert store.digests.status(NEXT_WEEK) is None


def test_a_draft_is_loaded_as_it_was_chosen(store: Store, items: list[Candidate]) -> None:
    """Every value of it: times, kinds, reasons, notices."""
    keep_draft(store, *items)

    assert store.digests.load(KEY) == digest(*items)
    with pytest.raises(StoreError, match="There is no digest 2026-W48; `digikooste status` lists"):
        store.digests.load(NEXT_WEEK)


def test_a_draft_is_made_again_as_often_as_one_likes(
    collector: Collector, store: Store, items: list[Candidate]
) -> None:
    """Each takes the place of the one before, and its items are free."""
    keep_draft(store, items[0])
    keep_draft(store, items[1])

    assert [one.reserved_by for one in collector.candidates(feed())] == [None, KEY, None]
    assert freeze(store, items[1]).key == KEY
    assert is_frozen(store)


# --- Freezing ---------------------------------------------------------------------------------------


def test_freezing_keeps_the_editions_to_the_byte(store: Store, items: list[Candidate]) -> None:
    """A resend is the same message, so line ends and every character stay."""
    join(store, "maija@example.fi")

    frozen = freeze(store, *items, languages=("sv", "fi"))

    assert (frozen.key, frozen.owed, frozen.replaced) == (KEY, 1, ())
    assert store.digests.editions(KEY) == (edition("fi"), edition("sv"))
    assert store.digests.editions(NEXT_WEEK) == ()


def test_the_status_tells_how_a_digest_stands(store: Store, items: list[Candidate]) -> None:
    """Its state, its size, its languages and its deliveries; the newest comes first."""
    join(store, "maija@example.fi", "pekka@example.fi")
    freeze(store, items[0], key=LAST_WEEK, web_only=True)
    freeze(store, items[1], items[2], now=NOW)
    keep_draft(store, key=NEXT_WEEK)

    newest, mine, oldest = store.digests.statuses()

    assert (newest.key, newest.state, newest.items, newest.replaceable) == (NEXT_WEEK, "draft", 0, False)
    assert (mine.key, mine.state, mine.items, mine.languages) == (KEY, "frozen", 2, ("fi", "sv"))
    assert (mine.deliveries, mine.attempted, mine.replaceable) == ({"pending": 2}, False, False)
    assert (mine.made, mine.frozen, mine.published) == (NOW, NOW, None)
    assert (oldest.key, oldest.deliveries, oldest.replaceable) == (LAST_WEEK, {}, False)
    assert store.digests.status(KEY) == mine
    assert store.digests.status("2026-W01") is None


def test_many_digests_are_told_of_in_few_questions(store: Store, items: list[Candidate]) -> None:
    """Five years of letters are 260 digests; `status` asks for all of them at once."""
    asked: list[str] = []
    for number in range(1, 54):
        freeze(store, key=f"2026-W{number:02}", web_only=True)
    sa.event.listen(store._database.engine, "before_cursor_execute", lambda *words: asked.append(words[2]))

    assert len(store.digests.statuses()) == 53
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 5


def test_a_freezing_that_fails_leaves_nothing(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """Items, editions and outbox are one: two editions in one language are refused, and all the rest is undone."""
    join(store, "maija@example.fi")
    keep_draft(store, items[0])

    with pytest.raises(StoreError):
        freeze(store, *items, languages=("fi", "fi"))

    assert store.digests.load(KEY) == digest(items[0])
    assert [one.reserved_by for one in collector.candidates(feed())] == [KEY, None, None]
    assert store.digests.editions(KEY) == ()
    assert store.outbox.owed() == 0


def test_a_message_id_that_cannot_be_made_leaves_nothing(store: Store, items: list[Candidate]) -> None:
    """Whatever breaks while the outbox is filled undoes the whole digest."""
    join(store, "maija@example.fi", "pekka@example.fi")

    with pytest.raises(StoreError):  # one id for two people
        store.digests.freeze(digest(*items), [edition()], now=NOW, message_id=lambda _: "<same@example.fi>")

    assert store.digests.status(KEY) is None
    assert store.outbox.owed() == 0


def test_everybody_active_is_owed_the_edition_in_their_language(store: Store, items: list[Candidate]) -> None:
    """Or the first one, where there is none in theirs; who left is owed nothing."""
    join(store, "maija@example.fi", "olle@example.fi", "lassi@example.fi")
    join(store, "lena@example.se", language="sv")
    join(store, "ann@example.com", language="en")
    store.recipients.remove("olle@example.fi", now=NOW)

    frozen = freeze(store, *items, languages=("fi", "sv"))

    due = store.outbox.due(NOW, resend_unknown=True)
    assert frozen.owed == 4
    assert [(one.address, one.language) for one in due] == [
        ("maija@example.fi", "fi"),
        ("lassi@example.fi", "fi"),
        ("lena@example.se", "sv"),
        ("ann@example.com", "fi"),
    ]
    assert [one.message_id for one in due] == [message_id(number) for number in (1, 3, 4, 5)]
    assert {(one.digest, one.state, one.attempts, one.created) for one in due} == {(KEY, DeliveryState.PENDING, 0, NOW)}


def test_a_web_only_digest_owes_nothing(store: Store, items: list[Candidate]) -> None:
    """It is on the page for everybody, and it stays."""
    join(store, "maija@example.fi")

    assert freeze(store, *items, web_only=True).owed == 0
    assert store.outbox.due(NOW, resend_unknown=True) == ()
    assert freeze(store, key=NEXT_WEEK).replaced == ()


def test_an_empty_digest_can_be_kept(store: Store) -> None:
    """Nothing in it breaks nothing."""
    keep_draft(store)

    assert freeze(store).key == KEY


# --- Again ------------------------------------------------------------------------------------------


def test_a_frozen_digest_stays(store: Store, items: list[Candidate]) -> None:
    """A second compose changes nothing, unless it is asked to."""
    join(store, "maija@example.fi")
    freeze(store, items[0])

    with pytest.raises(StoreError, match=f"The digest {KEY} is frozen already; `digikooste compose --again`"):
        freeze(store, items[1])
    with pytest.raises(StoreError, match="is frozen already"):
        keep_draft(store, items[1])

    assert store.digests.load(KEY) == digest(items[0])


def test_before_the_first_attempt_it_may_be_made_again(
    collector: Collector, store: Store, items: list[Candidate]
) -> None:
    """Its items are free, and everybody is owed the new one once."""
    join(store, "maija@example.fi")
    freeze(store, items[0])

    again = freeze(store, items[1], again=True, now=NOW + HOUR)

    assert (again.owed, again.replaced) == (1, (KEY,))
    assert store.digests.load(KEY) == digest(items[1])
    assert [bool(one.shown) for one in collector.candidates(feed())] == [False, True, False]
    (due,) = store.outbox.due(NOW + HOUR, resend_unknown=True)
    assert due.created == NOW + HOUR


def test_after_the_first_attempt_it_stays(store: Store, items: list[Candidate]) -> None:
    """Even if that attempt came to nothing: somebody may have got it."""
    join(store, "maija@example.fi")
    freeze(store, items[0])
    (due,) = store.outbox.due(NOW, resend_unknown=True)
    assert store.outbox.sending(due, NOW)

    with pytest.raises(StoreError, match=f"The digest {KEY} has gone out already and cannot be made again"):
        freeze(store, items[1], again=True)

    assert store.digests.load(KEY) == digest(items[0])


def test_a_published_digest_stays(store: Store, items: list[Candidate]) -> None:
    """Readers have seen the page."""
    freeze(store, items[0])
    with store._database.write() as connection:
        connection.execute(sa.text("UPDATE digest SET published = frozen"))

    with pytest.raises(StoreError, match="has gone out already"):
        freeze(store, items[1], again=True)
    assert freeze(store, items[1], key=NEXT_WEEK).replaced == ()


def test_a_letter_on_its_way_is_not_confused_with_its_successor(store: Store, items: list[Candidate]) -> None:
    """Made again while another process was about to send the old one: that one is no longer owed, the new one is."""
    join(store, "maija@example.fi", "pekka@example.fi")
    freeze(store, items[0])
    old = store.outbox.due(NOW, resend_unknown=True)
    store.recipients.remove("maija@example.fi", now=NOW)
    freeze(store, items[1], again=True, now=NOW + HOUR)

    assert [store.outbox.sending(one, NOW + HOUR) for one in old] == [False, False]
    for one in old:
        store.outbox.settle(one, DeliveryState.ACCEPTED, now=NOW + HOUR)

    (due,) = store.outbox.due(NOW + HOUR, resend_unknown=True)
    assert (due.address, due.attempts, due.state) == ("pekka@example.fi", 0, DeliveryState.PENDING)


def test_a_digest_that_nobody_was_owed_gives_way(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """A trial run without recipients costs nothing: its items are free for the next compose of any period."""
    freeze(store, items[0])
    (status,) = store.digests.statuses()
    assert status.replaceable

    frozen = freeze(store, items[0], key=NEXT_WEEK, now=NOW + WEEK)

    assert frozen.replaced == (KEY,)
    assert [one.key for one in store.digests.statuses()] == [NEXT_WEEK]
    assert [one.key for one in collector.candidates(feed())[0].shown] == [NEXT_WEEK]


def test_it_gives_way_to_its_own_period_without_being_asked(store: Store, items: list[Candidate]) -> None:
    """Somebody joined meanwhile and runs again."""
    freeze(store, items[0])
    join(store, "maija@example.fi")

    assert freeze(store, items[0], items[1]).owed == 1


def test_a_draft_of_another_period_stays(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """It waits for its approval, with its items."""
    keep_draft(store, items[0])

    assert freeze(store, items[1], key=NEXT_WEEK).replaced == ()
    assert collector.candidates(feed())[0].reserved_by == KEY


def test_an_older_letter_that_waits_is_cancelled(store: Store, items: list[Candidate]) -> None:
    """The newer edition takes its place; what has arrived has arrived."""
    join(store, "maija@example.fi", "pekka@example.fi")
    freeze(store, items[0], key=LAST_WEEK, now=NOW - WEEK)
    arrived, _ = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.settle(arrived, DeliveryState.ACCEPTED, now=NOW)

    freeze(store, items[1])

    assert {one.digest for one in store.outbox.due(NOW, resend_unknown=True)} == {KEY}
    status = store.digests.status(LAST_WEEK)
    assert status is not None
    assert status.deliveries == {"accepted": 1, "cancelled": 1}


def test_an_older_letter_whose_fate_is_unknown_stays_so(store: Store, items: list[Candidate]) -> None:
    """It is not sent again after the newer one, but the operator still sees that nobody knows."""
    join(store, "maija@example.fi")
    freeze(store, items[0], key=LAST_WEEK, now=NOW - WEEK)
    (due,) = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.sending(due, NOW)
    store.outbox.settle(due, DeliveryState.UNKNOWN, now=NOW, next_try=NOW + HOUR)

    freeze(store, items[1])

    assert [one.digest for one in store.outbox.unknown()] == [LAST_WEEK]
    assert [one.digest for one in store.outbox.due(NOW + DAY, resend_unknown=True)] == [KEY]
    assert store.outbox.owed() == 1


@pytest.mark.parametrize("outcome", [DeliveryState.ACCEPTED, DeliveryState.PENDING])
def test_an_older_letter_that_is_being_sent_is_left_to_its_outcome(
    store: Store, items: list[Candidate], outcome: DeliveryState
) -> None:
    """Accepted is written down; put off is not tried again once a newer one is owed."""
    join(store, "maija@example.fi")
    freeze(store, items[0], key=LAST_WEEK, now=NOW - WEEK)
    (due,) = store.outbox.due(NOW, resend_unknown=True)
    assert store.outbox.sending(due, NOW)

    freeze(store, items[1])
    store.outbox.settle(due, outcome, now=NOW, next_try=NOW + HOUR if outcome is DeliveryState.PENDING else None)

    status = store.digests.status(LAST_WEEK)
    assert status is not None
    assert status.deliveries == {"accepted" if outcome is DeliveryState.ACCEPTED else "cancelled": 1}
    assert [one.digest for one in store.outbox.due(NOW + DAY, resend_unknown=True)] == [KEY]


def test_an_older_letter_that_a_killed_process_was_sending_is_not_sent_again(
    store: Store, items: list[Candidate]
) -> None:
    """Nobody knows whether it arrived, and the newer one is on its way."""
    join(store, "maija@example.fi")
    freeze(store, items[0], key=LAST_WEEK, now=NOW - WEEK)
    (due,) = store.outbox.due(NOW, resend_unknown=True)
    store.outbox.sending(due, NOW)
    freeze(store, items[1])

    assert store.outbox.recover() == 1

    assert [one.digest for one in store.outbox.unknown()] == [LAST_WEEK]
    assert [one.digest for one in store.outbox.due(NOW + DAY, resend_unknown=True)] == [KEY]
    assert store.outbox.owed() == 1


# --- Never twice ------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", [SectionKind.OTHER, SectionKind.TOPIC, SectionKind.LESSONS])
def test_news_and_lessons_come_once(store: Store, items: list[Candidate], section: SectionKind) -> None:
    """Whoever chose them before knew it or not; in whatever section they stood."""
    freeze(store, items[0], key=LAST_WEEK, section=SectionKind.ARCHIVE, web_only=True)

    with pytest.raises(StoreError, match=f"into {LAST_WEEK} meanwhile; run again"):
        freeze(store, items[0], items[1], section=section)
    assert store.digests.status(KEY) is None


def test_the_archive_may_show_an_item_again(collector: Collector, store: Store, items: list[Candidate]) -> None:
    """After a year; when, the choice decides."""
    freeze(store, items[0], key=LAST_WEEK, web_only=True)
    freeze(store, items[0], section=SectionKind.ARCHIVE, web_only=True)

    assert [one.section for one in collector.candidates(feed())[0].shown] == ["other", "archive"]


def test_two_processes_that_freeze_at_once_share_no_news(place: str | Path, collector: Collector) -> None:
    """Both chose the same items for their periods: one digest has them, the other process says so."""
    collector.reads(playlist(), *(video(number) for number in range(1, 40)))
    join(collector.store, "maija@example.fi")
    script = textwrap.dedent("""
        import sys
        from pipeline.errors import StoreError
        from pipeline.store import Store
        from tests.store.collector import Collector, playlist
        from tests.store.letters import freeze

        with Store(sys.argv[1]) as store:
            chosen = Collector(store).candidates(playlist())
            print("chosen", flush=True)
            sys.stdin.readline()
            try:
                freeze(store, *chosen, key=sys.argv[2])
            except StoreError as error:
                sys.exit(str(error))
    """)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(place), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for key in (KEY, NEXT_WEEK)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "chosen\n"

    said = [process.communicate("\n")[1] for process in processes]

    assert sorted(process.returncode for process in processes) == [0, 1], said
    assert "took some of these items into 2026-W4" in "".join(said)
    assert len(collector.store.digests.statuses()) == 1
    assert {len(one.shown) for one in collector.candidates(playlist())} == {1}


def test_a_long_digest_is_checked_in_full(store: Store, items: list[Candidate]) -> None:
    """More items than one statement takes."""
    many = [replace(items[0], id=number) for number in range(100_000, 135_000)]
    freeze(store, items[2], key=LAST_WEEK, web_only=True)

    with pytest.raises(StoreError, match=LAST_WEEK):
        freeze(store, *many, items[2])


def test_a_digest_keeps_its_period(store: Store, items: list[Candidate]) -> None:
    """And what was left out, with the reasons."""
    kept = Digest(period=period(), notices=())
    store.digests.keep_draft(kept, now=NOW)

    assert store.digests.load(KEY) == kept
