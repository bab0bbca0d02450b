"""What an operator should hear, once: each code with its sentence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "flood": (
            "{items} items came together and the letter takes {in_letter}; the others are on the page. "
            "Most came from {source} ({source_items})."
        ),
        "course-ends": "{source} has been handed out to its end.",
        "moved": (
            "nothing known was left at {url}: what it holds now is taken as known, not as news. "
            "If the site has moved, look whether the address in sources.yaml is still right."
        ),
        "nothing-reached": "no source could be reached, so no letter was made for {digest}.",
        "refused": "the mail server refused {count} of the deliveries of {digest}.",
        "stopped": "the mail server stopped the delivery: {reason}",
    }
)
"""By code; the names in braces are the notice's parameters."""


def sentence(code: str, params: Mapping[str, str | int]) -> str:
    """Return what to tell the operator. KeyError when a code has no sentence or a parameter is missing."""
    return SENTENCES[code].format_map(dict(params))
