"""The wiring of what readers do by themselves: a workspace becomes its pages, and what was asked for is answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.cli.showing import log
from pipeline.cli.workspace import Workspace, now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from starlette.routing import BaseRoute, Route
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pipeline.mail import Letter
    from pipeline.model import Edition
    from pipeline.store import Store
    from pipeline.web.pages import Pages
    from pipeline.web.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Where the pages are to the outside: ``root_path`` is "" or "/kooste", ``trust`` the proxies to believe."""

    root_path: str = ""
    trust: tuple[str, ...] = ()


class Current:
    """The app of the workspace in force: made anew when sources.yaml was edited and taken up."""

    def __init__(self, workspace: Callable[[], Workspace], make: Callable[[Workspace], ASGIApp]) -> None:
        self._workspace = workspace
        self._make = make
        self._made: Workspace | None = None
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app in force does."""
        workspace = self._workspace()
        if self._app is None or workspace is not self._made:
            self._app, self._made = self._make(workspace), workspace
        await self._app(scope, receive, send)


def app(
    workspace: Callable[[], Workspace],
    store: Store,
    *,
    front: Front,
    more: Callable[[Workspace], Sequence[BaseRoute]],
    wake: Callable[[], None],
) -> ASGIApp:
    """What is answered over HTTP: ``more`` routes, the readers' pages, output/; ``wake`` has mail answered at once."""
    from pipeline.web.app import create_app  # noqa: PLC0415
    from pipeline.web.pages import Pages  # noqa: PLC0415
    from pipeline.web.published import Published  # noqa: PLC0415
    from pipeline.web.throttle import Throttle  # noqa: PLC0415

    throttle = Throttle(time.monotonic)

    def make(current: Workspace) -> ASGIApp:
        pages = Pages(current.template_folders(), current.facts, root_path=front.root_path)
        has_readers = current.config.site.service is not None
        readers = _readers(current, store, pages, wake, throttle) if has_readers else []
        fronts = [pages.home(language).removeprefix(front.root_path) for language in pages.languages]
        published = Published(current.output, instead=dict.fromkeys(fronts if has_readers else [], "/subscribe"))
        return create_app(pages, [*more(current), *readers], published=published, trust=front.trust)

    return Current(workspace, make)


def _readers(
    workspace: Workspace, store: Store, pages: Pages, wake: Callable[[], None], throttle: Throttle
) -> list[Route]:
    from pipeline.cli.secret import key  # noqa: PLC0415
    from pipeline.web import readers  # noqa: PLC0415
    from pipeline.web.forms import Seals  # noqa: PLC0415
    from pipeline.web.readers.intake import Intake  # noqa: PLC0415

    secret = key(workspace)
    reception = readers.Reception(
        pages=pages,
        topics=workspace.config.topics,
        visitors=store.visitors,
        key=secret,
        clock=now,
        seals=Seals(secret, now),
        intake=Intake(store.visitors.ask, wake),
        throttle=throttle,
        is_open=workspace.config.mail.host is not None,
    )
    return readers.routes(reception)


def answer(
    workspace: Workspace, store: Store, moment: datetime, *, stop: Callable[[], bool] = lambda: False
) -> datetime | None:
    """Send the mails that visitors wait for; answers when to come again, None when nothing waits.

    Raises MailError when the mail server takes nothing now.
    """
    from pipeline import jobs  # noqa: PLC0415
    from pipeline.cli.secret import key  # noqa: PLC0415
    from pipeline.jobs.answering import answer as send  # noqa: PLC0415
    from pipeline.web.readers.answers import Answers  # noqa: PLC0415

    store.visitors.tidy(moment)
    service = workspace.config.site.service
    if not service or not workspace.config.mail.host or store.visitors.next_try() is None:
        return None
    answers = Answers(
        templates=workspace.template_folders(),
        site=workspace.facts,
        topics=workspace.config.topics,
        service=service,
        key=key(workspace),
    )
    message_id = workspace.message_id(store.workspace_id())
    with jobs.job_lock(workspace.var, "answer"):
        done = send(
            store=store,
            session=workspace.session,
            confirm=answers.confirm,
            choices=answers.choices,
            letter=lambda edition: _message(workspace, edition),
            message_id=lambda asking: message_id(f"asked-{asking.at:%Y%m%d%H%M%S}", asking.id),
            now=moment,
            stop=stop,
        )
    if done.sent or done.put_off or done.refused:
        log(f"Mail to visitors: {done.sent} sent, {done.put_off} put off, {done.refused} refused.")
    if done.stopped is not None:
        raise done.stopped
    return store.visitors.next_try()


def _message(workspace: Workspace, edition: Edition) -> Letter:
    """A mail to a visitor: no letter of the list, so there is nothing to leave by it."""
    from pipeline.mail import Mailbox, compose  # noqa: PLC0415

    answers = workspace.config.mail.reply_to
    return compose(
        subject=edition.subject,
        html=edition.html,
        text=edition.text,
        language=edition.language,
        sender=workspace.sender,
        reply_to=Mailbox(answers.name, answers.address) if answers else None,
    )
