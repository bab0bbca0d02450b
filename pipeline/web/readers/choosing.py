"""Choosing: a link by mail to whoever gets the letter, and behind it language and topics."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from pipeline import tokens
from pipeline.model import RecipientState
from pipeline.store import Asking, Kind
from pipeline.web import forms
from pipeline.web.readers.paths import path
from pipeline.web.readers.reception import address_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.web.readers.reception import Reception

_PURPOSE = "preferences"
_SHOWN = 254
"""Characters of what was typed that the form shows again."""


def pages(reception: Reception) -> Mapping[str, Mapping[str, Callable[[Request], Awaitable[Response]]]]:
    """Return what answers at each page, by method."""
    choosing = _Choosing(reception)
    return {
        "preferences": {"GET": choosing.form, "POST": choosing.ask},
        "sent": {"GET": choosing.sent},
        "edit": {"GET": choosing.look, "POST": choosing.choose},
        "instead": {"POST": choosing.instead},
    }


class _Choosing:
    def __init__(self, reception: Reception) -> None:
        self._here = reception

    async def form(self, request: Request) -> Response:
        """Ask for the address."""
        return self._form(request)

    async def ask(self, request: Request) -> Response:
        """Write the request down, and answer the same to everybody."""
        here, form = self._here, await forms.read(request)
        here.seals.check(request, form, _PURPOSE)
        address = address_in(form)
        if address is None:
            return self._form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        here.admit(request)
        await self._take(address, here.pages.language(request))
        return here.go(request, "sent")

    async def instead(self, request: Request) -> Response:
        """Send the link to whom a letter's own way out belongs, for those who want less, not nothing."""
        leaver = await run_in_threadpool(self._here.leaver, request.path_params["token"])
        self._here.admit(request)
        await self._take(leaver.address, self._here.pages.language(request))
        return self._here.go(request, "sent")

    async def sent(self, request: Request) -> Response:
        """What happens next."""
        return self._here.show(request, "web/sent.html", "sent")

    async def look(self, request: Request) -> Response:
        """What somebody has chosen so far."""
        here, token = self._here, request.path_params["token"]
        reader = await run_in_threadpool(here.editor, token)
        language = here.pages.language(request)
        return here.show(
            request,
            "web/edit.html",
            "edit",
            address=reader.address,
            is_in=reader.state is RecipientState.ACTIVE,
            is_saved="saved" in request.query_params,
            choices=here.choices(language, reader.language, reader.topics),
            leave=here.pages.root_path
            + path("leave", language, token=tokens.leave(here.key, reader.id, reader.address)),
        )

    async def choose(self, request: Request) -> Response:
        """Keep it; the next letter follows it."""
        here, token = self._here, request.path_params["token"]
        reader = await run_in_threadpool(here.editor, token)
        form = await forms.read(request)
        language, topics = here.language_of(form, request), here.topics_of(form)
        await run_in_threadpool(here.visitors.choose, reader.id, language=language, topics=topics, now=here.clock())
        return here.go(request, "edit", token=token, query="saved")

    async def _take(self, address: str, language: str) -> None:
        here = self._here
        await here.intake.take(
            Asking(
                kind=Kind.EDIT,
                who=tokens.who(here.key, address),
                address=address,
                language=language,
                topics=None,
                at=here.clock(),
            )
        )

    def _form(self, request: Request, form: forms.Form | None = None, *, status: int = HTTPStatus.OK) -> Response:
        return self._here.show(
            request,
            "web/preferences.html",
            "preferences",
            status=status,
            is_open=self._here.is_open,
            seal=self._here.seals.seal(_PURPOSE),
            address=form.one("address")[:_SHOWN] if form else "",
            is_wrong=form is not None,
        )
