"""The command sources: everything that a keeper does with the list of sources."""

from __future__ import annotations

from importlib import import_module

import click

_HOMES = {
    "add": ("adding", "add"),
    "check": ("checking", "check"),
    "disable": ("keeping", "disable"),
    "enable": ("keeping", "enable"),
    "export": ("lists", "export"),
    "import": ("lists", "import_list"),
    "list": ("keeping", "list_sources"),
    "remove": ("keeping", "remove"),
    "show": ("keeping", "show"),
}
"""Each command, with the module that is imported when it is called, and its name there."""


class _Commands(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        module, name = _HOMES[cmd_name]
        command: click.Command = getattr(import_module(f"pipeline.cli.{module}"), name)
        return command


@click.group(cls=_Commands)
def sources() -> None:
    """Add, list, check and change the sources of sources.yaml.

    What changes the file puts text in or takes it out, reads it back and compares: comments, order,
    quotes and indentation stay.
    """
