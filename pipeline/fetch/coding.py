"""Undo Content-Encoding, knowing a body cut short and a bomb.

libcurl could do it while reading, but reports a gzip body that stops in the middle as a success.
"""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"
"""What Accept-Encoding names: only what is decoded here."""

_GZIP = frozenset({"gzip", "x-gzip"})
_MAX_CODINGS = 3
_GZIP_MAGIC = b"\x1f\x8b"


class CodingError(Exception):
    """The body is not what its Content-Encoding says; the text completes "its body …"."""


class CutShort(CodingError):
    """The compressed body stops in the middle."""


class TooBig(CodingError):
    """The decoded body is larger than it may be."""


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the body with every coding of a Content-Encoding field undone, last one first.

    Raises TooBig once more than ``limit`` bytes come out of any of them, CutShort, or CodingError.
    """
    codings = [coding for name in encoding.lower().split(",") if (coding := name.strip()) not in {"", "identity"}]
    if len(codings) > _MAX_CODINGS:
        raise CodingError(f"is coded {len(codings)} times")
    for index, coding in enumerate(reversed(codings)):
        if coding in _GZIP:
            # Servers behind a proxy say "gzip, gzip" of a body that was zipped once.
            if index and not body.startswith(_GZIP_MAGIC):
                continue
            body = _gunzip(body, limit)
        elif coding == "deflate":
            body = _inflate(body, limit)
        else:
            raise CodingError(f"comes in the coding {coding!r}, which was not asked for")
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    """Undo gzip, with all its members (RFC 1952, 2.2); what follows the last one is padding."""
    members: list[bytes] = []
    left = limit
    rest = body
    while not members or rest.startswith(_GZIP_MAGIC):
        decoded, rest = _decompress(rest, left, zlib.MAX_WBITS | 16)
        members.append(decoded)
        left -= len(decoded)
    return b"".join(members)


def _inflate(body: bytes, limit: int) -> bytes:
    """Undo deflate: with the zlib header that the standard asks for, or bare as many servers send it."""
    try:
        return _decompress(body, limit, zlib.MAX_WBITS)[0]
    except (TooBig, CutShort):
        raise
    except CodingError:
        return _decompress(body, limit, -zlib.MAX_WBITS)[0]


def _decompress(body: bytes, limit: int, wbits: int) -> tuple[bytes, bytes]:
    engine = zlib.decompressobj(wbits)
    try:
        decoded = engine.decompress(body, limit + 1)
    except zlib.error as error:
        raise CodingError("is not compressed as its header says, or broken") from error
    if len(decoded) > limit:
        raise TooBig("grows too big when unpacked")
    if not engine.eof:
        raise CutShort("stops in the middle")
    return decoded, engine.unused_data
