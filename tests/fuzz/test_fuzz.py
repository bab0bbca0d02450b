"""However the corpus is damaged, each parser of foreign bytes gives clean items or our own error, in time."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.counts import FULL
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = (60.0 if FULL else 2.0) / len(TARGETS)
EXAMPLES = 100 if FULL else 20
"""Inputs between two looks at the clock."""
SLOW = 5.0
"""Seconds for one input, on a machine that does other things too; in a run, a child is stopped after 10."""

CORPUS = Path(__file__).parent / "corpus"
PIECES = [
    b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&", b"&amp;", b"&#0;", b"&#x202e;", b"&#55296;",
    b"<item>", b"<entry>", b"<a href=", b"javascript:", b"http://127.0.0.1/", b"\0", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\xc3",
    b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xe2\x80\xae", b"\r\n", b"=?utf-8?q?a=0ABcc=3Ax?=", b'"', b"'", b"{", b"}",
    b"[", b"]", b":", b"- ", b"#", b"\t", b"%00", b"%ff", b"..", b"@", b"\\", b"1e999", b"-1", b"99999999999999999999",
    b"0000-00-00", b"10000-01-01", b"null", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"a" * 5000, b"<x>" * 300,
    b" " * 5000, b"*" * 200, b"(" * 200, b"\x1f\x8b",
]  # fmt: skip

damages = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from([b"", *PIECES]), st.integers(1, 3)), max_size=6
)


def corpus(name: str) -> list[bytes]:
    return [file.read_bytes() for folder in TARGETS[name].folders for file in sorted((CORPUS / folder).iterdir())]


def damaged(body: bytes, damage: list[tuple[float, int, bytes, int]]) -> bytes:
    """Cut some bytes out of the body here and there, and put something in their place."""
    for place, length, piece, times in damage:
        start = int(place * len(body))
        body = body[:start] + piece * times + body[start + length :]
    return body[:200_000]


def run(target: Callable[[bytes], None], body: bytes) -> None:
    start = time.process_time()
    target(body)
    assert time.process_time() - start < SLOW


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_itself_is_read(name: str) -> None:
    """What once did harm, and what each format looks like."""
    for body in corpus(name):
        run(TARGETS[name].run, body)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", TARGETS)
def test_damage_gives_clean_items_or_our_own_error(name: str) -> None:
    """For two seconds in all, or for a minute with DIGIKOOSTE_FULL."""
    bodies = corpus(name)
    until = time.monotonic() + SECONDS

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(bodies), damages)
    def try_some(body: bytes, damage: list[tuple[float, int, bytes, int]]) -> None:
        run(TARGETS[name].run, damaged(body, damage))

    for number in count():
        seed(number)(try_some)()
        if time.monotonic() > until:
            break
