"""Which language an item is in, and how sure we are."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING

from pipeline.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import ndarray

_LEAST_WORDS = 2
_LEAST_LETTERS = 8
_MOST_CHARACTERS = 200  # a title and a sentence; more takes time (0.3 µs each) and adds no certainty
_SURE = 0.8  # among our languages: one word of Finnish scores 0.74, real titles 0.95 and more
_FOREIGN = 0.7  # among all that the model is left: a Swedish title may look Norwegian by 0.47, a Norwegian one by 0.89

_NEIGHBOURS = (
    "af", "az", "br", "bs", "ca", "cs", "cy", "da", "de", "eo", "es", "et", "eu", "fo", "fr", "fy", "ga", "gl", "hr",
    "hu", "id", "is", "it", "la", "lb", "lt", "lv", "mt", "nl", "nn", "no", "oc", "pl", "pt", "ro", "se", "sk", "sl",
    "so", "sq", "sw", "tl", "tr", "vi",
)  # fmt: skip
_NOT_LATIN = re.compile("[\u0250-\U0010ffff]")


def detect(title: str, summary: str = "") -> str | None:
    """Return "fi", "sv" or "en", or None when the text is too short, unclear or in another language.

    For items of sources that do not declare their language; ``title`` and ``summary`` are plain text.
    """
    text = f"{title}\n{summary}"[:_MOST_CHARACTERS]
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    letters = sum(map(str.isalpha, text))
    if len(words) < _LEAST_WORDS or letters < _LEAST_LETTERS or 2 * len(_NOT_LATIN.findall(text)) > letters:
        return None
    shares = _model().shares(" ".join(words))
    ours = shares[: len(LANGUAGES)]
    best = max(ours)
    if (max(shares) > best and max(shares) >= _FOREIGN) or best < _SURE * sum(ours):
        return None
    return LANGUAGES[ours.index(best)]


class _Model:
    """py3langid's model cut down to the languages of the Latin alphabet that come near ours, these in front.

    Of its own 0.17 ms a text, 60 µs went into naming and sorting all 142 languages, 40 into fetching the
    scores of each and 30 into widening them from half to single precision. Cut down and widened once, the
    table takes 19 MB instead of 28, and every answer on 595 real entries is the same.
    """

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 - 190 ms with the model, only where a language is not declared
        from py3langid import langid  # noqa: PLC0415 - as above

        model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
        columns = [model.nb_classes.index(language) for language in (*LANGUAGES, *_NEIGHBOURS)]
        self._numpy = np
        self._visits = langid.visit_counts
        self._moves = (model.tk_nextmove, [row << 8 for row in model.tk_row], model.tk_output)
        self._table: ndarray = np.ascontiguousarray(model.nb_ptc[:, columns], dtype=np.float32)
        self._start: ndarray = model.nb_pc[columns]

    def shares(self, text: str) -> Sequence[float]:
        """Return how likely each language is, ours first; they add up to one.

        The square root of the length keeps the shares comparable between short and long texts, as the
        model's own normalisation does.
        """
        numpy = self._numpy
        known = (text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
        visits = self._visits(*self._moves, known)
        if not visits:
            return [1 / len(self._start)] * len(self._start)
        rows = numpy.fromiter(visits.keys(), dtype=numpy.intp, count=len(visits))
        counts = numpy.fromiter(visits.values(), dtype=numpy.float32, count=len(visits))
        scores = numpy.log1p(counts) @ self._table[rows] + self._start
        scores *= 1 / math.sqrt(len(known))
        likely = numpy.exp(scores - scores.max())
        shares: list[float] = (likely / likely.sum()).tolist()
        return shares


@cache
def _model() -> _Model:
    return _Model()
