"""The letter that comes next: the digest that is frozen, or the one that the next compose would make."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from pipeline.cli import drafts
from pipeline.cli.workspace import Workspace, now
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.model import Digest, Edition
    from pipeline.store import DigestStatus, Store


def languages_of(workspace: Workspace, wanted: str | None) -> tuple[str, ...]:
    """Return the wanted language, or the first of the configuration; a UsageError where there is no such edition."""
    languages = workspace.config.digest.languages
    if wanted is not None and wanted not in languages:
        raise click.UsageError(f"digest.languages has no {wanted}; it has {', '.join(languages)}.")
    return (wanted or languages[0],)


def upcoming(
    workspace: Workspace, languages: Sequence[str], *, again: bool = False, templates: Path | None = None
) -> tuple[Digest, tuple[Edition, ...]]:
    """Return the next letter in these languages, from the store alone; no edition where it would be empty.

    What is frozen is shown as it was stored, unless other ``templates`` are to be seen. ``again``: as if
    this period's digest had not been made.
    """
    from pipeline import calendar, jobs  # noqa: PLC0415

    moment, choice = now(), workspace.choice()
    with _store(workspace) as store:
        status = store.digests.status(calendar.period(choice.schedule, moment).key)
        if status is not None and not again and not status.replaceable:
            return _kept(workspace, store, status, languages, templates)
        digest = jobs.choose(choice, store=store, now=moment, again=True)
    if digest.is_empty:
        return digest, ()
    notes, renderer = workspace.notes(digest.period.key), workspace.renderer(templates)
    return digest, jobs.editions(digest, renderer, languages, choice.schedule, moment, notes=notes)


def kept(workspace: Workspace, key: str, languages: Sequence[str]) -> tuple[Digest, tuple[Edition, ...]]:
    """Return the digest ``key`` in these languages; a UsageError when there is none of that name."""
    with _store(workspace) as store:
        statuses = {one.key: one for one in store.digests.statuses()}
        if key not in statuses:
            there = ", ".join(list(statuses)[:5]) or "none yet"
            raise click.UsageError(f"There is no digest {key}; there are {there}.")
        return _kept(workspace, store, statuses[key], languages, None)


def _kept(
    workspace: Workspace, store: Store, status: DigestStatus, languages: Sequence[str], templates: Path | None
) -> tuple[Digest, tuple[Edition, ...]]:
    digest = store.digests.load(status.key)
    if digest.is_empty:
        return digest, ()
    if status.state == "frozen" and templates is None:
        return digest, tuple(one for one in store.digests.editions(status.key) if one.language in languages)
    sent = (status.frozen or now()).astimezone(ZoneInfo(workspace.config.digest.time_zone)).date()
    renderer, notes = workspace.renderer(templates), workspace.notes(status.key)
    if status.state == "draft":
        notes = drafts.notes_of(workspace, store.drafts.load(status.key))
    return digest, tuple(renderer.edition(digest, one, sent, said=notes.get(one, "")) for one in languages)


def _store(workspace: Workspace) -> Store:
    if not workspace.has_store:
        raise ConfigError([f"{workspace.file}: nothing has been collected yet; run `digikooste collect` first."])
    return workspace.store()
