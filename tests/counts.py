"""How much a test tries: enough to notice a mistake by default, everything with DIGIKOOSTE_FULL=1, as CI does."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

T = TypeVar("T")

FULL = os.environ.get("DIGIKOOSTE_FULL") == "1"


def full(*values: T) -> tuple[T, ...]:
    """Return what is tried in a full run only."""
    return values if FULL else ()


in_full = pytest.mark.skipif(not FULL, reason="a full count: DIGIKOOSTE_FULL=1")
"""What stands over a test that takes seconds and has a quicker neighbour."""
