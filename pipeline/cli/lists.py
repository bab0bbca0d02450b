"""The commands sources import and export: lists of feeds from and for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.adding import agreed
from pipeline.cli.exits import Exit
from pipeline.cli.importing import as_found, as_listed
from pipeline.cli.showing import counted, log, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.sources.opml import Subscriptions

_LARGEST = 10 * 2**20
_SHOWN = 5
_ADVICE = "--discover looks whether it can be read"


@click.command("import", short_help="Add the feeds of an OPML file or a list of addresses.")
@workspace_option
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--yes", "-y", is_flag=True, help="Write without asking.")
@click.option("--discover", is_flag=True, help="Open each address and find out what it is, as `sources add` does.")
@click.option("--disabled", is_flag=True, help="Write them at rest; enable the ones that you want.")
@click.option("--allow-private", is_flag=True, help="The addresses may be on your own network.")
def import_list(
    workspace: Workspace, file: Path, *, yes: bool, discover: bool, disabled: bool, allow_private: bool
) -> int:
    """Add the feeds of a list: OPML, as every feed reader exports it, or one address a line ("-": standard input).

    An address that is in the file already is left out. A folder that has the name of a topic becomes that topic.
    Nothing is fetched, so each address is taken for a feed; with --discover pages, channels, sitemaps and
    WordPress sites are understood too, and what does not answer is left out (exit code 2).
    """
    rewriting = workspace.rewriting()
    found, is_opml = _read(file)
    if discover:
        intake = as_found(
            (*found.listed, *found.links), workspace, now(), disabled=disabled, allow_private=allow_private
        )
    else:
        intake = as_listed(found.listed, rewriting.config, disabled=disabled, allow_private=allow_private)
    pages = [] if discover else [f"{link.url}: no address of a feed; {_ADVICE}" for link in found.links]
    refused = [*(f"{address}: no address of a feed" for address in found.lost), *pages, *intake.refused]
    for reason in refused:
        log(f"Left out: {reason}.")
    entries = intake.entries
    if not (entries or intake.known or refused):
        what = "Standard input" if str(file) == "-" else file
        raise ConfigError([f"{what} holds no address; write one a line, or export OPML from your reader again"])
    say(f"{counted(len(entries), 'new source')}; {intake.known} in the file already; {len(refused)} left out.")
    for entry in entries[:_SHOWN]:
        say("  " + "  ".join(str(entry[key]) for key in ("id", "kind", "url") if key in entry))
    if len(entries) > _SHOWN:
        say(f"  and {len(entries) - _SHOWN} more")
    done = Exit.SOURCES_FAILED if intake.failed else Exit.DONE
    if not entries:
        return done
    if not (discover or is_opml):
        say("None of them was opened: an address of a page is no feed. --discover finds out what each of them is.")
    rewriting.add(entries)
    if not (yes or agreed("Write them into sources.yaml?")):
        say("Nothing was written.")
        return done
    rewriting.save()
    say(f"Added: {counted(len(entries), 'source')}. See what they answer: digikooste sources check")
    return done


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


def _read(file: Path) -> tuple[Subscriptions, bool]:
    """Return what the list holds, and whether it is OPML, in which every address is said to be a feed's."""
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
        return run(Call(opml.parse, (body, what), what=what)), True
    return opml.lines(body, what), False
