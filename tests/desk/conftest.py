"""A desk for each test, from one workspace that was composed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desk import office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.desk.office import Office


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a draft."""
    folder = tmp_path_factory.mktemp("composed") / "workspace"
    office.found(folder)
    return folder


@pytest.fixture
def here(composed: Path, tmp_path: Path) -> Iterator[Office]:
    """Serve a desk of its own."""
    with office.opened(composed, tmp_path / "workspace") as opened:
        yield opened
