"""Mail headers that every decoder reads as they were meant.

The standard library's folder is not used: it encodes a long List-Unsubscribe beyond recognition, alters
some Finnish subjects, and in Python 3.11.7 a title can write headers of its own through it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import MailSetupError
from pipeline.mail.address import wire_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE = 76  # RFC 2047, 2: a line that holds an encoded word; RFC 5322, 2.1.1 asks for 78 at most
_HARD_LINE = 998  # RFC 5322, 2.1.1
_ENCODED_WORD = 75  # RFC 2047, 2
_OPENING, _CLOSING = "=?utf-8?q?", "?="

_HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""C0, C1, line and paragraph separators, bidi controls, lone surrogates, the byte order mark."""

_PHRASE_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What stands for itself in an encoded word, wherever that stands (RFC 2047, 5, rule 3)."""

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_QUOTABLE = re.compile(r"[ !#-\[\]-~]+")
_FIELD = re.compile(rb"([!-9;-~]+): [^\r\n]*(?:\r\n [^\r\n]*[!-~\x80-\xff][^\r\n]*)*\r\n")


@dataclass(frozen=True, slots=True)
class Text:
    """Free text, such as a subject: plain ASCII, or encoded words throughout (RFC 2047), never a mixture."""

    value: str

    def fold(self, name: str) -> str:
        """Return the whole header, without the last line break."""
        value = _clean(self.value)
        words = value.split(" ") if _is_plain(value) else _encoded_words(value, first=len(name) + 2)
        return _filled(name, words)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name, possibly empty, with an address: From, To or Reply-To."""

    name: str
    address: str

    def fold(self, name: str) -> str:
        """Return the whole header, without the last line break; raises ValueError if the address is none."""
        address = wire_address(self.address)
        phrase = _phrase(_clean(self.name), first=len(name) + 2)
        return _filled(name, [*phrase, f"<{address}>"]) if phrase else f"{name}: {address}"


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A structured value, such as Message-ID or List-Unsubscribe: folded at commas only, never encoded."""

    value: str

    def fold(self, name: str) -> str:
        """Return the whole header, without the last line break; raises MailSetupError unless printable ASCII."""
        if not self.value.isascii() or not self.value.isprintable():
            raise MailSetupError(
                f"The mail header {name} cannot hold {self.value!r}: write it in plain ASCII, on one line."
            )
        return _filled(name, re.split(r"(?<=,) ", self.value))


Header = Text | Mailbox | Verbatim


def serialise(headers: Mapping[str, Header]) -> bytes:
    """Return the headers in their order, each line ended by CRLF and at most 998 octets long.

    What was written is read back: raises MailSetupError unless it holds exactly these names.
    """
    block = b"".join(header.fold(name).encode() + b"\r\n" for name, header in headers.items())
    fields = list(_FIELD.finditer(block))
    names = [field[1].decode() for field in fields]
    is_whole = sum(len(field[0]) for field in fields) == len(block)
    longest = max(map(len, block.split(b"\r\n")))
    if names != list(headers) or not is_whole or longest > _HARD_LINE:
        raise MailSetupError(
            f"The mail headers {', '.join(headers)} came out as {', '.join(names)}, with {longest} octets in a line, "
            "so no letter was made: shorten what is in sources.yaml, or report this as a fault of digikooste."
        )
    return block


def _clean(text: str) -> str:
    """Return ``text`` on one line, without what could end a header, hide or turn its letters round.

    ``=?`` is taken apart, so that a program that decodes twice finds nothing to decode.
    """
    line = " ".join(_HARMFUL.sub(" ", text).split())
    return line.replace("=?", "= ?")


def _is_plain(text: str) -> bool:
    return text.isascii() and all(len(word) < _LINE - len("Subject: ") for word in text.split(" "))


def _phrase(name: str, *, first: int) -> list[str]:
    words = name.split()
    if all(_ATOM.fullmatch(word) for word in words) and _is_plain(name):
        return words
    if _QUOTABLE.fullmatch(name) and first + len(name) + 2 <= _LINE:
        return [f'"{name}"']
    return _encoded_words(name, first=first)


def _encoded_words(text: str, *, first: int) -> list[str]:
    """Return ``text`` as encoded words that never split a character; the first leaves ``first`` columns free."""
    room = min(_ENCODED_WORD, _LINE - first) - len(_OPENING) - len(_CLOSING)
    words = [""]
    for character in text:
        coded = "_" if character == " " else "".join(map(_quoted_octet, character.encode()))
        if len(words[-1]) + len(coded) > room:
            room = _ENCODED_WORD - len(_OPENING) - len(_CLOSING)
            words.append("")
        words[-1] += coded
    return [f"{_OPENING}{word}{_CLOSING}" for word in words]


def _quoted_octet(octet: int) -> str:
    return chr(octet) if octet in _PHRASE_SAFE else f"={octet:02X}"


def _filled(name: str, words: list[str]) -> str:
    """Return ``name: words`` with a line break before each word that would pass the line's end."""
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return "\r\n".join(lines)
