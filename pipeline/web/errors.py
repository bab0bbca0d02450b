"""Pages for when something does not work: what happened and what to do, in the visitor's language."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from pipeline.errors import DigikoosteError
from pipeline.web.readers.paths import path

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ExceptionHandler

    from pipeline.web.pages import Pages

_LOG = logging.getLogger(__name__)
_BUSY = {HTTPStatus.SERVICE_UNAVAILABLE: "30"}
"""Seconds after which to come again, where the answer does not say so itself."""


def handlers(pages: Pages) -> dict[type[Exception], ExceptionHandler]:
    """Return what Starlette calls for refusals (HTTPException), for our own errors, and for faults."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code < HTTPStatus.BAD_REQUEST:  # a redirect
            return Response(status_code=error.status_code, headers=error.headers)
        return answer(pages, request, error.status_code, dict(error.headers or {}))

    async def unable(request: Request, error: Exception) -> Response:
        _LOG.error("A page could not be drawn: %s", error)  # not its path, which may hold a person's link
        return answer(pages, request, HTTPStatus.SERVICE_UNAVAILABLE)

    async def failed(request: Request, _error: Exception) -> Response:
        return answer(pages, request, HTTPStatus.INTERNAL_SERVER_ERROR)  # the guard writes it into the log

    return {HTTPException: refused, DigikoosteError: unable, Exception: failed}


def answer(pages: Pages, request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
    """Return the page for a status; in plain words alone where the page itself cannot be drawn."""
    said = dict(headers or {})
    if status in _BUSY:
        said.setdefault("Retry-After", _BUSY[HTTPStatus(status)])
    try:
        language = pages.language(request)
        links = {name: pages.root_path + path(name, language) for name in ("subscribe", "preferences")}
        return pages.response(request, "web/error.html", status=status, headers=said, status_code=status, links=links)
    except DigikoosteError as error:
        _LOG.error("The page for %s cannot be drawn: %s", status, error)
        return PlainTextResponse(HTTPStatus(status).phrase, status, said)
