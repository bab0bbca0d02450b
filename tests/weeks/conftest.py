"""A workspace with an empty store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.store import Store
from tests.weeks.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with Store(tmp_path / "digikooste.db") as store:
        yield Life(store)
