"""What every reader's test needs: child processes, a website, a driver, the outside data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.isolate import Pool
from pipeline.model import Kind, Source
from tests.sources import website
from tests.sources.driver import Driver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sources.website import Website

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture
def now() -> datetime:
    """Return the moment at which sources are read."""
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    """Return two child processes for all tests."""
    with Pool(workers=2) as running:
        yield running


@pytest.fixture
def site() -> Iterator[Website]:
    """Serve a website of the test's own."""
    with website.serve() as running:
        yield running


@pytest.fixture
def driver(pool: Pool) -> Driver:
    """Return a driver that remembers nothing yet."""
    return Driver(pool=pool)


@pytest.fixture
def source() -> Callable[..., Source]:
    """Return a maker of sources that may reach the loopback."""

    def source(url: str, kind: Kind = Kind.FEED, **settings: object) -> Source:
        return Source(id="lahde", url=url, kind=kind, allow_private=True, **settings)  # type: ignore[arg-type]

    return source


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of data from outside, or skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"the data from outside is not here: {DATA}")
    return DATA
