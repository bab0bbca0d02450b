"""Deciding: a test to oneself, and approval, which asks once more."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pipeline.digest import drafting
from pipeline.errors import BusyError, DraftChanged, DraftError, LintError, MailError
from pipeline.render.renderer import NAMES
from pipeline.store.drafts import Hand
from pipeline.web.desk.table import seen_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.store.drafts import OpenDraft
    from pipeline.web.desk.bureau import Bureau
    from pipeline.web.desk.table import Table

_TRIES = 20
_PAUSE = 0.25
"""Seconds between two tries while another process composes."""


class Deciding:
    """What lets a letter go."""

    def __init__(self, bureau: Bureau, table: Table) -> None:
        self._here = bureau
        self._table = table

    async def ask(self, request: Request) -> Response:
        """Show what would leave, and ask once more."""
        here = self._here
        session = await here.admitted(request)
        kept = await self._load(request)
        if kept is None:
            return await self._table.ended(request, session, request.path_params["key"])
        editions = [await run_in_threadpool(here.preview, kept, language) for language in here.languages]
        recipients = await run_in_threadpool(here.store.counts)
        return here.show(
            request,
            "approve.html",
            f"/{kept.key}/approve",
            session=session,
            **self._table.line(request, kept),
            seen=kept.number,
            subjects=[
                {"language": one.language, "name": NAMES[one.language], "subject": one.subject} for one in editions
            ],
            recipients=recipients.recipients.get("active", 0),
        )

    async def approve(self, request: Request) -> Response:
        """Freeze exactly the revision that was looked at."""
        here = self._here
        session, form = await here.posted(request, "approve")
        key, hand = request.path_params["key"], Hand(who=session.who, way="desk")
        for _ in range(_TRIES):
            try:
                await run_in_threadpool(here.approve, key, seen_of(form), hand)
            except BusyError:
                await asyncio.sleep(_PAUSE)
            except DraftChanged as error:
                return await self._table.conflict(request, session, form, error)
            except LintError as error:
                return await self._again(request, "broken", sentence=str(error))
            except DraftError:
                return await self._again(request, "empty")
            else:
                return here.go(request, f"/{key}?done=approved")
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})

    async def test(self, request: Request) -> Response:
        """Mail one edition of the draft to whoever asks, and to nobody else."""
        here = self._here
        session, form = await here.posted(request, "test")
        language, address = form.one("language"), here.mailbox(session.who)
        kept = await self._load(request)
        if language not in here.languages or not address:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        if kept is None:
            return await self._table.ended(request, session, request.path_params["key"])
        here.throttled(request)
        try:
            await run_in_threadpool(here.test, kept, language, address)
        except (MailError, LintError) as error:
            return await self._again(request, "untested", sentence=str(error))
        return here.go(request, f"/{kept.key}?done=tested")

    async def _load(self, request: Request) -> OpenDraft | None:
        try:
            return await run_in_threadpool(self._here.store.drafts.load, request.path_params["key"])
        except DraftError:
            return None

    async def _again(self, request: Request, trouble: str, *, sentence: str = "") -> Response:
        session, kept = await self._here.admitted(request), await self._load(request)
        if kept is None:
            return await self._table.ended(request, session, request.path_params["key"])
        is_empty = not drafting.edited(kept.draft).picks
        return await self._table.drawn(
            request,
            session,
            kept,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            trouble="empty" if is_empty else trouble,
            sentence=sentence,
        )
