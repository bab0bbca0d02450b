"""How one stored item stands towards the sources of the file: who holds it, and whether it is news."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.digest.reasons import reason
from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pipeline.model import Candidate, Item, Period, Reason, Shown, Sighting, Source, SourceState


_DATED_AHEAD = timedelta(days=2)
"""How far ahead of its first sighting an item may honestly be dated ("tomorrow"); a baseline's item that is dated
later was saved again, which makes no news."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One sighting beside its source; ``rank`` is the source's place in the file, from 0."""

    sighting: Sighting
    state: SourceState
    rank: int

    @property
    def source(self) -> Source:
        """The source as sources.yaml has it."""
        return self.state.source

    @property
    def is_baseline(self) -> bool:
        """True for what is known but not news; everything is until the baseline closes."""
        return self.sighting.baseline or self.state.baseline_from is None

    @property
    def is_removed(self) -> bool:
        """True once a video list no longer has it. Elsewhere absence is no removal: a feed's window moves on."""
        return self.source.kind is Kind.YOUTUBE and not self.sighting.present

    @property
    def place(self) -> int | None:
        """The stored place in an ordered source that still has the item, else None."""
        sighting = self.sighting
        return sighting.place if sighting.present and not sighting.unavailable else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A candidate with its holdings in enabled sources of the file, the first to have seen it foremost.

    Sightings of one run bear one time; then the one after a baseline tells more than the one in it, and
    the file's order settles the rest.
    """

    candidate: Candidate
    holdings: tuple[Holding, ...]

    @property
    def id(self) -> int:
        """The store's number of the item."""
        return self.candidate.id

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.candidate.item

    @property
    def holders(self) -> tuple[Holding, ...]:
        """The holdings that still stand."""
        return tuple(holding for holding in self.holdings if not holding.is_removed)

    @property
    def internal(self) -> bool:
        """True if any internal source holds it: its words may be that source's own."""
        return any(holding.source.internal for holding in self.holdings)

    @property
    def is_lesson(self) -> bool:
        """True for what has a place in a course, dripping or not."""
        return any(holding.place is not None for holding in self.holdings)

    @property
    def last_shown(self) -> Shown | None:
        """Its last place in a frozen digest, in whatever section."""
        return max(self.candidate.shown, key=lambda shown: (shown.at, shown.key), default=None)

    @property
    def awaits_page(self) -> bool:
        """True while only the page behind the link can tell its title."""
        return not self.item.card and not self.item.title


def standing_of(candidate: Candidate, ranked: Mapping[str, tuple[int, SourceState]]) -> Standing:
    """Return the candidate's standing; sightings of sources that are not in ``ranked`` no longer count."""
    holdings = []
    for sighting in candidate.sightings:
        if (found := ranked.get(sighting.source)) is not None:
            rank, state = found
            holdings.append(Holding(sighting, state, rank))
    if len(holdings) > 1:
        holdings.sort(key=lambda holding: (holding.sighting.first_seen, holding.is_baseline, holding.rank))
    return Standing(candidate, tuple(holdings))


def ranked(states: Iterable[SourceState]) -> dict[str, tuple[int, SourceState]]:
    """Return the enabled sources by id, each with its place in the file."""
    return {state.source.id: (rank, state) for rank, state in enumerate(states) if state.source.enabled}


def absent(standing: Standing) -> Reason | None:
    """Return why no source of the file offers the item any more, or None."""
    if not standing.holdings:
        return reason("no-source")
    for holding in standing.holdings:
        if holding.sighting.unavailable and not holding.is_removed:  # what a list said that has it no more is old
            return reason("unavailable", source=holding.state.title)
    if all(holding.is_removed for holding in standing.holdings):
        return reason("removed", source=standing.holdings[0].state.title)
    return None


def spoken_for(standing: Standing, period: Period) -> Reason | None:
    """Return why an item on offer is not free: dropped by the editor, or in the draft of another period.

    A draft of the same period holds nothing back: choosing again replaces it.
    """
    candidate = standing.candidate
    if candidate.dropped:
        return reason("dropped")
    if candidate.reserved_by is not None and candidate.reserved_by != period.key:
        return reason("reserved", digest=candidate.reserved_by)
    return None


@dataclass(frozen=True, slots=True)
class News:
    """The item is news, by this holding; ``by_date`` for the dated items of a baseline."""

    holding: Holding
    by_date: bool


def news(standing: Standing, period: Period, now: datetime) -> News | Reason:
    """Return by which holding an item with holdings is news, or why it is none.

    Only the sightings that came first decide: what one source has known for years is not new because
    another source begins to hold it.
    """
    first = standing.holdings[0].sighting.first_seen
    why_not: list[Reason] = []
    for holding in standing.holdings:
        if holding.sighting.first_seen != first:
            break
        verdict = _news_by(holding, standing.item.published, period, now)
        if isinstance(verdict, News):
            return verdict
        why_not.append(verdict)
    return why_not[0]


def _news_by(holding: Holding, published: datetime | None, period: Period, now: datetime) -> News | Reason:
    since = holding.state.baseline_from or period.start
    title = holding.state.title
    if holding.sighting.moved:
        return reason("moved", source=title)
    if holding.is_baseline:
        until = min(now, holding.sighting.first_seen + _DATED_AHEAD)
        if published is not None and since <= published <= until:
            return News(holding, by_date=True)
        return reason("baseline" if holding.state.baseline_from else "baseline-open", source=title)
    if published is not None and published < since and holding.sighting.place is None:
        return reason("too-old", source=title, published=published.isoformat(), since=since.isoformat())
    return News(holding, by_date=False)
