"""A database that is locked, broken, copied while it is used, or put back: refused by name, and nothing sent twice."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.reliability.bench import KEY, READERS
from tests.reliability.post import Post

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

NAMES = [f"reader{number}@example.fi" for number in range(READERS)]


def damage(path: Path) -> None:
    """Overwrite a page in the middle."""
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xa5" * 4096)


def age(path: Path) -> None:
    """Say that a newer digikooste made it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("did", "spoil", "words"),
    [
        ("a damaged page", damage, "is damaged"),
        ("not a database", lambda path: path.write_bytes(b"not a database, but long enough to look" * 20), "not an SQ"),
        ("0 bytes", lambda path: path.write_bytes(b""), "is empty (0 bytes)"),
        ("made by a newer version", age, "newer digikooste"),
    ],
)
def test_a_wrong_database_is_refused_and_never_replaced(  # noqa: PLR0917  # the columns of a table
    did: str, spoil: Callable[[Path], None], words: str, bench: Bench, frozen: Path, figures: Figures
) -> None:
    """Exit 1, the file named with what to do; not a byte of it changed, and no letter leaves."""
    with Post() as post:
        bench.adopt(frozen, post.section)
        with closing(sqlite3.connect(bench.database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        spoil(bench.database)
        before = bench.database.read_bytes()
        for command in ("run", "deliver"):
            result = bench.process(command)
            assert result.code == 1, result.said
            assert str(bench.database.relative_to(bench.folder)) in result.err
            assert words in result.err
        assert bench.database.read_bytes() == before
        assert post.taken == []
        figures.record("database", did, recipients=READERS)


def test_a_lock_that_another_process_holds_is_waited_for(bench: Bench, frozen: Path, figures: Figures) -> None:
    """As long as is set (30 s by default), then a sentence; the lock given back, the next run delivers."""
    with Post() as post:
        bench.adopt(frozen, post.section)
        bench.environ["DIGIKOOSTE_LOCK_SECONDS"] = "0.3"
        with closing(sqlite3.connect(bench.database, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            result = bench.process("deliver")
            assert time.monotonic() - begun >= 0.3
            connection.execute("ROLLBACK")
        assert result.code == 1, result.said
        assert "another process has been writing to the database for over 0.3 s" in result.err
        assert post.taken == []
        assert bench.process("deliver").code == 0
        assert set(post.times()) == set(NAMES)
        figures.record("lock", "held for longer than the patience", recipients=READERS, lost=0, duplicated=0)


def test_patience_that_is_no_number_is_named(bench: Bench, frozen: Path) -> None:
    """A mistake in the environment is a sentence."""
    bench.adopt(frozen, "host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi\n")
    result = bench.process("deliver", DIGIKOOSTE_LOCK_SECONDS="long")
    assert result.code == 1
    assert "DIGIKOOSTE_LOCK_SECONDS" in result.err


def test_a_backup_made_while_letters_leave_sends_nothing_twice(bench: Bench, frozen: Path, figures: Figures) -> None:
    """Copied in the middle of a delivery; put back afterwards, it holds together, and what may have left is held."""
    with Post() as post:
        copies: list[Path] = []

        def fault(stage: str, recipient: str) -> None:
            if stage == "dot" and recipient == NAMES[3]:
                assert bench.do("backup", str(bench.folder / "kept")).code == 0
                copies.extend((bench.folder / "kept").iterdir())

        post.fault = fault
        bench.adopt(frozen, post.section)
        assert bench.begin("deliver").wait() == 0
        (copy,) = copies
        for path in bench.database.parent.glob(f"{bench.database.name}*"):
            path.unlink()
        restored = bench.process("restore", str(copy))
        assert restored.code == 0, restored.said
        assert bench.ask("PRAGMA integrity_check") == [("ok",)]
        bench.later(hours=2)
        assert bench.process("deliver").code in {0, 3}
        assert post.times() == dict.fromkeys(NAMES, 1)
        assert bench.digests() == [KEY]
        figures.record(
            "backup",
            "made in the middle of a delivery, put back after it",
            recipients=READERS,
            lost=0,
            duplicated=0,
            identities=len(set(post.taken)),
        )
