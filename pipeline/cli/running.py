"""The commands that do the work: run, collect, compose, deliver."""

from __future__ import annotations

import json
import re
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli import notes
from pipeline.cli.exits import Exit, heaviest
from pipeline.cli.showing import Progress, counted, log, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.jobs import Collected, Composition, Delivered
    from pipeline.store import Store

NO_SOURCE = (
    "No source could be reached, so there is no letter; check the network, or see `make demo` "
    "(`digikooste demo`) for the whole job without one."
)


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})([smh])", str(value))
        if not found:
            self.fail(f"{value!r} is no duration; write 90s, 30m or 2h.", param, ctx)
        unit = {"s": "seconds", "m": "minutes", "h": "hours"}[found[2]]
        return timedelta(**{unit: int(found[1])})


@click.command()
@workspace_option
@click.option(
    "--wait",
    type=_Duration(),
    metavar="30m",
    help="Stay this long for a mail server that puts letters off (4xx); without it the next run tries again.",
)
@click.option("--again", is_flag=True, help="Make this period's digest anew, while nothing of it has been sent.")
def run(workspace: Workspace, wait: timedelta | None, *, again: bool) -> int:
    """Collect, compose and deliver: the weekly job.

    Reads every source, freezes this period's digest, writes output/ and sends what is owed. Run it as
    often as you like: nobody gets a digest twice, and a run that was killed is finished by the next one.
    """
    from pipeline.jobs import job_lock  # noqa: PLC0415

    config = workspace.config
    moment = now()
    with workspace.store() as store, job_lock(workspace.var, "run"):
        collected = _collect(workspace, store, moment)
        failed = [one for one in collected if one.outcome in {"failed", "waiting"}]
        codes = [Exit.SOURCES_FAILED] if failed else []
        if not collected:
            say(f"{workspace.file} has no enabled source; add one, or enable one that is there.")
        elif len(failed) == len(collected):
            say(NO_SOURCE)
            notes.hear(store, moment, "nothing-reached", "digest", digest=_key(workspace, moment))
        else:
            notes.over(store, moment, "nothing-reached", "digest")
            codes.append(_compose(workspace, store, moment, again=again))
        codes.append(_deliver(workspace, store, moment, wait))
        if not config.mail.host and any(status.state == "frozen" for status in store.digests.statuses()):
            say(f"No mail server is set (mail.host): the letter is in {workspace.output} and {workspace.var}.")
    return heaviest(*codes)


@click.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print what each source gave as JSON.")
@click.option("--refetch", is_flag=True, help="Ask for everything anew, without validators.")
def collect(workspace: Workspace, *, as_json: bool, refetch: bool) -> int:
    """Read every enabled source and remember what it holds.

    One that fails costs only itself and is named. Asked twice, the second time costs the servers
    next to nothing: requests are conditional, and a server's "not before" is kept.
    """
    _ = workspace.config
    with workspace.store() as store:
        collected = _collect(workspace, store, now(), quiet=as_json, refetch=refetch)
    failed = [one for one in collected if one.outcome in {"failed", "waiting"}]
    if as_json:
        names = ("id", "kind", "outcome", "items", "new", "error")
        rows = [{name: getattr(one, name) for name in names} for one in collected]
        click.echo(json.dumps({"sources": rows}, ensure_ascii=False, indent=2))
    elif collected and len(failed) == len(collected):
        say(NO_SOURCE)
    return Exit.SOURCES_FAILED if failed else Exit.DONE


@click.command()
@workspace_option
@click.option("--again", is_flag=True, help="Make this period's digest anew, while nothing of it has been sent.")
@click.option("--draft", is_flag=True, help="Keep it as a draft: its items are reserved, nothing is owed yet.")
def compose(workspace: Workspace, *, again: bool, draft: bool) -> int:
    """Choose this period's items, freeze them as a digest and write output/.

    The period is that of the latest slot passed (digest.schedule). `digikooste preview` shows the
    choice without making it.
    """
    _ = workspace.config
    with workspace.store() as store:
        return _compose(workspace, store, now(), again=again, draft=draft)


@click.command()
@workspace_option
@click.option("--wait", type=_Duration(), metavar="30m", help="Stay this long for a server that puts letters off.")
def deliver(workspace: Workspace, wait: timedelta | None) -> int:
    """Send what is owed, one message per recipient.

    What was interrupted is finished; what a server put off (4xx) is tried again when its time has
    come; nobody gets a digest twice.
    """
    if not workspace.config.mail.host:
        raise ConfigError([f"{workspace.file}: no mail server is set; write mail: host: and from:."])
    with workspace.store() as store:
        return _deliver(workspace, store, now(), wait)


def _collect(
    workspace: Workspace, store: Store, moment: datetime, *, quiet: bool = False, refetch: bool = False
) -> Sequence[Collected]:
    from pipeline import calendar, jobs  # noqa: PLC0415

    config = workspace.config
    for note in config.notes:
        log(note)
    schedule = config.digest.schedule
    status = store.digests.status(calendar.period(schedule, moment).key)
    is_made = status is not None and status.state == "frozen" and not status.replaceable
    total = sum(source.enabled for source in config.sources)
    with (
        jobs.job_lock(workspace.var, "collect"),
        workspace.client(moment) as client,
        workspace.pool() as pool,
        Progress("Reading sources", total, quiet=quiet) as progress,
    ):
        collected = jobs.collect(
            config.sources,
            store=store,
            client=client,
            pool=pool,
            manners=workspace.manners(refetch=refetch),
            place=f"{socket.gethostname()}:{workspace.folder.resolve()}",
            now=moment,
            baseline_from=calendar.running_start(schedule, moment, frozen=is_made),
            progress=lambda one: progress.step(one.sentence, is_bad=one.outcome in {"failed", "waiting"}),
        )
    for one in collected:
        if one.moved:
            notes.hear(store, moment, "moved", one.id, url=one.url)
    if collected and not quiet:
        _report(collected)
    return collected


def _key(workspace: Workspace, moment: datetime) -> str:
    from pipeline import calendar  # noqa: PLC0415

    return calendar.period(workspace.config.digest.schedule, moment).key


def _report(collected: Sequence[Collected]) -> None:
    new = sum(one.new for one in collected if not one.known)
    known = sum(one.new for one in collected if one.known)
    failed = sum(one.outcome == "failed" for one in collected)
    waiting = sum(one.outcome == "waiting" for one in collected)
    parts = [f"{counted(new, 'new item')}"]
    parts += [f"{known} known from now on"] if known else []
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{waiting} not asked now"] if waiting else []
    say(f"{counted(len(collected), 'source')}: {', '.join(parts)}.")
    for one in collected:
        if one.error:
            say(f"  {one.id}: {one.error}")
        for warning in one.warnings:
            say(f"  {one.id}: {warning}")


def _compose(workspace: Workspace, store: Store, moment: datetime, *, again: bool = False, draft: bool = False) -> Exit:
    from pipeline import jobs  # noqa: PLC0415

    config = workspace.config
    with jobs.job_lock(workspace.var, "compose"):
        renderer = workspace.renderer()
        composition = jobs.compose(
            workspace.choice(),
            store=store,
            renderer=renderer,
            languages=config.digest.languages,
            message_id=workspace.message_id(store.workspace_id()),
            now=moment,
            again=again,
            draft=draft,
            web_only=config.digest.web_only,
        )
        _say_composition(composition, config.digest.languages)
        if isinstance(composition, jobs.Composed):
            for notice in composition.digest.notices:
                notes.hear(store, moment, notice.code, composition.digest.period.key, **notice.params)
        if not draft:
            _publish(workspace, store, getattr(composition, "replaced", ()))
    return Exit.DONE


def _publish(workspace: Workspace, store: Store, replaced: Sequence[str] = ()) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from pipeline import jobs, mail  # noqa: PLC0415

    changed = jobs.publish(
        store=store,
        renderer=workspace.renderer(),
        output=workspace.output,
        zone=ZoneInfo(workspace.config.digest.time_zone),
        replaced=replaced,
    )
    for folder in changed:
        say(f"Written: {folder / 'index.html'}")
        status = store.digests.status(folder.name)
        assert status is not None
        for edition in store.digests.editions(folder.name):
            name = f"{folder.name}.{edition.language}.eml"
            letter = mail.eml(workspace.letter(edition), date=status.frozen or status.made)
            jobs.keep_sample(workspace.var, name, letter)


def _say_composition(composition: Composition, languages: Sequence[str]) -> None:
    from pipeline import jobs  # noqa: PLC0415

    match composition:
        case jobs.Composed(digest=digest, is_draft=True):
            say(f"Draft {digest.period.key}: {counted(len(digest.picks), 'item')}, reserved; `compose` freezes it.")
        case jobs.Composed(digest=digest, owed=owed):
            say(
                f"Digest {digest.period.key}: {counted(len(digest.picks), 'item')} in {', '.join(languages)}; "
                f"{counted(owed, 'delivery', 'deliveries')} owed."
            )
            if not owed:
                say(
                    "Nobody is subscribed yet: `digikooste recipients add ADDRESS`. The next compose replaces this one."
                )
        case jobs.NothingToSay(period=period):
            say(f"Nothing new and nothing to hand out in {period.key}: no letter.")
        case jobs.AlreadyFrozen(status=status):
            sent = status.deliveries.get("accepted", 0)
            say(
                f"The digest {status.key} is frozen already ({counted(status.items, 'item')}, "
                f"sent to {counted(sent, 'recipient')}); nothing new was made."
            )


def _deliver(workspace: Workspace, store: Store, moment: datetime, wait: timedelta | None) -> Exit:
    from pipeline import jobs  # noqa: PLC0415

    if not workspace.config.mail.host:
        return Exit.DONE
    until = time.monotonic() + (wait or timedelta()).total_seconds()
    with jobs.job_lock(workspace.var, "deliver"):
        while True:
            if store.outbox.owed():
                _publish(workspace, store)
            delivered = _one_round(workspace, store, moment)
            owed = store.outbox.owed()
            pause = _seconds_until_next(store, now()) if owed else None
            if delivered.stopped is not None and _is_ours(delivered):
                say(str(delivered.stopped))
                return Exit.MEND
            if pause is None or time.monotonic() + pause > until:
                break
            say(f"{counted(owed, 'delivery', 'deliveries')} put off; trying again in {pause / 60:.0f} min.")
            time.sleep(pause)  # --wait asks us to stay
            moment = now()
    if owed:
        why = f" ({delivered.stopped})" if delivered.stopped else ""
        say(f"{counted(owed, 'delivery', 'deliveries')} still owed{why}; the next run goes on.")
    return Exit.OWED if owed else Exit.DONE


def _is_ours(delivered: Delivered) -> bool:
    from pipeline.errors import TransientMailError  # noqa: PLC0415

    return not isinstance(delivered.stopped, TransientMailError)


def _seconds_until_next(store: Store, moment: datetime) -> float | None:
    next_try = store.outbox.next_try()
    return None if next_try is None else max(1.0, (next_try - moment).total_seconds())


def _one_round(workspace: Workspace, store: Store, moment: datetime) -> Delivered:
    from pipeline import jobs  # noqa: PLC0415

    with Progress("Sending letters", store.outbox.owed()) as progress:
        delivered = jobs.deliver(
            store=store,
            session=workspace.session,
            letter=workspace.letter,
            now=moment,
            resend_unknown=workspace.config.mail.unknown == "resend",
            progress=lambda delivery, state: progress.step(f"delivery {delivery.id}: {state}"),
        )
    if delivered.tried:
        parts = [f"sent to {counted(delivered.accepted, 'recipient')}"]
        parts += [f"{delivered.deferred} put off"] if delivered.deferred else []
        parts += [f"{delivered.refused} refused"] if delivered.refused else []
        parts += [f"{delivered.unknown} unknown"] if delivered.unknown else []
        say(f"Letters: {', '.join(parts)}.")
    for refusal in delivered.refusals:
        say(f"  {refusal}")
    key = _key(workspace, moment)
    if delivered.refused:
        notes.hear(store, moment, "refused", key, count=delivered.refused, digest=key)
    if delivered.stopped is not None:
        notes.hear(store, moment, "stopped", "mail", reason=str(delivered.stopped))
    elif delivered.accepted:
        notes.over(store, moment, "stopped", "mail")
    return delivered
