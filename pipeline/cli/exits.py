"""Exit codes: what a script may rely on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The codes of every command; the heavier one counts when several apply: 1, then 3, then 2."""

    DONE = 0
    MEND = 1
    SOURCES_FAILED = 2
    OWED = 3
    USAGE = 64
    BUSY = 75
    INTERRUPTED = 130


def heaviest(*codes: Exit) -> Exit:
    """The one that counts."""
    order = (Exit.MEND, Exit.OWED, Exit.SOURCES_FAILED)
    return next((code for code in order if code in codes), Exit.DONE)
