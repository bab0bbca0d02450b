"""Leaving: one button, or a mail program's POST (RFC 8058); opening the page changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from pipeline import tokens
from pipeline.model import RecipientState
from pipeline.web.readers.paths import path, paths

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.model import Recipient
    from pipeline.web.readers.reception import Reception


def pages(reception: Reception) -> Mapping[str, Mapping[str, Callable[[Request], Awaitable[Response]]]]:
    """Return what answers at each page, by method."""
    leaving = _Leaving(reception)
    return {"leave": {"GET": leaving.look, "POST": leaving.leave}}


class _Leaving:
    def __init__(self, reception: Reception) -> None:
        self._here = reception

    async def look(self, request: Request) -> Response:
        """The button; scanners and previews open links, and unsubscribe nobody by that."""
        if self._is_trial(request):
            return self._here.pages.response(request, "web/trial.html")
        reader = await run_in_threadpool(self._here.leaver, request.path_params["token"])
        return self._page(request, reader, has_left=reader.state is RecipientState.LEFT)

    async def leave(self, request: Request) -> Response:
        """End it, whatever the request's body says, and answer without a redirect, as RFC 8058 (3.2) asks."""
        here = self._here
        if self._is_trial(request):
            return here.pages.response(request, "web/trial.html")
        reader = await run_in_threadpool(here.leaver, request.path_params["token"])
        await run_in_threadpool(here.visitors.leave, reader.id, now=here.clock())
        return self._page(request, reader, has_left=True)

    def _is_trial(self, request: Request) -> bool:
        """Whether the link stood in a letter that `send-test` sent: its reader is no recipient."""
        return bool(request.path_params["token"] == tokens.leave(self._here.key, 0, ""))

    def _page(self, request: Request, reader: Recipient, *, has_left: bool) -> Response:
        """The page in the language of its address; where that says none, in the reader's."""
        pages, token = self._here.pages, request.path_params["token"]
        said = request.scope["path"].removeprefix(pages.root_path).split("/")[1]
        own = reader.language if reader.language in pages.languages else pages.languages[0]
        language = said if said in pages.languages else own
        addresses = paths("leave", pages.languages, token=token)
        return pages.response(
            request,
            "web/leave.html",
            language=language,
            addresses=addresses,
            here=pages.root_path + addresses[language],
            links={name: pages.root_path + path(name, language) for name in ("subscribe", "preferences")},
            instead=pages.root_path + path("instead", language, token=token),
            address=reader.address,
            has_left=has_left,
            is_in=reader.state is RecipientState.ACTIVE,
        )
