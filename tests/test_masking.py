"""What a log shows of an address: enough to recognise one that is known, and no more."""

from __future__ import annotations

import pytest

from pipeline.masking import hidden, masked, without_addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("maija@example.fi", "m***@example.fi"),
        ("a@b.fi", "a***@b.fi"),
        ("äiti@exämple.fi", "ä***@exämple.fi"),
        ("no address at all", "n***"),
        ("", "***"),
    ],
)
def test_an_address_keeps_its_first_character_and_its_domain(address: str, shown: str) -> None:
    assert shown == masked(address)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("550 5.1.1 <maija@example.fi>: User unknown", "550 5.1.1 <m***@example.fi>: User unknown"),
        ("no such user maija@example.fi.", "no such user m***@example.fi."),
        ("rfc822;maija.m+kooste@xn--exmple-cua.fi", "rfc822;m***@xn--exmple-cua.fi"),
        ("to 'other@example.com', (third@example.org)", "to 'o***@example.com', (t***@example.org)"),
        ("550 nothing to hide @ all", "550 nothing to hide @ all"),
    ],
)
def test_every_address_in_a_text_is_masked(words: str, shown: str) -> None:
    assert shown == hidden(words)
    assert shown == hidden(hidden(words))


def test_our_own_addresses_may_stay() -> None:
    words = "<Kooste@example.fi> may not write to maija@example.fi"
    assert hidden(words, keep=["kooste@example.fi"]) == "<Kooste@example.fi> may not write to m***@example.fi"


def test_words_about_different_people_are_the_same_words() -> None:
    said = [f"550 5.7.1 <{one}>: blocked" for one in ("maija@example.fi", hidden("pekka@example.fi"))]
    assert {without_addresses(one) for one in said} == {"550 5.7.1 <>: blocked"}
