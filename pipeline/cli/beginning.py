"""The commands for the first minutes: init and demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import say


@click.command()
@click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to begin in (default: this one).",
)
def init(workspace: Path) -> int:
    """Make a workspace: a commented sources.yaml in an empty folder."""
    from pipeline.config.workspace import init as begin  # noqa: PLC0415

    for path in begin(workspace):
        say(f"Written: {path}")
    say("Next: `digikooste sources add URL` for whatever your team learns from, then `digikooste run`.")
    return Exit.DONE


@click.command()
@click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    default="var/demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder in which the demo's workspace is made.",
)
def demo(workspace: Path) -> int:
    """See the whole job work, without a network.

    The real program reads a YouTube and a Suomidigi that run on this machine for the time being, and
    sends the letter in three languages to an inbox that runs here too.
    """
    from pipeline.demo import stage  # noqa: PLC0415

    return stage.play(workspace, command=[sys.executable, "-m", "pipeline"], environ=dict(os.environ), say=say)
