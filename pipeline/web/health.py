"""/healthz and /readyz: whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pipeline.errors import DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

Check: TypeAlias = "Callable[[], str | None]"
"""Answers what is wrong in words, or None; may take its time, and may raise a DigikoosteError."""

PATIENCE = 5.0
"""Seconds that all checks together may take."""
_HEADERS = {"Cache-Control": "no-store"}


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """Both addresses; /readyz asks every one of ``checks``, by name."""

    async def healthz(_request: Request) -> PlainTextResponse:
        """The process lives: it answers."""
        return PlainTextResponse("ok\n", headers=_HEADERS)

    async def readyz(_request: Request) -> PlainTextResponse:
        """It can work: 200, or 503 with a line for each thing that is wrong."""
        answers = await asyncio.gather(*(_asked(check) for check in checks.values()))
        wrong = [f"{name}: {answer}" for name, answer in zip(checks, answers, strict=True) if answer]
        status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
        return PlainTextResponse("\n".join(wrong or ["ready"]) + "\n", status_code=status, headers=_HEADERS)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _asked(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(asyncio.to_thread(check), PATIENCE)
    except TimeoutError:
        return f"no answer within {PATIENCE:.0f} s."
    except DigikoosteError as error:
        return str(error)
