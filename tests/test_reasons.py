"""Every reason code has its sentence."""

from __future__ import annotations

import string

from pipeline.cli.reasons import SENTENCES, sentence
from pipeline.digest import REASONS
from pipeline.model import Reason


def test_every_code_is_said_with_its_own_parameters() -> None:
    """In the table's order; a sentence names only what its reason has."""
    assert list(SENTENCES) == list(REASONS)
    for code, text in SENTENCES.items():
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert named <= set(REASONS[code]), code


def test_a_reason_is_said_with_days_and_the_word_that_was_found() -> None:
    """Times are days; of a rule, no source is the whole digest."""
    new = Reason(code="new", params={"source": "Blogi", "first_seen": "2026-11-16T06:00:00+00:00", "word": "some"})
    assert sentence(new) == 'new: first seen on 2026-11-16 in Blogi, by the word "some"'
    rule = Reason(code="not-included", params={"source": "", "rule": "language", "wanted": "fi", "found": "sv"})
    assert sentence(rule) == "include of the whole digest: language fi, and it has sv"
