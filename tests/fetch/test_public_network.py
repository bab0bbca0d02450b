"""From a really public address nothing leads inside: in a network namespace where loopback has one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMESPACES = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])
"""As root, and as anybody where the kernel lets them."""


def works(way: list[str]) -> bool:
    """Whether a program can be run that way."""
    if shutil.which(way[0]) is None:
        return False
    return subprocess.run([*way, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    """What each attempt gave."""
    way = next((way for way in NAMESPACES if works(way)), None)
    if way is None:
        pytest.skip("no network namespace can be made here (unshare --net)")
    done = subprocess.run(
        [*way, sys.executable, "-m", "tests.fetch.public_network"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        timeout=60,
    )
    answers: dict[str, object] = json.loads(done.stdout)
    return answers


@pytest.mark.parametrize("attempt", ["public", "public name"])
def test_the_public_web_is_reached(found: dict[str, object], attempt: str) -> None:
    """Without allow_private, by address and by name."""
    assert found[attempt] == "public"


@pytest.mark.parametrize(
    "attempt",
    [
        "redirect to a private address",
        "redirect to a private name",
        "redirect to an odd port",
        "redirect twice",
        "private",
        "private name",
        "public, then private",
        "private, then public",
    ],
)
def test_nothing_leads_inside(found: dict[str, object], attempt: str) -> None:
    """Not by redirect, name, or an answer of DNS with one good and one bad address."""
    assert found[attempt] == "address"


def test_an_intranets_connection_is_not_lent(found: dict[str, object]) -> None:
    """A connection that an intranet source opened is judged again before a public source's request uses it."""
    assert (found["an intranet source"], found["on the intranet's connection"]) == ("private", "address")


def test_nobody_inside_was_called(found: dict[str, object]) -> None:
    """The private server was dialled once in all: by the source that may."""
    assert found["called"] == {"private": 0, "for the intranet": 1, "odd": 0}
