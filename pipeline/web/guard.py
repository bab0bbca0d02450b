"""What stands round every page: where the app is mounted, who really asks, what a browser may do with the answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger(__name__)

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""Everything from here or not at all; no script and no style inside a page."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": with that, browsers send "Origin: null" with our own forms (Fetch, 3.2).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Set on every answer that does not say otherwise itself."""


class Guarded:
    """Adds ``HEADERS`` to every answer, and writes a fault of ours into the log, once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001  # one page's fault ends neither the others nor serving
            _LOG.error("A page failed: %s (%s)", scope["method"], type(error).__name__, exc_info=error)


class Mounted:
    """Lets the app live below ``root_path``, whether or not the proxy in front of it takes that off the path."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say in the scope where the app is mounted, as ASGI wants it: the path holds the root path."""
        if scope["type"] == "http":
            path: str = scope["path"]
            below = path if path == self._root or path.startswith(f"{self._root}/") else self._root + path
            scope = {**scope, "root_path": self._root, "path": below}
        await self._app(scope, receive, send)


def proxied(app: ASGIApp, *, root_path: str, trust: Sequence[str]) -> ASGIApp:
    """Return the app behind its proxies; X-Forwarded-For and -Proto count only from the addresses of ``trust``."""
    if root_path:
        app = Mounted(app, root_path)
    return ProxyHeadersMiddleware(app, trusted_hosts=list(trust)) if trust else app  # type: ignore[arg-type,return-value]  # uvicorn has types of its own for the same protocol
