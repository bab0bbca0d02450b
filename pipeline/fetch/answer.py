"""What an exchange with a server amounts to: an answer, a hop to follow, or one sentence about what went wrong."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import FetchCode, FetchError
from pipeline.fetch import NotModified, Response, coding, headers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.fetch import Request
    from pipeline.model import Validators

PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = frozenset({200, 203})
_NOT_MODIFIED = 304
_UNAVAILABLE = 503
_SERVER_ERRORS = range(500, 600)

_STATUS = {
    401: (FetchCode.REFUSED, "wants a login (401)"),
    403: (FetchCode.REFUSED, "refuses us (403); ask its keeper to let this reader in, or write another user_agent"),
    404: (FetchCode.NOT_FOUND, "was not found (404); check the address"),
    410: (FetchCode.GONE, "is gone for good (410); remove it, or write its new address"),
    429: (FetchCode.RATE_LIMITED, "asks us to come less often (429)"),
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, before anybody judged it. ``body`` is as it was sent, still coded."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


def location(exchange: Exchange) -> str | None:
    """Return where a redirect leads, as it was sent, or None if this is no redirect (RFC 9110, 15.4)."""
    if exchange.status not in _REDIRECTS:
        return None
    value = exchange.headers.get("location")
    if value is None or value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()  # most that are not ASCII are UTF-8
    except UnicodeDecodeError:
        return value


def judge(
    request: Request,
    exchange: Exchange,
    *,
    kept: Validators | None,
    moved_to: str | None,
    now: datetime | None,
) -> Response | NotModified:
    """Return the answer that the last exchange of a request gives, or raise FetchError.

    ``kept`` are the validators that were sent; ``now`` is the clock for servers that tell no time.
    """
    if exchange.status == _NOT_MODIFIED and kept is not None:
        return NotModified(
            request=request.url,
            url=exchange.url,
            validators=headers.validators(exchange.headers, kept),
            fresh_for=headers.fresh_for(exchange.headers, now),
            moved_to=moved_to,
        )
    if exchange.status not in _OK:
        raise _unusable(request, exchange, now)
    body = _decoded(request, exchange)
    return Response(
        request=request.url,
        url=exchange.url,
        status=exchange.status,
        headers=exchange.headers,
        body=body,
        body_hash=hashlib.sha256(body).hexdigest(),
        validators=headers.validators(exchange.headers),
        fresh_for=headers.fresh_for(exchange.headers, now),
        moved_to=moved_to,
    )


def name_of(outcome: Response | NotModified | FetchError) -> str:
    """Return how a request ended, in one word: ok, not_modified, or a FetchCode."""
    match outcome:
        case Response():
            return "ok"
        case NotModified():
            return "not_modified"
        case FetchError(code=code):
            return code.value


def failure(request: Request, code: FetchCode, what: str, status: int | None = None) -> FetchError:
    """Return the error whose sentence says what happened to this request's URL."""
    return FetchError(code, f"{request.url} {what}.", url=request.url, status=status)


def too_big(request: Request) -> FetchError:
    """Return the error for a body over the cap."""
    return failure(request, FetchCode.TOO_BIG, f"is larger than {request.max_bytes / 2**20:.3g} MB and was not read")


def _decoded(request: Request, exchange: Exchange) -> bytes:
    try:
        body = coding.decode(exchange.body, exchange.headers.get("content-encoding", ""), request.max_bytes)
    except coding.TooBig as error:
        raise too_big(request) from error
    except coding.CutShort as error:
        raise failure(request, FetchCode.EMPTY, "came cut short", exchange.status) from error
    except coding.CodingError as error:
        raise failure(request, FetchCode.PROTOCOL, f"cannot be read: its body {error}", exchange.status) from error
    if not body:
        raise failure(request, FetchCode.EMPTY, "answered with an empty page", exchange.status)
    return body


def _unusable(request: Request, exchange: Exchange, now: datetime | None) -> FetchError:
    status = exchange.status
    wait = headers.retry_after(exchange.headers, now)
    if status == _UNAVAILABLE and wait is not None:
        code, what = FetchCode.RATE_LIMITED, "is busy (503)"
    elif status in _STATUS:
        code, what = _STATUS[status]
    elif status in _SERVER_ERRORS:
        code, what = FetchCode.SERVER, f"has a fault on its server ({status})"
    else:
        code, what = FetchCode.STATUS, f"gave no page, but status {status}"
    if wait is not None:
        what += f" and asks to wait {_duration(wait)}"
    return FetchError(code, f"{request.url} {what}.", url=request.url, status=status, retry_after=wait)


def _duration(seconds: float) -> str:
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"
