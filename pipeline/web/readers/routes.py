"""Every readers' page with its addresses, and the short ones that send a visitor to their own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pipeline.web.languages import negotiated
from pipeline.web.readers import choosing, joining, leaving
from pipeline.web.readers.paths import LEAVE, PATHS, path
from pipeline.web.routing import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.web.readers.reception import Reception

_SHORT = ("subscribe", "preferences")


def routes(reception: Reception) -> list[Route]:
    """Return the routes, in the order in which they are tried."""
    pages = {**joining.pages(reception), **choosing.pages(reception), **leaving.pages(reception)}
    found = [
        route(path(page, language, token="{token}"), pages[page])  # noqa: S106  # a place in a path
        for page in PATHS
        for language in reception.languages
    ]
    found += [Route(f"/{page}", _to_own_language(reception, page)) for page in _SHORT]
    return [*found, route(LEAVE, pages["leave"])]


def _to_own_language(reception: Reception, page: str) -> Callable[[Request], Response]:
    def redirect(request: Request) -> Response:
        language = negotiated(request.headers.get("accept-language", ""), reception.languages)
        there = reception.pages.root_path + path(page, language)
        return RedirectResponse(there, 302, {"Vary": "Accept-Language"})

    return redirect
