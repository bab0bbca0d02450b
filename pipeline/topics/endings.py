"""What a word may look like by its endings alone: Finnish without Voikko, Swedish compounds, other languages.

Prefixes alone find 33 of 58 forms, with 6 false of 10; the rules below know the endings, so that what
follows a word is either an ending or the rest of a compound ("mediaani" is no form of "media").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INDEXED = 4
"""First characters of a token by which its words are looked up."""
_INFLECTED = 3  # shorter words ("AI", "EU") are met as they are; "AI:n" is the token "ai" before a colon
_COMPOUNDED = 4  # shorter words begin too many other words

_NO_ENDING = r""


@dataclass(frozen=True, slots=True)
class Endings:
    """The forms of one word: stems that take an ending, heads that begin a compound."""

    stems: frozenset[str]
    ending: str = _NO_ENDING
    heads: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """The beginnings that a token must have to be worth a look."""
        return frozenset(form[:INDEXED] for form in self.stems | self.heads)

    def meets(self, token: str, *, begins_compound: bool) -> bool:
        """Return whether a token is a form of the word, or a compound that it begins where that may be."""
        return _pattern(self, begins_compound).fullmatch(token) is not None

    def rest(self, token: str) -> str:
        """Return what follows the word in a compound that it can only begin, '' where the token is a form of it."""
        found = _pattern(self, begins_compound=True).fullmatch(token)
        return (found.groupdict().get("rest") or "") if found else ""


@lru_cache(10_000)
def _pattern(forms: Endings, begins_compound: bool) -> re.Pattern[str]:  # noqa: FBT001 - half of a cache's key
    """Compile 0.5 ms a word only once a token begins like it."""
    either = [f"(?:{_any(forms.stems)})(?:{forms.ending})"]
    if begins_compound and forms.heads:
        # A compound whose parts meet in one vowel is written with a hyphen, "media-ala".
        either.append(
            rf"(?:{_any(forms.heads)})(?:(?<=([aeiouyåäö]))(?!\1)|(?<![aeiouyåäö]))(?P<rest>[^\W\d_]{{4,}}|työ|apu|osa)"
        )
    return re.compile("|".join(either))


def _any(stems: Iterable[str]) -> str:
    return "|".join(re.escape(stem) for stem in sorted(stems, key=lambda stem: (-len(stem), stem)))


def endings_of(word: str, language: str) -> Endings:
    """Return the forms of a word, given in lower case."""
    if len(word) < _INFLECTED:
        return Endings(frozenset({word}))
    match language:
        case "fi":
            forms = Endings(_finnish_stems(word), _FINNISH_ENDING, _finnish_heads(word))
        case "sv":
            forms = Endings(_swedish_stems(word), _SWEDISH_ENDING, _swedish_heads(word))
        case _:
            return Endings(frozenset({word}))
    return forms if len(word) >= _COMPOUNDED else Endings(forms.stems, forms.ending)


_VOWELS = "aeiouyåäö"
_ONSET = 2  # characters at a word's beginning that no inflection changes

_FINNISH_ENDING = (
    "[ij]?"  # the plural
    "(?:n|t|[aä]|n[aä]|t{1,2}[aä]|ks[ie]|s[st][aä]|l[lt][aä]|lle|h?[aeiouyäö]n|seen|siin|den|tten|ine)?"
    "(?:ni|si|mme|nne|ns[aä]|[ae]{1,2}n|än)?"  # whose it is
    "(?:kin|k(?:aa|ää)n|h[aä]n|k[oö]|p[aä]|s){0,2}"
)

_WEAK = {
    "kk": "k", "pp": "p", "tt": "t", "nt": "nn", "nk": "ng", "mp": "mm", "lt": "ll", "rt": "rr",
    "st": "st", "sk": "sk", "sp": "sp", "tk": "tk", "t": "d", "k": "", "p": "v",
}  # fmt: skip
"""The consonants before a last vowel in an open syllable, and in a closed one: viestintä, viestinnän."""

_STRONG = {"t": "tt", "k": "kk", "p": "pp", "nn": "nt", "ng": "nk", "mm": "mp", "ll": "lt", "rr": "rt", "d": "t"}
"""The other way round, in words such as tiedote, tiedotteen and asiakas, asiakkaan."""


def _finnish_stems(word: str) -> frozenset[str]:
    """Return the stems to which Finnish endings are added; some belong to another kind of word."""
    if word.endswith("nen"):
        return frozenset({word, word[:-3] + "s", word[:-3] + "se"})
    if word[-1] == "s" and word[-2] in _VOWELS:
        base = word[:-1]
        stems = {word, base + "kse", base + "ks"}
        if word[-2] in "uy":
            stems |= {base + "de", base + "te", base + "t"}
        else:
            strong = _graded(base, _STRONG)
            stems |= {form + form[-1] for form in (base, strong)} | {strong, strong[:-1]}
        return frozenset(stems)
    if word[-1] not in _VOWELS:
        return frozenset({word, word + "i", word + "e"})
    stems = {word, _graded(word, _WEAK)}
    match word[-1]:
        case "a":
            stems |= {stem[:-1] + plural for stem in tuple(stems) for plural in ("o", "i")}
        case "ä":
            stems |= {stem[:-1] + plural for stem in tuple(stems) for plural in ("ö", "i")}
        case "i":
            stems |= {stem[:-1] + "e" for stem in tuple(stems)}
            if word[-2] in "lnr":  # kieli, kieltä
                stems.add(word[:-1])
        case "e":
            strong = _graded(word, _STRONG)
            stems |= {word + "e", strong, strong + "e"}
        case _:
            pass
    return frozenset(stems)


def _finnish_heads(word: str) -> frozenset[str]:
    if word.endswith("nen"):
        return frozenset({word[:-3] + "s"})
    if word[-1] not in _VOWELS and word[-1] != "s":
        return frozenset({word, word + "i"})
    return frozenset({word})


def _graded(word: str, grades: Mapping[str, str]) -> str:
    """Return a word that ends in a vowel with the consonants before it in the other grade."""
    found = re.search(rf"([^{_VOWELS}]{{1,2}})[{_VOWELS}]$", word)
    if found is None or found.start(1) < _ONSET:
        return word
    cluster = found[1]
    if cluster in grades:
        return word[: found.start(1)] + grades[cluster] + word[-1]
    if len(cluster) == 2 and cluster[1] in grades:  # noqa: PLR2004 - rk, lk, hd: only the second one changes
        return word[: found.start(1) + 1] + grades[cluster[1]] + word[-1]
    return word


_SWEDISH_ENDING = r"(?:s|(?:n|en|t|et|r|er|erna|ar|arna|or|orna|rna|na|a|e|are|aren|de|dd|tt)s?)?"


def _swedish_stems(word: str) -> frozenset[str]:
    stems = {word}
    if word[-1] in "ae":
        stems.add(word[:-1])
    if word[-1] in "mn":
        stems.add(word + word[-1])
    if word[-2:] in {"el", "er", "en"}:
        stems.add(word[:-2] + word[-1])
    return frozenset(stems)


def _swedish_heads(word: str) -> frozenset[str]:
    return frozenset({word, word[:-1] if word[-1] in "ae" else word + "s"})
