"""Every page of the desk with its addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from pipeline.web.desk.bureau import DESK, NotAdmitted
from pipeline.web.desk.deciding import Deciding
from pipeline.web.desk.door import KEY, Door
from pipeline.web.desk.table import Table
from pipeline.web.languages import negotiated
from pipeline.web.routing import route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from pipeline.web.desk.bureau import Bureau


def routes(bureau: Bureau) -> list[Route]:
    """Return the routes, in the order in which they are tried."""
    door, table = Door(bureau), Table(bureau)
    deciding = Deciding(bureau, table)
    pages: dict[str, dict[str, Callable[[Request], Awaitable[Response]]]] = {
        "": {"GET": table.all},
        "/door": {"GET": door.look, "POST": door.knock},
        "/link": {"POST": door.ask},
        "/in/{token}": {"GET": door.greet, "POST": door.enter},
        "/out": {"POST": door.leave},
        "/{key}": {"GET": table.one, "POST": table.change},
        "/{key}/preview/{edition}": {"GET": table.preview},
        "/{key}/test": {"POST": deciding.test},
        "/{key}/approve": {"GET": deciding.ask, "POST": deciding.approve},
    }
    found = [
        route(
            f"/{language}{DESK}{path}",
            {method: _admitting(door, endpoint) for method, endpoint in endpoints.items()},
        )
        for path, endpoints in pages.items()
        for language in bureau.languages
    ]
    found.append(Route(DESK, _to_own_language(bureau)))
    return [*found, *(Route(path, endpoint) for path, endpoint in bureau.pages.assets().items())]


def _admitting(
    door: Door, endpoint: Callable[[Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Lead to the door whoever is not signed in."""

    async def answer(request: Request) -> Response:
        if not KEY.fullmatch(request.path_params.get("key", "2026-11")):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        try:
            return await endpoint(request)
        except NotAdmitted:
            return await door.refuse(request)

    return answer


def _to_own_language(bureau: Bureau) -> Callable[[Request], Response]:
    def redirect(request: Request) -> Response:
        language = negotiated(request.headers.get("accept-language", ""), bureau.languages)
        return RedirectResponse(bureau.path(request, language=language), 302, {"Vary": "Accept-Language"})

    return redirect
