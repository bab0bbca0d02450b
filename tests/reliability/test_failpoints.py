"""Failpoints: named in one place, armed by the environment alone, and absent from normal runs."""

from __future__ import annotations

import errno
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import failpoints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reliability.bench import Bench

PIPELINE = Path(failpoints.__file__).parent
MAIL = "host: 127.0.0.1\nport: 1\nsecurity: none\nfrom: kooste@example.fi\n"


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


def sources() -> dict[str, str]:
    return {
        str(path.relative_to(PIPELINE)): path.read_text(encoding="utf-8")
        for path in PIPELINE.rglob("*.py")
        if path.name != "failpoints.py"
    }


def test_every_point_of_the_code_is_listed_and_every_listed_one_is_in_the_code() -> None:
    """So that a rehearsal cannot miss one, nor wait at one that is gone."""
    found = [name for text in sources().values() for name in re.findall(r'failpoints\.at\("([^"]+)"\)', text)]
    assert set(found) == set(failpoints.POINTS)


def test_nothing_is_armed_in_a_normal_run(bench: Bench) -> None:
    """Unarmed, a point looks at an empty dictionary; only the command line arms, and only by its variable."""
    assert [name for name, text in sources().items() if "failpoints.arm(" in text] == ["cli/main.py"]
    bench.ready(1, MAIL)
    assert bench.do("compose").code == 0
    assert failpoints.armed() == ()
    normal, rehearsed = bench.process("status"), bench.process("status", fault="deliver.after-250=kill")
    assert "rehearsal" not in normal.said
    assert "A rehearsal of faults, no normal run: deliver.after-250" in rehearsed.err
    assert bench.do("status").code == 0
    assert failpoints.armed() == (), "what one run was told does not stay"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("deliver.after-250", "is no failpoint"),
        ("deliver.after-250=explode", "is no failpoint"),
        ("nowhere=kill", "there is no failpoint 'nowhere'"),
        ("deliver.after-250=error:ENOTHING", "is no error of the system"),
        ("deliver.after-250=pause", "lacks its number"),
        ("deliver.after-250=exit:soon", "lacks its number"),
    ],
)
def test_a_mistake_is_a_sentence_and_arms_nothing(text: str, words: str, bench: Bench) -> None:
    """Exit 1 before anything is done; a good one beside it is not armed either."""
    with pytest.raises(ValueError, match=re.escape(words)):
        failpoints.arm(f"collect.before-pull=kill; {text}")
    assert failpoints.armed() == ()
    bench.environ[failpoints.VARIABLE] = text
    result = bench.do("status")
    assert (result.code, words in result.err, failpoints.VARIABLE in result.err) == (1, True, True)


def test_each_action_does_what_it_says(bench: Bench) -> None:
    """An error by its name, a pause of that length, an exit without clearing up, a kill; the Nth passing alone."""
    failpoints.arm("publish.in-file=error:EROFS@2; publish.after-file=pause:0.05")
    failpoints.at("publish.in-file")
    with pytest.raises(OSError, match=r"rehearsed at publish\.in-file") as caught:
        failpoints.at("publish.in-file")
    assert caught.value.errno == errno.EROFS
    failpoints.at("publish.in-file")
    begun = time.monotonic()
    failpoints.at("publish.after-file")
    assert time.monotonic() - begun >= 0.05
    bench.ready(1, MAIL)
    assert bench.process("collect", fault="collect.before-pull=exit:41").code == 41
    assert bench.begin("collect", fault="collect.before-pull=kill").wait() == -signal.SIGKILL


def test_a_point_that_is_not_listed_is_found_when_something_is_armed() -> None:
    """A new point must be written down before a rehearsal can pass it."""
    failpoints.arm("publish.in-file=error")
    with pytest.raises(AssertionError, match="not among"):
        failpoints.at("publish.nowhere")
