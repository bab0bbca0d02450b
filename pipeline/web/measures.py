"""/metrics, on a listener of its own: what Prometheus scrapes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp


def app(expose: Callable[[str], tuple[bytes, str]]) -> ASGIApp:
    """Answer /metrics with what ``expose`` gives for an Accept header; one scrape at a time."""
    turn = asyncio.Lock()

    async def metrics(request: Request) -> Response:
        async with turn:
            body, content_type = await asyncio.to_thread(expose, request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return Starlette(routes=[Route("/metrics", metrics)])
