"""Forms: read within bounds, and only from pages of ours."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException

from pipeline import tokens
from pipeline.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import Request

MOST_BYTES = 16 * 2**10
MOST_FIELDS = 100
SECONDS = 15.0
"""Within which a form has to be here; who types slowly sends it at once none the less."""
TOKEN = "form"  # noqa: S105  # the field's name
_KIND = "application/x-www-form-urlencoded"
_ELSEWHERE = {"cross-site", "same-site"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a visitor sent, each field as often as it was there."""

    fields: tuple[tuple[str, str], ...]

    def one(self, name: str) -> str:
        """Return a field's first value, '' without one."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return tuple(value for key, value in self.fields if key == name)


@dataclass(frozen=True, slots=True)
class Seals:
    """Makes and checks the hidden field that shows that a form was drawn here, lately, for one purpose.

    ``bound`` ties it to whom it was drawn for: a session, a recipient. It is good for six hours.
    """

    key: bytes
    clock: Callable[[], datetime]

    def seal(self, purpose: str, *, bound: str = "") -> str:
        """Return the value of the field ``form``."""
        return tokens.issued(self.key, tokens.Purpose.FORM, purpose, self.clock(), bound=bound)

    def check(self, request: Request, form: Form, purpose: str, *, bound: str = "") -> None:
        """Raise HTTPException 403 unless the form is ours: by its seal, and by where the browser says it comes from."""
        refuse_foreign(request)
        try:
            sealed, _ = tokens.opened(
                self.key,
                tokens.Purpose.FORM,
                form.one(TOKEN),
                self.clock(),
                within=tokens.FORM_WITHIN,
                bound=bound,
            )
        except TokenError as error:
            raise HTTPException(HTTPStatus.FORBIDDEN) from error
        if sealed != purpose:
            raise HTTPException(HTTPStatus.FORBIDDEN)


def refuse_foreign(request: Request) -> None:
    """Raise HTTPException 403 for a form that a browser sends from another site's page.

    Browsers that do not say so are let through: the seal decides.
    """
    said = request.headers.get("sec-fetch-site", "")
    if said in _ELSEWHERE:
        raise HTTPException(HTTPStatus.FORBIDDEN)
    origin = request.headers.get("origin")
    if said or origin is None:
        return
    if origin == "null" or urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise HTTPException(HTTPStatus.FORBIDDEN)


async def read(request: Request, *, most: int = MOST_BYTES) -> Form:
    """Return the form of a request: ``application/x-www-form-urlencoded`` in UTF-8.

    Raises HTTPException: 413 beyond ``most`` bytes or 100 fields, 408 when it takes longer than 15 seconds,
    400 for anything else.
    """
    if request.headers.get("content-type", _KIND).partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
    except TimeoutError as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, headers={"Connection": "close"}) from error
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    return Form(tuple(fields))
