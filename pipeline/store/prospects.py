"""When and where to come again, as columns of a source's row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.model import Asks
from pipeline.politeness import Move, Prospect

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEVER: dict[str, Any] = {
    "next_due": None,
    "not_before": None,
    "asks": None,
    "gone": None,
    "moved_to": None,
    "moved_times": 0,
    "moved_first": None,
    "moved_last": None,
}


def columns(prospect: Prospect) -> dict[str, Any]:
    """Return the columns that hold ``prospect``."""
    asks, move = prospect.asks, prospect.move
    row = {**_NEVER, "next_due": prospect.due, "not_before": prospect.not_before, "gone": prospect.gone}
    if asks is not None:
        said = {"interval": asks.interval, "hours": sorted(asks.skip_hours), "days": sorted(asks.skip_days)}
        row["asks"] = json.dumps(said)
    if move is not None:
        row |= {"moved_to": move.to, "moved_times": move.times, "moved_first": move.first, "moved_last": move.last}
    return row


def of_row(row: Mapping[str, Any]) -> Prospect:
    """Return the prospect that a row of the source table holds."""
    said = json.loads(row["asks"]) if row["asks"] else None
    return Prospect(
        due=row["next_due"],
        not_before=row["not_before"],
        asks=Asks(interval=said["interval"], skip_hours=frozenset(said["hours"]), skip_days=frozenset(said["days"]))
        if said
        else None,
        gone=row["gone"],
        move=Move(to=row["moved_to"], times=row["moved_times"], first=row["moved_first"], last=row["moved_last"])
        if row["moved_to"]
        else None,
    )
