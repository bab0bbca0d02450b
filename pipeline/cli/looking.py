"""The commands that look at the next letter: preview and send-test. They change nothing."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, log, say
from pipeline.cli.upcoming import languages_of, upcoming
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, PermanentMailError, TransientMailError
from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from pipeline.model import Edition

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
@click.option(
    "--template",
    "templates",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="With the templates of this folder in place of the workspace's own.",
)
@click.option(
    "--watch", is_flag=True, help="Show it on a page of this computer that follows every change, until Ctrl-C."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Where that page is (default: any free port).")
def preview(
    workspace: Workspace,
    language: str | None,
    form: str,
    templates: Path | None,
    port: int | None,
    *,
    in_browser: bool,
    again: bool,
    watch: bool,
) -> int:
    """Show what the next compose would choose, from what is stored; fetches and changes nothing."""
    languages = languages_of(workspace, language)
    if port and not watch:
        raise click.UsageError("--port goes with --watch.")
    if watch:
        return _watch(workspace, languages[0], templates, port or 0, in_browser=in_browser, again=again)
    if templates and not _replaces_any(templates):
        raise click.UsageError(f"{templates} holds none of the templates, such as letter.html; name another folder.")
    digest, editions = upcoming(workspace, languages, again=again, templates=templates)
    if not editions:
        log(f"Nothing new and nothing to hand out in {digest.period.key}: there would be no letter.")
        return Exit.DONE
    text = workspace.ways_out.shown(_form_of(editions[0], form))
    if not in_browser:
        click.echo(text)
        return Exit.DONE
    suffix = ".txt" if form == "text" else ".html"
    folder = Path(tempfile.mkdtemp(prefix="digikooste-preview-"))
    file = folder / f"{digest.period.key}.{editions[0].language}{suffix}"
    file.write_text(text, encoding="utf-8")
    say(f"{digest.period.key}, {counted(len(digest.picks), 'item')}: {file}")
    click.launch(str(file))
    return Exit.DONE


@click.command()
@workspace_option
@click.argument("address")
@_LANGUAGE
@click.option("--again", is_flag=True, help="As if this period's digest had not been made.")
@click.option("--send-anyway", is_flag=True, help="Although lint finds it broken.")
def send_test(workspace: Workspace, address: str, language: str | None, *, again: bool, send_anyway: bool) -> int:
    """Send the next letter to ADDRESS, under a Message-ID of its own; leaves no trace in the books."""
    from pipeline import jobs, mail  # noqa: PLC0415

    if not workspace.config.mail.host:
        raise ConfigError([f"{workspace.file}: no mail server is set; write mail: host: and from:."])
    try:
        mail.wire_address(address)
    except ValueError as error:
        raise ConfigError([f"{error}."]) from error
    digest, editions = upcoming(workspace, languages_of(workspace, language), again=again)
    if not editions:
        log(f"Nothing new and nothing to hand out in {digest.period.key}: there is no letter to send.")
        return Exit.DONE
    letter = workspace.letter(editions[0])
    if not send_anyway:
        jobs.refuse_to_send(digest, editions[0], letter)
    domain = workspace.sender.address.rpartition("@")[2]
    identity = mail.message_id(secrets.token_hex(16), "test", 0, domain)
    with workspace.store() as store:
        values = workspace.personal(store)(address)
    with workspace.session() as server:
        message = letter.to(address, message_id=identity, date=now(), values=values)
        try:
            reply = server.send(letter.sender, address, message)
        except (TransientMailError, PermanentMailError) as error:  # whose sentences tell of deliveries
            words = str(error).removesuffix(" It is tried again later.")
            words = words.removesuffix(" Nothing is tried again for this digest.")
            raise type(error)(f"{words} A test is sent once: send another when it may work.") from error
    say(f"Sent {digest.period.key} ({editions[0].language}) to {address}: {reply}")
    return Exit.DONE


def _watch(
    workspace: Workspace, language: str, templates: Path | None, port: int, *, in_browser: bool, again: bool
) -> int:
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.cli.watching import Shown, Watch  # noqa: PLC0415
    from pipeline.render import default_templates  # noqa: PLC0415

    def draw(language: str, form: str) -> str:
        fresh = replace(workspace)  # reads sources.yaml anew
        digest, editions = upcoming(fresh, (language,), again=again, templates=own)
        if not editions:
            return f"Nothing new and nothing to hand out in {digest.period.key}: there would be no letter."
        if form != "lint":
            return fresh.ways_out.shown(_form_of(editions[0], form))
        found = jobs.findings(digest, editions[0], fresh.letter(editions[0]))
        return "\n\n".join(map(str, found)) or "Nothing is wrong with it."

    own = templates or workspace.folder / "templates"
    first = workspace.config.digest.languages
    shown = Shown(
        languages=sorted(first, key=lambda code: code != language),
        draw=draw,
        files=lambda: (workspace.file, own, default_templates()),
    )
    with Watch(shown, port=port) as watch:
        click.echo(f"The letter is at {watch.url} and follows every change; Ctrl-C ends it.")
        if in_browser:
            click.launch(watch.url)
        try:
            watch.follow()
        except KeyboardInterrupt:
            say("Ended.")
    return Exit.DONE


def _replaces_any(folder: Path) -> bool:
    """Whether a file of the folder stands in for a default template."""
    from pipeline.render import default_templates  # noqa: PLC0415

    default = default_templates()
    return any((folder / file.relative_to(default)).is_file() for file in default.rglob("*") if file.is_file())


def _form_of(edition: Edition, form: str) -> str:
    return {"text": edition.text, "html": edition.html, "page": edition.page}[form]
