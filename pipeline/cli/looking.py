"""The commands that look at the next letter: preview and send-test. They change nothing."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError
from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from pipeline.model import Digest, Edition

_LANGUAGE = click.option(
    "--language", "-l", type=click.Choice(LANGUAGES), help="Which edition (default: the first of digest.languages)."
)


@click.command()
@workspace_option
@_LANGUAGE
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "html", "page")),
    default="text",
    help="The letter's text (default), its HTML, or the public page.",
)
@click.option("--open", "in_browser", is_flag=True, help="Open the page or HTML in a browser instead of printing it.")
@click.option("--again", is_flag=True, help="As if this period's digest had not been made.")
def preview(workspace: Workspace, language: str | None, form: str, *, in_browser: bool, again: bool) -> int:
    """Show what the next compose would choose, from what is stored; fetches and changes nothing."""
    edition, digest = _next(workspace, language, again=again)
    if edition is None:
        log(f"Nothing new and nothing to hand out in {digest.period.key}: there would be no letter.")
        return Exit.DONE
    text = {"text": edition.text, "html": edition.html, "page": edition.page}[form]
    if not in_browser:
        click.echo(text)
        return Exit.DONE
    suffix = ".txt" if form == "text" else ".html"
    folder = Path(tempfile.mkdtemp(prefix="digikooste-preview-"))
    file = folder / f"{digest.period.key}.{edition.language}{suffix}"
    file.write_text(text, encoding="utf-8")
    say(f"{digest.period.key}, {counted(len(digest.picks), 'item')}: {file}")
    click.launch(str(file))
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("address")
@_LANGUAGE
@click.option("--again", is_flag=True, help="As if this period's digest had not been made.")
def send_test(workspace: Workspace, address: str, language: str | None, *, again: bool) -> int:
    """Send the next letter to ADDRESS, under a Message-ID of its own; leaves no trace in the books."""
    from pipeline import mail  # noqa: PLC0415

    if not workspace.config.mail.host:
        raise ConfigError([f"{workspace.file}: no mail server is set; write mail: host: and from:."])
    edition, digest = _next(workspace, language, again=again)
    if edition is None:
        log(f"Nothing new and nothing to hand out in {digest.period.key}: there is no letter to send.")
        return Exit.DONE
    letter = workspace.letter(edition)
    domain = workspace.sender.address.rpartition("@")[2]
    identity = mail.message_id(secrets.token_hex(16), "test", 0, domain)
    with workspace.session() as server:
        reply = server.send(letter.sender, address, letter.to(address, message_id=identity, date=now()))
    say(f"Sent {digest.period.key} ({edition.language}) to {address}: {reply}")
    return Exit.DONE


def _next(workspace: Workspace, language: str | None, *, again: bool) -> tuple[Edition | None, Digest]:
    """The edition of the digest that the next compose would make, or the one that is frozen."""
    from pipeline import calendar, jobs  # noqa: PLC0415

    config = workspace.config
    wanted = language or config.digest.languages[0]
    if wanted not in config.digest.languages:
        raise click.UsageError(f"digest.languages has no {wanted}; it has {', '.join(config.digest.languages)}.")
    if not workspace.has_store:
        raise ConfigError([f"{workspace.folder}: nothing has been collected yet; run `digikooste collect` first."])
    moment, choice = now(), workspace.choice()
    with workspace.store() as store:
        key = calendar.period(choice.schedule, moment).key
        status = store.digests.status(key)
        if status is not None and not again and not status.replaceable:
            digest = store.digests.load(key)
        else:
            digest = jobs.choose(choice, store=store, now=moment, again=True)
        if digest.is_empty:
            return None, digest
        if status is not None and status.state == "frozen" and not again and not status.replaceable:
            return next(one for one in store.digests.editions(key) if one.language == wanted), digest
    return jobs.editions(digest, workspace.renderer(), (wanted,), choice.schedule, moment)[0], digest
