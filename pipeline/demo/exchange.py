"""What a local double is asked and what it answers: one HTTP request, one response, and the record of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

HTML = "text/html; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
XML = "text/xml; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as a site gets it; ``target`` is path and query, header names are lower-case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return urlsplit(self.target).path

    def parameter(self, name: str) -> str:
        """Return the first value of a query parameter, or ''."""
        return parse_qs(urlsplit(self.target).query).get(name, [""])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer; Content-Length, Date, Server and any gzip coding are the proxy's duty."""

    status: int = 200
    content_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The record of one request; ``path`` is the target with its query, header names are lower-case.

    A CONNECT to a host that is no double is recorded too (method CONNECT, path ``host:port``, status 403).
    """

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    status: int


Site: TypeAlias = Callable[[Request], Response]
"""What stands behind a host name: a function, called from several threads at once."""


def html(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page."""
    return Response(status=status, body=text.encode(), headers=headers or {})


def json_answer(value: object, *, status: int = 200) -> Response:
    """Return a JSON answer of an API."""
    return Response(status=status, content_type=JSON, body=json.dumps(value, ensure_ascii=False).encode())


def conditional(request: Request, response: Response) -> Response:
    """Return ``response`` with an entity tag of its body, or 304 where the request already holds that body.

    The tag is weak, for the proxy may gzip the body; If-None-Match compares weakly (RFC 9110, 8.8.3.2 and 13.1.2).
    """
    opaque = f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'
    headers = {**response.headers, "ETag": f"W/{opaque}"}
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if request.method in {"GET", "HEAD"} and held & {opaque, "*"}:
        return replace(response, status=304, headers=headers, body=b"")
    return replace(response, headers=headers)
