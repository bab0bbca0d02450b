"""The command itself: its groups, and what becomes of every error on its way out."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click

from pipeline import __version__, failpoints
from pipeline.cli.exits import Exit
from pipeline.cli.lines import safe
from pipeline.errors import BusyError, ConfigError, DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Entry(NamedTuple):
    module: str
    summary: str


_COMMANDS = {
    "run": _Entry("running", "Collect, compose and deliver: the weekly job, safe to repeat."),
    "collect": _Entry("running", "Read every source and remember what it holds."),
    "compose": _Entry("running", "Choose this period's items and freeze them as a digest."),
    "deliver": _Entry("running", "Send what is owed, one message per recipient."),
    "publish": _Entry("publishing", "Bring output/ up to date: pages, archive, feeds, search."),
    "serve": _Entry("serving", "Stay, and do all of it by itself, each thing at its time."),
    "draft": _Entry("editing", "Show what waits for an editor."),
    "edit": _Entry("editing", "Change a draft: note, pin, drop, order, titles."),
    "approve": _Entry("editing", "Approve a draft: it is frozen and owed to its readers."),
    "hold": _Entry("editing", "Hold a draft, whatever its deadline says."),
    "desk": _Entry("desk", "Set the operator's password for the editors' desk."),
    "preview": _Entry("looking", "Show the next letter; changes nothing."),
    "explain": _Entry("explaining", "Say why something is in a letter, or why not."),
    "send-test": _Entry("looking", "Send the next letter to one address; leaves no trace."),
    "lint": _Entry("linting", "Check a letter before anybody gets it."),
    "status": _Entry("standing", "Show sources, digests and what is owed."),
    "doctor": _Entry("doctoring", "Check the installation, and say how to mend it."),
    "sources": _Entry("sources", "Add, list, check and change the sources."),
    "recipients": _Entry("people", "Add, list, remove and import who gets the letter."),
    "deliveries": _Entry("deliveries", "Decide about letters of which nobody knows whether they went out."),
    "bounces": _Entry("returns", "Read the letters that came back."),
    "backup": _Entry("backups", "Write everything that cannot be made again into one file."),
    "restore": _Entry("backups", "Put a backup back into an empty place; sends nothing twice."),
    "init": _Entry("beginning", "Make a workspace in an empty folder."),
    "demo": _Entry("beginning", "See the whole job work, without a network."),
}
"""Each command, and the module that is imported when it is called."""


class _Commands(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"pipeline.cli.{_COMMANDS[cmd_name].module}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:  # click proposes only what is imported already
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=_COMMANDS, ctx=ctx) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in {"-w", "--workspace"}:
                raise
            message = "The workspace stands behind the command: digikooste run --workspace DIR."
            raise click.NoSuchOption(error.option_name, message, ctx=ctx) from error

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="digikooste %(version)s")
def digikooste() -> None:
    """The weekly learning letter: what is new to learn, from sources.yaml to an inbox.

    Start with `digikooste init` in an empty folder, or `digikooste demo` to see it work. Then
    `digikooste run` does the whole job; every step can also be run by hand.

    \b
    Exit codes: 0 done; 1 something to mend (configuration, database, mail login); 2 one or all
    sources failed, the rest was done; 3 deliveries still owed; 64 wrong usage; 75 another
    process is doing this already.
    """  # noqa: D301  # click's own mark for a paragraph that is not to be wrapped


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error that a person can mend is a sentence."""
    try:
        _refuse_foreign(arguments)
        _arm_failpoints()
        code = digikooste.main(list(arguments), prog_name="digikooste", standalone_mode=False)
    except (click.ClickException, click.exceptions.Abort, KeyboardInterrupt, DigikoosteError, OSError) as error:
        return _explain(error)
    return code if isinstance(code, int) else Exit.DONE


def _refuse_foreign(arguments: Sequence[str]) -> None:
    """Raise UsageError for an argument that is not UTF-8: it fits neither the file nor the database nor an address."""
    for argument in arguments:
        if any("\ud800" <= char <= "\udfff" for char in argument):
            shown = argument.encode("utf-8", "replace").decode()
            raise click.UsageError(f"{shown!r} is not UTF-8; write it so, and rename a file that is called so.")


def _arm_failpoints() -> None:
    """Arm what the environment says; without it, disarm. Raises ConfigError."""
    try:
        armed = failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
    except ValueError as error:
        raise ConfigError([f"{failpoints.VARIABLE}: {error}."]) from error
    if armed:
        click.echo(f"A rehearsal of faults, no normal run: {', '.join(armed)} ({failpoints.VARIABLE}).", err=True)


def _explain(error: BaseException) -> Exit:
    match error:
        case click.ClickException():
            error.show()
            return Exit.USAGE if isinstance(error, click.UsageError) else Exit.MEND
        case DigikoosteError():
            click.echo(safe(str(error)), err=True)
            return Exit.BUSY if isinstance(error, BusyError) else Exit.MEND
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"{where}{error.strerror or error}. Nothing is lost: mend it and run again.", err=True)
            return Exit.MEND
        case _:
            click.echo("Stopped. Nothing is lost: the next run goes on from here.", err=True)
            return Exit.INTERRUPTED
