"""A digest as JSON, as it is kept and read back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipeline.model import Digest

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def written(digest: Digest) -> str:
    """Return what ``read`` reads."""
    return _adapter().dump_json(digest).decode()


def read(body: str) -> Digest:
    """Return the digest that was written."""
    return _adapter().validate_json(body)


@cache  # made anew it takes 10 ms each time
def _adapter() -> TypeAdapter[Digest]:
    from pydantic import TypeAdapter  # noqa: PLC0415  # 0.1 s, and only what has to do with digests needs it

    return TypeAdapter(Digest)
