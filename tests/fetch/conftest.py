"""The servers and the client that the tests of one polite GET speak with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import FetchError
from pipeline.fetch.client import get
from tests.fetch.scripted import Server, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.fetch import Request


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def failing() -> Callable[[str | Request], FetchError]:
    """Run a GET that must fail, and return its error."""

    def run(what: str | Request) -> FetchError:
        with pytest.raises(FetchError) as caught:
            get(request(what) if isinstance(what, str) else what)
        return caught.value

    return run
