"""Notices on their way to the operator: kept once, said once, and said again when they are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.cli.showing import say
from pipeline.notices import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.store import Store


def hear(store: Store, moment: datetime, code: str, subject: str, **params: str | int) -> None:
    """Keep a notice, and say it when it is news."""
    if store.notices.note(code, subject, params, now=moment):
        say(f"Notice: {subject}: {sentence(code, params)}")


def over(store: Store, moment: datetime, code: str, subject: str) -> None:
    """Close a notice, and say so when it was open."""
    if store.notices.resolve(code, subject, now=moment):
        say(f"Over: {subject} ({code}).")
