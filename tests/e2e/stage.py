"""A workspace that has sent its letter, made once and copied for each test: making it costs more than most tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.desk import Desk, Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Web


@dataclass(frozen=True)
class Stage:
    """One web server and one inbox, and a folder that ``prepare`` filled; ``copy`` gives each test its own."""

    web: Web
    box: Inbox
    folder: Path
    feed: bytes
    letters: int

    @classmethod
    def made(cls, folder: Path, web: Web, box: Inbox, prepare: Callable[[Desk], None]) -> Stage:
        folder.mkdir(parents=True)
        before = len(box.delivered)
        prepare(Desk(folder, web))
        return cls(
            web=web, box=box, folder=folder, feed=web.pages["/feed.xml"].body, letters=len(box.delivered) - before
        )

    def copy(self, target: Path) -> Desk:
        """The workspace as it was prepared; the web server holds again what it held then."""
        shutil.copytree(self.folder, target)
        self.web.pages["/feed.xml"] = Page(self.feed)
        return Desk(target, self.web)
