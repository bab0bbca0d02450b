"""A database for each test, once as a file of SQLite and, in a full run, once in a PostgreSQL server."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from pipeline.store import Store
from tests.counts import full
from tests.store.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.store.postgresql import Cluster

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = [SQLITE, *full(pytest.param(POSTGRESQL, marks=pytest.mark.postgresql))]
"""A server is started in a full run only: that half takes a minute and a half."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server, or a skipped test (which is a failure with DIGIKOOSTE_REQUIRE_ALL=1)."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not here (the extra postgresql)")
    from tests.store import postgresql  # noqa: PLC0415  # the driver is an extra

    with contextlib.ExitStack() as stack:
        try:
            started = stack.enter_context(postgresql.running())
        except postgresql.Absent as error:
            pytest.skip(str(error))
        yield started


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """The name of a database with its tables, to copy: making them anew for every test takes longer."""
    name = cluster.create()
    Store(cluster.address(name)).close()
    return name


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture
def fresh(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where a store can be made: nothing is there yet."""
    if database == SQLITE:
        yield tmp_path / "var" / "digikooste.db"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield cluster.address(name)
    cluster.drop(name)


@pytest.fixture
def place(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where an empty store is."""
    if database == SQLITE:
        path = tmp_path / "digikooste.db"
        Store(path).close()
        yield path
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(template=request.getfixturevalue("migrated"))
    yield cluster.address(name)
    cluster.drop(name)


@pytest.fixture
def store(place: str | Path) -> Iterator[Store]:
    with Store(place) as opened:
        yield opened


@pytest.fixture
def collector(store: Store) -> Collector:
    return Collector(store)
