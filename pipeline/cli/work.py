"""The wiring of the three jobs: what run, serve and the single commands have in common."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.cli import drafts, notes, outcome, pressing, returns
from pipeline.cli.exits import Exit
from pipeline.cli.showing import Progress, counted, log, say
from pipeline.cli.workspace import Workspace, now
from pipeline.errors import LintError, PublishError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pipeline.jobs import Collected, Composition, Delivered, Published
    from pipeline.mail import Letter
    from pipeline.metrics import Metrics
    from pipeline.model import Delivery, DeliveryState, Digest, Edition, Source
    from pipeline.store import Store
    from pipeline.store.drafts import Hand


_BLINK = 0.5
"""Seconds after which a signal is noticed while we stay for a mail server."""


def collect(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    *,
    quiet: bool = False,
    refetch: bool = False,
    due_only: bool = False,
    stop: Callable[[], bool] = lambda: False,
    metrics: Metrics | None = None,
) -> Sequence[Collected]:
    """Read every source, or only those that are due, say how each went, and count it in ``metrics``."""
    from pipeline import calendar, jobs  # noqa: PLC0415

    config = workspace.config
    for note in config.notes:
        log(note)
    schedule = config.digest.schedule
    status = store.digests.status(calendar.period(schedule, moment).key)
    is_made = status is not None and status.state == "frozen" and not status.replaceable
    sources = due_sources(workspace, store, moment) if due_only else enabled(workspace)
    with (
        jobs.job_lock(workspace.var, "collect"),
        workspace.client(moment, metrics.fetched if metrics else None) as client,
        workspace.pool() as pool,
        Progress("Reading sources", len(sources), quiet=quiet) as progress,
    ):
        collected = jobs.collect(
            sources,
            store=store,
            client=client,
            pool=pool,
            manners=workspace.manners(refetch=refetch),
            place=f"{socket.gethostname()}:{workspace.folder.resolve()}",
            now=moment,
            baseline_from=calendar.running_start(schedule, moment, frozen=is_made),
            progress=lambda one: progress.step(
                one.sentence, is_bad=one.outcome in {"failed", "waiting"}, source=one.id
            ),
            stop=stop,
        )
    if metrics is not None:
        for one in collected:
            metrics.source_read(one.outcome, 0 if one.known else one.new)
    notes.after_collecting(store, moment, config.sources, collected)
    if collected and not quiet:
        _report(collected)
    return collected


def enabled(workspace: Workspace) -> list[Source]:
    """The sources that are read at all."""
    return [source for source in workspace.config.sources if source.enabled]


def due_times(workspace: Workspace, store: Store, moment: datetime) -> dict[str, datetime | None]:
    """When each enabled source is due; None for one that is off until its address changes."""
    from pipeline.jobs import next_due  # noqa: PLC0415

    statuses = store.readings.statuses()
    return {source.id: next_due(source, statuses, moment) for source in enabled(workspace)}


def due_sources(workspace: Workspace, store: Store, moment: datetime) -> list[Source]:
    """The sources that are to be read at ``moment``."""
    times = due_times(workspace, store, moment)
    return [source for source in enabled(workspace) if (due := times[source.id]) is not None and due <= moment]


def is_cut_off(workspace: Workspace, store: Store) -> bool:
    """Whether there are sources, and not one could be read the last time."""
    statuses = store.readings.statuses()
    standing = [statuses.get(source.id) for source in enabled(workspace)]
    return bool(standing) and all(one is None or one.failures > 0 or one.last_good is None for one in standing)


def is_unpublished(workspace: Workspace, store: Store) -> bool:
    """Whether a digest that counts still has to be carried to where it is published."""
    if not workspace.config.site.publish:
        return False
    return any(
        one.state == "frozen" and not one.replaceable and one.published is None for one in store.digests.statuses()
    )


def key_of(workspace: Workspace, moment: datetime) -> str:
    """The name of the period that a manual run at ``moment`` belongs to."""
    from pipeline import calendar  # noqa: PLC0415

    return calendar.period(workspace.config.digest.schedule, moment).key


def compose(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    *,
    again: bool = False,
    draft: bool = False,
    send_anyway: bool = False,
    hand: Hand | None = None,
) -> Composition:
    """Make this period's digest, say what became of it, and write output/; raises LintError for a broken one."""
    from pipeline import jobs  # noqa: PLC0415

    config = workspace.config
    with jobs.job_lock(workspace.var, "compose"):
        drafts.give_way(workspace, store, moment)
        try:
            composition = jobs.compose(
                workspace.choice(),
                pressing.press(workspace, store, send_anyway=send_anyway),
                store=store,
                notes=workspace.notes,
                desk=pressing.desk_of(workspace, hand),
                now=moment,
                again=again,
                draft=draft,
            )
        except LintError as error:
            notes.hear(store, moment, "broken", "letter", reason=str(error))
            raise
        outcome.tell(composition, config.digest.languages, needs_approval=config.digest.approval == "required")
        if isinstance(composition, jobs.Composed):
            notes.over(store, moment, "broken", "letter")
            for notice in composition.digest.notices:
                notes.hear(store, moment, notice.code, composition.digest.period.key, **notice.params)
        replaced = getattr(composition, "replaced", ())
        waits = isinstance(composition, jobs.AwaitsApproval) or getattr(composition, "is_draft", False)
        if replaced or not waits:
            publish(workspace, store, moment, replaced)
    return composition


def publish(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    replaced: Sequence[str] = (),
    *,
    anew: bool = False,
    letters_only: bool = False,
    quiet: bool = False,
) -> Published:
    """Write what is missing in output/, and carry it to where it is published; raises SiteError.

    ``quiet`` leaves standard output to whoever prints JSON.
    """
    from pipeline import jobs, mail  # noqa: PLC0415

    what = jobs.Publishing(
        store=store,
        renderer=workspace.renderer(),
        output=workspace.output,
        var=workspace.var,
        sources=workspace.config.sources,
        topics=workspace.config.topics,
    )
    published = jobs.publish(what, replaced=replaced, anew=anew, letters_only=letters_only)
    tell = log if quiet else say
    for folder in published.folders:
        tell(f"Written: {folder / 'index.html'}")
        status = store.digests.status(folder.name)
        assert status is not None
        for edition in store.digests.editions(folder.name):
            name = f"{folder.name}.{edition.language}.eml"
            letter = mail.eml(workspace.letter(edition), date=status.frozen or status.made)
            jobs.keep_sample(workspace.var, name, letter)
    if published.trouble and quiet:
        store.notices.note("unsearchable", "site", {"reason": published.trouble}, now=moment)
    elif published.trouble:
        notes.hear(store, moment, "unsearchable", "site", reason=published.trouble)
    elif not letters_only:
        notes.over(store, moment, "unsearchable", "site")
    if workspace.config.site.publish:
        _carry(workspace.config.site.publish, workspace, store, moment, published, tell)
    return published


def _carry(  # noqa: PLR0917  # what the command is about, and who hears of it
    command: str,
    workspace: Workspace,
    store: Store,
    moment: datetime,
    published: Published,
    tell: Callable[[str], None],
) -> None:
    """Run the operator's command when anything in output/ is not published as it stands there."""
    from pipeline import jobs  # noqa: PLC0415

    changed = {folder.name for folder in published.folders}
    counting = [one for one in store.digests.statuses() if one.state == "frozen" and not one.replaceable]
    waiting = [one.key for one in counting if one.published is None or one.key in changed]
    if not waiting and not (counting and (published.written or published.removed)):
        return
    try:
        jobs.carry(command, folder=workspace.folder, output=workspace.output)
    except PublishError as error:
        notes.hear(store, moment, "unpublished", "site", reason=str(error))
        raise
    store.digests.published(waiting, now=moment)
    notes.over(store, moment, "unpublished", "site")
    tell(f"Published: {', '.join(sorted(waiting)) or 'the archive'}.")


def deliver(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    *,
    wait: timedelta = timedelta(),
    stop: Callable[[], bool] = lambda: False,
    send_anyway: bool = False,
    metrics: Metrics | None = None,
) -> Exit:
    """Send what is due, staying up to ``wait`` for a server that puts letters off.

    A letter that lint finds broken is sent to nobody, unless ``send_anyway``.
    """
    from pipeline import jobs  # noqa: PLC0415

    if not workspace.config.mail.host:
        return Exit.DONE
    until = time.monotonic() + wait.total_seconds()
    with jobs.job_lock(workspace.var, "deliver"):
        while True:
            if store.outbox.owed(resend_unknown=workspace.resends):
                publish(workspace, store, moment, letters_only=True)
            delivered = _one_round(workspace, store, moment, stop, send_anyway=send_anyway, metrics=metrics)
            owed = store.outbox.owed(resend_unknown=workspace.resends)
            pause = _seconds_until_next(workspace, store, now()) if owed else None
            if delivered.stopped is not None and _is_ours(delivered):
                say(str(delivered.stopped))
                return Exit.MEND
            if pause is None or stop() or time.monotonic() + pause > until:
                break
            say(f"{counted(owed, 'delivery', 'deliveries')} put off; trying again in {pause / 60:.0f} min.")
            again = time.monotonic() + pause
            while not stop() and time.monotonic() < again:  # --wait asks us to stay
                time.sleep(min(_BLINK, pause))
            if stop():
                break
            moment = now()
    if owed:
        why = f" ({delivered.stopped})" if delivered.stopped else ""
        say(f"{counted(owed, 'delivery', 'deliveries')} still owed{why}; the next run goes on.")
    return Exit.OWED if owed else Exit.DONE


def _one_round(
    workspace: Workspace,
    store: Store,
    moment: datetime,
    stop: Callable[[], bool],
    *,
    send_anyway: bool,
    metrics: Metrics | None,
) -> Delivered:
    from pipeline import jobs  # noqa: PLC0415

    def judge(digest: Digest, edition: Edition, letter: Letter) -> None:
        if not send_anyway:
            jobs.refuse_to_send(digest, edition, letter)

    def tell(delivery: Delivery, state: DeliveryState) -> None:
        progress.step(f"delivery {delivery.id}: {state}", digest=delivery.digest, delivery=str(delivery.id))
        if metrics is not None:
            metrics.delivered(state)

    path = returns.return_path(workspace)
    with Progress("Sending letters", store.outbox.owed(resend_unknown=workspace.resends)) as progress:
        delivered = jobs.deliver(
            store=store,
            session=workspace.session,
            letter=workspace.letter,
            personal=workspace.personal(store),
            judge=judge,
            return_path=None if path is None else lambda one: path.address(one.recipient, one.digest),
            now=moment,
            resend_unknown=workspace.resends,
            connections=workspace.config.mail.connections,
            progress=tell,
            stop=stop,
        )
    if delivered.tried:
        parts = [f"sent to {counted(delivered.accepted, 'recipient')}"]
        parts += [f"{delivered.deferred} put off"] if delivered.deferred else []
        parts += [f"{delivered.refused} refused"] if delivered.refused else []
        parts += [f"{delivered.unknown} unknown"] if delivered.unknown else []
        say(f"Letters: {', '.join(parts)}.")
    for refusal in delivered.refusals:
        say(f"  {refusal}")
    _note(delivered, workspace, store, moment)
    return delivered


def _note(delivered: Delivered, workspace: Workspace, store: Store, moment: datetime) -> None:
    """What the operator should hear of a round."""
    key = key_of(workspace, moment)
    if delivered.refused:
        notes.hear(store, moment, "refused", key, count=delivered.refused, digest=key)
    if delivered.suppressed:
        notes.hear(store, moment, "suppressed", key, count=counted(delivered.suppressed, "recipient"))
    if isinstance(delivered.stopped, LintError):
        notes.hear(store, moment, "broken", "letter", reason=str(delivered.stopped))
    elif delivered.stopped is not None:
        notes.hear(store, moment, "stopped", "mail", reason=str(delivered.stopped))
    elif delivered.accepted:
        notes.over(store, moment, "broken", "letter")
        notes.over(store, moment, "stopped", "mail")


def _is_ours(delivered: Delivered) -> bool:
    from pipeline.errors import TransientMailError  # noqa: PLC0415

    return not isinstance(delivered.stopped, TransientMailError)


def _seconds_until_next(workspace: Workspace, store: Store, moment: datetime) -> float | None:
    next_try = store.outbox.next_try(resend_unknown=workspace.resends)
    return None if next_try is None else max(1.0, (next_try - moment).total_seconds())


def _report(collected: Sequence[Collected]) -> None:
    new = sum(one.new for one in collected if not one.known)
    known = sum(one.new for one in collected if one.known)
    failed = sum(one.outcome == "failed" for one in collected)
    waiting = sum(one.outcome == "waiting" for one in collected)
    parts = [f"{counted(new, 'new item')}"]
    parts += [f"{known} known from now on"] if known else []
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{waiting} not asked now"] if waiting else []
    say(f"{counted(len(collected), 'source')}: {', '.join(parts)}.")
    for one in collected:
        if one.error:
            say(f"  {one.id}: {one.error}", source=one.id)
        for warning in one.warnings:
            say(f"  {one.id}: {warning}", source=one.id)
