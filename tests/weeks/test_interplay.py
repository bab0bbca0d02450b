"""Where two rules meet: a site that moved and its dates, a list that forgot a hidden video, drafts left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pipeline.calendar import period
from pipeline.digest.drafting import Drop, Hold, Note, Pin, Retitle, edited
from pipeline.errors import StoreError
from pipeline.jobs import AwaitsApproval, Composed, NothingToSay, Send, Skip, Terms, deadline, fate
from tests.store.collector import article, feed, gone, playlist, video
from tests.weeks.life import DAY, HOUR, MONDAY, WEEK, codes, titles

if TYPE_CHECKING:
    from tests.weeks.life import Life

BLOG = feed(archive=False)


def test_a_site_that_moves_brings_nothing_back_as_news_by_its_date(life: Life) -> None:
    """The posts of the months since the baseline come at new addresses: the same archive, whatever their dates."""
    life.sources = [BLOG]
    life.joins("maija@example.fi")
    life.at(MONDAY - DAY)
    life.reads(BLOG, article("perus", published=life.now - 400 * DAY))
    for week in range(3):
        life.at(MONDAY + week * WEEK + DAY)
        life.reads(
            BLOG, *(article(f"juttu-{n}", published=MONDAY + n * WEEK) for n in range(week + 1)), article("perus")
        )
        life.at(MONDAY + (week + 1) * WEEK)
        assert titles(life.compose()) == [f"Juttu-{week}"]
        life.deliver()
    life.at(MONDAY + 3 * WEEK + DAY)
    waiting = article("odottaa", published=life.now - HOUR)
    life.reads(BLOG, waiting, *(article(f"juttu-{n}", published=MONDAY + n * WEEK) for n in range(3)))

    life.at(MONDAY + 3 * WEEK + 2 * DAY)
    moved = [article(f"uusi/juttu-{n}", title=f"Uusi {n}", published=MONDAY + n * WEEK) for n in range(3)]
    same = article("uusi/odottaa", title="Uusi odottaa", published=waiting.published)
    later = article("uusi/tuore", title="Tuore", published=life.now - HOUR)
    life.reads(BLOG, later, same, *moved)
    life.at(MONDAY + 4 * WEEK)

    letter = life.preview()
    assert titles(letter) == ["Tuore", "Odottaa"]
    assert {codes(letter)[title] for title in ("Uusi 0", "Uusi 1", "Uusi 2", "Uusi odottaa")} == {"moved"}


def test_a_list_that_no_longer_has_a_video_says_nothing_of_it(life: Life) -> None:
    """Hidden, then taken off one list; public again, it is in the other: what the first one last said is old."""
    old, new = playlist("vanha"), playlist("uusi")
    life.sources = [old, new]
    life.hears()
    life.reads(old, video(1), video(2))
    life.reads(new)
    life.at(MONDAY + HOUR)
    life.reads(old, gone(1), video(2, place=1))
    life.at(MONDAY + 2 * HOUR)
    life.reads(old, video(2, place=1))
    life.at(MONDAY + 3 * HOUR)
    life.reads(new, video(1))

    assert codes(life.preview())["Osa 1"] == "baseline"


def two_posts(life: Life) -> None:
    """A reader, and two posts that are news in the week of the slot that has just passed."""
    life.sources = [BLOG]
    life.joins("maija@example.fi")
    life.at(MONDAY - 2 * DAY)
    life.reads(BLOG, article("yksi", published=life.now), article("kaksi", published=life.now - HOUR))
    life.at(MONDAY)


def test_a_letter_that_nothing_is_left_of_is_withdrawn(life: Life) -> None:
    """Its source was switched off and it is made again: "no letter" means that the one that was made does not leave."""
    two_posts(life)
    assert titles(life.compose()) == ["Yksi", "Kaksi"]
    life.sources = [replace(BLOG, enabled=False)]

    assert isinstance(life.compose(again=True), NothingToSay)

    assert life.store.digests.status("2026-W47") is None
    assert life.store.digests.left_behind() == ("2026-W47",)
    assert life.deliver() == []
    life.sources = [BLOG]
    assert titles(life.compose()) == ["Yksi", "Kaksi"]
    assert len(life.deliver()) == 1


def test_a_letter_that_has_left_is_not_withdrawn(life: Life) -> None:
    """It is refused as when something else were to take its place."""
    two_posts(life)
    life.compose()
    life.deliver()
    life.sources = []

    with pytest.raises(StoreError, match="has gone out already"):
        life.compose(again=True)

    assert titles(life.store.digests.load("2026-W47")) == ["Yksi", "Kaksi"]


def test_a_held_draft_stays_held_when_it_is_chosen_anew(life: Life) -> None:
    """Nothing leaves until somebody approves it: neither by making it again, whatever the file says of approval."""
    two_posts(life)
    life.compose(draft=True)
    life.edit("2026-W47", Hold("ministeri"))
    life.edit("2026-W47", Note("fi", "Hei"))
    life.at(MONDAY + HOUR)
    life.reads(BLOG, article("kolme", published=life.now))

    made = life.compose(again=True)

    assert isinstance(made, Composed)
    assert made.is_draft
    assert titles(made) == ["Kolme", "Yksi", "Kaksi"]
    marks = life.store.drafts.load("2026-W47").draft.marks
    assert (marks.held, marks.notes) == ("ministeri", {"fi": "Hei"})
    assert isinstance(life.compose(), AwaitsApproval)
    assert life.deliver() == []


def test_a_draft_in_the_place_of_a_letter_takes_its_page_away(life: Life) -> None:
    """What was frozen, a trial of last week too, is no letter any more: its folder is remembered until it is gone."""
    life.sources = [BLOG]
    life.at(MONDAY - DAY)
    life.reads(BLOG, article("yksi", published=life.now))
    life.at(MONDAY)
    life.compose()
    life.at(MONDAY + WEEK)

    made = life.compose(draft=True)

    assert isinstance(made, Composed)
    assert made.replaced == ("2026-W47",)
    assert life.store.digests.left_behind() == ("2026-W47",)
    life.joins("maija@example.fi")
    life.compose()
    again = life.compose(draft=True, again=True)
    assert isinstance(again, Composed)
    assert again.replaced == ("2026-W48",)
    assert life.store.digests.left_behind() == ("2026-W47", "2026-W48")
    assert isinstance(life.compose(draft=True), Composed)
    life.edit("2026-W48", Drop(1))
    assert life.store.digests.left_behind() == ("2026-W47", "2026-W48")


def test_a_draft_that_is_chosen_anew_is_shown_as_its_editor_left_it(life: Life) -> None:
    """The pins and titles that it keeps are in what a preview shows, as in what approval freezes."""
    two_posts(life)
    life.compose(draft=True)
    second = next(pick.item_id for pick in life.preview().picks if pick.item.title == "Kaksi")
    life.edit("2026-W47", Pin(second))
    life.edit("2026-W47", Retitle(second, "Toinen otsikko"))

    life.compose(draft=True, again=True)

    shown = life.store.digests.load("2026-W47")
    assert titles(shown) == ["Toinen otsikko", "Yksi"]
    assert shown == edited(life.store.drafts.load("2026-W47").draft)
    assert life.approve("2026-W47").digest == shown


def test_a_preview_takes_up_what_a_draft_that_gives_way_holds(life: Life) -> None:
    """Last week's draft ends when the next letter is made, and its items are in that: so the preview says."""
    two_posts(life)
    life.compose(draft=True)
    assert titles(life.preview()) == ["Yksi", "Kaksi"]

    life.at(MONDAY + WEEK)

    assert titles(life.preview()) == ["Yksi", "Kaksi"]


def test_silence_about_a_draft_that_was_emptied_sends_nothing(life: Life) -> None:
    """Its editor dropped everything and went home: at the deadline there is no letter, where one would have gone."""
    two_posts(life)
    life.compose(draft=True)
    terms = Terms(deadline=HOUR, reminder=0 * HOUR, sends=True)

    def comes() -> object:
        kept = life.store.drafts.load("2026-W47")
        return fate(kept, life.clock, terms, MONDAY + HOUR, reminded=False)

    first, second = (pick.item_id for pick in life.store.digests.load("2026-W47").picks)
    life.edit("2026-W47", Drop(first))
    assert comes() == Send()
    life.edit("2026-W47", Drop(second))
    assert comes() == Skip()


def test_news_waits_while_a_changed_source_has_not_been_read_yet(life: Life) -> None:
    """From the edit of the file on nothing is known of what it will hold; what was news before is so afterwards."""
    life.sources = [BLOG]
    life.at(MONDAY - DAY)
    life.reads(BLOG, article("perus"))
    life.at(MONDAY + DAY)
    life.reads(BLOG, article("uutinen"), article("perus"))
    assert titles(life.preview()) == ["Uutinen"]

    wider = replace(BLOG, limit=2000)
    life.sources = [wider]
    assert codes(life.preview()) == {"Perus": "baseline-open", "Uutinen": "baseline-open"}

    life.reads(wider, article("vanhempi"), article("uutinen"), article("perus"))
    assert codes(life.preview()) == {"Perus": "baseline", "Uutinen": "new", "Vanhempi": "baseline"}


def test_a_course_that_was_changed_waits_until_it_has_been_read(life: Life) -> None:
    """Its cap was raised: until the next complete reading nobody knows the order, so there is no lesson."""
    course = playlist("kurssi", drip=1)
    life.sources = [course]
    life.at(MONDAY - DAY)
    life.reads(course, video(1), video(2))
    assert titles(life.preview()) == ["Osa 1"]

    wider = replace(course, limit=2000)
    life.sources = [wider]
    assert set(codes(life.preview()).values()) == {"course-waits"}

    life.reads(wider, video(3, place=1), video(1, place=2), video(2, place=3))
    assert titles(life.preview()) == ["Osa 3"]


def test_the_deadline_runs_from_when_a_late_draft_was_made(life: Life) -> None:
    """Wednesday's draft has its hours from then on; a trial of last week stays while nothing takes its place."""
    life.sources = [BLOG]
    life.at(MONDAY - DAY)
    life.reads(BLOG, article("yksi", published=life.now))
    life.at(MONDAY + 2 * DAY)
    life.compose(draft=True)
    terms = Terms(deadline=4 * HOUR, reminder=0 * HOUR, sends=True)
    kept = life.store.drafts.load("2026-W47")
    assert deadline(kept, life.clock, terms) == life.now + 4 * HOUR
    life.approve("2026-W47")
    life.at(MONDAY + WEEK)
    life.sources = []
    assert life.compose(again=True) == NothingToSay(period=period(life.clock, life.now))
    assert life.store.digests.status("2026-W47") is not None
