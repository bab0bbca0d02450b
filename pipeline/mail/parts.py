"""The body of a letter as MIME parts, with places that are filled for each recipient."""

from __future__ import annotations

import base64
import hashlib
import re
from binascii import b2a_qp
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from pipeline import pictures
from pipeline.errors import MailSetupError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pipeline.pictures import Picture

_SOFT_BREAK = b"=\r\n"
_FULL = re.compile(rb"(?m)^(?:(.{73,})(=[0-9A-F]{2})|(.{75})([^=]))$")
"""A last line with no room for a soft line break, or over 76 (Python makes 77 of a blank at its end)."""

_BASE64_LINE = 57
"""Octets that make a line of 76 characters (RFC 2045, 6.8)."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for what differs by recipient; ``html``: it stands in HTML, so the value is escaped."""

    mark: str
    html: bool


Piece: TypeAlias = bytes | Slot


def mark(secret: str, name: str) -> str:
    """Return what stands in an edition where each recipient's own value belongs.

    It looks like a web address, so that templates treat it as one; it leads nowhere (RFC 2606), and no
    publisher can write it, because it depends on ``secret``.
    """
    own = hashlib.sha256(f"{secret}\0{name}".encode()).hexdigest()[:32]
    return f"https://{own}.invalid/{name}"


def multipart(text: str, html: str, marks: Collection[str]) -> tuple[bytes, list[Piece]]:
    """Return the MIME headers with the blank line after them, and the body in pieces: text first, HTML last.

    A picture that the HTML holds becomes a part of its own beside it (RFC 2387).
    Quoted-printable goes unchanged through every server, with 8BITMIME or without, which also keeps a
    relay's signature whole (RFC 6376, 5.3). A boundary with ``=_`` cannot occur in it (RFC 2045, 6.7).
    """
    text, (html, embedded) = _encodable(text), pictures.detached(_encodable(html))
    own = hashlib.sha256(f"{text}\0{html}".encode()).hexdigest()[:32]
    shown = _part("text/html", html, marks)
    if embedded:
        images = [[_image(picture)] for picture in embedded]
        head, related = _joined("related", f"=_r{own}", [shown, *images])
        shown = [head, *related]
    head, body = _joined("alternative", f"=_{own}", [_part("text/plain", text, marks), shown])
    return head, _merged(body)


def fill(pieces: Iterable[Piece], values: Mapping[str, str]) -> bytes:
    """Return the pieces with each slot filled by its mark's value; raises MailSetupError where one is missing."""
    filled: dict[Slot, bytes] = {}
    out = []
    for piece in pieces:
        if isinstance(piece, Slot):
            if piece not in filled:
                value = value_of(piece.mark, values)
                filled[piece] = _quoted(escape(value) if piece.html else value)
            out.append(filled[piece])
        else:
            out.append(piece)
    return b"".join(out)


def value_of(mark: str, values: Mapping[str, str]) -> str:
    """Return a recipient's value for a mark; raises MailSetupError when there is none, or it is no single line."""
    value = values.get(mark, "")
    if not value or not value.isprintable():
        raise MailSetupError(
            f"The letter has a place ({mark}) for which a recipient has {value!r}, so it was not sent: make the "
            "digest anew (compose --again), or report this as a fault of digikooste."
        )
    return value


def _part(kind: str, text: str, marks: Collection[str]) -> list[Piece]:
    """Return a text part. A slot has lines of its own, so that no value can break or lengthen another line."""
    text = re.sub(r"\r\n?", "\n", text).removesuffix("\n") + "\n"
    head = f'Content-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    pieces: list[Piece] = [head.encode()]
    if not marks:
        return [*pieces, _quoted(text)]
    for number, piece in enumerate(re.split(f"({'|'.join(map(re.escape, marks))})", text)):
        if number % 2:
            pieces += [_SOFT_BREAK, Slot(piece, kind == "text/html"), _SOFT_BREAK]
        else:
            pieces.append(_quoted(piece))
    return pieces


def _image(picture: Picture) -> bytes:
    head = (
        f"Content-Type: {picture.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-ID: <{picture.content_id}>\r\nContent-Disposition: inline\r\n\r\n"
    )
    lines = (picture.content[at : at + _BASE64_LINE] for at in range(0, len(picture.content), _BASE64_LINE))
    return head.encode() + b"".join(base64.b64encode(line) + b"\r\n" for line in lines)


def _joined(subtype: str, boundary: str, parts: Sequence[Sequence[Piece]]) -> tuple[bytes, list[Piece]]:
    """Return a multipart's header with its blank line, and its parts between boundaries (RFC 2046, 5.1.1)."""
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'
    rule = f"--{boundary}\r\n".encode()
    pieces: list[Piece] = list(chain.from_iterable([rule, *part, b"\r\n"] for part in parts))
    return head.encode(), [*pieces, f"--{boundary}--\r\n".encode()]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with octets that follow each other made one."""
    merged: list[Piece] = []
    for piece in pieces:
        if merged and isinstance(piece, bytes) and isinstance(merged[-1], bytes):
            merged[-1] += piece
        else:
            merged.append(piece)
    return merged


def _quoted(text: str) -> bytes:
    """Return quoted-printable lines of at most 75 characters, which leaves room for a soft line break."""
    coded = _FULL.sub(rb"\1\3=\n\2\4", b2a_qp(text.encode(), istext=True))
    return coded.replace(b"\n", b"\r\n")


def _encodable(text: str) -> str:
    """Return ``text`` with a question mark for each lone surrogate."""
    return text.encode(errors="replace").decode()
