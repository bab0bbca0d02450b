"""What sources.yaml and the environment say, checked and complete: plain frozen values.

Every default is filled in already and every reference leads somewhere, so nobody checks again. Other
rooms take the single values that they need, never a ``Config``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.colours import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from pipeline.calendar import Schedule
    from pipeline.model import Rules, Source, Topic
    from pipeline.pictures import Picture


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Unknown(StrEnum):
    """What to do with a delivery whose connection was lost after DATA."""

    RESEND = "resend"
    HOLD = "hold"


class Approval(StrEnum):
    """Whether a letter waits for an editor."""

    NONE = "none"
    REQUIRED = "required"


class Silence(StrEnum):
    """What becomes of a draft that nobody approved or held by the deadline."""

    SKIP = "skip"
    SEND = "send"


class Conforms(StrEnum):
    """How far letter and pages meet the accessibility requirements."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"


class AssessedBy(StrEnum):
    """Who found that."""

    SELF = "self"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mail address with the name that stands beside it, or '' (RFC 5322, 3.4)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSettings:
    """The section ``digest``: what the letter is called, when it is due and how it is chosen.

    ``title`` has a text for each of ``languages``, whose first is the main one. ``web_only`` publishes
    a digest although nobody is subscribed. ``operator`` is the mail address, ``webhook`` the web address
    that hears of trouble. Where ``approval`` is required, ``editors`` get the draft by mail and have until
    ``deadline`` after it; ``reminder`` before that they are reminded. Both are seconds.
    """

    title: Mapping[str, str]
    languages: tuple[str, ...]
    schedule: Schedule
    rules: Rules
    time_zone: str = "Europe/Helsinki"
    web_only: bool = False
    operator: str | None = None
    webhook: str | None = field(default=None, repr=False)
    approval: Approval = Approval.NONE
    editors: tuple[str, ...] = ()
    deadline: int = 4 * 3600
    reminder: int = 3600
    if_silent: Silence = Silence.SKIP


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSettings:
    """What the accessibility statement says; ``shortcomings`` are sentences by language, none where it conforms."""

    organisation: Mapping[str, str]
    conforms: Conforms
    assessed: date
    assessed_by: AssessedBy = AssessedBy.SELF
    shortcomings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSettings:
    """The section ``letter``: what is a workspace's own in the letter's looks; every text by language."""

    logo: Picture | None = None
    logo_alt: Mapping[str, str] = field(default_factory=dict)
    footer: Mapping[str, str] = field(default_factory=dict)
    light: Palette = LIGHT
    dark: Palette = DARK


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """The section ``site``: where ``output/`` is published.

    ``url`` and ``service`` end with a slash; at the latter ``serve --http`` is reached. ``publish`` is a
    shell command that carries ``output/`` there. ``accessibility`` is the address of the accessibility
    statement, ``contact`` an https address or a mail address (without ``mailto:``) for readers.
    """

    url: str | None = None
    service: str | None = None
    publish: str | None = None
    accessibility: str | None = None
    contact: str | None = None
    statement: StatementSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The section ``mail``; without a ``host`` no letter leaves, and the rest does not matter.

    With a ``host`` there is a ``sender`` (the file's ``from``). ``password`` may be None although
    there is a ``user``: whoever only previews needs none, and delivering then says what is missing.
    ``password_file`` is where it was read, unless the environment had it.
    ``unsubscribe`` is a mailto: or https: address, ``one_click`` an https: one with ``{token}`` in it. Both
    timeouts are seconds. ``return_path`` has ``{token}`` before its @; ``bounces`` is a maildir; ``keep_deliveries``
    is in days.
    """

    host: str | None = None
    port: int = 587
    security: Security = Security.STARTTLS
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: str | None = None
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None
    unsubscribe: str | None = None
    one_click: str | None = None
    connections: int = 1
    timeout: float = 30.0
    reply_timeout: float = 600.0
    unknown: Unknown = Unknown.RESEND
    return_path: str | None = None
    bounces: Path | None = None
    keep_deliveries: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings:
    """The section ``collect``: the manners of a guest.

    ``interval`` is the hours between two readings of a source by the schedule, ``pause`` the seconds
    between two requests to one host, ``hosts`` how many hosts are visited side by side, ``page_cards`` how
    many article pages of one source are read in one run, ``deadline`` the seconds that one request may
    take. ``contact`` (a web or mail address) stands in the User-Agent. ``proxy`` is an http(s) URL or ''.
    """

    interval: float = 6.0
    pause: float = 2.0
    hosts: int = 8
    page_cards: int = 20
    deadline: float = 60.0
    contact: str | None = None
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One workspace's whole configuration; ``notes`` are sentences about what is allowed but odd."""

    digest: DigestSettings
    site: SiteSettings
    mail: MailSettings
    collect: CollectSettings
    letter: LetterSettings = field(default_factory=LetterSettings)
    topics: tuple[Topic, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
