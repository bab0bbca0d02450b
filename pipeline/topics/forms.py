"""The forms in which a word of the file is met: each language by the means that know it best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from pipeline.topics.endings import INDEXED, Endings, endings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.topics.voikko import Reading, Voikko

_REMEMBERED = 50_000
_SHORTER, _LONGER = 2, 5
"""How much a token's length may differ from a word's that has its Snowball stem: "communicating" is met by
"communication", "access" not by "accessibility" although both are "access" to Snowball."""


class Place(Enum):
    """Where in its phrase a word stands: only the last one begins a compound, only a lone one stands anywhere in it."""

    ALONE = "alone"
    BEFORE = "before"
    LAST = "last"


class Form(Protocol):
    """One word of the file. ``keys`` are those of a token's keys by which it is looked up."""

    @property
    def keys(self) -> Iterable[str]:
        """What a token must have one of to be worth asking about."""

    def meets(self, token: str, place: Place) -> bool:
        """Return whether the token is the word in some form, standing there."""


@dataclass(frozen=True, slots=True)
class Written:
    """A word as it is: short ones, while a text's language is unknown."""

    word: str

    @property
    def keys(self) -> Iterable[str]:
        """Its own beginning."""
        return (self.word[:INDEXED],)

    def meets(self, token: str, _place: Place) -> bool:
        """Return whether it is the very word."""
        return token == self.word


@dataclass(frozen=True, slots=True)
class Inflected:
    """A word by its endings."""

    endings: Endings

    @property
    def keys(self) -> Iterable[str]:
        """The beginnings of its stems."""
        return self.endings.keys

    def meets(self, token: str, place: Place) -> bool:
        """Return whether an ending or the rest of a compound follows a stem."""
        return self.endings.meets(token, begins_compound=place is not Place.BEFORE)


@dataclass(frozen=True, slots=True)
class Analysed:
    """A Finnish word as Voikko knows it, if it does (``readings``); what it does not know is met by the endings.

    What follows the word in a compound must be a word itself then: "podiumpaikka" is no place for a "podi".
    """

    readings: frozenset[Reading]
    otherwise: Inflected
    voikko: Voikko

    @property
    def keys(self) -> Iterable[str]:
        """The base forms of its first part."""
        return chain(self.otherwise.keys, *(reading[0] for reading in self.readings))

    def meets(self, token: str, place: Place) -> bool:
        """Return whether a reading of the token is, or holds, a reading of the word."""
        known = self.voikko.readings(token)
        if not known:
            rest = self.otherwise.endings.rest(token)
            return self.otherwise.meets(token, place) and (not rest or bool(self.voikko.readings(rest)))
        return any(_holds(whole, part, place) for whole in known for part in self.readings)


def _holds(whole: Reading, part: Reading, place: Place) -> bool:
    spare = len(whole) - len(part)
    if spare < 0 or (spare and place is Place.BEFORE):
        return False
    starts = range(spare + 1) if place is Place.ALONE else (0,)
    return any(all(a & b for a, b in zip(part, whole[start:], strict=False)) for start in starts)


@dataclass(frozen=True, slots=True)
class Stemmed:
    """A Swedish or English word by its Snowball stem; Swedish compounds by what they begin with."""

    word: str
    stem: Callable[[str], str]
    otherwise: Inflected

    @property
    def keys(self) -> Iterable[str]:
        """Its stem, and the beginnings of compounds."""
        return chain((self.stem(self.word),), self.otherwise.keys)

    def meets(self, token: str, place: Place) -> bool:
        """Return whether the stems are one and the lengths near, or it begins the token as a compound."""
        more = len(token) - len(self.word)
        if -_SHORTER <= more <= _LONGER and self.stem(token) == self.stem(self.word):
            return True
        return self.otherwise.meets(token, place)


class Forms:
    """How the words of one language are met: makes the forms of words, and the keys of tokens to find them by."""

    def __init__(self, language: str, voikko: Voikko | None) -> None:
        self._language = language
        self._voikko = voikko if language == "fi" else None
        self._stem = _stemmer(language)

    def form(self, word: str) -> Form:
        """Return the forms of a word, in lower case."""
        inflected = Inflected(endings_of(word, self._language))
        if self._voikko is not None:
            return Analysed(self._voikko.as_written(word), inflected, self._voikko)
        return inflected if self._stem is None else Stemmed(word, self._stem, inflected)

    def keys(self, token: str) -> Iterable[str]:
        """Return what a word that this token begins may be found by, beside the token's beginnings."""
        if self._voikko is not None:
            return {base for reading in self._voikko.readings(token) for part in reading for base in part}
        return () if self._stem is None else (self._stem(token),)


def _stemmer(language: str) -> Callable[[str], str] | None:
    name = {"sv": "swedish", "en": "english"}.get(language)
    if name is None:
        return None
    from snowballstemmer import stemmer  # noqa: PLC0415 - 10 ms, and --help never needs it

    return lru_cache(_REMEMBERED)(stemmer(name).stemWord)
