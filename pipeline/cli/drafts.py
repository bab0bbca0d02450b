"""The wiring of drafts: how one is approved or held, what the deadline does, and what editors are told by mail."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.cli import notes, pressing
from pipeline.cli.showing import counted, log, say
from pipeline.errors import ConfigError, DraftChanged, LintError, MailError, StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.cli.workspace import Workspace
    from pipeline.jobs import Composed, Terms
    from pipeline.model import Edition
    from pipeline.store import Store
    from pipeline.store.drafts import Hand, OpenDraft, Summons

LINK_DAYS = 3
"""How long an editor's link is good for; it signs in once."""
_LINK_WITHIN = timedelta(hours=1)
"""A link that somebody asked for, and that could not leave for so long, is not waited for any more."""
_ENDINGS = {"approved", "sent", "skipped"}


def needs_approval(workspace: Workspace) -> bool:
    """Whether nothing leaves before an editor has approved it."""
    return workspace.config.digest.approval == "required"


def terms(workspace: Workspace) -> Terms:
    """The deadline as sources.yaml has it."""
    from pipeline import jobs  # noqa: PLC0415

    digest = workspace.config.digest
    return jobs.Terms(
        deadline=timedelta(seconds=digest.deadline),
        reminder=timedelta(seconds=digest.reminder),
        sends=digest.if_silent == "send",
    )


def deadline(workspace: Workspace, kept: OpenDraft) -> datetime | None:
    """When silence about a draft is answered, None where it never is."""
    from pipeline import jobs  # noqa: PLC0415

    if not needs_approval(workspace) or kept.draft.marks.held is not None:
        return None
    return jobs.deadline(kept, workspace.config.digest.schedule, terms(workspace))


def approve(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    key: str,
    *,
    hand: Hand,
    seen: int | None = None,
    send_anyway: bool = False,
    code: str = "approved",
) -> Composed:
    """Freeze the draft ``key`` as it stands at revision ``seen`` (None: the newest); only under the job's lock.

    Raises DraftError, DraftChanged, LintError and what freezing raises; nothing was written then.
    """
    from pipeline import jobs  # noqa: PLC0415

    kept = store.drafts.load(key)
    if seen is not None and seen != kept.number:
        raise DraftChanged(
            f"The draft {key} was changed meanwhile: it is at revision {kept.number}, and you looked at {seen}. "
            "Look at it again, then approve it.",
            seen=seen,
            current=kept.number,
        )
    told = tuple(one for one in workspace.config.digest.editors if needs_approval(workspace) and one != hand.who)
    try:
        return jobs.approve(
            workspace.choice(),
            pressing.press(workspace, store, send_anyway=send_anyway),
            kept,
            store=store,
            notes=(lambda _key: {}) if needs_approval(workspace) else workspace.notes,
            desk=jobs.Desk(hand=hand, editors=told),
            now=moment,
            code=code,
        )
    except LintError as error:
        notes.hear(store, moment, "broken", "letter", reason=str(error))
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """Whether anything was done about drafts, and when to look again."""

    has_acted: bool = False
    until: datetime | None = None


def tend(workspace: Workspace, store: Store, moment: datetime) -> Tended:
    """Do what is due about the drafts that wait. Each thing happens once.

    Raises BusyError while another process composes.
    """
    from pipeline import jobs  # noqa: PLC0415

    if not needs_approval(workspace) or not (waiting := store.drafts.all()):
        return Tended()
    hand, rule, schedule = pressing.by_itself(), terms(workspace), workspace.config.digest.schedule
    looks: list[datetime] = []
    has_acted = False
    with jobs.job_lock(workspace.var, "compose"):
        for kept in waiting:
            reminded = any(at >= kept.made for at in store.drafts.summoned(kept.key, "reminder"))
            fate = jobs.fate(kept, schedule, rule, moment, reminded=reminded)
            has_acted = has_acted or not isinstance(fate, jobs.StillOpen)
            match fate:
                case jobs.GiveWay(to=following):
                    _give_way(store, kept, following, hand, moment)
                case jobs.Send():
                    _send(workspace, store, kept, hand, moment)
                case jobs.Skip():
                    _skip(workspace, store, kept, hand, moment)
                case jobs.Remind():
                    store.drafts.summon(kept.key, kept.number, "reminder", workspace.config.digest.editors, now=moment)
                    looks.append(jobs.deadline(kept, schedule, rule))
                case jobs.StillOpen(until=until):
                    looks += [until] if until is not None else []
    return Tended(has_acted=has_acted, until=min(looks, default=None))


def give_way(workspace: Workspace, store: Store, moment: datetime) -> None:
    """End the drafts of earlier periods before the next letter is made: it takes up their items.

    Whether or not somebody must approve letters; only under the job's lock.
    """
    from pipeline import calendar  # noqa: PLC0415

    period = calendar.period(workspace.config.digest.schedule, moment)
    for kept in store.drafts.all():
        if kept.draft.digest.period.end < period.end:
            _give_way(store, kept, period.key, pressing.by_itself(), moment)


def is_unwritten(workspace: Workspace, store: Store) -> bool:
    """Whether the latest digest that counts stands in the store, but not in output/ yet."""
    for one in store.digests.statuses() if needs_approval(workspace) else ():
        if one.state == "frozen" and not one.replaceable:
            return not (workspace.output / one.key).is_dir()
    return False


def _send(workspace: Workspace, store: Store, kept: OpenDraft, hand: Hand, moment: datetime) -> None:
    composed = approve(workspace, store, moment, kept.key, hand=hand, seen=kept.number, code="sent")
    say(f"Nobody approved {kept.key} by its deadline: it goes out as it is, {owed(composed.owed)}.")
    notes.hear(store, moment, "silence", kept.key, done="it went out as it was")


def _skip(workspace: Workspace, store: Store, kept: OpenDraft, hand: Hand, moment: datetime) -> None:
    from pipeline.store.drafts import Settlement  # noqa: PLC0415

    editors = workspace.config.digest.editors
    settled = Settlement(seen=kept.number, code="skipped", hand=hand, summoned=editors)
    store.drafts.discard(kept.key, settled, now=moment, reason="unapproved")
    say(f"Nobody approved {kept.key} by its deadline: there is no letter, and its items go into the next one.")
    notes.hear(store, moment, "silence", kept.key, done="no letter went out; its items go into the next one")


def _give_way(store: Store, kept: OpenDraft, following: str, hand: Hand, moment: datetime) -> None:
    from pipeline.store.drafts import Settlement  # noqa: PLC0415

    settled = Settlement(seen=kept.number, code="gave-way", hand=hand)
    store.drafts.discard(kept.key, settled, now=moment, reason="held", because=following)
    say(f"The draft {kept.key} was never approved and gives way to {following}, which takes up its items.")
    notes.hear(store, moment, "silence", kept.key, done=f"it gave way to {following}, which takes up its items")


def owed(number: int) -> str:
    """How much stands in the outbox now."""
    return f"{counted(number, 'delivery', 'deliveries')} owed"


# Mails to editors


def tell(workspace: Workspace, store: Store, moment: datetime) -> bool:
    """Send editors the mails that they are owed; False when one cannot leave now: it is the same message next time."""
    if not workspace.config.mail.host or not (waiting := store.drafts.unsent()):
        return True
    try:
        with workspace.session() as server:
            for summons in waiting:
                if (message := _mail(workspace, store, summons, moment)) is not None:
                    server.send(workspace.sender.address, summons.address, message)
                    say(f"An editor was told about {summons.key}: {summons.kind}.")
                store.drafts.sent(summons, now=moment)
    except (MailError, ConfigError) as error:
        log(f"The editors could not be told by mail: {error}")
        notes.hear(store, moment, "editors", "mail", reason=str(error)[:300])
        return False
    notes.over(store, moment, "editors", "mail")
    return True


def _mail(workspace: Workspace, store: Store, summons: Summons, moment: datetime) -> bytes | None:
    """The message, or None when it is of no use any more: what it is about has ended or been made anew."""
    from pipeline import mail  # noqa: PLC0415
    from pipeline.mail.plain import plain  # noqa: PLC0415

    kept = next((one for one in store.drafts.all() if one.key == summons.key), None)
    if summons.kind == "link":
        if moment - summons.made > _LINK_WITHIN:
            return None
    elif summons.kind not in _ENDINGS and (kept is None or kept.made > summons.made):
        return None
    subject, text = _words(workspace, store, summons, kept, moment)
    domain = workspace.sender.address.rpartition("@")[2]
    named = hashlib.sha256(f"{summons.kind}\n{summons.revision}\n{summons.address}".encode()).hexdigest()
    return plain(
        sender=workspace.sender,
        to=summons.address,
        subject=subject,
        text=text,
        message_id=mail.message_id(store.workspace_id(), f"{summons.key}-{named[:12]}", 0, domain),
        date=summons.made,
    )


def _words(
    workspace: Workspace, store: Store, summons: Summons, kept: OpenDraft | None, moment: datetime
) -> tuple[str, str]:
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.cli import desk  # noqa: PLC0415  # which imports this
    from pipeline.render.engine import Engine  # noqa: PLC0415
    from pipeline.render.summary import period_name  # noqa: PLC0415
    from pipeline.render.words import Words  # noqa: PLC0415
    from pipeline.web.desk import saying  # noqa: PLC0415

    digest = workspace.config.digest
    language = language_of(workspace, store, summons.address)
    words = Words(language, "desk")
    engine = Engine(workspace.template_folders(), words)
    history = store.drafts.history(summons.key)
    last = next((one for one in reversed(history) if one.change.code in _ENDINGS), None)
    end = jobs.deadline(kept, digest.schedule, terms(workspace)) if kept is not None else None
    edition = None
    if kept is not None and summons.kind == "draft":
        edition = desk.plain(workspace, preview(workspace, kept, (language,), moment)[0])
    context = {
        "kind": summons.kind,
        "key": summons.key,
        "title": digest.title[language],
        "period": period_name(summons.key, Words(language)) if summons.key else "",
        "deadline": saying.moment(words, end, digest.time_zone) if end is not None else "",
        "sends": digest.if_silent == "send",
        "who": last.hand.who if last is not None and not saying.is_operator(last.hand) else "",
        "link": link(
            workspace,
            summons.address,
            summons.key,
            language,
            summons.made,
            mark=f"{summons.kind}-{summons.revision}",
        ),
        "days": LINK_DAYS,
        "items": len(kept.draft.digest.picks) if kept is not None else 0,
        "letter": edition,
    }
    subject, _, text = engine.text("desk/mail.txt", **context).partition("\n")
    return subject, text.lstrip("\n")


def preview(workspace: Workspace, kept: OpenDraft, languages: tuple[str, ...], moment: datetime) -> tuple[Edition, ...]:
    """The draft said in these languages, as approving it now would freeze it; with nothing of a reader's own in it."""
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.digest.drafting import edited  # noqa: PLC0415

    said = notes_of(workspace, kept)
    schedule = workspace.config.digest.schedule
    return jobs.editions(edited(kept.draft), workspace.renderer(), languages, schedule, moment, notes=said)


def notes_of(workspace: Workspace, kept: OpenDraft) -> dict[str, str]:
    """What stands on top of a draft's editions; without approval, also what its files in notes/ say."""
    files = {} if needs_approval(workspace) else workspace.notes(kept.key)
    return {**files, **kept.draft.marks.notes}


def link(workspace: Workspace, address: str, key: str, language: str, moment: datetime, *, mark: str) -> str:
    """The address that signs this editor in at their desk, '' where the service is not published.

    ``mark`` tells this link from another of the same moment: each of them works once.
    """
    from pipeline import tokens  # noqa: PLC0415
    from pipeline.cli.secret import key as secret  # noqa: PLC0415

    service = workspace.config.site.service
    if not service:
        return ""
    token = tokens.issued(secret(workspace), tokens.Purpose.DESK, [address, key, mark], moment)
    return f"{service}{language}/desk/in/{token}"


def language_of(workspace: Workspace, store: Store, address: str) -> str:
    """The language in which an editor is written to: as they get the letter, else the main one."""
    languages = workspace.config.digest.languages
    try:
        known = store.recipients.find(address).language
    except StoreError:
        return languages[0]
    return known if known in languages else languages[0]
