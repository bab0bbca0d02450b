"""The desk's door: a link that works once, or the operator's password; and the way out."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from pipeline import tokens
from pipeline.errors import DigikoosteError, TokenError
from pipeline.web import forms
from pipeline.web.desk.bureau import OPERATOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.web.desk.bureau import Bureau

_LOG = logging.getLogger(__name__)
LINK_WITHIN = timedelta(days=3)
KEY = re.compile(r"\d{4}(?:-W\d{2}|-\d{2}(?:-\d{2})?)", re.ASCII)
"""The names of digests."""
MOST_BYTES = 160 * 2**10
"""Of a form: three notes of the greatest length, were every character percent-encoded."""
_WRITTEN = re.compile(r"note-[a-z]{2}|title|reason")
LATER = (0.5, 3.0)
"""Seconds after which a link that was asked for is written down, at least and at most."""
_LONGEST_WORD = 1024


class Door:
    """What answers at the door."""

    def __init__(self, bureau: Bureau) -> None:
        self._here = bureau
        self._asking: set[asyncio.Task[None]] = set()

    async def look(self, request: Request) -> Response:
        """The password's form, and the one that asks for a link."""
        if await self._here.session(request) is not None:
            return self._here.go(request)
        return self._form(request)

    async def refuse(self, request: Request) -> Response:
        """Lead to the door whoever is not signed in; what they wrote while their session ended is shown to copy."""
        here, key = self._here, request.path_params.get("key", "")
        if request.method == "POST":
            forms.refuse_foreign(request)
            form = await forms.read(request, most=MOST_BYTES)
            written = [value for name, value in form.fields if _WRITTEN.fullmatch(name) and value.strip()]
            if written:
                return self._form(request, to=key, written=written, status=HTTPStatus.FORBIDDEN)
        return RedirectResponse(here.path(request, "/door") + "?" + urlencode({"to": key}), HTTPStatus.SEE_OTHER)

    async def knock(self, request: Request) -> Response:
        """Let the operator in by the password."""
        here, form = self._here, await forms.read(request)
        here.seals.check(request, form, "password")
        here.throttled(request)
        word = form.one("password")
        if here.password is None or not 0 < len(word) <= _LONGEST_WORD:
            return self._form(request, to=form.one("to"), wrong=True)
        if not await run_in_threadpool(here.password, word):
            return self._form(request, to=form.one("to"), wrong=True)
        return await self._enter(request, OPERATOR, form.one("to"))

    async def ask(self, request: Request) -> Response:
        """Have a link mailed, and answer the same to everybody; the rest is done when they have had their answer."""
        here, form = self._here, await forms.read(request)
        here.seals.check(request, form, "ask")
        here.throttled(request)
        asking = asyncio.create_task(self._later(form.one("address")))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        return self._form(request, asked=True)

    async def _later(self, said: str) -> None:
        """Do it at a moment that nobody knows, so that neither this answer nor the next tells by its time."""
        await asyncio.sleep(secrets.SystemRandom().uniform(*LATER))
        await run_in_threadpool(self._ask, said)

    def _ask(self, said: str) -> None:
        try:
            for editor in self._here.editors:
                if editor.casefold() == said.strip().casefold():
                    self._here.ask_link(editor)
        except DigikoosteError as error:
            _LOG.error("A link to the desk could not be asked for: %s", error)  # a sentence, no fault

    async def greet(self, request: Request) -> Response:
        """A link was opened: a button signs in, because scanners open links, too."""
        here = self._here
        found = await self._bearer(request)
        if found is None:
            if await here.session(request) is not None:
                return here.go(request)
            return self._form(request, used=True, status=HTTPStatus.GONE)
        who, _ = found
        token = request.path_params["token"]
        return here.show(request, "greeting.html", f"/in/{token}", session=None, name=who)

    async def enter(self, request: Request) -> Response:
        """Sign the bearer of a link in, once."""
        here, form = self._here, await forms.read(request)
        here.seals.check(request, form, "enter")
        here.throttled(request)
        found = await self._bearer(request)
        if found is None or not await run_in_threadpool(
            here.store.sessions.spend, request.path_params["token"], now=here.clock()
        ):
            return self._form(request, used=True, status=HTTPStatus.GONE)
        return await self._enter(request, *found)

    async def leave(self, request: Request) -> Response:
        """Sign out: the session ends here, not only in the browser."""
        here = self._here
        await here.posted(request, "leave")
        await run_in_threadpool(here.store.sessions.end, request.cookies[here.cookie])
        response = here.go(request, "/door")
        response.delete_cookie(here.cookie, path="/", secure=here.is_secure, httponly=True, samesite="strict")
        return response

    async def _bearer(self, request: Request) -> tuple[str, str] | None:
        """Return the editor of a link that was not used yet, and the digest that it is about; None for any other."""
        here, token = self._here, request.path_params["token"]
        try:
            (who, key, _), _ = tokens.opened(here.key, tokens.Purpose.DESK, token, here.clock(), within=LINK_WITHIN)
        except (TokenError, ValueError, TypeError):
            return None
        if not here.may_enter(who) or await run_in_threadpool(here.store.sessions.is_spent, token):
            return None
        return who, key

    async def _enter(self, request: Request, who: str, key: str) -> Response:
        """Begin a new session, whatever the browser held before: nobody can have fixed it."""
        here = self._here
        if before := request.cookies.get(here.cookie):
            await run_in_threadpool(here.store.sessions.end, before)
        token = await run_in_threadpool(here.store.sessions.begin, who, now=here.clock())
        response = here.go(request, f"/{key}" if KEY.fullmatch(key) else "")
        response.set_cookie(here.cookie, token, path="/", secure=here.is_secure, httponly=True, samesite="strict")
        return response

    def _form(
        self,
        request: Request,
        *,
        to: str = "",
        wrong: bool = False,
        asked: bool = False,
        used: bool = False,
        written: Sequence[str] = (),
        status: int = HTTPStatus.OK,
    ) -> Response:
        to = to or request.query_params.get("to", "")
        return self._here.show(
            request,
            "door.html",
            "/door",
            session=None,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status,
            has_password=self._here.password is not None,
            has_editors=bool(self._here.editors),
            wrong=wrong,
            asked=asked,
            used=used,
            written=written,
            to=to if KEY.fullmatch(to) else "",
        )
