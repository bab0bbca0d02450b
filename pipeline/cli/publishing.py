"""The command publish: output/ brought up to date by hand."""

from __future__ import annotations

import json

import click

from pipeline.cli import work
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option


@click.command()
@workspace_option
@click.option("--anew", is_flag=True, help="Draw every page again and compare every file, as after a disaster.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written and removed as JSON.")
def publish(workspace: Workspace, *, anew: bool, as_json: bool) -> int:
    """Bring output/ up to date: the letters' pages, the archive, its feeds and its search.

    `run`, `compose` and `serve` do this with every letter; by hand it is for changed texts, templates or
    sources, and for files that went missing. Only what changed is written. Frozen letters keep their
    words; items of internal sources never stand there.
    """
    from pipeline.jobs import job_lock  # noqa: PLC0415

    config = workspace.config
    with workspace.store() as store, job_lock(workspace.var, "compose"):  # composing publishes too
        published = work.publish(workspace, store, now(), anew=anew, quiet=as_json)
    if as_json:
        told = {
            "written": sorted(published.written),
            "removed": sorted(published.removed),
            "letters": sorted(folder.name for folder in published.folders),
            "search": published.trouble or "ok",
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return Exit.DONE
    written, removed = counted(len(published.written), "file"), counted(len(published.removed), "file")
    say(f"{workspace.output}: {written} written, {removed} removed.")
    if not config.site.url:
        say("site.url is not set, so there are no feeds and no site map: both need the pages' own addresses.")
    return Exit.DONE
