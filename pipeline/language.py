"""Which language an item is in, and how sure we are."""

from __future__ import annotations

import math
import re
from array import array
from functools import cache
from typing import TYPE_CHECKING, Any

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
_BYTES = bytes((*range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xC2, 0xCA), 0xCC, 0xE2))
"""Of UTF-8: Latin letters up to U+027F, accents that stand for themselves, and signs such as quotes and dashes."""


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
    scores of each and 30 into widening them from half to single precision. Of its 70 MB, 56 are for letters
    and languages that are none of these. No Python number is kept in it, so that children share its pages
    for as long as they live: to count who holds a number is to write. Every answer on 1,377 real entries is the same.
    """

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 - 190 ms with the model, only where a language is not declared
        from py3langid import langid  # noqa: PLC0415 - as above

        model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
        languages = [model.nb_classes.index(language) for language in (*LANGUAGES, *_NEIGHBOURS)]
        automaton = _Automaton(np, np.asarray(model.tk_nextmove), np.asarray(model.tk_row))
        found = np.asarray(model.tk_output)[automaton.states]
        features = np.unique(found[found >= 0])
        numbers = np.full(len(model.nb_ptc) + 1, -1, np.intc)  # the last one is for -1, no feature
        numbers[features] = np.arange(len(features))
        self._numpy = np
        self._visits = langid.visit_counts
        self._letters = automaton.letters
        self._moves = (automaton.moves, automaton.rows, array("i", numbers[found].tobytes()))
        self._table: ndarray = np.ascontiguousarray(model.nb_ptc[features][:, languages])
        self._start: ndarray = model.nb_pc[languages]

    def shares(self, text: str) -> Sequence[float]:
        """Return how likely each language is, ours first; they add up to one.

        The square root of the length keeps the shares comparable between short and long texts, as the
        model's own normalisation does.
        """
        numpy = self._numpy
        known = (text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
        visits = self._visits(*self._moves, known.translate(self._letters))
        if not visits:
            return [1 / len(self._start)] * len(self._start)
        rows = numpy.fromiter(visits.keys(), dtype=numpy.intp, count=len(visits))
        counts = numpy.fromiter(visits.values(), dtype=numpy.float32, count=len(visits))
        scores = numpy.log1p(counts) @ self._table[rows].astype(numpy.float32) + self._start
        scores *= 1 / math.sqrt(len(known))
        likely = numpy.exp(scores - scores.max())
        shares: list[float] = (likely / likely.sum()).tolist()
        return shares


class _Automaton:
    """What finds the model's features in a text, without what letters of other alphabets lead to.

    ``letters`` turns the bytes of a text into columns of ``moves``, which holds the next state by row and
    column; ``rows`` says where the row of a state begins. ``states`` are the model's own numbers of those kept.
    """

    def __init__(self, np: Any, moves: ndarray, rows: ndarray) -> None:  # noqa: ANN401 - numpy itself
        table = np.ascontiguousarray(moves.reshape(-1, 256)[:, list(_BYTES)])
        reached, walked = np.zeros(len(rows), bool), np.zeros(len(table), bool)
        reached[0] = True
        ahead = rows[:1]
        while len(ahead):
            walked[ahead] = True
            reached[table[ahead]] = True
            found = np.zeros(len(table), bool)
            found[rows[reached]] = True
            ahead = np.flatnonzero(found & ~walked)
        self.states: ndarray = np.flatnonzero(reached)
        width = len(_BYTES) + 1  # the first column leads back to the start, as every other letter does
        small = np.uint16 if len(self.states) <= 2**16 else np.uint32
        kept = np.zeros((walked.sum(), width), small)
        kept[:, 1:] = (np.cumsum(reached) - 1).astype(small)[table[walked]]
        self.moves = array(kept.dtype.char, kept.tobytes())
        self.rows = array("I", ((np.cumsum(walked) - 1)[rows[self.states]] * width).astype(np.uintc).tobytes())
        self.letters = bytes(_BYTES.index(byte) + 1 if byte in _BYTES else 0 for byte in range(256))


@cache
def _model() -> _Model:
    return _Model()
