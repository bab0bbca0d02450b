"""The commands that do the work: run, collect, compose, deliver."""

from __future__ import annotations

import json
import re
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli import drafts, notes, returns, work
from pipeline.cli.exits import Exit, heaviest
from pipeline.cli.showing import say
from pipeline.cli.stopping import GRACE, stopping, unhurried
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, LintError, PublishError

if TYPE_CHECKING:
    from datetime import datetime
    from threading import Event

    from pipeline.store import Store

NO_SOURCE = (
    "No source could be reached, so there is no letter; check the network, or see `make demo` "
    "(`digikooste demo`) for the whole job without one."
)


def _no_source(workspace: Workspace) -> str:
    return f"{workspace.file} has no enabled source; add one, or enable one that is there."


def _deliver(
    workspace: Workspace, store: Store, moment: datetime, wait: timedelta | None, stop: Event, *, send_anyway: bool
) -> Exit:
    with unhurried() as pressed:
        return work.deliver(
            workspace,
            store,
            moment,
            wait=wait or timedelta(),
            stop=lambda: stop.is_set() or pressed.is_set(),
            send_anyway=send_anyway,
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


_ANYWAY = click.option("--send-anyway", is_flag=True, help="Although lint finds the letter broken.")


@click.command()
@workspace_option
@click.option(
    "--wait",
    type=_Duration(),
    metavar="30m",
    help="Stay this long for a mail server that puts letters off (4xx); without it the next run tries again.",
)
@click.option("--again", is_flag=True, help="Make this period's digest anew, while nothing of it has been sent.")
@_ANYWAY
def run(workspace: Workspace, wait: timedelta | None, *, again: bool, send_anyway: bool) -> int:
    """Collect, compose and deliver: the weekly job.

    Reads every source, freezes this period's digest, writes output/ and sends what is owed. Run it as
    often as you like: nobody gets a digest twice, and a run that was killed is finished by the next one.
    """
    from pipeline.jobs import job_lock  # noqa: PLC0415

    config = workspace.config
    moment = now()
    with (
        stopping(signal.SIGTERM, grace=GRACE) as stop,
        workspace.store() as store,
        job_lock(workspace.var, "run"),
    ):
        collected = work.collect(workspace, store, moment, stop=stop.is_set)
        if stop.is_set():
            return Exit.DONE
        failed = [one for one in collected if one.outcome in {"failed", "waiting"}]
        codes = [Exit.SOURCES_FAILED] if failed else []
        if not collected:
            say(_no_source(workspace))
        elif len(failed) == len(collected):
            say(NO_SOURCE)
            notes.hear(store, moment, "nothing-reached", "digest", digest=work.key_of(workspace, moment))
        else:
            notes.over(store, moment, "nothing-reached", "digest")
            try:
                drafts.tend(workspace, store, moment)
                work.compose(workspace, store, moment, again=again, send_anyway=send_anyway)
                drafts.tell(workspace, store, moment)
            except (LintError, PublishError):
                notes.tell(workspace, store, moment)
                raise
        sent = _deliver(workspace, store, moment, wait, stop, send_anyway=send_anyway)
        if stop.is_set():
            return Exit.DONE
        codes.append(sent)
        returns.tend(workspace, store, moment)
        notes.look_around(workspace, store, moment)
        notes.tell(workspace, store, moment)
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
    with stopping(signal.SIGTERM, grace=GRACE) as stop, workspace.store() as store:
        collected = work.collect(workspace, store, now(), quiet=as_json, refetch=refetch, stop=stop.is_set)
    failed = [one for one in collected if one.outcome in {"failed", "waiting"}]
    if as_json:
        names = ("id", "kind", "outcome", "items", "new", "error")
        rows = [{name: getattr(one, name) for name in names} for one in collected]
        click.echo(json.dumps({"sources": rows}, ensure_ascii=False, indent=2))
    elif not collected and not stop.is_set():
        say(_no_source(workspace))
    elif collected and len(failed) == len(collected):
        say(NO_SOURCE)
    return Exit.SOURCES_FAILED if failed else Exit.DONE


@click.command()
@workspace_option
@click.option("--again", is_flag=True, help="Make this period's digest anew, while nothing of it has been sent.")
@click.option("--draft", is_flag=True, help="Keep it as a draft: its items are reserved, nothing is owed yet.")
@_ANYWAY
def compose(workspace: Workspace, *, again: bool, draft: bool, send_anyway: bool) -> int:
    """Choose this period's items, freeze them as a digest and write output/.

    The period is that of the latest slot passed (digest.schedule). `digikooste preview` shows the
    choice without making it. The editor's own words, in notes/2026-W47.fi.txt (and .sv, .en), stand
    on top of that edition.
    """
    _ = workspace.config
    with workspace.store() as store:
        work.compose(workspace, store, now(), again=again, draft=draft, send_anyway=send_anyway)
    return Exit.DONE


@click.command()
@workspace_option
@click.option("--wait", type=_Duration(), metavar="30m", help="Stay this long for a server that puts letters off.")
@_ANYWAY
def deliver(workspace: Workspace, wait: timedelta | None, *, send_anyway: bool) -> int:
    """Send what is owed, one message per recipient.

    What was interrupted is finished; what a server put off (4xx) is tried again when its time has
    come; nobody gets a digest twice.
    """
    if not workspace.config.mail.host:
        raise ConfigError([f"{workspace.file}: no mail server is set; write mail: host: and from:."])
    with stopping(signal.SIGTERM, grace=GRACE) as stop, workspace.store() as store:
        if not store.outbox.owed(resend_unknown=workspace.resends):
            say("Nothing is owed.")
        sent = _deliver(workspace, store, now(), wait, stop, send_anyway=send_anyway)
        return Exit.DONE if stop.is_set() else sent
