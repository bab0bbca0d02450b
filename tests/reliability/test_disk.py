"""A disk that fills, and an output/ that cannot be written: what was begun is taken back, and the next run is right."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.counts import full, in_full
from tests.e2e.desk import Entry, Page, rss
from tests.reliability.bench import KEY
from tests.reliability.post import Post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

READERS = 400
SMALL = 120_000
"""Bytes that no file may pass: enough to open a database, too few for what a run adds to its journal."""


def sums(bench: Bench) -> dict[str, bytes]:
    """Every page that stands in output/."""
    return {str(path): path.read_bytes() for path in (bench.folder / "output").rglob("*") if path.is_file()}


def test_a_disk_that_fills_while_pulling(bench: Bench, figures: Figures) -> None:
    """No room for the readings: exit 1 and the disk named, nothing kept; with room all is there.

    The children that read find no room for the tables that tell languages either, which breaks nothing.
    """
    entries = [Entry(f"Juttu {number}", link=f"https://blog.example.fi/{number}") for number in range(300)]
    with Post() as post:
        names = bench.ready(2, post.section)
        bench.web.pages["/feed.xml"] = Page(rss(*entries))
        full = bench.process("run", largest=SMALL)
        assert (full.code, "disk is full" in full.err) == (1, True), full.said
        assert bench.ask("SELECT count(*) FROM item") == [(0,)]
        assert bench.ask("SELECT count(*) FROM request") == [(0,)], "no validators without what they are about"
        assert post.taken == []
        assert bench.process("run").code == 0
        assert bench.ask("SELECT count(*) FROM item") == [(300,)]
        assert set(post.times()) == set(names)
        figures.record("disk", "while pulling (RLIMIT_FSIZE)", recipients=2, lost=0, duplicated=0)


@in_full
def test_a_disk_that_fills_while_queueing(bench: Bench, figures: Figures) -> None:
    """No room for the outbox: neither digest nor editions nor deliveries, no page; with room, everything."""
    with Post() as post:
        names = bench.ready(READERS, post.section)
        assert bench.do("collect").code == 0
        full = bench.process("compose", largest=SMALL)
        assert (full.code, "disk is full" in full.err) == (1, True), full.said
        for table in ("digest", "edition", "delivery", "pick"):
            assert bench.ask(f"SELECT count(*) FROM {table}") == [(0,)], table
        assert sums(bench) == {}
        assert bench.process("run").code == 0
        assert set(post.times()) == set(names)
        assert bench.digests() == [KEY]
        figures.record("disk", "while queueing (RLIMIT_FSIZE)", recipients=READERS, lost=0, duplicated=0)


@in_full
@pytest.mark.parametrize("point", ["publish.in-file", *full("publish.after-file", "publish.before-rename")])
def test_a_disk_that_fills_while_rendering(point: str, bench: Bench, figures: Figures) -> None:
    """ENOSPC while pages are written: the old ones stand as they stood, no 0-byte page, no letter leaves."""
    with Post() as post:
        bench.ready(1, post.section, digest="at_least: 1")
        assert bench.do("run").code == 0
        before = sums(bench)
        bench.later(days=7)
        bench.web.pages["/feed.xml"] = Page(rss(Entry("Uusi", bench.now, "https://blog.example.fi/uusi")))
        full = bench.process("run", fault=f"{point}=error:ENOSPC")
        assert (full.code, "No space left" in full.err, "output" in full.err) == (1, True, True), full.said
        assert sums(bench) == before
        assert bench.half_files() == []
        assert len(post.taken) == 1
        assert bench.process("run").code == 0
        assert len(post.taken) == len(set(post.taken)) == 2
        figures.record("disk", f"while rendering (ENOSPC at `{point}`)", recipients=1, lost=0, duplicated=0)


@pytest.fixture
def small_disk(bench: Bench) -> Iterator[Path]:
    """output/ on a file system of 4 MB, where this user may mount one."""
    output = bench.folder / "output"
    output.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(output)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield bench.folder  # the test says so, and has nothing to look at
        return
    yield output
    subprocess.run(["umount", str(output)], check=True)


def test_a_small_disk_that_is_really_full(bench: Bench, small_disk: Path, figures: Figures) -> None:
    """Where the machine lets us mount one: the kernel's own ENOSPC, and the same promise."""
    if small_disk == bench.folder:
        figures.record("disk", "a mounted file system of 4 MB: this user may not mount one here")
        return
    with Post() as post:
        names = bench.ready(1, post.section)
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            file.write(b"x" * (shutil.disk_usage(small_disk).free - 8192))
        full = bench.process("run")
        assert (full.code, "No space left" in full.err) == (1, True), full.said
        assert bench.half_files() == []
        assert list(small_disk.rglob("*.html")) == []
        assert post.taken == []
        filler.unlink()
        assert bench.process("run").code == 0
        assert set(post.times()) == set(names)
        figures.record("disk", "a mounted file system of 4 MB, filled", recipients=1, lost=0, duplicated=0)


def test_output_that_is_deleted_comes_back_before_anything_is_sent(bench: Bench, figures: Figures) -> None:
    """The letter's pages are written again, byte for byte, and only then it leaves."""
    with Post() as post:
        names = bench.ready(2, post.section)
        assert bench.do("collect").code == 0
        assert bench.do("compose").code == 0
        before = {name: body for name, body in sums(bench).items() if f"/{KEY}/" in name}
        shutil.rmtree(bench.folder / "output")
        missing = []
        post.fault = lambda stage, _recipient: (
            missing.append(set(before) - set(sums(bench))) if stage == "connect" else None
        )
        assert bench.process("deliver").code == 0
        assert missing == [set()]
        assert before.items() <= sums(bench).items()
        assert set(post.times()) == set(names)
        figures.record("output", "deleted between composing and delivering", recipients=2, lost=0, duplicated=0)


def test_output_that_cannot_be_written_holds_the_letter(bench: Bench, figures: Figures) -> None:
    """Read-only: exit 1, a sentence that names it, no mail; mended, the letter goes out."""
    with Post() as post:
        names = bench.ready(1, post.section)
        output = bench.folder / "output"
        fault = ""
        if os.geteuid():
            output.mkdir(mode=0o555)
        else:  # root may write anywhere
            fault = "publish.before-file=error:EROFS"
        held = bench.process("run", fault=fault)
        assert (held.code, "output" in held.err) == (1, True), held.said
        assert post.taken == []
        if output.exists():
            output.chmod(0o755)
        assert bench.process("run").code == 0
        assert set(post.times()) == set(names)
        figures.record("output", "read-only", recipients=1, lost=0, duplicated=0)
