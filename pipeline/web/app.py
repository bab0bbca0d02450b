"""The application: every room's routes, what stands round them, and the published folder behind them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from pipeline.web.errors import handlers
from pipeline.web.guard import Guarded, proxied
from pipeline.web.published import Fronted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from pipeline.web.pages import Pages
    from pipeline.web.published import Published


_ICON = "/favicon.ico"


def create_app(
    pages: Pages,
    routes: Sequence[BaseRoute],
    *,
    published: Published | None = None,
    trust: Sequence[str] = (),
) -> ASGIApp:
    """Return the app of one workspace.

    ``pages`` draws the errors and says where the app is mounted; ``routes`` are tried in their order, then
    ``published`` answers, which serves output/. ``trust`` are the addresses or networks of proxies whose
    X-Forwarded-For and -Proto count.
    """
    assets = [Route(path, endpoint) for path, endpoint in pages.assets().items()]
    app = Starlette(
        routes=[*assets, Route(_ICON, _no_icon), *routes],
        exception_handlers=handlers(pages),
    )
    app.router.redirect_slashes = False  # it would redirect to whatever the Host header names
    whole: ASGIApp = Guarded(app)
    if published is not None:
        app.router.default = published
        whole = Fronted(published, whole)
    return proxied(whole, root_path=pages.root_path, trust=trust)


def _no_icon(_request: Request) -> Response:
    """Browsers ask for it on every page; there is none, which is no fault."""
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "public, max-age=86400"})
