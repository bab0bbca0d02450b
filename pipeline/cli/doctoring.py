"""The command doctor: what is wrong with the installation, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli import tables
from pipeline.cli.exits import Exit
from pipeline.cli.showing import counted, say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError, DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.doctor import Diagnosis
    from pipeline.store.inspection import Inspection


@click.command()
@workspace_option
@click.option("--json", "as_json", is_flag=True, help="Print every check as JSON.")
@click.option("--offline", is_flag=True, help="Connect to nothing, neither mail server nor site.service.")
def doctor(workspace: Workspace, *, as_json: bool, offline: bool) -> int:
    """Check the installation, and say of everything that is wrong how to mend it.

    Looks at sources.yaml, the database (every page of it), the mail server (connects, encrypts, logs
    in, sends nothing), the readers' pages, templates, the publishing command, permissions, free space,
    the clock, time zones, the Finnish dictionary and the age of yt-dlp. Changes nothing. Exit code 1
    when something must be mended.
    """
    from pipeline.doctor import State  # noqa: PLC0415

    found = list(_examined(workspace, offline=offline))
    states = [diagnosis.state for _, diagnosis in found]
    if as_json:
        rows = [{"check": name, "state": one.state, "found": one.found, "remedy": one.remedy} for name, one in found]
        click.echo(json.dumps({"checks": rows}, ensure_ascii=False, indent=2))
    else:
        _table(found)
        wrong, warned = states.count(State.MEND), states.count(State.WARNING)
        parts = [f"{wrong} to mend"] if wrong else []
        parts += [counted(warned, "warning")] if warned else []
        say(f"{counted(len(found), 'check')}: {', '.join(parts) or 'all is well'}.")
    return Exit.MEND if State.MEND in states else Exit.DONE


def _examined(workspace: Workspace, *, offline: bool) -> Iterator[tuple[str, Diagnosis]]:
    """Every check by name, in the order in which one would mend; without a configuration only the machine's."""
    from pipeline.doctor import files, machine  # noqa: PLC0415

    moment = now()
    configuration = _configuration(workspace)
    yield "configuration", configuration[0]
    inspection, database = _database(workspace)
    yield "database", database
    yield "clock", machine.clock(moment, inspection.newest if inspection else None)
    if configuration[1]:
        yield from _configured(workspace, inspection, moment, offline=offline)
    else:
        yield "time zone", machine.time_zone("Europe/Helsinki")
        yield "yt-dlp", machine.youtube(moment.date(), is_wanted=True)
        yield "private files", files.private(workspace.var)
    yield "free space", files.room(workspace.folder)
    yield "output", files.writable(workspace.output)
    yield "var", files.writable(workspace.var)
    yield (
        "obeyed files",
        files.untouchable([workspace.file, workspace.folder / "templates", workspace.folder / "notes"]),
    )
    yield "certificates", files.certificates(workspace.environ.get("SSL_CERT_FILE"))


def _configured(
    workspace: Workspace, inspection: Inspection | None, moment: datetime, *, offline: bool
) -> Iterator[tuple[str, Diagnosis]]:
    """What can only be asked once sources.yaml is whole."""
    from pipeline.doctor import files, machine, services, skipped  # noqa: PLC0415
    from pipeline.topics import voikko_missing  # noqa: PLC0415

    config = workspace.config
    mail = config.mail
    if offline and mail.host:
        yield "mail server", skipped("--offline: not asked")
    else:
        session = workspace.session if mail.host else None
        is_encrypted = mail.security != "none"
        address = workspace.sender.address
        yield "mail server", services.mail_server(session, address, mail.host or "", is_encrypted=is_encrypted)
    service = config.site.service
    if offline and service:
        yield "readers' pages", skipped("--offline: not asked")
    else:
        yield "readers' pages", _readers_pages(workspace)
    yield "operator", _operator(workspace)
    yield "templates", _letter(workspace, inspection)
    yield "publishing", machine.publishing(config.site.publish, workspace.folder)
    yield "time zone", machine.time_zone(config.digest.time_zone)
    has_finnish = any("fi" in topic.words for topic in config.topics)
    yield "Finnish", machine.voikko(voikko_missing() if has_finnish else None, is_wanted=has_finnish)
    has_lists = any(source.enabled and source.kind == "youtube" for source in config.sources)
    yield "yt-dlp", machine.youtube(moment.date(), is_wanted=has_lists)
    yield "private files", files.private(workspace.var, _secrets(workspace))


def _configuration(workspace: Workspace) -> tuple[Diagnosis, bool]:
    """sources.yaml is whole; its first mistake says where, and the command `sources list` all of them."""
    from pipeline.doctor import good, mend, warning  # noqa: PLC0415

    try:
        config = workspace.config
    except ConfigError as error:
        first, *others = error.problems
        more = f" (and {counted(len(others), 'more mistake')})" if others else ""
        return mend(f"{first}{more}", "correct the file; `digikooste sources list` names every mistake"), False
    if config.notes:
        return warning("; ".join(config.notes), "as it says"), True
    return good(f"{workspace.file}: {counted(len(config.sources), 'source')}"), True


def _database(workspace: Workspace) -> tuple[Inspection | None, Diagnosis]:
    from pipeline.doctor import mend, services  # noqa: PLC0415
    from pipeline.store.inspection import inspect  # noqa: PLC0415

    try:
        place = workspace.server or workspace.var / "digikooste.db"
    except ConfigError as error:
        return None, mend(str(error), "correct the variable where it is set")
    diagnosis, inspection = services.database((lambda: inspect(place)) if workspace.has_store else None)
    return inspection, diagnosis


def _readers_pages(workspace: Workspace) -> Diagnosis:
    from pipeline.doctor import services  # noqa: PLC0415
    from pipeline.model import LANGUAGES  # noqa: PLC0415
    from pipeline.web.readers.paths import paths  # noqa: PLC0415

    service, proxy = workspace.config.site.service, workspace.config.collect.proxy
    pages = {f"{service}{path.removeprefix('/')}" for path in paths("subscribe", LANGUAGES).values()}
    return services.readers_pages(service, pages, agent=workspace.agent, proxy=proxy)


def _operator(workspace: Workspace) -> Diagnosis:
    from pipeline.doctor import good, warning  # noqa: PLC0415

    digest, mail = workspace.config.digest, workspace.config.mail
    ways = [way for way, is_set in (("mail", digest.operator and mail.host), ("webhook", digest.webhook)) if is_set]
    if not ways:
        return warning("nobody hears when something fails", "set digest.operator to an address that is read")
    return good(f"hears of trouble by {' and '.join(ways)}")


def _letter(workspace: Workspace, inspection: Inspection | None) -> Diagnosis:
    """The templates draw the next letter, and lint finds nothing broken in it."""
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.cli.upcoming import upcoming  # noqa: PLC0415
    from pipeline.doctor import good, mend, skipped  # noqa: PLC0415

    if inspection is None or not inspection.is_current:
        return skipped("nothing has been collected yet that could be drawn")
    try:
        digest, editions = upcoming(workspace, workspace.config.digest.languages, templates=_own_templates(workspace))
        broken = [
            f"{edition.language}: {finding}"
            for edition in editions
            for finding in jobs.findings(digest, edition, workspace.letter(edition))
            if finding.is_broken
        ]
    except DigikoosteError as error:
        return mend(str(error), "correct the template, or take it away so that the default counts")
    if broken:
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        return mend(f"the next letter is broken: {broken[0]}{more}", "`digikooste lint` lists everything")
    if not editions:
        return skipped(f"nothing is there to be drawn for {digest.period.key}")
    return good(f"the letter {digest.period.key} is good to send")


def _own_templates(workspace: Workspace) -> Path | None:
    """The workspace's own, so that what is frozen already is drawn anew with them."""
    own = workspace.folder / "templates"
    return own if own.is_dir() else None


def _secrets(workspace: Workspace) -> list[Path]:
    """Files with secrets that stand outside var/."""
    named = workspace.config.mail.password_file
    return [workspace.folder / named] if named else []


def _table(found: list[tuple[str, Diagnosis]]) -> None:
    colours = {"mend": "red", "warning": "yellow", "good": "green", "skipped": None}
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    rows = [
        (
            (name, click.style(one.state, fg=colours[one.state]) if is_coloured else one.state),
            (one.found, f"→ {one.remedy}") if one.remedy else (one.found,),
        )
        for name, one in found
    ]
    for line in tables.sentences([(("Check", "State"), ("Found",)), *rows]):
        click.echo(line)
