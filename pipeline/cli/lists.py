"""The commands sources import and export: lists of feeds from and for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.adding import agreed, free_id
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.workspace import Workspace, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.config import Config
    from pipeline.config.editing import Entry
    from pipeline.sources.opml import Listed, Subscriptions

_LARGEST = 10 * 2**20
_SHOWN = 5


@click.command("import", short_help="Add the feeds of an OPML file or a list of addresses.")
@workspace_option
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option("--disabled", is_flag=True, help="Write them at rest; enable the ones that you want.")
def import_list(workspace: Workspace, file: Path, *, yes: bool, disabled: bool) -> int:
    """Add the feeds of a list: OPML, as every feed reader exports it, or one address a line ("-": standard input).

    Nothing is fetched: `digikooste sources check` tells afterwards what each of them answers. An address that is
    in the file already is left out. A folder that has the name of a topic becomes that topic.
    """
    rewriting = workspace.rewriting()
    found = _read(file)
    entries, known, refused = _entries(found, rewriting.config, disabled=disabled)
    for reason in (*(f"{address}: no address of a feed" for address in found.lost), *refused):
        log(f"Left out: {reason}.")
    left_out = len(found.lost) + len(refused)
    say(f"{counted(len(entries), 'new source')}; {known} in the file already; {left_out} left out.")
    for entry in entries[:_SHOWN]:
        say(f"  {entry['id']}  {entry['url']}")
    if len(entries) > _SHOWN:
        say(f"  and {len(entries) - _SHOWN} more")
    if not entries:
        return Exit.DONE
    rewriting.add(entries)
    if not (yes or agreed("Write them into sources.yaml?")):
        say("Nothing was written.")
        return Exit.DONE
    rewriting.save()
    say(f"Added: {counted(len(entries), 'source')}. See what they answer: digikooste sources check")
    return Exit.DONE


@click.command(short_help="Write the sources as OPML.")
@workspace_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
def export(workspace: Workspace, file: Path | None) -> int:
    """Write the enabled sources as OPML, into FILE or to standard output.

    Feeds and YouTube's playlists stand as feeds that any reader takes; what only this program can read (listings,
    sitemaps, documents) stands as a link.
    """
    from pipeline.sources import opml  # noqa: PLC0415

    config = workspace.config
    title = next(iter(config.digest.title.values()))
    text = opml.written([source for source in config.sources if source.enabled], title)
    if file is None:
        click.echo(text, nl=False)
        return Exit.DONE
    with file.open("x", encoding="utf-8") as out:
        out.write(text)
    say(f"Written: {file}")
    return Exit.DONE


def _read(file: Path) -> Subscriptions:
    from pipeline.isolate import Call, run  # noqa: PLC0415
    from pipeline.sources import opml  # noqa: PLC0415

    if str(file) == "-":
        body, what = sys.stdin.buffer.read(_LARGEST + 1), "the list on standard input"
    else:
        with file.open("rb") as opened:
            body, what = opened.read(_LARGEST + 1), f"the list {file}"
    if len(body) > _LARGEST:
        raise ConfigError([f"{what} is larger than {_LARGEST // 2**20} MB and was not read"])
    if opml.is_opml(body):
        return run(Call(opml.parse, (body, what), what=what))
    return opml.lines(body, what)


def _entries(found: Subscriptions, config: Config, *, disabled: bool) -> tuple[list[Entry], int, list[str]]:
    """Return what is to be written, how many addresses the file has already, and why others are left out."""
    from pipeline import identity  # noqa: PLC0415
    from pipeline.config import values  # noqa: PLC0415

    keys = {identity.key_of(source.url) for source in config.sources}
    taken = {source.id for source in config.sources}
    topics = {name.casefold(): topic.id for topic in config.topics for name in (topic.id, *topic.name.values())}
    entries: list[Entry] = []
    refused: list[str] = []
    known = 0
    for one in found.listed:
        url = _list_of(one.url)
        key = identity.key_of(url)
        if key in keys:
            known += 1
            continue
        try:
            reason = values.private_reason(values.web_address(url)) or _youtube_fault(url)
        except ValueError as error:
            reason = str(error)
        if reason:
            refused.append(f"{url}: {reason}")
            continue
        keys.add(key)
        entry = _entry(
            one, url, taken, [topics[name] for folder in one.folders if (name := folder.casefold()) in topics]
        )
        taken.add(str(entry["id"]))
        entries.append({**entry, "enabled": False} if disabled else entry)
    return entries, known, refused


def _entry(one: Listed, url: str, taken: set[str], topics: Sequence[str]) -> Entry:
    entry: dict[str, str | Sequence[str]] = {"id": free_id(one.name, url, taken)}
    if one.name:
        entry["name"] = one.name
    entry["url"] = url
    if topics:
        entry["topics"] = list(dict.fromkeys(topics))
    return entry


def _list_of(url: str) -> str:
    """Return the playlist or channel behind one of YouTube's feeds, which hold 15 videos at most."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    from pipeline.config import kinds  # noqa: PLC0415
    from pipeline.sources.youtube import target_of  # noqa: PLC0415

    if kinds.is_youtube(url) and urlsplit(url).path == "/feeds/videos.xml":
        return target_of(url).url.removesuffix("/videos")
    return url


def _youtube_fault(url: str) -> str | None:
    from pipeline.config import kinds  # noqa: PLC0415

    if kinds.is_youtube(url):
        try:
            kinds.youtube(url)
        except ValueError as error:
            return str(error)
    return None
