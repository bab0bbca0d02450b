"""The command status: how sources, digests and deliveries stand, and what comes next."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import drafts, outlook, tables
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say, when
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.notices import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model import Source
    from pipeline.store import DigestStatus, SourceStatus, Store

_SHOWN = 10
_SKIPPED = {
    "empty": "nothing was new and nothing to hand out",
    "late": "more than three days had passed when digikooste was back",
    "unapproved": "nobody approved its draft by the deadline",
    "held": "nobody approved its draft before the next one was due",
}


@click.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def status(workspace: Workspace, *, as_json: bool) -> int:
    """Show how the sources do, which digests there are, what is owed, and what comes next."""
    found = _gather(workspace)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return Exit.DONE
    _table(found)
    return Exit.DONE


def _gather(workspace: Workspace) -> dict[str, Any]:
    from pipeline.jobs import holder  # noqa: PLC0415

    config, moment = workspace.config, now()
    schedule = config.digest.schedule
    following = schedule.next_due(moment)
    found: dict[str, Any] = {
        "workspace": str(workspace.folder.resolve()),
        "schedule": str(schedule),
        "time_zone": schedule.zone,
        "mail": bool(config.mail.host),
        "next_slot": _iso(schedule.next_slot(moment)),
        "serving": holder(workspace.var, "serve"),
        "next": {
            "digest": schedule.key_of(following),
            "letter": _iso(schedule.due(following)),
            "reading": None,
            "delivery": None,
        },
        "sources": [],
        "digests": [],
        "recipients": 0,
        "owed": 0,
        "outbox": {"pending": 0, "sending": 0, "unknown": 0, "last_accepted": None},
        "skipped": {},
        "notices": [],
    }
    if not workspace.has_store:
        found["sources"] = [_source(source, None, 0, moment) for source in config.sources]
        return found
    with workspace.store() as store:
        ahead = outlook.outlook(workspace, store, moment)
        found["next"] = {
            "digest": ahead.key,
            "letter": _iso(ahead.letter),
            "reading": _iso(ahead.reading),
            "delivery": _iso(ahead.delivery),
        }
        statuses, counts = store.readings.statuses(), store.readings.item_counts()
        found["sources"] = [
            _source(source, statuses.get(source.id), counts.get(source.id, 0), moment) for source in config.sources
        ]
        found["digests"] = [
            {
                "key": one.key,
                "state": one.state,
                "frozen": _iso(one.frozen),
                "published": _iso(one.published),
                "items": one.items,
                "deliveries": dict(one.deliveries),
                "settled": one.settled,
                **_waiting(workspace, store, one, moment),
            }
            for one in store.digests.statuses()
        ]
        counts_now = store.counts()
        found["outbox"] |= {**counts_now.outbox, "last_accepted": _iso(counts_now.last_delivery)}
        found["recipients"] = counts_now.recipients.get("active", 0)
        found["skipped"] = store.digests.skipped()
        found["owed"] = store.outbox.owed(resend_unknown=workspace.resends)
        found["notices"] = [
            {
                "code": one.code,
                "subject": one.subject,
                "since": _iso(one.first_at),
                "text": sentence(one.code, one.params),
            }
            for one in store.notices.open()
        ]
    return found


def _waiting(workspace: Workspace, store: Store, status: DigestStatus, moment: datetime) -> dict[str, Any]:
    """What a draft waits for, nothing of a digest that is none."""
    from pipeline import calendar  # noqa: PLC0415

    if status.state != "draft":
        return {}
    kept = store.drafts.load(status.key)
    return {
        "made": _iso(kept.made),
        "revision": kept.number,
        "held": kept.draft.marks.held,
        "deadline": _iso(drafts.deadline(workspace, kept)),
        "gives_way": kept.draft.digest.period.end < calendar.period(workspace.config.digest.schedule, moment).end,
    }


def _draft(one: dict[str, Any], moment: Callable[[str | None], str]) -> str:
    """How a draft stands, in words."""
    if one["held"] is not None:
        return f"held{': ' + one['held'] if one['held'] else ''}; `digikooste approve {one['key']}` sends it"
    if one["deadline"]:
        return f"waits for an editor until {moment(one['deadline'])}"
    if one["gives_way"]:
        return f"waits since {moment(one['made'])}; the next letter takes its items"
    return f"waits since {moment(one['made'])}; `digikooste compose` freezes it"


def _source(source: Source, status: SourceStatus | None, items: int, moment: datetime) -> dict[str, Any]:
    from pipeline.jobs import next_due  # noqa: PLC0415

    if not source.enabled:
        state = "disabled"
    elif status is None or status.last_try is None:
        state = "new"
    elif status.prospect.gone == source.url:
        state = "gone"
    elif status.failures:
        state = "waiting" if status.not_before and status.not_before > moment else "failing"
    else:
        state = "good" if status.baseline_from else "incomplete"
    return {
        "id": source.id,
        "kind": source.kind.value,
        "state": state,
        "items": items,
        "last_good": _iso(status.last_good) if status else None,
        "next_due": _iso(next_due(source, {source.id: status} if status else {}, moment)) if source.enabled else None,
        "not_before": _iso(status.not_before) if status else None,
        "moved_to": status.prospect.address(source.url) if status and status.prospect.move else None,
        "failing_since": _iso(status.failing_since) if status else None,
        "error": status.error if status else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _table(found: dict[str, Any]) -> None:
    def moment(text: str | None) -> str:
        return when(datetime.fromisoformat(text) if text else None)

    def following(one: dict[str, Any]) -> str:
        return moment(one["next_due"]) if one["next_due"] else "-"

    rows = [
        (
            (one["id"], one["kind"], one["state"], str(one["items"]), moment(one["last_good"]), following(one)),
            "; ".join(
                (
                    f"{one['kind']}, {one['state']}, {counted(one['items'], 'item')}",
                    f"last good {moment(one['last_good'])}",
                    f"next {following(one)}",
                )
            ),
        )
        for one in found["sources"]
    ]
    for line in tables.columns(("Source", "Kind", "State", "Items", "Last good", "Next"), rows) if rows else ():
        say(line)
    for one in found["sources"]:
        if one["error"]:
            say(f"{one['id']}, since {moment(one['failing_since'])}: {one['error']}")
    for one in found["notices"]:
        say(f"Notice, since {moment(one['since'])}: {one['subject']}: {one['text']}")
    for one in found["digests"][:_SHOWN]:
        if one["state"] == "draft":
            say(f"Draft {one['key']}: {counted(one['items'], 'item')}; {_draft(one, moment)}.")
            continue
        states = ", ".join(f"{count} {state}" for state, count in sorted(one["deliveries"].items())) or "nobody owed"
        made = f"{one['state']} {moment(one['frozen'])}" if one["frozen"] else one["state"]
        say(f"Digest {one['key']}: {made}, {counted(one['items'], 'item')}; {states}.")
    for key, reason in sorted(found["skipped"].items(), reverse=True)[:_SHOWN]:
        say(f"Digest {key}: not made; {_SKIPPED.get(reason, reason)}.")
    say(f"{counted(found['recipients'], 'recipient')}; {_outbox(found)}.")
    zone = datetime.now().astimezone().tzname()
    say(
        f"{outlook.line(_ahead(found['next']), now())} "
        f"(schedule: {found['schedule']}, {found['time_zone']}; times here: {zone})"
    )
    say(
        f"`digikooste serve` is running, pid {found['serving']}."
        if found["serving"]
        else "`digikooste serve` is not running: `digikooste run` does what is due."
    )


def _outbox(found: dict[str, Any]) -> str:
    """What is owed, in what states, and when a letter was last taken."""
    owed, states = found["owed"], found["outbox"]
    said = f"{counted(owed, 'delivery', 'deliveries')} owed"
    parts = [f"{states[state]} {state}" for state in ("pending", "sending", "unknown") if states[state]]
    said += f" ({', '.join(parts)})" if parts else ""
    if states["last_accepted"]:
        said += f", the last one accepted {when(datetime.fromisoformat(states['last_accepted']))}"
    return said if found["mail"] else f"{said}; no mail server is set (mail.host)"


def _ahead(found: dict[str, Any]) -> outlook.Outlook:
    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return outlook.Outlook(
        key=found["digest"],
        letter=datetime.fromisoformat(found["letter"]),
        reading=moment(found["reading"]),
        delivery=moment(found["delivery"]),
    )
