"""A token proves one thing, to one person, for as long as it should, and to the last bit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline import tokens
from pipeline.errors import TokenError

KEY = b"k" * 32
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ADDRESS = "Maija@Example.fi"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def address_of(number: int) -> str | None:
    return {7: ADDRESS, 8: "matti@example.fi"}.get(number)


def test_a_confirmation_carries_the_request_and_expires() -> None:
    """Address, language and topics come back as they were given, for three days."""
    token = tokens.confirm(KEY, "ääkköset@example.fi", language="sv", topics=("kieli",), now=NOW)

    read = tokens.confirmed(KEY, token, NOW + tokens.CONFIRM_WITHIN)
    assert read == ("ääkköset@example.fi", "sv", ("kieli",), NOW)
    with pytest.raises(TokenError) as refused:
        tokens.confirmed(KEY, token, NOW + tokens.CONFIRM_WITHIN + timedelta(seconds=1))
    assert refused.value.expired


def test_everything_and_nothing_chosen_are_told_apart() -> None:
    """None is every topic; that survives the way through the mail."""
    token = tokens.confirm(KEY, ADDRESS, language="fi", topics=None, now=NOW)
    assert tokens.confirmed(KEY, token, NOW)[2] is None


def test_a_leave_token_is_the_same_for_ever() -> None:
    """It says no time, ends in no sign that a mail program would cut off, and names no address."""
    token = tokens.leave(KEY, 7, ADDRESS)

    assert token == tokens.leave(KEY, 7, ADDRESS.lower())
    assert tokens.leaver(KEY, token, address_of) == 7
    assert token[-1].isalnum()
    assert "aija" not in token


def test_a_number_that_is_given_again_is_nobody_elses_way_out() -> None:
    """Who was forgotten and had number 7 does not end the letter of who has it now."""
    token = tokens.leave(KEY, 7, "forgotten@example.fi")
    with pytest.raises(TokenError):
        tokens.leaver(KEY, token, address_of)


def test_an_edit_token_belongs_to_one_address() -> None:
    """A day long; not to who has the number later."""
    token = tokens.edit(KEY, 7, ADDRESS, NOW)

    assert tokens.editor(KEY, token, NOW + timedelta(days=1), address_of) == 7
    with pytest.raises(TokenError):
        tokens.editor(KEY, token, NOW, {7: "later@example.fi"}.get)
    with pytest.raises(TokenError) as refused:
        tokens.editor(KEY, token, NOW + timedelta(days=1, seconds=1), address_of)
    assert refused.value.expired


@pytest.mark.parametrize("purpose", list(tokens.Purpose))
def test_each_purpose_has_a_key_of_its_own(purpose: tokens.Purpose) -> None:
    """What was signed for one is refused by every other, and so is another workspace's."""
    token = tokens.issued(KEY, purpose, [1], NOW)
    for other in set(tokens.Purpose) - {purpose}:
        with pytest.raises(TokenError):
            tokens.opened(KEY, other, token, NOW, within=timedelta(days=1))
    with pytest.raises(TokenError):
        tokens.opened(b"x" * 32, purpose, token, NOW, within=timedelta(days=1))
    assert tokens.opened(KEY, purpose, token, NOW, within=timedelta(days=1)) == ([1], NOW)


def test_no_sign_of_a_token_can_be_changed() -> None:
    """Each character replaced by each other one is refused, also where base64 would decode to the same bytes."""
    token = tokens.leave(KEY, 7, ADDRESS)
    for place in range(len(token)):
        for sign in BASE64 + ".=":
            if sign != token[place]:
                with pytest.raises(TokenError):
                    tokens.leaver(KEY, token[:place] + sign + token[place + 1 :], address_of)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "7",
        "7.",
        ".x",
        "-1.x",
        "7.7",
        "\u0667.x",
        "9" * 30 + ".x",
        "7.ä",
        "7\0.x",
        "a" * 100_000,
        "\udcff",
        "7.x==",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    """Whatever a stranger writes into the address is one kind of error."""
    with pytest.raises(TokenError):
        tokens.leaver(KEY, token, address_of)
    with pytest.raises(TokenError):
        tokens.confirmed(KEY, token, NOW)
    with pytest.raises(TokenError):
        tokens.editor(KEY, token, NOW, address_of)


def test_a_token_of_another_shape_is_refused() -> None:
    """Signed by us and for this purpose, but not what this place issues."""
    for value in ("bm90IGpzb24", "W10", "WzEsMl0", "Wy0xZTMwMCwxXQ"):
        with pytest.raises(TokenError):
            tokens.confirmed(KEY, tokens.signed(KEY, tokens.Purpose.CONFIRM, value), NOW)


def test_a_token_from_the_future_is_refused() -> None:
    """Five minutes of two machines' clocks apart are nothing; an hour is a forgery or a broken clock."""
    token = tokens.issued(KEY, tokens.Purpose.EDIT, 1, NOW + timedelta(minutes=4))
    assert tokens.opened(KEY, tokens.Purpose.EDIT, token, NOW, within=timedelta(days=1))[0] == 1
    late = tokens.issued(KEY, tokens.Purpose.EDIT, 1, NOW + timedelta(hours=1))
    with pytest.raises(TokenError):
        tokens.opened(KEY, tokens.Purpose.EDIT, late, NOW, within=timedelta(days=1))


def test_a_person_s_hash_tells_nothing() -> None:
    """The same for every spelling of one address, another under another key."""
    assert tokens.who(KEY, ADDRESS) == tokens.who(KEY, ADDRESS.upper())
    assert tokens.who(KEY, ADDRESS) != tokens.who(b"x" * 32, ADDRESS)
    assert "maija" not in tokens.who(KEY, ADDRESS)
