"""The editor's note: what a colleague wrote, as HTML that can do no harm and as plain paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

_BETWEEN = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note, said twice."""

    html: Markup
    """Paragraphs of safe HTML."""
    paragraphs: tuple[str, ...]
    """The same as plain text."""


def read(text: str) -> Note | None:
    """Return the note that a person wrote, blank lines between its paragraphs; None for one that says nothing."""
    paragraphs = tuple(" ".join(part.split()) for part in _BETWEEN.split(text.strip()) if part.strip())
    if not paragraphs:
        return None
    return Note(html=Markup("\n").join(Markup("<p>{}</p>").format(part) for part in paragraphs), paragraphs=paragraphs)
