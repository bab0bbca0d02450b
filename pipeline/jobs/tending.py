"""What becomes of a draft that waits for its editors: reminded once, then sent or skipped, or over with its period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipeline.digest.drafting import edited

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from pipeline.calendar import Schedule
    from pipeline.store.drafts import OpenDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long editors have, how long before the end they are reminded (none: not at all), and what then happens."""

    deadline: timedelta
    reminder: timedelta
    sends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """Nothing is to be done before ``until``, None where only an editor can end it."""

    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """The editors are to be reminded now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Nobody said anything by the deadline: it goes out as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Nobody said anything by the deadline, or nothing is left in it: there is no letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveWay:
    """The next digest is due, and takes this one's items."""

    to: str


Fate: TypeAlias = StillOpen | Remind | Send | Skip | GiveWay


def deadline(kept: OpenDraft, schedule: Schedule, terms: Terms) -> datetime:
    """Return until when the editors may take their time: from the slot, or from when the draft was made if later."""
    return max(schedule.due(kept.draft.digest.period.end), kept.made) + terms.deadline


def fate(kept: OpenDraft, schedule: Schedule, terms: Terms, now: datetime, *, reminded: bool) -> Fate:
    """Return what is to be done about a draft at ``now``; one that is held only ends with its period."""
    latest = schedule.latest_due(now)
    if kept.draft.digest.period.end < latest:
        return GiveWay(to=schedule.key_of(latest))
    following = schedule.due(schedule.next_due(now))
    if kept.draft.marks.held is not None:
        return StillOpen(until=following)
    end = deadline(kept, schedule, terms)
    if now >= end:
        return Send() if terms.sends and not edited(kept.draft).is_empty else Skip()
    if terms.reminder and not reminded:
        first = end - terms.reminder
        return Remind() if now >= first else StillOpen(until=min(first, following))
    return StillOpen(until=min(end, following))
