"""The command bounces, and what run and serve do beside it: returned letters are read, old deliveries dropped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli import deliveries, notes, secret
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import BusyError, ConfigError, DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.bounces import ReturnPath
    from pipeline.jobs.returning import Returned
    from pipeline.store import Store

_WORDS = {
    "hard": "for good",
    "soft": "for now",
    "policy": "refused as unwanted",
    "auto": "answered by a machine",
    "other": "something else",
    "unsigned": "not to an address of ours",
    "unreadable": "unreadable",
}


@click.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def bounces(workspace: Workspace, *, as_json: bool) -> int:
    """Read the letters that came back (mail.bounces), as `run` and `serve` do by themselves.

    An address whose letters of two digests came back for good gets no more. A full mailbox, a refusal of
    the letter itself and answers by machines count against nobody. Each message is moved to cur/.
    """
    if workspace.config.mail.bounces is None:
        raise ConfigError([f"{workspace.file}: no maildir is set; write mail: bounces: and return_path:."])
    with workspace.store() as store:
        found = sweep(workspace, store, now(), quiet=as_json)
    if as_json:
        click.echo(json.dumps({"returns": dict(found.kinds), "suppressed": found.suppressed}, indent=2))
    elif not found.kinds:
        say("Nothing has come back.")
    return Exit.DONE


def sweep(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    stop: Callable[[], bool] = lambda: False,
    *,
    quiet: bool = False,
) -> Returned:
    """Read what came back, say it, and tell the operator who was suppressed. Raises ConfigError, StoreError."""
    from pipeline.jobs import job_lock  # noqa: PLC0415
    from pipeline.jobs.returning import take_returns  # noqa: PLC0415

    path = return_path(workspace)
    maildir = workspace.config.mail.bounces
    assert path is not None
    assert maildir is not None
    with job_lock(workspace.var, "bounces"), workspace.pool() as pool:
        found = take_returns(maildir, path=path, store=store, pool=pool, now=moment, stop=stop)
    if found.kinds and not quiet:
        parts = [f"{found.kinds[kind]} {words}" for kind, words in _WORDS.items() if found.kinds[kind]]
        say(f"{counted(found.kinds.total(), 'return')}: {', '.join(parts)}.")
    if found.suppressed:
        count, who = len(found.suppressed), ", ".join(map(str, found.suppressed))
        if quiet:
            store.notices.note("returned", key_of(moment), {"count": count, "recipients": who}, now=moment)
        else:
            notes.hear(store, moment, "returned", key_of(moment), count=count, recipients=who)
    return found


def tend(workspace: Workspace, store: Store, moment: datetime, stop: Callable[[], bool] = lambda: False) -> None:
    """Read returns, drop what is kept for long enough, and remind of letters that are held; a fault is a notice."""
    mail = workspace.config.mail
    try:
        if mail.bounces is not None:
            sweep(workspace, store, moment, stop)
        notes.over(store, moment, "job", "returns")
    except BusyError:  # another process is at it
        pass
    except (DigikoosteError, OSError) as error:
        notes.hear(store, moment, "job", "returns", job="reading returns", error=str(error)[:300])
    store.personal.expire(before=moment - timedelta(days=mail.keep_deliveries))
    deliveries.tell_held(store, moment, resend_unknown=workspace.resends)


def return_path(workspace: Workspace) -> ReturnPath | None:
    """What makes and reads the addresses that letters come back to; None where none is configured."""
    pattern = workspace.config.mail.return_path
    if pattern is None:
        return None
    from pipeline.bounces import ReturnPath  # noqa: PLC0415

    return ReturnPath(pattern, secret.key(workspace))


def key_of(moment: datetime) -> str:
    """The day by which a notice about returns is known."""
    return f"{moment:%Y-%m-%d}"
