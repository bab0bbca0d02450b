"""A workspace whose commands are real processes, forked ready, with faults armed in them."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from pipeline.failpoints import VARIABLE
from tests.counts import FULL
from tests.e2e.desk import Desk, Entry, Page, Result, rss

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.desk import Web
    from tests.reliability.zygote import Child, Zygote

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")
KEY = "2026-W47"
READERS = 6
"""How many the frozen digest is owed to."""


class Bench(Desk):
    """A desk whose ``process`` and ``begin`` fork from the zygote."""

    def __init__(self, folder: Path, web: Web, zygote: Zygote, streams: Path) -> None:
        super().__init__(folder, web)
        self._zygote = zygote
        self._streams = streams
        self._numbers = itertools.count()

    def begin(self, *arguments: str, fault: str = "", largest: int | None = None, **environ: str) -> Child:
        """Start one command as a process, with a failpoint armed."""
        number = next(self._numbers)
        armed = {VARIABLE: fault} if fault else {}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGIKOOSTE_")}
        return self._zygote.start(
            *arguments,
            folder=self.folder,
            environ={
                **kept,
                "DIGIKOOSTE_NOW": self.now.isoformat(),
                "COLUMNS": "200",
                **self.environ,
                **armed,
                **environ,
            },
            out=self._streams / f"{number}.out",
            err=self._streams / f"{number}.err",
            largest=largest,
        )

    def process(self, *arguments: str, fault: str = "", largest: int | None = None, **environ: str) -> Result:
        """Run one command to its end.

        As a process of its own where that is the point, and in full; otherwise in this one, which is quicker.
        """
        if not (FULL or fault or largest):
            before, self.environ = self.environ, {**self.environ, **environ}
            try:
                return self.do(*arguments)
            finally:
                self.environ = before
        child = self.begin(*arguments, fault=fault, largest=largest, **environ)
        code = child.wait()
        out, err = child.out.read_text(encoding="utf-8"), child.err.read_text(encoding="utf-8")
        assert "Traceback" not in err, err
        return Result(code, out, err)

    def ready(self, recipients: int, mail: str, *, digest: str = "at_least: 0") -> list[str]:
        """A feed with one article, and so many recipients; answers their addresses."""
        self.web.pages["/feed.xml"] = Page(rss(ARTICLE))
        self.feeds("/feed.xml", mail=mail, digest=digest)
        names = [f"reader{number}@example.fi" for number in range(recipients)]
        people = self._streams / "people.txt"
        people.write_text("\n".join(names) + "\n", encoding="utf-8")
        result = self.do("recipients", "import", str(people))
        assert result.code == 0, result.said
        return names

    def adopt(self, prepared: Path, mail: str) -> None:
        """Take over what another workspace has frozen, with a mail server of our own."""
        for name in ("var", "output"):
            shutil.copytree(prepared / name, self.folder / name)
        self.feeds("/feed.xml", mail=mail, digest="at_least: 0")

    @property
    def database(self) -> Path:
        return self.folder / "var" / "digikooste.db"

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(question).fetchall()

    def delivery(self, address: str) -> dict[str, Any]:
        """One recipient's delivery of the newest digest, as it stands."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            row = connection.execute(
                "SELECT d.* FROM delivery d JOIN recipient r ON r.id = d.recipient WHERE r.address = ? "
                "ORDER BY d.id DESC LIMIT 1",
                (address,),
            ).fetchone()
        return dict(row)

    def notices(self) -> dict[str, str]:
        """The open notices: subject by code."""
        return dict(self.ask("SELECT code, subject FROM notice WHERE resolved IS NULL"))

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        return dict(self.ask("SELECT state, count(*) FROM delivery GROUP BY state"))

    def digests(self) -> list[str]:
        return [key for (key,) in self.ask("SELECT key FROM digest ORDER BY key")]

    def half_files(self) -> list[str]:
        """What in output/ is hidden or empty, or is a page without its end."""
        output = self.folder / "output"
        files = [path for path in output.rglob("*") if path.is_file() or path.name.startswith(".")]
        return [
            str(path.relative_to(output))
            for path in files
            if path.name.startswith(".")
            or path.stat().st_size == 0
            or (path.suffix == ".html" and not path.read_bytes().rstrip().endswith(b"</html>"))
        ]
