"""A digest as one choice of topics wants it: the same picks, fewer of them, under the reader's own headings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model import Section, SectionKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pipeline.model import Digest, Pick, Topic

__all__ = ["tailor", "understood"]


def understood(chosen: Collection[str] | None, topics: Sequence[Topic]) -> tuple[str, ...]:
    """Return a reader's choice in the file's order; () is everything.

    Topics that left the file are no choice any more. Who is left without one, or chose every topic there
    is, gets everything: a letter too long is better than one that never comes.
    """
    wanted = () if chosen is None else chosen
    known = tuple(topic.id for topic in topics if topic.id in wanted)
    return known if len(known) < len(topics) else ()


def tailor(digest: Digest, choice: Sequence[str], topics: Sequence[Topic], *, at_most: int) -> Digest:
    """Return ``digest`` with the items of the chosen topics alone, which may be none at all.

    An item stands under the first of its topics that was chosen, a lesson or an old one in its section as
    before; the letter takes ``at_most`` of them anew, since what a flood left to the page may fit here.
    Why others were left out is the whole digest's to tell.
    """
    names = {topic.id: topic.name for topic in topics}
    under: dict[str, list[Pick]] = {topic.id: [] for topic in topics if topic.id in choice}
    others: list[Section] = []
    for section in digest.sections:
        kept = [(pick, found) for pick in section.picks if (found := _first(pick, section, under)) is not None]
        if section.kind in {SectionKind.TOPIC, SectionKind.OTHER}:
            for pick, topic in kept:
                under[topic].append(pick)
        else:
            others.append(replace(section, picks=tuple(pick for pick, _ in kept)))
    news = [
        Section(kind=SectionKind.TOPIC, id=topic, name=names[topic], picks=tuple(picks))
        for topic, picks in under.items()
    ]
    drawn = tuple(section for section in (*news, *others) if section.picks)
    return replace(digest, sections=_capped(drawn, at_most), left_out=(), notices=())


def _first(pick: Pick, section: Section, chosen: Iterable[str]) -> str | None:
    """Return the first chosen topic of a pick; of one frozen before topics were kept, its section's."""
    own = pick.topics or ((section.id,) if section.kind is SectionKind.TOPIC else ())
    return next((topic for topic in chosen if topic in own), None)


def _capped(sections: Sequence[Section], at_most: int) -> tuple[Section, ...]:
    """Let the letter take the first ``at_most``: lessons and old ones, which are few, then those it took before."""
    numbered = [(section, pick) for section in sections for pick in section.picks]
    ahead = sorted(
        range(len(numbered)),
        key=lambda place: (
            numbered[place][0].kind in {SectionKind.TOPIC, SectionKind.OTHER},
            not numbered[place][1].in_letter,
            place,
        ),
    )
    taken = {numbered[place][1].item_id for place in ahead[: max(at_most, 0)]}
    return tuple(
        replace(section, picks=tuple(replace(pick, in_letter=pick.item_id in taken) for pick in section.picks))
        for section in sections
    )
