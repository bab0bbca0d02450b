"""Subscribing: the form, the answer that tells nobody anything, and the confirmation of who reads that mail."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipeline import tokens
from pipeline.store import Asking, Kind
from pipeline.web import forms
from pipeline.web.readers.reception import address_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from starlette.requests import Request

    from pipeline.web.readers.reception import Reception

_PURPOSE = "subscribe"
_SAME = timedelta(minutes=1)
_SHOWN = 254
"""Characters of what was typed that the form shows again."""


def pages(reception: Reception) -> Mapping[str, Mapping[str, Callable[[Request], Awaitable[Response]]]]:
    """Return what answers at each page, by method."""
    joining = _Joining(reception)
    return {
        "subscribe": {"GET": joining.form, "POST": joining.ask},
        "asked": {"GET": joining.asked},
        "confirm": {"GET": joining.look, "POST": joining.confirm},
        "welcome": {"GET": joining.welcome},
    }


class _Joining:
    def __init__(self, reception: Reception) -> None:
        self._here = reception
        self._blank: dict[str, tuple[datetime, Response]] = {}

    async def form(self, request: Request) -> Response:
        """The empty form: one for everybody who comes in the same minute, for it tells nobody apart."""
        now, language = self._here.clock(), self._here.pages.language(request)
        drawn, page = self._blank.get(language, (now - _SAME, None))
        if page is None or not timedelta() <= now - drawn < _SAME:
            page = self._form(request)
            self._blank[language] = now, page
        return Response(page.body, headers=dict(page.headers))

    async def ask(self, request: Request) -> Response:
        """Write the request down, and answer the same to everybody; the rest is done when they have their answer."""
        here, form = self._here, await forms.read(request)
        here.seals.check(request, form, _PURPOSE)
        address = address_in(form)
        if address is None:
            return self._form(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        here.admit(request)
        await here.intake.take(
            Asking(
                kind=Kind.JOIN,
                who=tokens.who(here.key, address),
                address=address,
                language=here.language_of(form, request),
                topics=here.topics_of(form),
                at=here.clock(),
            )
        )
        return here.go(request, "asked")

    async def asked(self, request: Request) -> Response:
        """What happens next."""
        return self._here.show(request, "web/asked.html", "asked")

    async def look(self, request: Request) -> Response:
        """What is to be confirmed, with a button: opening a link confirms nothing, because scanners open links."""
        address, language, topics, _ = self._here.confirmed(request.path_params["token"])
        page = self._here.pages.language(request)
        return self._here.show(
            request,
            "web/confirm.html",
            "confirm",
            address=address,
            letter_language=language,
            topics=self._here.topic_names(page, topics),
        )

    async def confirm(self, request: Request) -> Response:
        """Let them in."""
        here = self._here
        address, language, topics, made = here.confirmed(request.path_params["token"])
        joined = await run_in_threadpool(
            here.visitors.join, address, language=language, topics=topics, asked=made, now=here.clock()
        )
        if joined is None:
            raise HTTPException(HTTPStatus.GONE)
        return here.go(request, "welcome")

    async def welcome(self, request: Request) -> Response:
        """They are in."""
        return self._here.show(request, "web/welcome.html", "welcome")

    def _form(self, request: Request, form: forms.Form | None = None, *, status: int = HTTPStatus.OK) -> Response:
        here = self._here
        page = here.pages.language(request)
        language, topics = (here.language_of(form, request), here.topics_of(form)) if form else (page, None)
        return here.show(
            request,
            "web/subscribe.html",
            "subscribe",
            status=status,
            is_open=here.is_open,
            seal=here.seals.seal(_PURPOSE),
            address=form.one("address")[:_SHOWN] if form else "",
            is_wrong=form is not None,
            choices=here.choices(page, language, topics),
        )
