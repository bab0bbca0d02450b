"""What every test of the doubles starts from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import founding
from pipeline.demo.internet import Internet, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.demo.content import Content


@pytest.fixture
def now() -> datetime:
    """Return the moment at which the doubled internet stands."""
    return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def content(now: datetime) -> Content:
    """Return the demo's own content."""
    return founding.content(now)


@pytest.fixture
def internet(content: Content) -> Iterator[Internet]:
    """Serve the demo's own content."""
    with serve(content) as running:
        yield running
