"""One route for each address, whatever its methods: so a refusal names all that are taken (RFC 9110, 15.5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response


def route(path: str, endpoints: Mapping[str, Callable[[Request], Awaitable[Response]]]) -> Route:
    """Return the route of a path; HEAD is answered wherever GET is."""

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await endpoints[method](request)

    return Route(path, answer, methods=list(endpoints))
