"""What an editor makes of a chosen digest: note, pin, drop, order, title, hold; each change a new draft.

The digest stays as it was composed, and what editors want of it stands beside it as ``Marks``, so
that every change can be taken back. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # the store reads these annotations back from JSON
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, assert_never

from pipeline import prose
from pipeline.digest.reasons import reason
from pipeline.errors import DraftError
from pipeline.model import LeftOut, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.model import Digest, Pick, Section

LONGEST_NOTE = 4000
"""Characters of an editor's note: more is an article, and would push the letter out of its size."""
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What editors want of a draft.

    ``notes`` are Markdown by language; a language that is missing was never touched here, '' is no note.
    ``pinned`` and ``dropped`` are items' numbers; ``order`` is every item's place, where one was moved.
    ``titles`` are by item's number and language. ``held`` is why nothing may leave, None where it may.
    """

    notes: Mapping[str, str] = field(default_factory=dict)
    pinned: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    titles: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    held: str | None = None


UNTOUCHED = Marks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A digest as it was composed, and what editors want of it."""

    digest: Digest
    marks: Marks = UNTOUCHED


@dataclass(frozen=True, slots=True)
class Note:
    """Say this on top of the edition in ``language``, in Markdown; '' takes the note away."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Pin:
    """Put an item first in its section, its section first in the letter, and never on the page only."""

    item: int


@dataclass(frozen=True, slots=True)
class Unpin:
    """Let it stand where the choice put it."""

    item: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Leave an item out, now and later."""

    item: int


@dataclass(frozen=True, slots=True)
class Restore:
    """Take a dropped item back."""

    item: int


@dataclass(frozen=True, slots=True)
class Move:
    """Let an item change places with its neighbour in the section, the one above or below."""

    item: int
    up: bool


@dataclass(frozen=True, slots=True)
class Retitle:
    """Print another title; ``language`` tells which, where the article exists in several ('' for its own)."""

    item: int
    title: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Let nothing leave, whatever the deadline says, until somebody approves or releases it."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Let it wait for approval again, deadline and all."""


Edit: TypeAlias = Note | Pin | Unpin | Drop | Restore | Move | Retitle | Hold | Release

CHANGES: Mapping[str, tuple[str, ...]] = {
    "composed": ("items",),
    "noted": ("language",),
    "pinned": ("title",),
    "unpinned": ("title",),
    "dropped": ("title",),
    "restored": ("title",),
    "raised": ("title",),
    "lowered": ("title",),
    "retitled": ("title", "before"),
    "held": ("reason",),
    "released": (),
    "approved": ("revision",),
    "sent": ("revision",),
    "skipped": ("revision",),
    "gave-way": ("digest",),
}
"""Codes of what happens to a draft, with the names of their parameters, for whoever puts them into words.

``sent`` and ``skipped`` are the deadline's, ``gave-way`` is what the next digest does to one that nobody
approved; ``revision`` is the one that was approved, sent or skipped.
"""


def change(code: str, **params: str | int) -> Reason:
    """Return what happened; its parameters must be the table's, in the table's order."""
    assert tuple(params) == CHANGES[code], f"{code} takes {CHANGES[code]}, not {tuple(params)}"
    return Reason(code=code, params=params)


def apply(draft: Draft, edit: Edit) -> tuple[Draft, Reason]:  # noqa: PLR0911 - one return for each kind of edit
    """Return the draft after ``edit``, and what is to be remembered of it. Raises DraftError, a sentence."""
    marks = draft.marks
    match edit:
        case Note():
            return _noted(draft, edit)
        case Pin(item):
            pick = _present(draft, item)
            _unless(item in marks.pinned, f'"{_name(pick)}" is pinned already.')
            return _with(draft, pinned=(*marks.pinned, item)), change("pinned", title=_name(pick))
        case Unpin(item):
            pick = _present(draft, item)
            _unless(item not in marks.pinned, f'"{_name(pick)}" is not pinned.')
            return _with(draft, pinned=_without(marks.pinned, item)), change("unpinned", title=_name(pick))
        case Drop(item):
            pick = _present(draft, item)
            after = _with(draft, dropped=(*marks.dropped, item), pinned=_without(marks.pinned, item))
            return after, change("dropped", title=_name(pick))
        case Restore(item):
            pick = _found(draft, item)
            _unless(item not in marks.dropped, f'"{_name(pick)}" is in the letter.')
            return _with(draft, dropped=_without(marks.dropped, item)), change("restored", title=_name(pick))
        case Move():
            return _moved(draft, edit)
        case Retitle():
            return _retitled(draft, edit)
        case Hold(why):
            said = " ".join(prose.clean(why).split())[:LONGEST_REASON]
            _unless(marks.held == said, "The draft is held already.")
            return _with(draft, held=said), change("held", reason=said)
        case Release():
            _unless(marks.held is None, "The draft is not held.")
            return _with(draft, held=None), change("released")
        case _:
            assert_never(edit)


def edited(draft: Draft) -> Digest:
    """Return the digest as its editors want it: what a preview shows and approval freezes.

    Where something was dropped, what stood on the page only moves up into the letter.
    """
    room = sum(pick.in_letter for pick in draft.digest.picks)
    pinned, dropped = set(draft.marks.pinned), set(draft.marks.dropped)
    sections = [replace(section, picks=tuple(_ordered(section, draft.marks))) for section in draft.digest.sections]
    sections = [section for section in sections if section.picks]
    sections.sort(key=lambda section: not any(pick.item_id in pinned for pick in section.picks))
    picks = [pick for section in sections for pick in section.picks]
    inside = {pick.item_id for pick in picks if pick.in_letter or pick.item_id in pinned}
    waiting = (pick.item_id for pick in picks if pick.item_id not in inside)
    inside.update(item for item, _ in zip(waiting, range(room - len(inside)), strict=False))
    titles = draft.marks.titles
    return replace(
        draft.digest,
        sections=tuple(
            replace(
                section,
                picks=tuple(
                    _titled(replace(pick, in_letter=pick.item_id in inside), titles.get(pick.item_id, {}))
                    for pick in section.picks
                ),
            )
            for section in sections
        ),
        left_out=(
            *draft.digest.left_out,
            *(_left_out(pick) for pick in draft.digest.picks if pick.item_id in dropped),
        ),
    )


def carried(marks: Marks, digest: Digest) -> Marks:
    """Return what remains of ``marks`` when the draft is chosen anew: the hold, and what is of items in it again."""
    here = {pick.item_id for pick in digest.picks}
    return Marks(
        notes=marks.notes,
        pinned=tuple(item for item in marks.pinned if item in here),
        titles={item: named for item, named in marks.titles.items() if item in here},
        held=marks.held,
    )


def is_too_long(note: str) -> bool:
    """Whether a note is more than a note."""
    return len(prose.lines(note)) > LONGEST_NOTE


def titles(pick: Pick) -> dict[str, str]:
    """Return every title that the pick is printed under, by language; its own is under ''."""
    return {"": pick.item.title, **{one.language: one.title for one in pick.versions if one.title}}


def neighbours(draft: Draft, item: int) -> tuple[bool, bool]:
    """Return whether the item can be moved up, and down."""
    return _neighbour(draft, item, up=True) is not None, _neighbour(draft, item, up=False) is not None


def _noted(draft: Draft, edit: Note) -> tuple[Draft, Reason]:
    text = prose.lines(edit.text)
    _unless(is_too_long(text), f"A note of {len(text)} characters is too long; write at most {LONGEST_NOTE}.")
    _unless(draft.marks.notes.get(edit.language) == text, "The note says just that already.")
    return _with(draft, notes={**draft.marks.notes, edit.language: text}), change("noted", language=edit.language)


def _moved(draft: Draft, edit: Move) -> tuple[Draft, Reason]:
    pick = _present(draft, edit.item)
    other = _neighbour(draft, edit.item, up=edit.up)
    if other is None:
        raise DraftError(f'"{_name(pick)}" stands {"first" if edit.up else "last"} already.')
    order = list(draft.marks.order or (one.item_id for one in draft.digest.picks))
    here, there = order.index(edit.item), order.index(other)
    order[here], order[there] = order[there], order[here]
    after = _with(draft, order=tuple(order))
    return after, change("raised" if edit.up else "lowered", title=_name(pick))


def _neighbour(draft: Draft, item: int, *, up: bool) -> int | None:
    """Return the item above or below in the same section, pinned or not as this one is."""
    pinned = draft.marks.pinned
    for section in draft.digest.sections:
        ordered = [pick.item_id for pick in _ordered(section, draft.marks)]
        if item in ordered:
            same = [one for one in ordered if (one in pinned) == (item in pinned)]
            place = same.index(item) + (-1 if up else 1)
            return same[place] if 0 <= place < len(same) else None
    return None


def _retitled(draft: Draft, edit: Retitle) -> tuple[Draft, Reason]:
    pick = _present(draft, edit.item)
    own = titles(_titled(pick, draft.marks.titles.get(edit.item, {})))
    language = "" if edit.language == pick.item.language and edit.language not in own else edit.language
    if language not in own:
        raise DraftError(f'"{_name(pick)}" does not exist in {edit.language}; it has a title of its own only.')
    given = prose.title(edit.title) or titles(pick)[language]  # an empty title gives the publisher's back
    _unless(given == own[language], "The title is just that already.")
    changed = {**draft.marks.titles.get(edit.item, {}), language: given}
    changed = {code: title for code, title in changed.items() if title != titles(pick)[code]}
    rest = {number: named for number, named in draft.marks.titles.items() if number != edit.item}
    after = _with(draft, titles={**rest, edit.item: changed} if changed else rest)
    return after, change("retitled", title=given, before=own[language])


def _ordered(section: Section, marks: Marks) -> Iterable[Pick]:
    """Return the section's picks as they stand, without those that were dropped."""
    places = {item: place for place, item in enumerate(marks.order)}
    kept = [pick for pick in section.picks if pick.item_id not in marks.dropped]
    if places:
        kept.sort(key=lambda pick: places[pick.item_id])
    return sorted(kept, key=lambda pick: pick.item_id not in marks.pinned)


def _titled(pick: Pick, named: Mapping[str, str]) -> Pick:
    if not named:
        return pick
    versions = tuple(replace(one, title=named.get(one.language, one.title)) for one in pick.versions)
    return replace(pick, item=replace(pick.item, title=named.get("", pick.item.title)), versions=versions)


def _left_out(pick: Pick) -> LeftOut:
    return LeftOut(
        item_id=pick.item_id,
        title=pick.item.title,
        url=pick.item.url,
        source=pick.source,
        reason=reason("dropped"),
    )


def _present(draft: Draft, item: int) -> Pick:
    pick = _found(draft, item)
    _unless(item in draft.marks.dropped, f'"{_name(pick)}" was dropped; restore it first.')
    return pick


def _found(draft: Draft, item: int) -> Pick:
    for pick in draft.digest.picks:
        if pick.item_id == item:
            return pick
    raise DraftError(f"The draft {draft.digest.period.key} holds no item {item}.")


def _name(pick: Pick) -> str:
    return pick.item.title or pick.item.url


def _unless(wrong: bool, sentence: str) -> None:  # noqa: FBT001  # a guard reads as a sentence
    if wrong:
        raise DraftError(sentence)


def _with(draft: Draft, **changed: object) -> Draft:
    return replace(draft, marks=replace(draft.marks, **changed))  # type: ignore[arg-type]  # of Marks' own types


def _without(numbers: Sequence[int], item: int) -> tuple[int, ...]:
    return tuple(one for one in numbers if one != item)
