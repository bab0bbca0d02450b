"""A small picture: what kind it is, how large, and how it travels inside a letter."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from dataclasses import dataclass

MOST_BYTES = 64 * 1024

_PNG = b"\x89PNG\r\n\x1a\n"
_GIF = (b"GIF87a", b"GIF89a")
_JPEG = b"\xff\xd8\xff"
_JPEG_MARK = 0xFF
_JPEG_SIZES = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
"""Markers of a JPEG's frame header, in which its size stands (ITU T.81, table B.1)."""
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_DATA_URL = re.compile(r'(?<=src=")data:(image/[a-z]+);base64,([A-Za-z0-9+/=]+)(?=")')


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG, JPEG or GIF with its size in pixels, 0 where nobody asked."""

    media_type: str
    content: bytes
    width: int = 0
    height: int = 0

    @property
    def suffix(self) -> str:
        """The ending of its file's name: png, jpg or gif."""
        return {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}[self.media_type]

    @property
    def data_url(self) -> str:
        """The picture as an address that holds it (RFC 2397)."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"

    @property
    def content_id(self) -> str:
        """A Content-ID made of its content (RFC 2392), without the angle brackets."""
        return f"{hashlib.sha256(self.content).hexdigest()[:16]}@picture.digikooste"

    def shown(self, *, width: int, height: int) -> tuple[int, int]:
        """Return the size at which it fits into a box, never larger than it is."""
        scale = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def read(content: bytes) -> Picture:
    """Return the picture that a file holds. Raises ValueError with the reason and what to do."""
    if len(content) > MOST_BYTES:
        raise ValueError(
            f"takes {len(content) // 1024} kB, and everybody gets it in every letter; make it smaller than "
            f"{MOST_BYTES // 1024} kB"
        )
    try:
        if content.startswith(_PNG):
            kind, (width, height) = "image/png", struct.unpack(">II", content[16:24])
        elif content.startswith(_GIF):
            kind, (width, height) = "image/gif", struct.unpack("<HH", content[6:10])
        elif content.startswith(_JPEG):
            kind, (width, height) = "image/jpeg", _jpeg_size(content)
        else:
            raise ValueError("is no PNG, JPEG or GIF, which are what every mail program shows; save it as PNG")
    except (struct.error, IndexError) as error:
        raise ValueError("ends in the middle; save it again") from error
    if not width or not height:
        raise ValueError("has no size; save it again")
    return Picture(media_type=kind, content=content, width=width, height=height)


def detached(html: str) -> tuple[str, tuple[Picture, ...]]:
    """Return ``html`` with a cid: address for each embedded picture, and the pictures, each once.

    Outlook and Gmail show no data: pictures, only parts of the message.
    """
    found: dict[str, Picture] = {}

    def part(match: re.Match[str]) -> str:
        picture = Picture(media_type=match[1], content=base64.b64decode(match[2]))
        found[picture.content_id] = picture
        return f"cid:{picture.content_id}"

    return _DATA_URL.sub(part, html), tuple(found.values())


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height of the first frame header."""
    place = 2
    while True:
        if content[place] != _JPEG_MARK:
            raise ValueError("is a damaged JPEG; save it again")
        marker = content[place + 1]
        if marker == _JPEG_MARK:  # a fill byte
            place += 1
            continue
        if marker in _JPEG_BARE:
            place += 2
            continue
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        (length,) = struct.unpack(">H", content[place + 2 : place + 4])
        place += 2 + max(2, length)
