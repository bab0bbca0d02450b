"""What an editor makes of a draft: each change is one thing, can be taken back, and loses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.digest import drafting
from pipeline.digest.drafting import CHANGES, Draft, Drop, Hold, Move, Note, Pin, Release, Restore, Retitle, Unpin
from pipeline.errors import DraftError
from pipeline.model import Digest, Item, Period, Pick, Reason, Section, SectionKind, Version

if TYPE_CHECKING:
    from pipeline.digest.drafting import Edit

NOW = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
PERIOD = Period(key="2026-W47", start=NOW, end=NOW)


def _pick(number: int, *, in_letter: bool = True, versions: tuple[Version, ...] = ()) -> Pick:
    item = Item(url=f"https://e.fi/{number}", key=f"e.fi/{number}", title=f"Otsikko {number}", language="fi")
    reason = Reason(code="archive", params={"source": "Blogi"})
    return Pick(
        item_id=number, item=item, source="blogi", source_title="Blogi", reason=reason, in_letter=in_letter,
        versions=versions,
    )  # fmt: skip


def _draft() -> Draft:
    """Three sections: 1 to 3, 4 and 5, and 6 to 8 of which the last two are on the page only."""
    swedish = Version(language="sv", url="https://e.fi/sv", title="Rubrik 5")
    sections = (
        Section(kind=SectionKind.TOPIC, id="a", name={"fi": "A"}, picks=(_pick(1), _pick(2), _pick(3))),
        Section(kind=SectionKind.OTHER, picks=(_pick(4), _pick(5, versions=(swedish,)))),
        Section(kind=SectionKind.ARCHIVE, picks=(_pick(6), _pick(7, in_letter=False), _pick(8, in_letter=False))),
    )
    return Draft(digest=Digest(period=PERIOD, sections=sections))


def _after(*edits: Edit) -> Draft:
    draft = _draft()
    for edit in edits:
        draft, _ = drafting.apply(draft, edit)
    return draft


def _order(*edits: Edit) -> list[list[int]]:
    return [[pick.item_id for pick in section.picks] for section in drafting.edited(_after(*edits)).sections]


def test_a_pinned_item_leads_its_section_and_its_section_the_letter() -> None:
    """The rest keeps its order; unpinned, all stands as it was."""
    assert _order(Pin(5)) == [[5, 4], [1, 2, 3], [6, 7, 8]]
    assert _order(Pin(5), Pin(3)) == [[3, 1, 2], [5, 4], [6, 7, 8]]
    assert _order(Pin(5), Unpin(5)) == _order()
    assert [pick.in_letter for pick in drafting.edited(_after(Pin(8))).picks if pick.item_id == 8] == [True]


def test_an_item_moves_among_its_like() -> None:
    """By one place, over what was dropped, pinned ones among the pinned."""
    assert _order(Move(2, up=True)) == [[2, 1, 3], [4, 5], [6, 7, 8]]
    assert _order(Drop(2), Move(3, up=True)) == [[3, 1], [4, 5], [6, 7, 8]]
    assert _order(Pin(3), Pin(2), Move(3, up=True))[0] == [3, 2, 1]
    for wrong in (Move(1, up=True), Move(3, up=False)):
        with pytest.raises(DraftError, match=r"stands (first|last) already"):
            _after(wrong)


def test_what_is_dropped_makes_room_and_comes_back() -> None:
    """What stood on the page only moves up; the digest tells that it was dropped; restored, all is as before."""
    edited = drafting.edited(_after(Drop(1)))
    assert [(pick.item_id, pick.in_letter) for pick in edited.picks][-2:] == [(7, True), (8, False)]
    assert [(one.item_id, one.reason.code) for one in edited.left_out] == [(1, "dropped")]
    assert drafting.edited(_after(Drop(1), Restore(1))) == drafting.edited(_draft())
    assert _order(*(Drop(number) for number in range(1, 9))) == []


def test_a_title_is_the_items_own_or_one_languages() -> None:
    """An empty one gives the publisher's back; markup and controls never become a title."""
    draft = _after(Retitle(5, "Uusi <b>otsikko</b>\r\nBcc: x"), Retitle(5, "Ny rubrik", "sv"))
    (pick,) = [one for one in drafting.edited(draft).picks if one.item_id == 5]
    assert drafting.titles(pick) == {"": "Uusi otsikko Bcc: x", "sv": "Ny rubrik"}
    again, change = drafting.apply(draft, Retitle(5, ""))
    assert change.params == {"title": "Otsikko 5", "before": "Uusi otsikko Bcc: x"}
    assert drafting.edited(drafting.apply(again, Retitle(5, " ", "sv"))[0]) == drafting.edited(_draft())
    with pytest.raises(DraftError, match="does not exist in en"):
        _after(Retitle(5, "New", "en"))


def test_a_note_keeps_its_lines_and_nothing_unseen() -> None:
    """Its indents make its lists; 4,000 characters are the most."""
    said = _after(Note("fi", "Hei\u202e!\r\n\r\n- a\r\n  - b\x00\r\n")).marks.notes["fi"]
    assert said == "Hei!\n\n- a\n  - b"
    with pytest.raises(DraftError, match="write at most 4000"):
        _after(Note("fi", "ä" * 4001))
    assert len(_after(Note("fi", "ä" * 4000)).marks.notes["fi"]) == 4000


@pytest.mark.parametrize(
    "edits",
    [
        (Pin(1), Pin(1)), (Unpin(1),), (Drop(1), Drop(1)), (Restore(1),), (Drop(1), Pin(1)), (Pin(99),), (Release(),),
        (Hold("x"), Hold("x")), (Note("fi", "a"), Note("fi", "a")), (Retitle(1, "Otsikko 1"),),
    ],
)  # fmt: skip
def test_what_changes_nothing_is_refused(edits: tuple[Edit, ...]) -> None:
    """So that the history tells of changes only."""
    with pytest.raises(DraftError):
        _after(*edits)


def test_what_was_dropped_is_pinned_no_more() -> None:
    """Restored, it stands where the choice put it."""
    assert _after(Pin(1), Drop(1), Restore(1)).marks.pinned == ()


def test_a_draft_that_is_chosen_anew_keeps_what_still_makes_sense() -> None:
    """Notes, and pins and titles of items that are in it again; who held it holds it still."""
    marks = _after(Note("fi", "a"), Pin(1), Pin(4), Retitle(4, "X"), Hold("y")).marks
    digest = replace(_draft().digest, sections=_draft().digest.sections[1:])
    kept = drafting.carried(marks, digest)
    assert (kept.notes, kept.pinned, kept.titles, kept.held) == ({"fi": "a"}, (4,), {4: {"": "X"}}, "y")


_NUMBERS = st.integers(1, 9)
_EDITS = st.one_of(
    st.builds(Pin, _NUMBERS), st.builds(Unpin, _NUMBERS), st.builds(Drop, _NUMBERS), st.builds(Restore, _NUMBERS),
    st.builds(Move, _NUMBERS, up=st.booleans()), st.builds(Retitle, _NUMBERS, st.text(max_size=9)),
    st.builds(Note, st.just("fi"), st.text(max_size=9)), st.builds(Hold, st.text(max_size=9)), st.just(Release()),
)  # fmt: skip


@given(st.lists(_EDITS, max_size=25))
def test_no_row_of_changes_loses_or_doubles_anything(edits: list[Edit]) -> None:
    """Every item stands in its own section once, or is dropped; the letter grows by pins alone."""
    draft = _draft()
    for edit in edits:
        try:
            draft, change = drafting.apply(draft, edit)
        except DraftError:
            continue
        assert tuple(change.params) == CHANGES[change.code]
    edited, marks = drafting.edited(draft), draft.marks
    assert sorted([*(pick.item_id for pick in edited.picks), *marks.dropped]) == list(range(1, 9))
    homes = {pick.item_id: section.kind for section in draft.digest.sections for pick in section.picks}
    assert all(homes[pick.item_id] is section.kind for section in edited.sections for pick in section.picks)
    assert sum(pick.in_letter for pick in edited.picks) <= 6 + len(marks.pinned)
    assert all(pick.item.title for pick in edited.picks)
    for pick in edited.picks:
        for up, can in zip((True, False), drafting.neighbours(draft, pick.item_id), strict=True):
            if can:
                moved = drafting.apply(draft, Move(pick.item_id, up=up))[0]
                back = drafting.apply(moved, Move(pick.item_id, up=not up))[0]
                assert drafting.edited(back) == edited
