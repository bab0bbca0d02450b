"""A text as its words: folded, bounded, without signs."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_TEXT = 4000  # characters; titles and summaries are far shorter
_LONGEST_TOKEN = 80
_TOKEN = re.compile(r"[^\W_]+")


def tokens(text: str) -> list[str]:
    """Return the words of a text in lower case; "LinkedIn-profiili" is two, "AI:n" is "ai" and "n"."""
    folded = unicodedata.normalize("NFC", text[:_LONGEST_TEXT]).casefold()
    return [token for token in _TOKEN.findall(folded) if len(token) <= _LONGEST_TOKEN]
