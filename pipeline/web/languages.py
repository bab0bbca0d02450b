"""In which language a visitor is answered: as the path says, else as the browser asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,40})?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.ASCII)
_MOST = 20
"""Ranges of an Accept-Language header that are looked at."""


def negotiated(accepted: str, offered: Sequence[str]) -> str:
    """Return which of ``offered`` an Accept-Language header likes best (RFC 9110, 12.5.4), else the first."""
    best, weight = offered[0], 0.0
    for text in accepted.split(",", _MOST)[:_MOST]:
        if (found := _RANGE.fullmatch(text)) and found[1].lower() in offered:
            quality = 1.0 if found[2] is None else float(found[2])
            if quality > weight:
                best, weight = found[1].lower(), quality
    return best


def chosen(path: str, accepted: str, offered: Sequence[str]) -> str:
    """Return the language that ``path`` begins with ("/sv/prenumerera"), else the one that the browser asks for."""
    first = path.removeprefix("/").partition("/")[0]
    return first if first in offered else negotiated(accepted, offered)
