"""What is wrong with the installation: one small function a check, and each says how to mend what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Diagnosis", "State", "good", "mend", "skipped", "warning"]


class State(StrEnum):
    """How a check ended; only MEND keeps letters from going out, or soon will."""

    GOOD = "good"
    WARNING = "warning"
    MEND = "mend"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What one check found, and what to do about it: '' where there is nothing to do."""

    state: State
    found: str
    remedy: str = ""


def good(found: str) -> Diagnosis:
    """All is well."""
    return Diagnosis(state=State.GOOD, found=found)


def warning(found: str, remedy: str) -> Diagnosis:
    """It works, but not for ever, or not as well as it could."""
    return Diagnosis(state=State.WARNING, found=found, remedy=remedy)


def mend(found: str, remedy: str) -> Diagnosis:
    """It does not work, or tells secrets."""
    return Diagnosis(state=State.MEND, found=found, remedy=remedy)


def skipped(found: str) -> Diagnosis:
    """Not looked at, and why."""
    return Diagnosis(state=State.SKIPPED, found=found)
