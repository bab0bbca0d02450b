"""The command sources: everything that a keeper does with the list of sources."""

from __future__ import annotations

import click

from pipeline.cli.adding import add
from pipeline.cli.checking import check
from pipeline.cli.keeping import disable, enable, list_sources, remove, show
from pipeline.cli.lists import export, import_list


@click.group()
def sources() -> None:
    """Add, list, check and change the sources of sources.yaml.

    What changes the file puts text in or takes it out, reads it back and compares: comments, order,
    quotes and indentation stay.
    """


for command in (add, check, list_sources, show, enable, disable, remove, import_list, export):
    sources.add_command(command)
