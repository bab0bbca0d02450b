"""The command sources: what each source answers today, in plain words, changing nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import Progress, counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.jobs import Collected
    from pipeline.model import Candidate, Source

_SHOWN = 3


@click.group()
def sources() -> None:
    """Look at the sources of sources.yaml."""


@sources.command()
@workspace_option
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(workspace: Workspace, ids: Sequence[str], *, as_json: bool) -> int:
    """Read the sources (all enabled ones, or the named ones) as if for the first time, and say what they hold.

    Nothing is remembered: what is news stays news. Named sources are read even when they are disabled.
    """
    chosen = _chosen(workspace, ids)
    findings = _read(workspace, chosen, quiet=as_json)
    if as_json:
        click.echo(json.dumps({"sources": findings}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            _say(finding)
    return Exit.SOURCES_FAILED if any(finding["error"] for finding in findings) else Exit.DONE


def _chosen(workspace: Workspace, ids: Sequence[str]) -> list[Source]:
    from dataclasses import replace  # noqa: PLC0415

    known = {source.id: source for source in workspace.config.sources}
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise click.UsageError(f"{workspace.file} has no source {', '.join(unknown)}; it has {', '.join(known)}.")
    named = [replace(known[name], enabled=True) for name in ids]
    return named or [source for source in known.values() if source.enabled]


def _read(workspace: Workspace, chosen: Sequence[Source], *, quiet: bool) -> list[dict[str, Any]]:
    """Read into a store that is thrown away afterwards: the real way, without a trace."""
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.store import Store  # noqa: PLC0415

    moment = now()
    with (
        tempfile.TemporaryDirectory(prefix="digikooste-check-") as folder,
        Store(Path(folder) / "check.db") as store,
        workspace.client(moment) as client,
        workspace.pool() as pool,
        Progress("Reading sources", len(chosen), quiet=quiet) as progress,
    ):
        collected = jobs.collect(
            chosen,
            store=store,
            client=client,
            pool=pool,
            manners=workspace.manners(),
            place="check",
            now=moment,
            baseline_from=moment,
            progress=lambda one: progress.step(one.sentence, is_bad=one.error is not None),
        )
        held = store.digests.candidates([source.id for source in chosen])
        titles = {name: one.title for name, one in store.readings.statuses().items()}
        return [_finding(one, held, titles.get(one.id)) for one in collected]


def _finding(one: Collected, held: Sequence[Candidate], title: str | None) -> dict[str, Any]:
    items = [
        (sighting.place or 0, candidate.item)
        for candidate in held
        for sighting in candidate.sightings
        if sighting.source == one.id
    ]
    dates = [item.published for _, item in items if item.published]
    languages = sorted({item.language for _, item in items if item.language})
    return {
        "id": one.id,
        "kind": one.kind,
        "url": one.url,
        "title": title,
        "outcome": one.outcome,
        "items": one.items,
        "newest": max(dates).isoformat() if dates else None,
        "dated": len(dates),
        "languages": languages,
        "first": [item.title or item.url for _, item in items[:_SHOWN]],
        "warnings": list(one.warnings),
        "error": one.error,
    }


def _say(finding: dict[str, Any]) -> None:
    say(f"{finding['id']} ({finding['kind']}) {finding['url']}")
    if finding["error"]:
        say(f"  {finding['error']}")
        return
    called = f'"{finding["title"]}", ' if finding["title"] else ""
    dates = f"{finding['dated']} dated, the newest {finding['newest'][:10]}" if finding["newest"] else "none dated"
    languages = ", ".join(finding["languages"]) or "no language recognised"
    say(f"  {called}{counted(finding['items'], 'item')}; {dates}; {languages}.")
    for title in finding["first"]:
        say(f"    - {title}")
    for warning in finding["warnings"]:
        say(f"  {warning}")
    if not finding["items"]:
        say("  Nothing was found: is the address right, and do the selectors fit the page as it is today?")
