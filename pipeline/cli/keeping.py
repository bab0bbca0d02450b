"""The commands sources list, show, enable, disable and remove: the list as it stands in the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say, when
from pipeline.cli.workspace import Workspace, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model import Source
    from pipeline.store.readings import SourceStatus


@click.command("list")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the sources as JSON.")
def list_sources(workspace: Workspace, *, as_json: bool) -> int:
    """List the sources in the file's order."""
    sources = workspace.config.sources
    if as_json:
        click.echo(json.dumps({"sources": [_facts(source) for source in sources]}, ensure_ascii=False, indent=2))
        return Exit.DONE
    width = max((len(source.id) for source in sources), default=0)
    for source in sources:
        rest = "" if source.enabled else "  (disabled)"
        say(f"{source.id:<{width}}  {source.kind:<9}  {source.url}{rest}")
    disabled = sum(not source.enabled for source in sources)
    if sources:
        say(f"{counted(len(sources), 'source')}, {disabled} disabled.")
    else:
        say(f"{workspace.file} has no source yet: `digikooste sources add URL`.")
    return Exit.DONE


@click.command(short_help="Show one source with its defaults and its last reading.")
@workspace_option
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(workspace: Workspace, name: str, *, as_json: bool) -> int:
    """Show one source: what the file says with every default filled in, and how its last reading went."""
    source = _source(workspace, name)
    facts = _facts(source) | _standing(workspace, source)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        for key, value in facts.items():
            if value is not None and (plain := _plain(value)):
                say(f"{key + ':':<15} {plain}")
    return Exit.DONE


@click.command(short_help="Wake sources.")
@workspace_option
@click.argument("names", nargs=-1, required=True, metavar="ID...")
def enable(workspace: Workspace, names: Sequence[str]) -> int:
    """Wake sources: they are read and shown again."""
    return _switch(workspace, names, is_on=True)


@click.command(short_help="Let sources rest.")
@workspace_option
@click.argument("names", nargs=-1, required=True, metavar="ID...")
def disable(workspace: Workspace, names: Sequence[str]) -> int:
    """Let sources rest: neither read nor shown, but kept in the file."""
    return _switch(workspace, names, is_on=False)


@click.command(short_help="Take sources out of the file.")
@workspace_option
@click.argument("names", nargs=-1, required=True, metavar="ID...")
def remove(workspace: Workspace, names: Sequence[str]) -> int:
    """Take sources out of the file, with the comments inside them; those above them stay.

    What was read of them stays in the database, so that a source that comes back under its id is no news.
    """
    rewriting = workspace.rewriting()
    for name in names:
        rewriting.remove(name)
    rewriting.save()
    for name in names:
        say(f"Removed: {name}. Its items stand in no letter any more.")
    return Exit.DONE


def _switch(workspace: Workspace, names: Sequence[str], *, is_on: bool) -> int:
    rewriting = workspace.rewriting()
    before = {source.id: source.enabled for source in rewriting.config.sources}
    for name in names:
        if is_on:
            rewriting.enable(name)
        else:
            rewriting.disable(name)
    rewriting.save()
    for name in names:
        if before[name] is is_on:
            say(f"{name} is {'enabled' if is_on else 'disabled'} already.")
        else:
            say(f"Enabled: {name}." if is_on else f"Disabled: {name}; it is neither read nor shown.")
    return Exit.DONE


def _source(workspace: Workspace, name: str) -> Source:
    from pipeline.config.problems import unknown_source  # noqa: PLC0415

    found = {source.id: source for source in workspace.config.sources}
    if name not in found:
        raise ConfigError([f"{workspace.file} {unknown_source(name, found)}"])
    return found[name]


def _facts(source: Source) -> dict[str, Any]:
    """Return a source as plain values, its keys those of the file."""
    from dataclasses import asdict  # noqa: PLC0415

    facts = asdict(source)
    facts["kind"] = source.kind.value
    facts["prefix"] = facts.pop("prefixes")
    selectors = facts.pop("selectors") or {}
    facts |= {key: value for key, value in selectors.items() if value}
    return {key: value for key, value in facts.items() if value is not None}


def _standing(workspace: Workspace, source: Source) -> dict[str, Any]:
    """Return how the last reading went; nothing where there is no database yet."""
    if not workspace.has_store:
        return {}
    with workspace.store() as store:
        status: SourceStatus | None = store.readings.statuses().get(source.id)
        items = store.readings.item_counts().get(source.id, 0)
    if status is None:
        return {"last read": "never"}
    return {
        "title": status.title,
        "last read": when(status.last_try),
        "last success": when(status.last_good),
        "items known": items,
        "failures": status.failures,
        "error": status.error,
    }


def _plain(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ", ".join(str(each) for each in value)
        case dict():
            return ", ".join(f"{key}: {_plain(part)}" for key, part in value.items() if part not in (None, (), [], {}))
        case _:
            return str(value)
