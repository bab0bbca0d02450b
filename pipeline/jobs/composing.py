"""Compose: choose what is news in this period, say it in every language, freeze it with its outbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from pipeline import calendar, digest, identity
from pipeline.digest import drafting, explanation
from pipeline.errors import DraftError
from pipeline.jobs.freezing import freeze
from pipeline.model import Candidate, Sighting, SourceState
from pipeline.store.digests import DRAFT, FROZEN
from pipeline.store.drafts import NOBODY, Settlement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.calendar import Schedule
    from pipeline.digest.explanation import Explanation
    from pipeline.jobs.freezing import Press
    from pipeline.model import Digest, Item, Period, Rules, Source, Topic
    from pipeline.store import DigestStatus, Store
    from pipeline.store.drafts import Hand, OpenDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A digest that was frozen now, or kept as a draft; ``owed`` deliveries are sent, ``held`` ones await a word."""

    digest: Digest
    is_draft: bool
    owed: int = 0
    held: int = 0
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToSay:
    """Nothing new and nothing to hand out: no letter; ``replaced`` are those that were to be made again by it."""

    period: Period
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyFrozen:
    """This period's digest is frozen, and nobody asked to make it again."""

    status: DigestStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitsApproval:
    """This period's draft waits for an editor; ``held`` is why nothing may leave, None where nobody said so."""

    key: str
    made: datetime
    held: str | None


Composition: TypeAlias = Composed | NothingToSay | AlreadyFrozen | AwaitsApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who composes, and whether an editor must approve it; ``editors`` are the addresses that are told."""

    hand: Hand = NOBODY
    required: bool = False
    editors: tuple[str, ...] = ()


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
    free = _free(period, store) | ({period.key} if again else set())
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
    free = _free(period, store)
    states = _states(choice, store)
    candidates = store.digests.candidates(list(store.readings.statuses()), free=free)
    return explanation.explain(number, candidates, states, choice.topics, choice.rules, period, now)


def suppose(choice: Choice, item: Item, source: Source, *, store: Store | None, now: datetime) -> Explanation:
    """Return what would be decided of an item that ``source``, read before, listed now for the first time.

    ``source`` is one of the choice's or another; ``store`` is None where nothing has been collected yet.
    """
    period = calendar.period(choice.schedule, now)
    states = _states(choice, store)
    standing = next((one for one in states if one.source.id == source.id), None)
    if standing is None:
        states.append(SourceState(source=source, title=source.name or source.id, baseline_from=period.start))
    elif standing.baseline_from is None:
        states[states.index(standing)] = replace(standing, baseline_from=period.start)
    candidates = (
        store.digests.candidates(list(store.readings.statuses()), free=_free(period, store))
        if store is not None
        else []
    )
    number = max((one.id for one in candidates), default=0) + 1
    sighting = Sighting(source=source.id, first_seen=now, baseline=False)
    supposed = Candidate(id=number, item=item, first_seen=now, sightings=(sighting,))
    return explanation.explain(number, [*candidates, supposed], states, choice.topics, choice.rules, period, now)


def digest_of(choice: Choice, key: str, *, store: Store, now: datetime) -> Digest:
    """Return the digest of that key: as it was made, or, for the running period, as it would be.

    Raises StoreError when there is none.
    """
    if store.digests.status(key) is None and key == calendar.period(choice.schedule, now).key:
        return choose(choice, store=store, now=now)
    return store.digests.load(key)


def _free(period: Period, store: Store) -> set[str]:
    """Return the digests that give way to the next one: those that nobody was owed, and drafts of earlier periods."""
    ends = store.digests.ends()
    return {
        one.key
        for one in store.digests.statuses()
        if one.replaceable or (one.state == DRAFT and ends[one.key] < period.end)
    }


def _states(choice: Choice, store: Store | None) -> list[SourceState]:
    """Return the enabled sources as they stand, in the file's order."""
    statuses = store.readings.statuses() if store is not None else {}
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
    press: Press,
    *,
    store: Store,
    notes: Callable[[str], Mapping[str, str]] = lambda _key: {},
    desk: Desk = Desk(),
    now: datetime,
    again: bool = False,
    draft: bool = False,
) -> Composition:
    """Make the digest of the latest slot's period.

    ``notes`` gives the editor's own words of a key, by language. ``again`` makes it anew while nothing of
    it has been sent, and takes it back when nothing is left to be in it; ``draft`` keeps it as a draft, whose
    items are reserved; a draft that exists is frozen as it is, unless ``desk`` says that an editor must approve
    it, or one holds it: that stays a draft, and held, when it is made anew. Raises StoreError, DraftError,
    RenderError or LintError; nothing is written then.
    """
    period = calendar.period(choice.schedule, now)
    status = store.digests.status(period.key)
    if status is not None and status.state == FROZEN and not status.replaceable and not again:
        return AlreadyFrozen(status=status)
    kept = store.drafts.load(period.key) if status is not None and status.state == DRAFT else None
    if kept is not None and not again and not draft:
        if desk.required or kept.draft.marks.held is not None:
            return AwaitsApproval(key=period.key, made=kept.made, held=kept.draft.marks.held)
        return approve(choice, press, kept, store=store, notes=notes, desk=desk, now=now)
    chosen = choose(choice, store=store, now=now, again=True)
    if chosen.is_empty:
        return NothingToSay(period=period, replaced=store.digests.withdraw(period.key) if again and status else ())
    if draft or desk.required or (kept is not None and kept.draft.marks.held is not None):
        said = notes(period.key) if desk.required else {}
        marks = drafting.carried(kept.draft.marks, chosen) if kept is not None else drafting.Marks(notes=said)
        replaced = store.digests.keep_draft(
            chosen,
            now=now,
            again=again,
            marks=marks,
            seen=kept.number if kept is not None else None,
            hand=desk.hand,
            summoned=desk.editors if desk.required else (),
        )
        made = drafting.edited(drafting.Draft(digest=chosen, marks=marks))
        return Composed(digest=made, is_draft=True, replaced=replaced)
    frozen = freeze(choice, chosen, press, store=store, notes=notes(period.key), now=now, again=again)
    return Composed(digest=chosen, is_draft=False, owed=frozen.owed, held=frozen.held, replaced=frozen.replaced)


def approve(
    choice: Choice,
    press: Press,
    kept: OpenDraft,
    *,
    store: Store,
    notes: Callable[[str], Mapping[str, str]] = lambda _key: {},
    desk: Desk,
    now: datetime,
    code: str = "approved",
) -> Composed:
    """Freeze a draft exactly as ``kept`` has it; ``code`` is "sent" where the deadline does it.

    ``notes`` are said where nobody wrote one on the draft. Raises DraftChanged when somebody changed it
    meanwhile, DraftError when nothing is left in it, and what ``freeze`` raises; nothing is written then.
    """
    chosen = drafting.edited(kept.draft)
    if chosen.is_empty:
        raise DraftError(f"Nothing is left in the draft {kept.key}: restore an item, or hold it.")
    frozen = freeze(
        choice,
        chosen,
        press,
        store=store,
        notes={**notes(kept.key), **kept.draft.marks.notes},
        now=now,
        settled=Settlement(seen=kept.number, code=code, hand=desk.hand, summoned=desk.editors),
    )
    return Composed(digest=chosen, is_draft=False, owed=frozen.owed, held=frozen.held, replaced=frozen.replaced)
