"""Finnish morphology by Voikko, where it is installed: what words a word form is made of.

libvoikko from PyPI is pure ctypes; it needs Debian's libvoikko1 and voikko-fi (or their like), 4 MB.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Reading: TypeAlias = tuple[frozenset[str], ...]
"""The parts of a compound, in order, each as the base forms that it may be of; a plain word has one part."""

_REMEMBERED = 50_000
_PART = re.compile(r"=[^=]*")
_LETTER = re.compile(r"[a-z-]")
_DOING = "MINEN-infinitive"


class Voikko:
    """An open dictionary. 0.04 ms a word, once: what it said of a word is remembered."""

    def __init__(self, dictionary: Any) -> None:  # noqa: ANN401 - libvoikko has no types
        self._analyze = dictionary.analyze
        self.readings = lru_cache(_REMEMBERED)(self._readings)

    def _readings(self, form: str) -> frozenset[Reading]:
        """Return what a word form (in lower case) may be, or nothing for a word that Voikko does not know.

        "verkkoviestinnästä" is {("verkko",), ("viestintä",)} in that order. What can only be read as somebody's
        own counts only if nothing else can be meant: "mediaani" is a median, not "my media".
        """
        analyses = self._analyze(form)
        others = [analysis for analysis in analyses if "POSSESSIVE" not in analysis]
        return frozenset(self._reading(form, analysis) for analysis in others or analyses)

    def as_written(self, word: str) -> frozenset[Reading]:
        """Return the readings of a word in its base form, or all if it stands in another form in the file.

        "viestintä" is itself then, although it might be a case of "viestin" as well.
        """
        analyses = [analysis for analysis in self._analyze(word) if analysis["BASEFORM"].lower() == word]
        return frozenset(self._reading(word, analysis) for analysis in analyses) or self.readings(word)

    def _reading(self, form: str, analysis: Mapping[str, Any]) -> Reading:
        *before, _ = _parts(form, analysis["STRUCTURE"])
        base = analysis["BASEFORM"].lower()
        head = "".join(before)
        last = base.removeprefix(head) if len(base) > len(head) else base
        # "mittaaminen" is the doing, and no other form of "mitata" is meant by it.
        last = f"{last}+minen" if analysis.get("MOOD") == _DOING else last
        return (*(self._modifier(part) for part in before), frozenset({last}))

    def _modifier(self, part: str) -> frozenset[str]:
        """Return the base forms of what stands before another part: "viestinnän", "sosiaalis", "digi"."""
        forms = (part, f"{part[:-1]}nen") if part.endswith("s") else (part,)
        return frozenset({part, *(base for form in forms for base in self._plain_bases(form))})

    def _plain_bases(self, form: str) -> Iterator[str]:
        for analysis in self._analyze(form):
            if analysis["STRUCTURE"].count("=") == 1:
                yield from self._reading(form, analysis)[0]


def _parts(form: str, structure: str) -> Iterator[str]:
    """Yield the parts of a form as STRUCTURE cuts it: "=pppppp=ppp" is six letters and three."""
    start = 0
    for part in _PART.findall(structure):
        end = start + len(_LETTER.findall(part))
        yield form[start:end]
        start = end


@cache
def _opened() -> Voikko | str:
    otherwise = "Finnish words are met by their endings only, since Voikko"
    packages = "on Debian, apt install libvoikko1 voikko-fi."
    try:
        import libvoikko  # noqa: PLC0415 - an optional extra
    except ImportError:
        return f"{otherwise} is not installed: pip install 'digikooste[voikko]' and, {packages}"
    try:
        return Voikko(libvoikko.Voikko("fi"))
    except (OSError, libvoikko.VoikkoException) as error:
        return f"{otherwise} does not open ({error}): {packages}"


def voikko() -> Voikko | None:
    """Return the dictionary, opened once, or None where it is not installed."""
    opened = _opened()
    return opened if isinstance(opened, Voikko) else None


def voikko_missing() -> str | None:
    """Return what is missing for Finnish morphology and what to do, for `doctor`; None where all is there."""
    opened = _opened()
    return opened if isinstance(opened, str) else None
