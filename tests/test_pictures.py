"""A logo: what it is, how large, and how it travels."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import pictures
from pipeline.pictures import Picture


def png(width: int, height: int, colour: bytes = b"\x0b\x4f\x8a") -> bytes:
    """Return a PNG of one colour (the format's specification, 5.3)."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = (b"\0" + colour * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """Return the beginning of a JPEG: a thumbnail's size inside APP1 must not be taken for its own."""
    thumbnail = b"\xff\xe1" + struct.pack(">H", 12) + b"\xff\xc0" + struct.pack(">HBHH", 8, 8, 1, 1) + b"\0"
    frame = b"\xff\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + thumbnail + b"\xff\x01" + frame


@pytest.mark.parametrize(
    ("content", "media_type", "suffix"),
    [
        (png(300, 80), "image/png", "png"),
        (jpeg(300, 80), "image/jpeg", "jpg"),
        (b"GIF89a" + struct.pack("<HH", 300, 80), "image/gif", "gif"),
    ],
)
def test_kind_and_size_are_read(content: bytes, media_type: str, suffix: str) -> None:
    """By the file's content, not by its name."""
    picture = pictures.read(content)
    assert (picture.media_type, picture.suffix, picture.width, picture.height) == (media_type, suffix, 300, 80)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no PNG, JPEG or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "save it as PNG"),
        (png(3, 3)[:20], "ends in the middle"),
        (jpeg(3, 3)[:8], "ends in the middle"),
        (b"\xff\xd8\xff\xe1\x00\x02\x00\x00", "damaged"),
        (png(0, 3), "has no size"),
        (png(1, 1) + b"\0" * 70_000, "takes 68 kB"),
    ],
)
def test_what_mail_cannot_show_is_refused(content: bytes, said: str) -> None:
    """With the reason and what to do."""
    with pytest.raises(ValueError, match=said):
        pictures.read(content)


@given(content=st.binary(max_size=80), start=st.sampled_from([b"", b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n"]))
def test_any_bytes_are_read_or_refused(content: bytes, start: bytes) -> None:
    """Nothing but ValueError comes out, and it comes soon."""
    try:
        picture = pictures.read(start + content)
    except ValueError:
        return
    assert picture.width > 0 < picture.height


def test_shown_size_keeps_the_proportions() -> None:
    """A large logo is shown small, which is sharp on fine screens; a small one is never blown up."""
    assert Picture(media_type="image/png", content=b"", width=600, height=120).shown(width=220, height=64) == (220, 44)
    assert Picture(media_type="image/png", content=b"", width=200, height=200).shown(width=220, height=64) == (64, 64)
    assert Picture(media_type="image/png", content=b"", width=30, height=10).shown(width=220, height=64) == (30, 10)
    assert Picture(media_type="image/png", content=b"", width=9000, height=1).shown(width=220, height=64) == (220, 1)


def test_a_picture_leaves_the_html_and_comes_back_as_a_part() -> None:
    """Each picture once, by an address made of its content; what else says "data:" stays."""
    logo = pictures.read(png(3, 2))
    html = f'<p title="data:image/png;base64,AAAA"><img src="{logo.data_url}"><img src="{logo.data_url}">'
    detached, found = pictures.detached(html)
    assert detached == f'<p title="data:image/png;base64,AAAA">{f"""<img src="cid:{logo.content_id}">""" * 2}'
    assert [(one.media_type, one.content) for one in found] == [("image/png", logo.content)]
    assert pictures.detached("<p>") == ("<p>", ())
