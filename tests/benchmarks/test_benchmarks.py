"""The benchmarks run, and what they measure is the whole work; no time is ever judged here."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from benchmarks import collecting, measure
from benchmarks.corpus import ENTRIES, LARGEST, SMALLEST, Corpus
from benchmarks.trial import Got
from tests.counts import full

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "benchmarks/run.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("load", "sources.yaml"),
        ("render", "drawn again"),
        *full(
            ("collect", "all 304"),
            ("help", "digikooste --help"),
            ("understand", "together"),
            ("messages", "EmailMessage"),
            ("archive", "after one new item"),
            ("deliver", "without books"),
            ("web", "Serving pages"),
            ("add", "sources before"),
        ),
    ],
)
def test_a_benchmark_runs_and_gets_all_there_is(name: str, expected: str) -> None:
    """Each checks by itself that nothing is missing, and fails if there is."""
    assert expected in bench("--quick", "--only", name)


@pytest.mark.parametrize(
    ("case", "got"),
    [
        ("cold", Got(read=2, entries=2 * ENTRIES, new=2 * ENTRIES)),
        ("all 304", Got(unchanged=2)),
        ("one new entry each", Got(read=2, entries=2 * ENTRIES, new=2)),
    ],
)
def test_a_program_that_skips_something_is_not_measured(case: str, got: Got) -> None:
    """An entry less, a source less, or a fault, and there is no figure."""
    corpus = Corpus(2)
    (told,) = (one for one in collecting.CASES if one.name == case)
    collecting.check(told, corpus, "digikooste", got)
    for short in (
        replace(got, read=got.read - 1),
        replace(got, unchanged=got.unchanged - 1),
        replace(got, entries=got.entries - 1, new=got.new - 1),
        replace(got, new=got.new + 1),
        replace(got, faults=("refused",)),
    ):
        with pytest.raises(collecting.Incomplete, match=case):
            collecting.check(told, corpus, "digikooste", short)


def test_the_feeds_are_the_same_every_time_and_one_entry_is_new() -> None:
    """30 to 60 KB, 23 entries, RSS and Atom; of the next generation's entries one was not there before."""
    one, other = Corpus(15), Corpus(15)  # every kind in every language
    for number in range(15):
        body = one.body(number, 0)
        assert body == other.body(number, 0)
        assert SMALLEST <= len(body) <= LARGEST
        before, after = (
            feedparser.parse(one.body(number, generation), sanitize_html=False, resolve_relative_uris=False)
            for generation in (0, 1)
        )
        assert [before.bozo, after.bozo] == [False, False]
        ids = [[entry.id for entry in feed.entries] for feed in (before, after)]
        assert len(set(ids[0])) == ENTRIES
        assert ids[0][:-1] == ids[1][1:]
        assert ids[1][0] not in ids[0]


def test_children_are_measured_along() -> None:
    """A process's CPU seconds and memory are its family's, however its children were started."""
    code = "import sys; held = bytearray(b'x') * 40_000_000; sum(range(3_000_000)); print('up', flush=True); input()"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        family = measure.family(process.pid)
        assert len(family) == 2
        assert measure.memory_of(family) > 40_000_000 > measure.memory_of(family[:1])
        assert measure.cpu_of(family) > measure.cpu_of(family[:1])
        process.communicate("\n")
    assert measure.cpu_of(family) == 0
