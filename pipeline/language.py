"""Which language an item is in, and how sure we are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_LEAST_WORDS = 2
_LEAST_LETTERS = 8
_MOST_CHARACTERS = 200  # a title and a sentence; more takes time (2.4 µs each) and adds no certainty
_SURE = 0.8  # among our languages: one word of Finnish scores 0.74, real titles 0.95 and more
_FOREIGN = 0.7  # among the model's 142: a Swedish title may look Norwegian by 0.47, a Norwegian one by 0.89


def detect(title: str, summary: str = "") -> str | None:
    """Return "fi", "sv" or "en", or None when the text is too short, unclear or in another language.

    For items of sources that do not declare their language; ``title`` and ``summary`` are plain text.
    """
    text = f"{title}\n{summary}"[:_MOST_CHARACTERS]
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    if len(words) < _LEAST_WORDS or sum(map(str.isalpha, text)) < _LEAST_LETTERS:
        return None
    ranking: list[tuple[str, float]] = _identifier().rank(" ".join(words))
    ours = {code: share for code, share in ranking if code in LANGUAGES}
    best = max(ours, key=ours.__getitem__)
    first, its_share = ranking[0]
    if (first not in LANGUAGES and its_share >= _FOREIGN) or ours[best] < _SURE * sum(ours.values()):
        return None
    return best


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid import langid  # noqa: PLC0415 - 190 ms, only where a language is not declared

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
