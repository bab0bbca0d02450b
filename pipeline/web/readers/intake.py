"""What visitors ask for, written down before they are answered: many in one transaction, and no more than can wait."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.store import Asking

MOST_AT_ONCE = 500
"""Visitors who wait for the disk."""


class Intake:
    """Keeps askings durably; everybody waits for the same thing, whoever they are and whether we know them.

    ``keep`` writes them (False: too many wait already), ``wake`` tells whoever answers them.
    """

    def __init__(self, keep: Callable[[Sequence[Asking]], bool], wake: Callable[[], None]) -> None:
        self._keep = keep
        self._wake = wake
        self._waiting: list[tuple[Asking, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, asking: Asking) -> None:
        """Return once it is written; raises HTTPException 503 when too many wait, or what kept it from that."""
        if len(self._waiting) >= MOST_AT_ONCE:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((asking, kept))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        if not await kept:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)

    async def _write(self) -> None:
        """Write what waits, and what has come meanwhile, until nothing waits."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write_down(batch)
        finally:
            self._writing = None

    async def _write_down(self, batch: Sequence[tuple[Asking, asyncio.Future[bool]]]) -> None:
        try:
            is_kept = await run_in_threadpool(self._keep, [asking for asking, _ in batch])
        except Exception as error:  # noqa: BLE001  # raised to each who waits: nobody waits for ever
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(error)
            return
        for _, kept in batch:
            if not kept.done():  # a visitor may have gone
                kept.set_result(is_kept)
        if is_kept:
            self._wake()
