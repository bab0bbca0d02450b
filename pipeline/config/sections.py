"""The single sections of the file and the environment's own settings, as values."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.calendar import Every, Schedule
from pipeline.config.filters import conditions_of
from pipeline.config.problems import NOWHERE, Problem
from pipeline.config.settings import Approval, CollectSettings, DigestSettings, MailSettings, Security, SiteSettings
from pipeline.model import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pipeline.config.checking import Checked
    from pipeline.config.schema import CollectSection, DigestSection, MailSection, SiteSection

PASSWORD = "DIGIKOOSTE_SMTP_PASSWORD"  # noqa: S105 - the variable's name
PASSWORD_FILE = "DIGIKOOSTE_SMTP_PASSWORD_FILE"  # noqa: S105 - the variable's name
PROXY = "DIGIKOOSTE_PROXY"
WEBHOOK = "DIGIKOOSTE_WEBHOOK"
ENVIRONMENT = {
    PASSWORD: "The mail server's password.",
    PASSWORD_FILE: "A file that holds the password, where secrets are handed over as files.",
    PROXY: "The HTTP proxy through which sources are read, such as `http://proxy.example.fi:3128`.",
    "DIGIKOOSTE_DESK_PASSWORD_HASH": "The argon2 hash of the operator's password for the editors' desk.",
    WEBHOOK: "The web address that hears of trouble, where it is too secret for the file.",
    "DIGIKOOSTE_DATABASE": "The database's address, such as `postgresql://…`. By default SQLite in `var/`.",
    "SSL_CERT_FILE": "A file of certificates to trust, for networks with an authority of their own.",
}
"""Every variable that digikooste reads, in this room and elsewhere, with its meaning (Markdown)."""
_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
_LONGEST_PASSWORD = 1024
_AT_LEAST = {Every.DAY: 0, Every.WEEK: 5, Every.MONTH: 5}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands outside the file: the environment, and the folder that relative paths begin at."""

    environ: Mapping[str, str]
    folder: Path


def digest_of(
    checked: Checked[DigestSection], around: Surroundings, topics: frozenset[str], problems: list[Problem]
) -> DigestSettings:
    """The section ``digest``; a language without a title takes the first one that is given."""
    section = checked.entry
    schedule = Schedule.parse(section.schedule, section.time_zone, section.holidays)
    at_least = _AT_LEAST[schedule.every] if section.at_least is None else section.at_least
    if section.at_least is not None and at_least > section.at_most:
        text = f"at_least: {at_least} is more than at_most, which is {section.at_most}"
        problems.append(Problem(checked.mark("at_least"), text))
    webhook = around.environ.get(WEBHOOK, "").strip()
    if webhook and not _is_web_address(webhook):
        problems.append(Problem(NOWHERE, f"{WEBHOOK}: must be an address such as https://chat.example.fi/hooks/kooste"))
    first = next(iter(section.title.values()), "")
    if not first:
        problems.append(Problem(checked.mark("title"), "title: is empty; write a text for one language at least"))
    if section.approval is Approval.REQUIRED and section.reminder >= section.deadline:
        text = "reminder: must be shorter than the deadline, which would otherwise be over before it"
        problems.append(Problem(checked.mark("reminder"), text))
    return DigestSettings(
        title={language: section.title.get(language, first) for language in section.languages},
        languages=tuple(section.languages),
        schedule=schedule,
        time_zone=section.time_zone,
        rules=Rules(
            at_least=min(at_least, section.at_most),
            at_most=section.at_most,
            repeat_after=section.repeat_after,
            include=conditions_of(checked, "include", topics, problems),
            exclude=conditions_of(checked, "exclude", topics, problems),
        ),
        web_only=section.web_only,
        operator=section.operator,
        webhook=webhook or section.webhook,
        approval=section.approval,
        editors=tuple(section.editors),
        deadline=section.deadline,
        reminder=section.reminder,
        if_silent=section.if_silent,
    )


def site_of(checked: Checked[SiteSection]) -> SiteSettings:
    """The section ``site``."""
    section = checked.entry
    return SiteSettings(
        url=section.url,
        service=section.service,
        publish=section.publish,
        accessibility=section.accessibility,
        contact=section.contact,
    )


def mail_of(
    checked: Checked[MailSection], around: Surroundings, problems: list[Problem], notes: list[str]
) -> MailSettings:
    """The section ``mail`` with the password from outside the file."""
    section = checked.entry
    if checked.has("host") and not checked.has("from"):
        problems.append(Problem(checked.mark("host"), 'a mail server needs a sender too; write "from: Name <address>"'))
    if section.password_file and not checked.has("user"):
        problems.append(Problem(checked.mark("password_file"), "password_file: is of no use without user"))
    if section.security is Security.NONE and section.user:
        problems.append(
            Problem(
                checked.mark("security"), "security: none would send the password in the open; write starttls or tls"
            )
        )
    if section.bounces and not section.return_path:
        text = (
            "bounces: without return_path nobody can tell whose letter came back; write for example "
            "return_path: kooste-palautus+{token}@example.fi"
        )
        problems.append(Problem(checked.mark("bounces"), text))
    password = _password(checked, around, problems, notes) if section.user else None
    if section.user and password is None:
        notes.append(f"mail.user is set, but there is no password: set {PASSWORD} before letters are delivered")
    return MailSettings(
        host=section.host,
        port=_PORTS[section.security] if section.port is None else section.port,
        security=section.security,
        user=section.user,
        password=password,
        password_file=around.environ.get(PASSWORD_FILE) or section.password_file,
        sender=section.sender,
        reply_to=section.reply_to,
        unsubscribe=section.unsubscribe,
        one_click=section.one_click,
        connections=section.connections,
        timeout=section.timeout,
        reply_timeout=section.reply_timeout,
        unknown=section.unknown,
        return_path=section.return_path,
        bounces=around.folder / section.bounces if section.bounces else None,
        keep_deliveries=section.keep_deliveries,
    )


def collect_of(checked: Checked[CollectSection], around: Surroundings, problems: list[Problem]) -> CollectSettings:
    """The section ``collect`` with the proxy of the environment."""
    section = checked.entry
    proxy = around.environ.get(PROXY, "").strip()
    if proxy and not _is_web_address(proxy):
        problems.append(Problem(NOWHERE, f"{PROXY}: must be an address such as http://proxy.example.fi:3128"))
    return CollectSettings(
        interval=section.interval,
        pause=section.pause,
        hosts=section.hosts,
        page_cards=section.page_cards,
        deadline=section.deadline,
        contact=section.contact,
        proxy=proxy,
    )


def _password(
    checked: Checked[MailSection], around: Surroundings, problems: list[Problem], notes: list[str]
) -> str | None:
    if password := around.environ.get(PASSWORD):
        return password
    if named := around.environ.get(PASSWORD_FILE):
        where, who = NOWHERE, PASSWORD_FILE
    elif named := checked.entry.password_file or "":
        where, who = checked.mark("password_file"), "password_file"
    else:
        return None
    path = around.folder / named
    try:
        with path.open(encoding="utf-8") as file:
            password = file.read(_LONGEST_PASSWORD + 1).rstrip("\r\n")
            mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        problems.append(Problem(where, f"{who}: cannot read {named} ({reason}); check its path and permissions"))
        return None
    if not password or len(password) > _LONGEST_PASSWORD or not password.isprintable():
        problems.append(Problem(where, f"{who}: {named} must hold the password as its one line"))
        return None
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        notes.append(f"{named} can be read by others on this computer; chmod 600 keeps the password to you")
    return password


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
