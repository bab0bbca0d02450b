"""A workspace, a web server and an inbox for each test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import inbox
from tests.e2e.desk import Desk, Web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.demo.inbox import Inbox


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    with contextlib.closing(server):
        yield server


@pytest.fixture
def desk(tmp_path: Path, web: Web) -> Desk:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return Desk(folder, web)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Inbox]:
    with inbox.serve(tmp_path / "inbox") as running:
        yield running
