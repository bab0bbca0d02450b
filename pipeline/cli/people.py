"""The command recipients: who gets the letter, in which language, since when."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import privacy
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, StoreError
from pipeline.masking import hidden, struck
from pipeline.model import LANGUAGES, RecipientState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.model import Recipient

_COLUMNS = ("address", "language", "consent")
_MAX_FILE = 10 * 2**20
_MOST_MISTAKES = 50
_EXAMPLE = "name@domain"
"""Stands in sentences about addresses, and is nobody's."""


class _Day(click.ParamType[datetime]):
    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail(f"{value!r} is no day; write 2026-11-22.", param, ctx)


@click.group()
def recipients() -> None:
    """Add, list, remove and import who gets the letter.

    Kept of each person: the address, a language, when and how they asked. Who has left stays known as
    having left, so that no import brings them back; who is forgotten is known by a keyed hash alone.
    """


recipients.add_command(privacy.export)
recipients.add_command(privacy.forget)


@recipients.command(short_help="Add an address, or take back who left and asks again.")
@workspace_option
@click.argument("address")
@click.option("--language", "-l", type=click.Choice(LANGUAGES), help="Default: the first of digest.languages.")
@click.option("--consent", type=_Day(), metavar="2026-11-22", help="When they asked (default: now).")
@click.option("--origin", default="added by hand", show_default=True, help="How they asked.")
@click.option("--topic", "topics", multiple=True, metavar="ID", help="Only this topic, by its id; may be repeated.")
@click.option("--anew", is_flag=True, help="They had asked to be forgotten, and now ask for the letter themselves.")
def add(  # noqa: PLR0917 - click passes every option by name
    workspace: Workspace,
    address: str,
    language: str | None,
    consent: datetime | None,
    origin: str,
    topics: tuple[str, ...],
    *,
    anew: bool,
) -> int:
    """Add ADDRESS; someone who left and asks again is welcome back."""
    checked, wanted = _address(address), language or workspace.config.digest.languages[0]
    chosen = workspace.topics(topics) or None
    moment = now()
    asked, origin = consent or moment, " ".join(origin.split())
    with workspace.store() as store:
        before = store.recipients.add([(checked, wanted, asked)], origin=origin, now=moment, revive=True, anew=anew)
        if before[checked.casefold()] is RecipientState.FORGOTTEN and not anew:
            raise StoreError(
                f"{checked} has asked to be forgotten, so nobody was added. If they ask for the letter themselves, "
                "add --anew."
            )
        if topics and before[checked.casefold()] is not RecipientState.ACTIVE:
            store.recipients.prefer(checked, language=wanted, topics=chosen, now=moment)
    match before[checked.casefold()]:
        case None:
            say(f"Added {checked} ({wanted}). They get the next digest that is made.")
        case RecipientState.ACTIVE:
            say(f"{checked} gets the letter already; nothing changed.")
        case RecipientState.SUPPRESSED:
            say(f"{checked} could not be reached and is back ({wanted}).")
        case RecipientState.FORGOTTEN:
            say(f"{checked} had been forgotten and is back ({wanted}).")
        case _:
            say(f"{checked} had left and is back ({wanted}).")
    return Exit.DONE


@recipients.command(short_help="Change somebody's language or topics.")
@workspace_option
@click.argument("address")
@click.option("--language", "-l", type=click.Choice(LANGUAGES), help="The language of their letters.")
@click.option("--topic", "topics", multiple=True, metavar="ID", help="Only this topic, by its id; may be repeated.")
@click.option("--everything", is_flag=True, help="All topics, and what belongs to none.")
def change(
    workspace: Workspace, address: str, language: str | None, topics: tuple[str, ...], *, everything: bool
) -> int:
    """Change what ADDRESS gets, from the next digest on: its language, and which topics.

    A letter with chosen topics holds their items alone; when there are none, no letter comes that time.
    """
    if everything and topics:
        raise click.UsageError("Either --everything or --topic, not both.")
    if not (everything or topics or language):
        raise click.UsageError("Say what to change: --language, --topic or --everything.")
    checked, chosen, moment = _address(address), workspace.topics(topics) or None, now()
    with workspace.store() as store:
        before = store.recipients.find(checked)
        after = store.recipients.prefer(
            checked,
            language=language or before.language,
            topics=chosen if topics or everything else before.topics,
            now=moment,
        )
    about = "everything" if after.topics is None else f"only {', '.join(after.topics)}"
    say(f"{after.address}: {about}, in {after.language}, from the next digest on.")
    return Exit.DONE


@recipients.command(name="list", short_help="List everybody, those who left too.")
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(workspace: Workspace, *, as_json: bool) -> int:
    """List everybody, those who left too, with the numbers that logs name them by."""
    _ = workspace.config
    people: tuple[Recipient, ...] = ()
    if workspace.has_store:
        with workspace.store() as store:
            people = store.recipients.all()
    rows = [
        {
            "number": one.id,
            "address": one.address,
            "language": one.language,
            "state": one.state.value,
            "consent": one.consent_at.isoformat(),
            "origin": one.origin,
            "topics": None if one.topics is None else list(one.topics),
            "why": one.why,
        }
        for one in people
    ]
    if as_json:
        click.echo(json.dumps({"recipients": rows}, ensure_ascii=False, indent=2))
        return Exit.DONE
    for line in _lines(people):
        say(line)
    say(f"{counted(sum(one.state is RecipientState.ACTIVE for one in people), 'active recipient')}.")
    return Exit.DONE


def _lines(people: Sequence[Recipient]) -> Iterator[str]:
    """Yield everybody in columns."""
    cells = [(str(one.id), one.address, one.state.value) for one in people]
    number, address, state = (max((len(row[column]) for row in cells), default=0) for column in range(3))
    for one, (id_, where, how) in zip(people, cells, strict=True):
        about = "" if one.topics is None else f"  only {', '.join(one.topics)}"
        about += f"  ({one.why})" if one.why else ""
        stands = f"{id_:>{number}}  {where:<{address}}  {one.language}  {how:<{state}}"
        yield f"{stands}  {one.consent_at:%Y-%m-%d}  {one.origin}{about}"


@recipients.command(short_help="Let somebody leave: nothing more is sent.")
@workspace_option
@click.argument("address")
def remove(workspace: Workspace, address: str) -> int:
    """Let ADDRESS leave: nothing more is sent, and what was owed is cancelled."""
    _ = workspace.config
    with workspace.store() as store:
        gone = store.recipients.remove(_address(address), now=now())
    say(f"{gone.address} gets no more letters.")
    return Exit.DONE


@recipients.command(name="import", short_help="Import a list of addresses, or none of it.")
@workspace_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--origin", help="How these people asked (default: the file's name).")
@click.option("--show-addresses", is_flag=True, help="Print what is wrong with an address in full.")
def import_(workspace: Workspace, file: Path, origin: str | None, *, show_addresses: bool) -> int:
    """Import FILE: one address per line, or CSV with the columns address, language, consent (2026-11-22).

    Every mistake is named with its line, and nothing is imported then. Those who left, and those who asked
    to be forgotten, stay away.
    """
    default, moment = workspace.config.digest.languages[0], now()
    people = _read(file, default, moment, show_addresses=show_addresses)
    with workspace.store() as store:
        before = store.recipients.add(people, origin=origin or f"imported from {file.name}", now=moment, revive=False)
    added = sum(state is None for state in before.values())
    forgotten = sum(state is RecipientState.FORGOTTEN for state in before.values())
    left = sum(state not in {None, RecipientState.ACTIVE} for state in before.values()) - forgotten
    known = len(before) - added - left - forgotten
    asked = f" {counted(forgotten, 'person', 'people')} had asked to be forgotten: skipped." if forgotten else ""
    say(f"{counted(added, 'recipient')} added, {known} known already, {left} who left stay away.{asked}")
    return Exit.DONE


def _read(file: Path, default: str, moment: datetime, *, show_addresses: bool) -> list[tuple[str, str, datetime]]:
    if file.stat().st_size > _MAX_FILE:
        raise ConfigError([f"{file}: larger than 10 MB; cut it into parts."])
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8 and try again."]) from error
    people, problems = [], []
    for number, row in _rows(lines):
        try:
            people.append(_person(row, default, moment))
        except ConfigError as error:
            said = row.get("address", "")
            for problem in error.problems:
                shown = problem if show_addresses else hidden(struck(problem, said), keep=(_EXAMPLE,))
                problems.append(f"{file}:{number}: {shown}")
    if len(problems) > _MOST_MISTAKES:
        more = f"{file}: {len(problems) - _MOST_MISTAKES} more lines are wrong; is this the right file?"
        problems = [*problems[:_MOST_MISTAKES], more]
    if problems:
        raise ConfigError(problems)
    return people


def _rows(lines: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    names: tuple[str, ...] = _COLUMNS
    delimiter = ";" if lines and ";" in lines[0] else ","
    reader = csv.reader(lines, delimiter=delimiter)
    for cells in reader:
        values = [cell.strip() for cell in cells]
        if not any(values) or values[0].startswith("#"):
            continue
        if reader.line_num == 1 and values[0].casefold() == "address":
            names = tuple(value.casefold() for value in values)
            continue
        yield reader.line_num, dict(zip(names, values, strict=False))


def _person(row: dict[str, str], default: str, moment: datetime) -> tuple[str, str, datetime]:
    language = row.get("language") or default
    if language not in LANGUAGES:
        raise ConfigError([f"{language!r} is no language of the letter; write {', '.join(LANGUAGES)}."])
    consent = moment
    if said := row.get("consent"):
        try:
            consent = datetime.fromisoformat(said)
        except ValueError as error:
            raise ConfigError([f"{said!r} is no date; write 2026-11-22."]) from error
    aware = consent if consent.tzinfo else consent.replace(tzinfo=UTC)
    return _address(row.get("address", "")), language, aware


def _address(text: str) -> str:
    from pipeline.mail import wire_address  # noqa: PLC0415

    try:
        wire_address(text)
    except ValueError as error:
        raise ConfigError([f"{error}."]) from error
    return text
