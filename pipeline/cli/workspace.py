"""A workspace opened: the only place where configuration becomes rooms and their arguments."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline import __version__
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.cli.leaving import WaysOut
    from pipeline.config import Config
    from pipeline.config.rewriting import Rewriting
    from pipeline.fetch.client import Client
    from pipeline.isolate import Pool
    from pipeline.jobs import Choice, Manners
    from pipeline.mail import Letter, Mailbox, Session
    from pipeline.model import Edition
    from pipeline.render import Renderer, SiteFacts
    from pipeline.safekeeping import Journal
    from pipeline.store import Store

LONGEST_NOTE = 4000
"""Characters of an editor's note: more is an article, and would push the letter out of its size."""

F = TypeVar("F", bound="Callable[..., Any]")


def workspace_option(command: F) -> F:
    """Give a command ``--workspace DIR``; it receives a ``Workspace``."""
    return click.option(
        "--workspace",
        "-w",
        metavar="DIR",
        default=".",
        type=click.Path(file_okay=False, path_type=Path),
        callback=lambda _ctx, _param, folder: _opened(folder),
        help="The folder with sources.yaml (default: this one).",
    )(command)


def _opened(folder: Path) -> Workspace:
    where = str(folder.resolve())
    if any("\ud800" <= char <= "\udfff" for char in where):  # bytes that are no letters: the database holds none
        shown = where.encode("utf-8", "replace").decode()
        raise click.UsageError(f"The folder {shown} has a name that is not UTF-8; rename it.")
    return Workspace(folder=folder, environ=os.environ)


def now() -> datetime:
    """The moment at which a job runs; DIGIKOOSTE_NOW (ISO 8601) puts another in its place, for rehearsals.

    ``@FILE`` reads the moment from a file each time, so that a rehearsal's clock can be put on while it runs.
    """
    said = os.environ.get("DIGIKOOSTE_NOW")
    if not said:
        return datetime.now(UTC)
    try:
        if said.startswith("@"):
            said = Path(said[1:]).read_text(encoding="ascii").strip()
        moment = datetime.fromisoformat(said)
    except (ValueError, OSError) as error:
        raise ConfigError([f"DIGIKOOSTE_NOW is {said!r}; write a moment such as 2026-11-16T08:00+02:00."]) from error
    return moment.astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A folder with ``sources.yaml``; everything else is derived from it and the environment."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def file(self) -> Path:
        """Where the configuration stands."""
        return self.folder / "sources.yaml"

    @property
    def var(self) -> Path:
        """Where the database, locks and samples stand; never public."""
        return self.folder / "var"

    @property
    def output(self) -> Path:
        """The public folder."""
        return self.folder / "output"

    @cached_property
    def config(self) -> Config:
        """The configuration; raises ConfigError with every mistake."""
        from pipeline.config import load  # noqa: PLC0415

        return load(self.file, self.environ)

    def topics(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """Return the chosen topics in the file's order; raises ConfigError for one that the file has not."""
        known = [topic.id for topic in self.config.topics]
        if unknown := [topic for topic in chosen if topic not in known]:
            there = f"the topics are {', '.join(known)}" if known else "the file has none"
            raise ConfigError([f"{self.file}: no topic {', '.join(unknown)}; {there}."])
        return tuple(topic for topic in known if topic in chosen)

    def rewriting(self) -> Rewriting:
        """The configuration's file, to be changed; raises ConfigError. The file is read once, for ``config`` too."""
        from pipeline.config.rewriting import Rewriting  # noqa: PLC0415

        rewriting = Rewriting(self.file, self.environ)
        self.__dict__["config"] = rewriting.config  # where functools.cached_property keeps it
        return rewriting

    @property
    def has_store(self) -> bool:
        """Whether there is a database already: looking around makes none."""
        return self.server is not None or (self.var / "digikooste.db").exists()

    @property
    def server(self) -> str | None:
        """The address of the database's server, None where it is a file in ``var``; raises ConfigError."""
        address = self.environ.get("DIGIKOOSTE_DATABASE") or None  # an empty line in a file of settings is none
        if address is not None and "://" not in address:
            ways = f"write postgresql://user@host/name, or leave it out for {self.var / 'digikooste.db'}"
            raise ConfigError([f"DIGIKOOSTE_DATABASE is {address!r}; {ways}."])
        return address

    def store(self) -> Store:
        """Open the database, making it when it is not there; raises StoreError."""
        from pipeline.store import Store  # noqa: PLC0415  # half a second of SQLAlchemy

        place = self.server or self.var / "digikooste.db"
        return Store(place, patience=self._patience, seal=self.journal())

    @property
    def _patience(self) -> float:
        """Seconds for which another process's writing is waited for."""
        from pipeline.store.database import LOCK_SECONDS  # noqa: PLC0415  # as above

        said = self.environ.get("DIGIKOOSTE_LOCK_SECONDS", str(LOCK_SECONDS))
        try:
            return max(0.0, float(said))
        except ValueError as error:
            raise ConfigError([f"DIGIKOOSTE_LOCK_SECONDS is {said!r}; write seconds, such as 30."]) from error

    def journal(self) -> Journal:
        """Who was forgotten, as it is known beside the database and beside its backups."""
        from pipeline.cli import backups, secret  # noqa: PLC0415
        from pipeline.safekeeping import FILE, Journal  # noqa: PLC0415

        return Journal(self.var / FILE, lambda: secret.key(self), copies=backups.folders(self))

    def client(self, moment: datetime, observe: Callable[[str, float], None] | None = None) -> Client:
        """The HTTP client, with the proxy that is configured; ``observe`` is told how each request ended."""
        from pipeline.fetch.client import Client  # noqa: PLC0415

        collect = self.config.collect
        return Client(
            proxy=collect.proxy,
            connections=collect.hosts,
            now=moment,
            files=self.folder,
            observe=observe,
            deadline=collect.deadline,
        )

    def pool(self) -> Pool:
        """The child processes that parse foreign bytes."""
        from pipeline.isolate import Pool  # noqa: PLC0415

        return Pool(workers=2, preload=("pipeline.sources.preload",))

    @property
    def agent(self) -> str:
        """The User-Agent of sources that name none."""
        contact = self.config.collect.contact
        return f"digikooste/{__version__}" + (f" (+{contact})" if contact else "")

    def manners(self, *, refetch: bool = False) -> Manners:
        """How sources are visited; ``refetch`` without validators."""
        from pipeline.jobs import Manners  # noqa: PLC0415

        collect = self.config.collect
        return Manners(
            agent=self.agent,
            pause=collect.pause,
            hosts=collect.hosts,
            cards=collect.page_cards,
            interval=timedelta(hours=collect.interval),
            languages=self.config.digest.languages,
            proxy=collect.proxy,
            refetch=refetch,
        )

    def choice(self) -> Choice:
        """What a digest is chosen by."""
        from pipeline.jobs import Choice  # noqa: PLC0415

        config = self.config
        return Choice(
            sources=config.sources,
            topics=config.topics,
            rules=config.digest.rules,
            schedule=config.digest.schedule,
        )

    def renderer(self, templates: Path | None = None) -> Renderer:
        """The letter's templates: the workspace's own files first, then the default set."""
        from pipeline.render import Renderer  # noqa: PLC0415

        return Renderer(self.template_folders(templates), self.facts)

    def template_folders(self, templates: Path | None = None) -> list[Path]:
        """Where templates are looked up: the workspace's own folder, if it has one, then the default set."""
        from pipeline.render import default_templates  # noqa: PLC0415

        own = templates or self.folder / "templates"
        return [*([own] if own.is_dir() else []), default_templates()]

    @property
    def facts(self) -> SiteFacts:
        """What every letter says of this workspace."""
        from pipeline.config import AssessedBy  # noqa: PLC0415
        from pipeline.render import Logo, SiteFacts, Statement  # noqa: PLC0415

        config = self.config
        sender, looks, stated = config.mail.sender, config.letter, config.site.statement
        return SiteFacts(
            title=config.digest.title,
            url=config.site.url,
            service=config.site.service,
            languages=config.digest.languages,
            leave=self.ways_out.footer,
            accessibility=config.site.accessibility,
            operator=sender.name if sender and sender.name else None,
            contact=config.site.contact,
            time_zone=config.digest.time_zone,
            logo=Logo(picture=looks.logo, alt=looks.logo_alt) if looks.logo else None,
            footer=looks.footer,
            light=looks.light,
            dark=looks.dark,
            statement=Statement(
                organisation=stated.organisation,
                conforms=stated.conforms,
                assessed=stated.assessed,
                by_expert=stated.assessed_by is AssessedBy.EXPERT,
                shortcomings=stated.shortcomings,
            )
            if stated
            else None,
        )

    @cached_property
    def ways_out(self) -> WaysOut:
        """How readers end the letter: by the service, as configured, or by writing to the sender."""
        from pipeline.cli.leaving import WaysOut  # noqa: PLC0415
        from pipeline.cli.secret import is_made, key  # noqa: PLC0415

        mail, service = self.config.mail, self.config.site.service
        answers = mail.reply_to or mail.sender
        by_mail = f"mailto:{answers.address}?subject=unsubscribe" if answers else None
        return WaysOut(
            service=service,
            one_click=mail.one_click,
            written=mail.unsubscribe or by_mail,
            secret=key(self) if service or is_made(self) else None,
        )

    def notes(self, key: str) -> dict[str, str]:
        """The editor's words on top of the digest ``key``, by language: ``notes/2026-W47.fi.txt`` and the like.

        Raises ConfigError for a file that is no text or too long to be a note.
        """
        found = {}
        for language in self.config.digest.languages:
            file = self.folder / "notes" / f"{key}.{language}.txt"
            try:
                found[language] = file.read_bytes().decode("utf-8-sig")
            except FileNotFoundError:
                continue
            except UnicodeDecodeError as error:
                raise ConfigError([f"{file}: not UTF-8 (byte {error.start}); save it as UTF-8."]) from error
            if (length := len(found[language])) > LONGEST_NOTE:
                raise ConfigError([f"{file}: a note of {length} characters; write at most {LONGEST_NOTE}."])
        return found

    @property
    def resends(self) -> bool:
        """Whether a letter whose fate nobody knows is sent again (mail.unknown)."""
        return self.config.mail.unknown == "resend"

    def session(self) -> Session:
        """A connection to the mail server, made when it is entered."""
        from pipeline.mail import Security, Server, Session  # noqa: PLC0415

        mail = self.config.mail
        assert mail.host is not None
        if mail.user and mail.password is None:
            raise ConfigError(
                [f"{self.file}: mail.user is set, but there is no password: set DIGIKOOSTE_SMTP_PASSWORD."]
            )
        server = Server(
            host=mail.host,
            port=mail.port,
            security=Security(mail.security),
            user=mail.user,
            password=mail.password,
            timeout=mail.timeout,
            reply_timeout=mail.reply_timeout,
        )
        return Session(server)

    def letter(self, edition: Edition) -> Letter:
        """An edition prepared for sending."""
        from pipeline.mail import Mailbox, compose  # noqa: PLC0415

        mail = self.config.mail
        reply_to = Mailbox(mail.reply_to.name, mail.reply_to.address) if mail.reply_to else None
        return compose(
            subject=edition.subject,
            html=edition.html,
            text=edition.text,
            language=edition.language,
            sender=self.sender,
            reply_to=reply_to,
            unsubscribe=self._ways_out,
            one_click=self.ways_out.is_one_click,
            list_help=self._help,
            archive=self.config.site.url,
            marks=self.ways_out.marks,
        )

    def personal(self, store: Store) -> Callable[[str], Mapping[str, str]]:
        """What makes the meaning of a letter's marks from a recipient's address."""
        return self.ways_out.meaning(store)

    @property
    def _ways_out(self) -> list[str]:
        """What List-Unsubscribe names: one web address, and one to write to for those whose program does not post."""
        mail = self.config.mail
        answers = mail.reply_to or mail.sender
        written = f"mailto:{answers.address}?subject=unsubscribe" if answers else None
        if mail.unsubscribe and mail.unsubscribe.startswith("mailto:"):
            written = mail.unsubscribe
        return list(dict.fromkeys(filter(None, (self.ways_out.header, written))))

    @property
    def _help(self) -> str | None:
        """Where questions go: the contact as configured, else whoever gets the answers."""
        mail, contact = self.config.mail, self.config.site.contact
        if contact:
            return contact if contact.startswith("http") else f"mailto:{contact}"
        answers = mail.reply_to or mail.sender
        return f"mailto:{answers.address}" if answers else None

    @property
    def sender(self) -> Mailbox:
        """Who the letter is from; a placeholder while no mail is configured."""
        from pipeline.mail import Mailbox  # noqa: PLC0415

        sender = self.config.mail.sender
        return Mailbox(sender.name, sender.address) if sender else Mailbox("", "digikooste@example.invalid")

    def message_id(self, workspace_id: str) -> Callable[[str, int], str]:
        """What makes a Message-ID from a digest's key and a recipient's number."""
        from pipeline.mail import message_id  # noqa: PLC0415

        domain = self.sender.address.rpartition("@")[2]
        return lambda key, recipient: message_id(workspace_id, key, recipient, domain)
