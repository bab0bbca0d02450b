"""A workspace and a web server for each test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Desk, Page, Web, rss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /salainen\n")
    with contextlib.closing(server):
        yield server


@pytest.fixture
def desk(tmp_path: Path, web: Web) -> Desk:
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "sources.yaml").write_text(START, encoding="utf-8")
    return Desk(folder, web)


START = """\
# Meidän lähteet.
collect:
  pause: 0            # vain kokeiltaessa
topics:
  - id: tarinat
    name: {fi: Tarinat, sv: Berättelser, en: Stories}
    words: {fi: [tarinankerronta], sv: [berättande], en: [storytelling]}
sources:
  # ei vielä mitään
"""

__all__ = ["START", "Desk", "Page", "Web", "rss"]
