"""A second decoder of mail headers, written from RFC 5322 and RFC 2047 alone."""

from __future__ import annotations

import re

_ENCODED_WORD = re.compile(r"=\?utf-8\?q\?([!->@-~]*)\?=")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(r"(?:(?P<phrase>.*\S) )?<(?P<address>[^<>\s]+)>|(?P<bare>[^<>\s]+)")


class NotMailError(AssertionError):
    """What was read breaks a rule of the standards."""


def fields(block: bytes) -> list[tuple[str, str]]:
    """Return the unfolded headers of ``block``, strictly: CRLF only, no line over 998, none blank."""
    _require(block.endswith(b"\r\n"), "the last header has no end")
    found: list[tuple[str, str]] = []
    for line in block[:-2].split(b"\r\n"):
        _require(not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), f"a control character in {line!r}")
        _require(len(line.strip()) > 0 and len(line) <= 998, f"a blank or endless line: {line!r}")
        text = line.decode()
        if "=?" in text:
            _require(len(line) <= 76, f"over 76 with an encoded word: {line!r}")
        if text[0] in " \t":
            name, value = found[-1]
            found[-1] = (name, value + text)
        else:
            name, colon, value = text.partition(":")
            _require(bool(colon) and bool(re.fullmatch(r"[!-9;-~]+", name)), f"no header: {line!r}")
            found.append((name, value))
    return [(name, value.removeprefix(" ")) for name, value in found]


def text(value: str) -> str:
    """Return what a reader sees of an unstructured header."""
    if "=?" not in value:
        _require(value.isascii(), f"letters beyond ASCII: {value!r}")
        return value
    return _decoded(value.split(" "))


def mailbox(value: str) -> tuple[str, str]:
    """Return the name and the address of a header that holds one mailbox."""
    match = _MAILBOX.fullmatch(value)
    _require(match is not None, f"no mailbox: {value!r}")
    assert match is not None
    phrase = match["phrase"] or ""
    if phrase.startswith('"'):
        inner = phrase[1:-1]
        _require(phrase.endswith('"') and not re.search(r'["\\]|=\?', inner), f"a broken quoted string: {phrase!r}")
        name = inner
    elif "=?" in phrase:
        words = phrase.split(" ")
        for word in words:
            # RFC 2047, 5, rule 3: in a phrase only these stand for themselves
            _require(bool(re.fullmatch(r"=\?utf-8\?q\?[A-Za-z0-9!*+/=_-]+\?=", word)), f"not for a phrase: {word!r}")
        name = _decoded(words)
    else:
        _require(not phrase or bool(re.fullmatch(rf"{_ATOM}(?: {_ATOM})*", phrase)), f"no phrase: {phrase!r}")
        name = phrase
    return name, match["address"] or match["bare"]


def _decoded(words: list[str]) -> str:
    """Decode each word for itself, so that a character split between two is found out."""
    whole = ""
    for word in words:
        match = _ENCODED_WORD.fullmatch(word)
        _require(match is not None and len(word) <= 75, f"no encoded word: {word!r}")
        assert match is not None
        octets = re.sub(
            rb"=([0-9A-F]{2})", lambda hit: bytes.fromhex(hit[1].decode()), match[1].replace("_", " ").encode()
        )
        whole += octets.decode("utf-8", "strict")
    return whole


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001  reads as a sentence where it is called
    if not holds:
        raise NotMailError(otherwise)
