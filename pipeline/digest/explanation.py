"""Everything that was decided about one item, for whoever asks why it is in a letter or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest import choose
from pipeline.digest.standing import ranked, standing_of
from pipeline.digest.subjects import Subject, Subjects
from pipeline.digest.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.digest.filters import Decision
    from pipeline.model import Candidate, LeftOut, Period, Pick, Rules, Section, Sighting, SourceState, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One item on its way through everything.

    ``holdings`` are its sightings in sources of the file, each with its source. ``decisions`` are what each
    rule says, with the id of its source ('' for the digest's own). ``versions`` are the same article in other
    languages. It is picked in a ``section`` of the next letter, or left out.
    """

    candidate: Candidate
    holdings: tuple[tuple[SourceState, Sighting], ...]
    topics: tuple[Subject, ...]
    decisions: tuple[tuple[str, Decision], ...]
    versions: tuple[Candidate, ...]
    period: Period
    section: Section | None = None
    pick: Pick | None = None
    left_out: LeftOut | None = None


def explain(  # noqa: PLR0917 - the six nouns of the decision that it explains
    number: int,
    candidates: Sequence[Candidate],
    sources: Sequence[SourceState],
    topics: Sequence[Topic],
    rules: Rules,
    period: Period,
    now: datetime,
) -> Explanation:
    """Return what is decided of the candidate with that number, and why; the rest is as in ``choose``."""
    digest = choose(candidates, sources, topics, rules, period, now)
    enabled = ranked(sources)
    everything = [standing_of(candidate, enabled) for candidate in sorted(candidates, key=lambda one: one.id)]
    standing = next(one for one in everything if one.id == number)
    subjects = Subjects(topics, rules, now)
    placed = [(section, pick) for section in digest.sections for pick in section.picks if pick.item_id == number]
    section, pick = placed[0] if placed else (None, None)
    return Explanation(
        candidate=standing.candidate,
        holdings=tuple((held.state, held.sighting) for held in standing.holdings),
        topics=subjects.all_of(standing),
        decisions=tuple(subjects.decisions(standing)),
        versions=tuple(other.candidate for other in Versions(everything).of(standing)),
        period=period,
        section=section,
        pick=pick,
        left_out=next((one for one in digest.left_out if one.item_id == number), None),
    )
