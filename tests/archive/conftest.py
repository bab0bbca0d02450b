"""One archive for all tests that only look at it, and one of its own for each that changes something."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pipeline import jobs
from pipeline.store import Store
from tests.archive import world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.jobs import Publishing


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishing]:
    """Return a published workspace; nobody changes it."""
    folder = tmp_path_factory.mktemp("archive")
    with Store(folder / "digikooste.db") as store:
        yield world.published(folder, store)


@pytest.fixture(scope="session")
def output(standing: Publishing) -> Path:
    """Return its public folder; nobody changes it."""
    return standing.output


@pytest.fixture
def own(standing: Publishing, tmp_path: Path) -> Iterator[Publishing]:
    """Return a published workspace to change."""
    shutil.copytree(standing.output.parent, tmp_path, dirs_exist_ok=True)
    with Store(tmp_path / "digikooste.db") as store:
        what = world.publishing(tmp_path, store)
        jobs.publish(what)
        yield what
