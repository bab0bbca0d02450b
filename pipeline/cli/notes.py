"""Notices on their way to the operator: kept once, said once, and said again when they are over."""

from __future__ import annotations

import hashlib
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import notices
from pipeline.cli.showing import counted, log, say, when
from pipeline.errors import ConfigError, MailError, WebhookError
from pipeline.notices import Standing, about_rhythm, about_source, is_nearly_full, sentence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from pipeline.cli.workspace import Workspace
    from pipeline.jobs import Collected
    from pipeline.model import Source
    from pipeline.notices import Finding
    from pipeline.store import Notice, SourceStatus, Store

_BETWEEN_MAILS = timedelta(hours=24)


def hear(store: Store, moment: datetime, code: str, subject: str, **params: str | int) -> None:
    """Keep a notice, and say it when it is news."""
    if store.notices.note(code, subject, params, now=moment):
        say(f"Notice: {subject}: {sentence(code, params)}", notice=code, subject=subject)


def over(store: Store, moment: datetime, code: str, subject: str) -> None:
    """Close a notice, and say so when it was open."""
    if store.notices.resolve(code, subject, now=moment):
        say(f"Over: {subject} ({code}).", notice=code, subject=subject)


def settle(store: Store, moment: datetime, codes: Collection[str], findings: Iterable[Finding]) -> None:
    """Keep what holds now of these codes, and close what holds no more."""
    holding = {(one.code, one.subject): one for one in findings}
    for one in holding.values():
        hear(store, moment, one.code, one.subject, **one.params)
    for notice in store.notices.open():
        if notice.code in codes and (notice.code, notice.subject) not in holding:
            over(store, moment, notice.code, notice.subject)


def after_collecting(store: Store, moment: datetime, sources: Sequence[Source], collected: Sequence[Collected]) -> None:
    """Judge what has just been read, and how every source stands."""
    open_ones = {(one.code, one.subject) for one in store.notices.open()}
    for one in collected:
        if one.moved:
            hear(store, moment, "moved", one.id, url=one.url)
        if one.outcome == "incomplete" and one.warnings:
            hear(store, moment, "truncated", one.id, warning=one.warnings[0])
        elif one.outcome in {"read", "unchanged"} and ("truncated", one.id) in open_ones:
            over(store, moment, "truncated", one.id)
    about_sources(store, moment, sources)


def about_sources(store: Store, moment: datetime, sources: Sequence[Source]) -> None:
    """Judge how every source stands: failing for long, moved, gone."""
    enabled = [source for source in sources if source.enabled]
    statuses = store.readings.statuses()
    findings: list[Finding] = []
    for source in enabled:
        status = statuses.get(source.id)
        if status is not None and status.scope == source.scope:
            findings += about_source(_standing(source, status), moment)
    settle(store, moment, notices.SOURCE_CODES, findings)


def _standing(source: Source, status: SourceStatus) -> Standing:
    address = status.prospect.address(source.url)
    return Standing(
        id=source.id,
        url=source.url,
        failures=status.failures,
        failing_since=status.failing_since,
        error_code=status.error_code,
        error=status.error,
        gone=source.url if status.prospect.gone == source.url else None,
        moved_to=None if address == source.url else address,
    )


def look_around(workspace: Workspace, store: Store, moment: datetime) -> None:
    """Judge what no job notices: sources that have fallen silent, and a disk that is filling.

    A course that is handed out is complete: nobody waits for more of it.
    """
    urls = {source.id: source.url for source in workspace.config.sources if source.enabled and not source.drip}
    rhythms = store.notices.rhythms(list(urls))
    judged = (about_rhythm(name, urls[name], news, moment) for name, news in rhythms.items())
    settle(store, moment, ("silent",), (finding for finding in judged if finding is not None))
    disk = shutil.disk_usage(workspace.folder)
    if is_nearly_full(disk.free, disk.total):
        free, folder = f"{disk.free / 2**20:.0f} MB", str(workspace.folder.resolve())
        hear(store, moment, "disk", "disk", free=free, folder=folder)
    else:
        over(store, moment, "disk", "disk")
    store.notices.fade(notices.EVENTS, before=moment - notices.FADES_AFTER, now=moment)
    store.notices.forget(now=moment)


def tell(workspace: Workspace, store: Store, moment: datetime) -> None:
    """Tell the operator by mail (at most once a day) and by webhook what has not been told that way.

    A way that does not work is said in the log and tried again next time.
    """
    from pipeline.store import Way  # noqa: PLC0415

    digest = workspace.config.digest
    if digest.webhook and (untold := store.notices.untold(Way.WEBHOOK)):
        try:
            _post(digest.webhook, workspace, untold)
            store.notices.told(Way.WEBHOOK, untold, now=moment)
        except WebhookError as error:
            log(str(error))
    if not digest.operator or not workspace.config.mail.host or not (untold := store.notices.untold(Way.MAIL)):
        return
    last = store.notices.last_mail()
    if last is not None and timedelta() <= moment - last < _BETWEEN_MAILS:
        return
    try:
        _mail(digest.operator, workspace, store, untold, moment)
        store.notices.told(Way.MAIL, untold, now=moment)
    except (MailError, ConfigError) as error:
        log(f"The operator could not be told by mail: {error}")


def _line(notice: Notice) -> str:
    said = f"{notice.subject}: {sentence(notice.code, notice.params)}"
    return f"Over: {said}" if notice.resolved else said


def _title(workspace: Workspace) -> str:
    digest = workspace.config.digest
    return digest.title[digest.languages[0]]


def _mail(address: str, workspace: Workspace, store: Store, untold: Sequence[Notice], moment: datetime) -> None:
    from pipeline.mail import message_id  # noqa: PLC0415
    from pipeline.mail.plain import plain  # noqa: PLC0415

    lines = [_line(one) for one in untold]
    text = "\n\n".join(
        [
            *(f"- {line}\n  (since {when(one.first_at)})" for line, one in zip(lines, untold, strict=True)),
            f"`digikooste status` in {workspace.folder.resolve()} shows how everything stands.",
        ]
    )
    identity = hashlib.sha256("\n".join([moment.isoformat(), *lines]).encode()).hexdigest()
    sender = workspace.sender
    domain = sender.address.rpartition("@")[2]
    message = plain(
        sender=sender,
        to=address,
        subject=f"{_title(workspace)}: {counted(len(untold), 'notice')}",
        text=text + "\n",
        message_id=message_id(store.workspace_id(), f"notice-{identity[:12]}", 0, domain),
        date=moment,
    )
    with workspace.session() as server:
        server.send(sender.address, address, message)


def _post(url: str, workspace: Workspace, untold: Sequence[Notice]) -> None:
    from pipeline import webhook  # noqa: PLC0415

    document = {
        "text": f"{_title(workspace)}\n" + "\n".join(f"- {_line(one)}" for one in untold),
        "notices": [
            {
                "code": one.code,
                "subject": one.subject,
                "text": sentence(one.code, one.params),
                "since": one.first_at.isoformat(),
                "over": one.resolved.isoformat() if one.resolved else None,
            }
            for one in untold
        ],
    }
    proxy, ca_file = workspace.config.collect.proxy, workspace.environ.get("SSL_CERT_FILE", "")
    webhook.post(url, document, proxy=proxy, ca_file=ca_file)
