"""Every page of the desk with its addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from pipeline.web.desk.bureau import DESK, NotAdmitted
from pipeline.web.desk.deciding import Deciding
from pipeline.web.desk.door import KEY, Door
from pipeline.web.desk.table import Table
from pipeline.web.languages import negotiated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.web.desk.bureau import Bureau


def routes(bureau: Bureau) -> list[Route]:
    """Return the routes, in the order in which they are tried."""
    door, table = Door(bureau), Table(bureau)
    deciding = Deciding(bureau, table)
    pages: tuple[tuple[str, str, Callable[[Request], Awaitable[Response]]], ...] = (
        ("GET", "", table.all),
        ("GET", "/door", door.look),
        ("POST", "/door", door.knock),
        ("POST", "/link", door.ask),
        ("GET", "/in/{token}", door.greet),
        ("POST", "/in/{token}", door.enter),
        ("POST", "/out", door.leave),
        ("GET", "/{key}", table.one),
        ("POST", "/{key}", table.change),
        ("GET", "/{key}/preview/{edition}", table.preview),
        ("POST", "/{key}/test", deciding.test),
        ("GET", "/{key}/approve", deciding.ask),
        ("POST", "/{key}/approve", deciding.approve),
    )
    found = [
        Route(f"/{language}{DESK}{path}", _admitting(bureau, endpoint), methods=[method])
        for method, path, endpoint in pages
        for language in bureau.languages
    ]
    found.append(Route(DESK, _to_own_language(bureau)))
    return [*found, *(Route(path, endpoint) for path, endpoint in bureau.pages.assets().items())]


def _admitting(
    bureau: Bureau, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Lead to the door whoever is not signed in."""

    async def answer(request: Request) -> Response:
        if not KEY.fullmatch(request.path_params.get("key", "2026-11")):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            return await endpoint(request)
        except NotAdmitted:
            there = bureau.path(request, "/door") + "?" + urlencode({"to": request.path_params.get("key", "")})
            return RedirectResponse(there, HTTPStatus.SEE_OTHER)

    return answer


def _to_own_language(bureau: Bureau) -> Callable[[Request], Response]:
    def redirect(request: Request) -> Response:
        language = negotiated(request.headers.get("accept-language", ""), bureau.languages)
        return RedirectResponse(bureau.path(request, language=language), 302, {"Vary": "Accept-Language"})

    return redirect
