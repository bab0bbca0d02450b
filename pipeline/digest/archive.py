"""Old material is the treasure: what fills a thin letter under "Arkistosta"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.digest.chosen import Chosen
from pipeline.digest.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pipeline.digest.standing import Holding, Standing
    from pipeline.model import Reason, Rules


def horizon(rules: Rules, now: datetime) -> datetime:
    """Return until when something must have been shown to be shown again."""
    return now - timedelta(weeks=rules.repeat_after)


def may_come(standing: Standing, until: datetime) -> bool:
    """Return whether it was never shown, or ``until`` then at the latest."""
    shown = standing.last_shown
    return shown is None or shown.at <= until


def fill(
    old: Iterable[Standing],
    room: int,
    until: datetime,
    why_not: Callable[[Standing, Holding], Reason | None],
    out: dict[int, Reason],
) -> list[Chosen]:
    """Return up to ``room`` items of the sources that lend; note in ``out`` why the others did not come.

    In turn: unshown first, oldest by date, else first seen, else place. Of what was shown before, the
    longest ago comes back first. ``why_not`` is asked, with who lends it, only of what would otherwise come.
    A letter that is full without it asks nothing of the archive, so that the reasons why it is no news stand.
    """
    if room <= 0:
        return []
    lent = sorted(
        ((lender, standing) for standing in old if may_come(standing, until) and (lender := _lender(standing))),
        key=lambda pair: _turn(*pair),
    )
    picked: list[Chosen] = []
    for lender, standing in lent:
        shown = standing.last_shown
        if len(picked) >= room:
            if shown is None:
                out[standing.id] = reason("archive-later", source=lender.state.title)
        elif (reason_against := why_not(standing, lender)) is not None:
            out[standing.id] = reason_against
        else:
            title = lender.state.title
            why = (
                reason("archive", source=title)
                if shown is None
                else reason("archive-again", source=title, shown=shown.at.isoformat())
            )
            picked.append(Chosen(standing=standing, credit=lender, reason=why))
    return picked


def _lender(standing: Standing) -> Holding | None:
    """Return the holding that lends the item, or None: untitled or removed items never stand in the archive."""
    if not standing.item.title:
        return None
    lenders = (held for held in standing.holdings if held.source.archive and held.sighting.present)
    return min(lenders, key=lambda holding: holding.rank, default=None)


def _turn(lender: Holding, standing: Standing) -> tuple[bool, float, float, int, int, int]:
    shown = standing.last_shown
    date = standing.item.published or standing.candidate.first_seen
    return (
        shown is not None,
        shown.at.timestamp() if shown is not None else 0.0,
        date.timestamp(),
        lender.rank,
        lender.place or 0,
        standing.id,
    )
