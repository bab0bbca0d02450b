"""The commands recipients export and forget: a person's right to know what is kept, and to be forgotten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pipeline.cli import backups
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, StoreError
from pipeline.masking import masked

if TYPE_CHECKING:
    from pathlib import Path


@click.command(short_help="Print everything that is kept about somebody.")
@workspace_option
@click.argument("address")
def export(workspace: Workspace, address: str) -> int:
    """Print everything that is kept about ADDRESS, as JSON: consent, language, topics, every delivery.

    It is what a person may ask for (GDPR, articles 15 and 20). Nothing about anybody stands in output/.
    """
    with workspace.store() as store:
        found = store.personal.export(address, spellings=_spellings(address))
        since = store.personal.forgotten_since(address)
    if not found and since is None:
        raise StoreError(f"Nothing is kept about {address}.")
    told = {
        "address": address,
        "made": now().isoformat(),
        "forgotten": since.isoformat() if since else None,
        "kept": found,
    }
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    return Exit.DONE


@click.command(short_help="Forget somebody: out of every table and file.")
@workspace_option
@click.argument("address")
@click.option("--delete-copies", is_flag=True, help="Remove this workspace's backups that still hold the address, too.")
def forget(workspace: Workspace, address: str, *, delete_copies: bool) -> int:
    """Forget ADDRESS: it is taken out of every table and out of the database's file.

    A keyed hash alone stays, so that no crash, import or restored backup brings them back; it tells nobody
    who it was. They may come back by their own wish: on the web, or by `recipients add --anew`.
    Backups made until now hold the address until they are removed; restoring one forgets it again.
    """
    journal = workspace.journal()
    with workspace.store() as store:
        gone = store.personal.forget(address, spellings=_spellings(address), now=now())
        identity = store.workspace_id()
    if gone.rows:
        say(f"Forgotten: {masked(address)}. {counted(gone.rows, 'row')} deleted, and nothing but a keyed hash stays.")
    else:
        say(f"Nothing was kept about {masked(address)}. From now on no import adds them.")
    copies = _copies(workspace, identity)
    if delete_copies:
        for copy in copies:
            copy.unlink(missing_ok=True)
        say(f"{counted(len(copies), 'backup')} removed.")
    elif copies:
        say(f"{counted(len(copies), 'backup')} from before may hold the address; --delete-copies removes them:")
        for copy in copies:
            say(f"  {copy}")
    for folder in journal.unreached:
        log(f"{folder} cannot be reached now: a backup restored from there will not know of it.")
    if not gone.is_clean:
        raise StoreError(
            f"{workspace.var}: other processes are reading the database, so its file may still hold the address. "
            "It is in no table any more; run this again when they are done."
        )
    return Exit.DONE


def _copies(workspace: Workspace, identity: str) -> list[Path]:
    """Backups of this workspace, and copies from before upgrades, as far as they can be reached."""
    from pipeline import safekeeping  # noqa: PLC0415
    from pipeline.store import copying  # noqa: PLC0415

    own = workspace.var / "backups"
    folders = dict.fromkeys((own.absolute(), *backups.folders(workspace)))
    found = [copy for folder in folders for copy in safekeeping.found_in(folder, identity)]
    return [*found, *copying.upgrades(own)]


def _spellings(address: str) -> tuple[str, ...]:
    """The form in which an address travels, which servers repeat; raises ConfigError for what is none."""
    from pipeline.mail import wire_address  # noqa: PLC0415

    try:
        return (wire_address(address),)
    except ValueError as error:
        raise ConfigError([f"{error}."]) from error
