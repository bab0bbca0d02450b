"""What comes next, and when: the same answer in serve's log and in status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.cli import work
from pipeline.cli.showing import when

if TYPE_CHECKING:
    from pipeline.cli.workspace import Workspace
    from pipeline.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The next reading of a source, the next letter, and the next try of a delivery; None where there is none."""

    reading: datetime | None
    letter: datetime
    key: str
    delivery: datetime | None


def outlook(workspace: Workspace, store: Store, moment: datetime) -> Outlook:
    """Look ahead by what the store holds; changes nothing."""
    from pipeline import jobs  # noqa: PLC0415

    schedule = workspace.config.digest.schedule
    duty = jobs.duty(schedule, jobs.Ledger(made=store.digests.ends(), skipped=store.digests.skipped()), moment)
    if isinstance(duty, jobs.ClockBehind):
        slot = schedule.next_due(moment)
        key, due = schedule.key_of(slot), schedule.due(slot)
    else:
        key, due = duty.key, duty.due
    return Outlook(
        reading=next_reading(workspace, store, moment),
        letter=due,
        key=key,
        delivery=store.outbox.next_try(resend_unknown=workspace.resends) if workspace.config.mail.host else None,
    )


def next_reading(workspace: Workspace, store: Store, moment: datetime) -> datetime | None:
    """When the next source is due; None when there is nothing to read."""
    return min((due for due in work.due_times(workspace, store, moment).values() if due is not None), default=None)


def line(ahead: Outlook, moment: datetime) -> str:
    """One plain line."""

    def at(due: datetime) -> str:
        return "now" if due <= moment + timedelta(seconds=1) else when(due)

    parts = [f"letter {ahead.key} {at(ahead.letter)}"]
    parts += [f"sources {at(ahead.reading)}"] if ahead.reading else []
    parts += [f"delivery {at(ahead.delivery)}"] if ahead.delivery else []
    return f"Next: {', '.join(parts)}."
