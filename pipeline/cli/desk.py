"""The editors' desk wired: a workspace becomes its pages, and the command that sets the operator's password."""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline.cli import drafts
from pipeline.cli.exits import Exit
from pipeline.cli.showing import say
from pipeline.cli.workspace import Workspace, now, workspace_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.routing import Route

    from pipeline.model import Edition
    from pipeline.store import Store
    from pipeline.store.drafts import Hand, OpenDraft
    from pipeline.web.throttle import Throttle

VARIABLE = "DIGIKOOSTE_DESK_PASSWORD_HASH"
FILE = "desk.password"
SHORTEST = 12
_LONGEST = 1024
_ONE_LINK = 600
"""Seconds within which an editor gets one link at most, however often somebody asks for it."""
_ONE_AT_A_TIME = threading.Lock()
"""A look at a password takes 64 MB: a crowd of guessers must not take them all at once."""


@click.group(name="desk")
def desk() -> None:
    """The editors' desk, on which drafts are looked at, changed and approved (see docs/desk.md)."""


@desk.command(short_help="Set or remove the operator's password.")
@workspace_option
@click.option("--remove", is_flag=True, help="Nobody signs in by password any more; editors still do by their links.")
def password(workspace: Workspace, *, remove: bool) -> int:
    """Set the operator's password for the desk: asked for twice, or one line of standard input.

    Only its argon2 hash is kept, in var/desk.password. DIGIKOOSTE_DESK_PASSWORD_HASH wins over it. Whoever
    is signed in by the old one is signed out.
    """
    _ = workspace.config
    file = workspace.var / FILE
    if remove:
        with suppress(FileNotFoundError):
            file.unlink()
    else:
        _write(file, _hashed(_asked()))
    with workspace.store() as store:
        store.sessions.end_all("operator")
    say("The password is removed." if remove else f"The password is set; its hash is in {file}.")
    return Exit.DONE


def routes(
    workspace: Workspace, store: Store, *, root_path: str, throttle: Throttle, wake: Callable[[str], None]
) -> list[Route]:
    """The desk's routes; ``wake`` has a job of serve done at once."""
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.cli.secret import key  # noqa: PLC0415
    from pipeline.web import desk  # noqa: PLC0415
    from pipeline.web.forms import Seals  # noqa: PLC0415
    from pipeline.web.pages import Pages  # noqa: PLC0415

    digest, secret = workspace.config.digest, key(workspace)

    def approve(named: str, seen: int, hand: Hand) -> None:
        with jobs.job_lock(workspace.var, "compose"):
            drafts.approve(workspace, store, now(), named, hand=hand, seen=seen)
        wake("drafts")  # which writes the pages, and wakes whoever delivers
        wake("editors")

    def ask_link(address: str) -> None:
        moment = now()
        store.drafts.summon("", int(moment.timestamp()) // _ONE_LINK, "link", [address], now=moment)
        wake("editors")

    def mailbox(who: str) -> str:
        if not workspace.config.mail.host:
            return ""
        return digest.operator or "" if who == desk.OPERATOR else who

    bureau = desk.Bureau(
        pages=Pages(workspace.template_folders(), workspace.facts, room="desk", style="desk.css", root_path=root_path),
        store=store,
        key=secret,
        clock=now,
        seals=Seals(secret, now),
        throttle=throttle,
        zone=digest.time_zone,
        is_secure=(workspace.config.site.service or "").startswith("https:"),
        editors=digest.editors,
        password=_checker(workspace),
        ask_link=ask_link,
        preview=lambda kept, language: plain(workspace, drafts.preview(workspace, kept, (language,), now())[0]),
        plain=lambda edition: plain(workspace, edition),
        approve=approve,
        test=lambda kept, language, address: _test(workspace, store, kept, language, address),
        mailbox=mailbox,
        deadline=lambda kept: drafts.deadline(workspace, kept),
        sends=digest.if_silent == "send",
    )
    return desk.routes(bureau)


def door_throttle() -> Throttle:
    """How often one network, and everybody together, may try the door: nobody guesses, and nobody is mailed at will."""
    from pipeline.web.throttle import Rate, Throttle  # noqa: PLC0415

    return Throttle(time.monotonic, network=Rate(burst=10, seconds=30), everybody=Rate(burst=100, seconds=5))


def plain(workspace: Workspace, edition: Edition) -> Edition:
    """An edition without what is each reader's own: their way out leads nowhere."""
    html, text = edition.html, edition.text
    for mark in workspace.ways_out.marks:
        html, text = html.replace(mark, "#"), text.replace(mark, "-")
    return replace(edition, html=html, text=text)


def _test(workspace: Workspace, store: Store, kept: OpenDraft, language: str, address: str) -> None:
    """Mail one edition of a draft to one editor; leaves no trace in the books."""
    from pipeline import jobs, mail  # noqa: PLC0415
    from pipeline.digest.drafting import edited  # noqa: PLC0415

    edition = drafts.preview(workspace, kept, (language,), now())[0]
    letter = workspace.letter(edition)
    jobs.refuse_to_send(edited(kept.draft), edition, letter)
    domain = workspace.sender.address.rpartition("@")[2]
    identity = mail.message_id(secrets.token_hex(16), "test", 0, domain)
    message = letter.to(address, message_id=identity, date=now(), values=workspace.personal(store)(address))
    with workspace.session() as server:
        server.send(letter.sender, address, message)


def _asked() -> str:
    if sys.stdin.isatty():
        word = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        word = sys.stdin.readline(_LONGEST + 2).rstrip("\r\n")
    if not SHORTEST <= len(word) <= _LONGEST:
        raise ConfigError([f"The password has {len(word)} characters; choose one of {SHORTEST} to {_LONGEST}."])
    return word


def _hashed(word: str) -> str:
    from argon2 import PasswordHasher  # noqa: PLC0415

    return PasswordHasher().hash(word)


def _write(file: Path, text: str) -> None:
    """Write it whole or not at all, for this user alone."""
    draft = file.with_name(f"{FILE}.{secrets.token_hex(8)}.new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(text + "\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except OSError as error:
        raise ConfigError([f"{file}: the password's hash cannot be written: {error.strerror}."]) from error


def _checker(workspace: Workspace) -> Callable[[str], bool] | None:
    """What tells whether a word is the operator's password; None while there is none.

    The hash is read anew each time, so that a new password counts at once.
    """
    if _kept(workspace) is None:
        return None

    def is_it(word: str) -> bool:
        from argon2 import PasswordHasher  # noqa: PLC0415
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

        kept = _kept(workspace)
        with _ONE_AT_A_TIME, suppress(VerificationError, InvalidHashError):
            return kept is not None and PasswordHasher().verify(kept, word)
        return False

    return is_it


def _kept(workspace: Workspace) -> str | None:
    if said := workspace.environ.get(VARIABLE, "").strip():
        return said
    with suppress(OSError, UnicodeDecodeError):
        return (workspace.var / FILE).read_text(encoding="ascii").strip() or None
    return None
