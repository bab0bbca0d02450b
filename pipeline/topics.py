"""Which topics an item belongs to, in Finnish word forms, and why."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.model import Topic

_LONGEST_TEXT = 4000  # characters; titles and summaries are far shorter
_LONGEST_TOKEN = 80
_TOKEN = re.compile(r"[^\W_]+")
_INDEXED = 4  # first characters of a token by which its words are looked up
_INFLECTED = 3  # shorter words ("AI", "EU") are met as they are; "AI:n" is the token "ai" before a colon
_COMPOUNDED = 4  # shorter words begin too many other words
_SHORT = 4  # words up to this length are met as they are while the language is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A topic that an item belongs to, by its id, and the word of the file that says so."""

    topic: str
    word: str


class Matcher:
    """Finds the topics of texts; made once from the topics of the file.

    A word is met in its inflected forms and where it begins a compound ("viestintäsuositus" in
    "viestintäsuosituksen", "some" in "someviestintä"); a phrase word by word. Only words of the text's
    own language count, since English "some" is not Finnish "some"; while the language is unknown the
    words of all languages count, the short ones only as they are.
    """

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = tuple(topic.id for topic in topics)
        languages = {language for topic in topics for language in topic.words}
        self._known = {language: _Lexicon(topics, [language], exact=0) for language in languages}
        self._unknown = _Lexicon(topics, sorted(languages), exact=_SHORT)

    def topics_of(self, title: str, summary: str, language: str | None) -> tuple[Hit, ...]:
        """Return the topics of a text in the order of the file, each with its first word that is met.

        ``title`` and ``summary`` are clean text; ``language`` is a code such as "fi" or "fi-FI".
        """
        code = None if language is None else language.partition("-")[0].lower()
        lexicon = self._unknown if code is None else self._known.get(code)
        if lexicon is None:
            return ()
        found = lexicon.words_in([*_tokens(title), "", *_tokens(summary)])
        return tuple(Hit(topic=self._topics[number], word=found[number].text) for number in sorted(found))


class _Word:
    """A word or phrase of a topic: its place in the file, and the forms of each of its parts."""

    def __init__(self, topic: int, place: int, text: str, forms: Sequence[_Forms]) -> None:
        self.topic = topic
        self.place = place
        self.text = text
        self._forms = forms

    @cached_property
    def _parts(self) -> tuple[re.Pattern[str], ...]:
        """Compile 0.5 ms a word only once a token begins like it."""
        return tuple(form.pattern(last=form is self._forms[-1]) for form in self._forms)

    def begins_at(self, tokens: Sequence[str], start: int) -> bool:
        if start + len(self._forms) > len(tokens):
            return False
        return all(part.fullmatch(tokens[start + step]) for step, part in enumerate(self._parts))


class _Lexicon:
    """The words of some languages, looked up by how a token begins."""

    def __init__(self, topics: Sequence[Topic], languages: Sequence[str], *, exact: int) -> None:
        self._words: defaultdict[str, list[_Word]] = defaultdict(list)
        for number, topic in enumerate(topics):
            texts = [(language, text) for language in languages for text in topic.words.get(language, ())]
            for place, (language, text) in enumerate(texts):
                forms = [_forms(token, language, exact=exact) for token in _tokens(text)]
                if forms:
                    word = _Word(number, place, text, forms)
                    for start in forms[0].starts():
                        self._words[start].append(word)

    def words_in(self, tokens: Sequence[str]) -> Mapping[int, _Word]:
        """Return by topic the first of its words that the tokens hold."""
        found: dict[int, _Word] = {}
        for start, token in enumerate(tokens):
            for length in range(1, min(_INDEXED, len(token)) + 1):
                for word in self._words.get(token[:length], ()):
                    known = found.get(word.topic)
                    if (known is None or word.place < known.place) and word.begins_at(tokens, start):
                        found[word.topic] = word
        return found


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text[:_LONGEST_TEXT]).casefold()
    return [token for token in _TOKEN.findall(folded) if len(token) <= _LONGEST_TOKEN]


# --- Forms ------------------------------------------------------------------------------------------
# Prefixes alone find 33 of 58 forms, with 6 false of 10; the rules below know the endings, so that
# what follows a word is either an ending or the rest of a compound ("mediaani" is no form of "media").

_NO_ENDING = r""


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms of one word: stems that take an ending, heads that begin a compound."""

    stems: frozenset[str]
    ending: str = _NO_ENDING
    heads: frozenset[str] = frozenset()

    def starts(self) -> set[str]:
        return {form[:_INDEXED] for form in self.stems | self.heads}

    def pattern(self, *, last: bool) -> re.Pattern[str]:
        """Return what a token must be; only the ``last`` part of a phrase begins a compound."""
        forms = [f"(?:{_any(self.stems)})(?:{self.ending})"]
        if last and self.heads:
            # A compound whose parts meet in one vowel is written with a hyphen, "media-ala".
            forms.append(
                rf"(?:{_any(self.heads)})(?:(?<=([aeiouyåäö]))(?!\1)|(?<![aeiouyåäö]))(?:[^\W\d_]{{4,}}|työ|apu|osa)"
            )
        return re.compile("|".join(forms))


def _any(stems: Iterable[str]) -> str:
    return "|".join(re.escape(stem) for stem in sorted(stems, key=lambda stem: (-len(stem), stem)))


def _forms(word: str, language: str, *, exact: int) -> _Forms:
    if len(word) <= exact or len(word) < _INFLECTED:
        return _Forms(frozenset({word}))
    match language:
        case "fi":
            forms = _Forms(_finnish_stems(word), _FINNISH_ENDING, _finnish_heads(word))
        case "sv":
            forms = _Forms(_swedish_stems(word), _SWEDISH_ENDING, _swedish_heads(word))
        case "en":
            return _Forms(_english_stems(word))
        case _:
            return _Forms(frozenset({word}))
    return forms if len(word) >= _COMPOUNDED else _Forms(forms.stems, forms.ending)


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


def _english_stems(word: str) -> frozenset[str]:
    """Return the singular and the plural; "'s" is a token of its own."""
    plural = word[:-1] + "ies" if word[-1] == "y" and word[-2] not in _VOWELS else word + "s"
    return frozenset({word, plural} | ({word + "es"} if word.endswith(("s", "x", "z", "ch", "sh")) else set()))
