"""Compose: choose what is news in this period, say it in every language, freeze it with its outbox."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from pipeline import calendar, digest, identity
from pipeline.digest import explanation
from pipeline.errors import StoreError
from pipeline.jobs.tailoring import Tailor
from pipeline.model import SourceState
from pipeline.store.digests import DRAFT, FROZEN
from pipeline.store.outbox import ChoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.calendar import Schedule
    from pipeline.digest.explanation import Explanation
    from pipeline.model import Digest, Edition, Period, Rules, Source, Topic
    from pipeline.render import Renderer
    from pipeline.store import DigestStatus, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A digest that was frozen now, or kept as a draft; ``owed`` deliveries stand in the outbox."""

    digest: Digest
    is_draft: bool
    owed: int = 0
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToSay:
    """Nothing new and nothing to hand out: no letter."""

    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyFrozen:
    """This period's digest is frozen, and nobody asked to make it again."""

    status: DigestStatus


_TRIES = 5
"""Readers may change their topics while a digest is made; not five times in a row within milliseconds."""

Composition: TypeAlias = Composed | NothingToSay | AlreadyFrozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a digest is chosen by: the parts of sources.yaml that matter to it."""

    sources: Sequence[Source]
    topics: Sequence[Topic]
    rules: Rules
    schedule: Schedule


def choose(choice: Choice, *, store: Store, now: datetime, again: bool = False) -> Digest:
    """Return what the next compose would hold at ``now``, from the store alone; changes nothing.

    ``again``: as if this period's digest had not been made.
    """
    period = calendar.period(choice.schedule, now)
    free = {one.key for one in store.digests.statuses() if one.replaceable or (again and one.key == period.key)}
    states = _states(choice, store)
    candidates = store.digests.candidates([state.source.id for state in states], free=free)
    return digest.choose(candidates, states, choice.topics, choice.rules, period, now)


def explain(choice: Choice, url: str, *, store: Store, now: datetime) -> Explanation | None:
    """Return what is decided of the item behind ``url`` and why, or None when no source ever listed it.

    As the next compose would decide: what is drafted or may be replaced counts as not shown.
    """
    number = store.digests.find(identity.key_of(url))
    if number is None:
        return None
    period = calendar.period(choice.schedule, now)
    free = {one.key for one in store.digests.statuses() if one.replaceable}
    states = _states(choice, store)
    candidates = store.digests.candidates(list(store.readings.statuses()), free=free)
    return explanation.explain(number, candidates, states, choice.topics, choice.rules, period, now)


def digest_of(choice: Choice, key: str, *, store: Store, now: datetime) -> Digest:
    """Return the digest of that key: as it was made, or, for the running period, as it would be.

    Raises StoreError when there is none.
    """
    if store.digests.status(key) is None and key == calendar.period(choice.schedule, now).key:
        return choose(choice, store=store, now=now)
    return store.digests.load(key)


def _states(choice: Choice, store: Store) -> list[SourceState]:
    """Return the enabled sources as they stand, in the file's order."""
    statuses = store.readings.statuses()
    states = []
    for source in choice.sources:
        if not source.enabled:
            continue
        status = statuses.get(source.id)
        is_current = status is not None and status.scope == source.scope
        states.append(
            SourceState(
                source=source,
                title=source.name or (status.title if status and status.title else source.id),
                baseline_from=status.baseline_from if status is not None and is_current else None,
            )
        )
    return states


def compose(
    choice: Choice,
    *,
    store: Store,
    renderer: Renderer,
    languages: Sequence[str],
    message_id: Callable[[str, int], str],
    judge: Callable[[Digest, Edition], None] = lambda _digest, _edition: None,
    notes: Callable[[str], Mapping[str, str]] = lambda _key: {},
    now: datetime,
    again: bool = False,
    draft: bool = False,
    web_only: bool = False,
) -> Composition:
    """Make the digest of the latest slot's period.

    ``message_id`` makes a Message-ID from the digest's key and a recipient's number. ``judge`` raises
    LintError for an edition that should not be frozen. ``notes`` gives the editor's own words of a key, by
    language. ``again`` makes it anew while nothing of it has been
    sent; ``draft`` keeps it as a draft, whose items are reserved; a draft that exists is frozen as it
    is. Raises StoreError, RenderError or LintError; nothing is written then.
    """
    period = calendar.period(choice.schedule, now)
    status = store.digests.status(period.key)
    if status is not None and status.state == FROZEN and not status.replaceable and not again:
        return AlreadyFrozen(status=status)
    if status is not None and status.state == DRAFT and not again and not draft:
        chosen = store.digests.load(period.key)
    else:
        chosen = choose(choice, store=store, now=now, again=True)
    if chosen.is_empty:
        return NothingToSay(period=period)
    if draft:
        store.digests.keep_draft(chosen, now=now, again=again)
        return Composed(digest=chosen, is_draft=True)
    said = notes(period.key)
    made = editions(chosen, renderer, languages, choice.schedule, now, notes=said)
    for edition in made:
        judge(chosen, edition)
    tailor = Tailor(choice, chosen, made, renderer, now, notes=said)
    for _ in range(_TRIES):
        tailored = tailor.editions(store.recipients.wishes())
        for one in tailored:
            if not one.digest.is_empty:
                judge(one.digest, one.edition)
        with suppress(ChoiceError):  # somebody chose this very moment: their edition is made too
            frozen = store.digests.freeze(
                chosen,
                made,
                now=now,
                message_id=lambda recipient: message_id(period.key, recipient),
                tailored=tailored,
                meant=tailor.meant,
                again=again,
                web_only=web_only,
            )
            return Composed(digest=chosen, is_draft=False, owed=frozen.owed, replaced=frozen.replaced)
    raise StoreError(f"Readers change their topics all the while, so {period.key} was not made; run again.")


def editions(
    chosen: Digest,
    renderer: Renderer,
    languages: Sequence[str],
    schedule: Schedule,
    now: datetime,
    *,
    notes: Mapping[str, str],
) -> tuple[Edition, ...]:
    """Say the digest in every language; it is dated today, as the schedule's zone sees it.

    ``notes`` are the editor's own words by language, and stand on top of that edition alone.
    """
    sent = now.astimezone(ZoneInfo(schedule.zone)).date()
    return tuple(renderer.edition(chosen, language, sent, said=notes.get(language, "")) for language in languages)
