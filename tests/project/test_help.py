"""Every command explains itself at once, and no heavy library is imported for that."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import click
import pytest

from pipeline.cli.main import digikooste as group
from tests.project.checkout import ROOT, digikooste

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAVY = {
    "alembic",
    "apscheduler",
    "argon2",
    "babel",
    "css_inline",
    "dateparser",
    "feedparser",
    "html_text",
    "jinja2",
    "lxml",
    "markdown_it",
    "nh3",
    "numpy",
    "pebble",
    "prometheus_client",
    "protego",
    "py3langid",
    "pycurl",
    "pydantic",
    "rapidfuzz",
    "rich",
    "ruamel",
    "selectolax",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "w3lib",
    "yt_dlp",
}
OURS_MAY_COST = 0.1
"""Seconds of CPU for the imports of ours and what they bring, click aside."""

_PROBE = """
import json, sys, time
import click
before = time.process_time()
from pipeline.cli import run
code = run(sys.argv[1:])
spent = time.process_time() - before
print(json.dumps({"code": code, "spent": spent, "modules": sorted({one.partition(".")[0] for one in sys.modules})}))
"""


_PROBE_ALL = """
import contextlib, io, json, os, sys
from pipeline.cli import run
for words in json.load(sys.stdin):
    if os.fork():
        os.wait()
        continue
    with contextlib.redirect_stdout(io.StringIO()) as text:
        code = run([*words, "--help"])
    modules = sorted({one.partition(".")[0] for one in sys.modules})
    print(json.dumps({"words": words, "code": code, "text": text.getvalue(), "modules": modules}), flush=True)
    os._exit(0)
"""
"""Each command in a copy of a process that has done nothing yet."""


@cache
def commands() -> tuple[tuple[str, ...], ...]:
    """Every command and every command of a command, as words."""
    return tuple(_walk(group, ()))


def _walk(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None, f"{name} is listed and not there"
            yield from _walk(found, (*words, name))


def python(script: str, *words: str, said: str = "") -> str:
    """Run a script in a fresh interpreter; what it printed."""
    return subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{script}", *words],
        check=True,
        input=said,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout


@cache
def helped() -> dict[tuple[str, ...], dict[str, Any]]:
    """What every command's help printed, and what was imported for it."""
    lines = python(_PROBE_ALL, said=json.dumps(commands())).splitlines()
    return {tuple(one["words"]): one for one in map(json.loads, lines)}


@pytest.mark.xdist_group("help")
@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_without_heavy_imports(words: tuple[str, ...]) -> None:
    """Its usage names it, its text says what it does, and it costs a person no waiting."""
    found = helped()[words]
    assert found["code"] == 0
    assert found["text"].startswith(f"Usage: {' '.join(('digikooste', *words))}")
    assert len(found["text"].splitlines()[2].strip()) > 20
    assert HEAVY & set(found["modules"]) == set()


def test_help_costs_under_a_tenth_of_a_second() -> None:
    """The least of three, for other processes want the machine too."""
    answers = [json.loads(python(_PROBE, "--help").splitlines()[-1]) for _ in range(3)]
    assert {one["code"] for one in answers} == {0}
    assert min(one["spent"] for one in answers) < OURS_MAY_COST


def test_who_draws_nothing_does_not_wait_for_what_draws() -> None:
    """The jobs are what `status`, `collect` and `deliver` import: templates and languages are for whoever renders."""
    imported = python("import pipeline.jobs, pipeline.store; print(*sys.modules)").split()
    assert {"babel", "css_inline", "jinja2", "markdown_it", "pagefind"} & set(imported) == set()
    assert "sqlalchemy" in imported


def test_every_parameter_of_every_command_is_explained() -> None:
    """An option without a word of help is a riddle."""
    silent = [
        f"{' '.join(words)} {option.opts[0]}"
        for words in commands()
        for option in _command(words).params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


def _command(words: tuple[str, ...]) -> click.Command:
    command: click.Command = group
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None
        command = found
    return command


def test_an_unknown_command_is_wrong_usage() -> None:
    """64, so that a script can tell it from work that failed."""
    done = digikooste("colect")
    assert done.returncode == 64
    assert "colect" in done.stderr


def test_both_ways_to_start_are_one() -> None:
    """``python -m pipeline`` and the installed command print the same."""
    from importlib.metadata import entry_points  # noqa: PLC0415

    (point,) = entry_points(group="console_scripts", name="digikooste")
    assert point.value == "pipeline.__main__:main"
