"""The commands deliveries held, hold, release and drop: letters that wait for a person's word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pipeline.cli import notes
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say, when
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import StoreError
from pipeline.masking import masked
from pipeline.notices import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.store import Store


@click.group()
def deliveries() -> None:
    """Decide about letters of which nobody knows whether they went out.

    After a restore: what was owed in the backup, and a digest whose time had passed. With mail.unknown:
    hold, also what a mail server took without a word. Nothing sends these until you say so.
    """


@deliveries.command(short_help="List the letters that are held.")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@click.option("--show-addresses", is_flag=True, help="Print whose letters they are in full.")
def held(workspace: Workspace, *, as_json: bool, show_addresses: bool) -> int:
    """List the letters that are held, digest by digest, with the numbers of their recipients."""
    resends = workspace.resends
    with workspace.store() as store:
        found = store.holding.held(resend_unknown=resends)
        people = {one.digest: store.holding.recipients(one.digest, resend_unknown=resends) for one in found}
    shown = {
        key: [(number, address if show_addresses else masked(address)) for number, address in some]
        for key, some in people.items()
    }
    if as_json:
        rows = [
            {
                "digest": one.digest,
                "letters": one.letters,
                "since": one.since.isoformat() if one.since else None,
                "recipients": [{"number": number, "address": address} for number, address in shown[one.digest]],
            }
            for one in found
        ]
        click.echo(json.dumps({"held": rows}, ensure_ascii=False, indent=2))
        return Exit.DONE
    for one in found:
        since = f" since {when(one.since)}" if one.since else ""
        say(f"{one.digest}: {counted(one.letters, 'letter')} held{since}")
        for number, address in shown[one.digest]:
            say(f"  recipient {number}  {address}")
    say(_ways(found[0].digest) if found else "No letter is held.")
    return Exit.DONE


@deliveries.command(short_help="Hold whatever is owed now.")
@workspace_option
def hold(workspace: Workspace) -> int:
    """Hold whatever is owed now: after a restore by other means, such as PostgreSQL's pg_restore.

    A digest whose time has come already is held too when it is made.
    """
    _ = workspace.config
    moment = now()
    with workspace.store() as store:
        count = store.holding.hold(taken=moment, now=moment)
        tell_held(store, moment, resend_unknown=workspace.resends)
    say(f"{counted(count, 'letter is', 'letters are')} held; `digikooste deliveries held` shows them.")
    return Exit.DONE


@deliveries.command(short_help="Send the held letters of a digest after all.")
@workspace_option
@click.argument("digests", nargs=-1, required=True, metavar="KEY...")
def release(workspace: Workspace, digests: Sequence[str]) -> int:
    """Send the held letters of these digests after all, with the next run or deliver.

    They keep their Message-IDs, so most mail programs show a letter that arrives twice once. Who has left,
    or is owed a newer letter, gets none.
    """
    moment = now()
    with workspace.store() as store:
        for key in _held(store, digests, resend_unknown=workspace.resends):
            released, left = store.holding.release(key, resend_unknown=workspace.resends, now=moment)
            rest = f"; {left} not, for they left or a newer letter took its place" if left else ""
            it = "it" if released == 1 else "them"
            way = f"; the next `digikooste deliver` or `run` sends {it}" if released else ""
            say(f"{key}: {counted(released, 'letter')} released{way}{rest}.")
        tell_held(store, moment, resend_unknown=workspace.resends)
    return Exit.DONE


@deliveries.command(short_help="Send the held letters of a digest no more.")
@workspace_option
@click.argument("digests", nargs=-1, required=True, metavar="KEY...")
def drop(workspace: Workspace, digests: Sequence[str]) -> int:
    """Leave the held letters of these digests as they are: nothing sends them any more."""
    moment = now()
    with workspace.store() as store:
        for key in _held(store, digests, resend_unknown=workspace.resends):
            count = store.holding.drop(key, resend_unknown=workspace.resends)
            say(f"{key}: {counted(count, 'letter')} left as they are.")
        tell_held(store, moment, resend_unknown=workspace.resends)
    return Exit.DONE


def tell_held(store: Store, moment: datetime, *, resend_unknown: bool) -> None:
    """Keep a notice for each digest whose letters are held, and close those that are decided."""
    found = [
        Finding(
            code="held",
            subject=one.digest,
            params={"letters": counted(one.letters, "letter"), "ways": _ways(one.digest)},
        )
        for one in store.holding.held(resend_unknown=resend_unknown)
    ]
    notes.settle(store, moment, ("held",), found)


def _ways(key: str) -> str:
    return f"`digikooste deliveries release {key}` sends them, `digikooste deliveries drop {key}` leaves them."


def _held(store: Store, digests: Sequence[str], *, resend_unknown: bool) -> Sequence[str]:
    """Raise StoreError for a digest of which nothing is held, before anything is decided."""
    known = {one.digest for one in store.holding.held(resend_unknown=resend_unknown)}
    for key in digests:
        if key not in known:
            raise StoreError(f"No letter of {key} is held; `digikooste deliveries held` lists them.")
    return digests
