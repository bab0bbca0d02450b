"""One served workspace for all tests; each has addresses and a network of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.readers import house as houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from tests.readers.house import House


@pytest.fixture(scope="module")  # no longer: the clock stands in the environment, which other tests read
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with houses.opened(tmp_path_factory.mktemp("house") / "workspace") as opened:
        yield opened


@pytest.fixture
def client(house: House) -> Iterator[httpx2.Client]:
    with house.client() as visitor:
        yield visitor


@pytest.fixture(autouse=True)
def _settled(house: House) -> Iterator[None]:
    yield
    house.settle()
