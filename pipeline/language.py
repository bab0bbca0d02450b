"""Which language an item is in, and how sure we are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LEAST_WORDS = 2
_LEAST_LETTERS = 8
_MOST_CHARACTERS = 1000  # more adds time, not certainty
_SURE = 0.8


def detect(title: str, summary: str = "") -> str | None:
    """Return "fi", "sv" or "en", or None when the text is too short or fits none of them well."""
    text = f"{title}\n{summary}"[:_MOST_CHARACTERS]
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    if len(words) < _LEAST_WORDS or sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        return None
    code, confidence = _identifier().classify(" ".join(words))
    return code if confidence >= _SURE else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid import langid  # noqa: PLC0415 - numpy and a 1 MB model: only where a language is not declared

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
