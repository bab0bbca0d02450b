"""Which topics an item belongs to, in Finnish word forms, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.topics.endings import INDEXED
from pipeline.topics.forms import Forms, Place, Written
from pipeline.topics.tokens import tokens
from pipeline.topics.voikko import voikko, voikko_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.model import Topic
    from pipeline.topics.forms import Form

__all__ = ["Hit", "Matcher", "voikko_missing"]

_NOT_MEANT = -1
_SHORT = 4  # words up to this length are met as they are while the language is unknown
_REMEMBERED = 50_000
"""Tokens of which it is remembered what may begin there: a vocabulary that large meets few newcomers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A topic that an item belongs to, by its id, and the word of the file that says so."""

    topic: str
    word: str


class Matcher:
    """Finds the topics of texts; made once from the topics of the file.

    A word is met in its inflected forms and in compounds ("viestintä" in "verkkoviestinnästä"), a phrase
    word by word. Only words of the text's own language count, since English "some" is not Finnish
    "some"; while the language is unknown the words of all languages count, the short ones only as they
    are. Finnish forms are Voikko's where it is installed and ``use_voikko`` allows; without it, a word is
    met with its endings and where it begins a compound. Swedish and English forms are Snowball's.
    """

    def __init__(self, topics: Sequence[Topic], *, use_voikko: bool = True) -> None:
        self._topics = tuple(topic.id for topic in topics)
        languages = {language for topic in topics for language in (*topic.words, *topic.but_not)}
        finnish = voikko() if use_voikko and "fi" in languages else None
        forms = {language: Forms(language, finnish) for language in sorted(languages)}
        self._known = {language: _Lexicon(topics, {language: forms[language]}, exact=0) for language in forms}
        self._unknown = _Lexicon(topics, forms, exact=_SHORT)

    def topics_of(self, title: str, summary: str, language: str | None) -> tuple[Hit, ...]:
        """Return the topics of a text in the order of the file, each with its first word that is met.

        ``title`` and ``summary`` are clean text; ``language`` is a code such as "fi" or "fi-FI".
        """
        code = None if language is None else language.partition("-")[0].lower()
        lexicon = self._unknown if code is None else self._known.get(code)
        if lexicon is None:
            return ()
        found = lexicon.words_in([*tokens(title), "", *tokens(summary)])
        return tuple(Hit(topic=self._topics[number], word=found[number].text) for number in sorted(found))


class _Word:
    """A word or phrase of a topic: its rank among the topic's words, -1 for what is not meant, and its parts' forms."""

    def __init__(self, topic: int, rank: int, text: str, forms: Sequence[Form]) -> None:
        self.topic = topic
        self.rank = rank
        self.text = text
        self.length = len(forms)
        *before, last = forms
        parts = [*((form, Place.BEFORE) for form in before), (last, Place.LAST if before else Place.ALONE)]
        self._first, *self._rest = parts

    def begins_with(self, token: str) -> bool:
        form, place = self._first
        return form.meets(token, place)

    def continues(self, texts: Sequence[str], start: int) -> bool:
        """Return whether the parts after the first one follow it."""
        rest = texts[start + 1 : start + 1 + len(self._rest)]
        return len(rest) == len(self._rest) and all(
            form.meets(token, place) for (form, place), token in zip(self._rest, rest, strict=True)
        )


class _Lexicon:
    """The words of some languages, looked up by what a token begins with or holds."""

    def __init__(self, topics: Sequence[Topic], languages: Mapping[str, Forms], *, exact: int) -> None:
        self._languages = tuple(languages.values())
        self._keyed: defaultdict[str, list[_Word]] = defaultdict(list)
        self._beginning: dict[str, tuple[_Word, ...]] = {}
        for number, topic in enumerate(topics):
            for language, forms in languages.items():
                for text in topic.but_not.get(language, ()):
                    self._add(number, _NOT_MEANT, text, forms, exact)
            texts = [(language, text) for language in languages for text in topic.words.get(language, ())]
            for rank, (language, text) in enumerate(texts):
                self._add(number, rank, text, languages[language], exact)

    def _add(self, topic: int, rank: int, text: str, forms: Forms, exact: int) -> None:
        parts = [Written(token) if len(token) <= exact else forms.form(token) for token in tokens(text)]
        if parts:
            word = _Word(topic, rank, text, parts)
            for key in set(parts[0].keys):
                self._keyed[key].append(word)

    def words_in(self, texts: Sequence[str]) -> Mapping[int, _Word]:
        """Return by topic the first of its words that the tokens hold and mean."""
        met = [
            (word, start)
            for start, token in enumerate(texts)
            for word in self._beginning_at(token)
            if word.continues(texts, start)
        ]
        other = {
            (word.topic, place)
            for word, start in met
            if word.rank == _NOT_MEANT
            for place in range(start, start + word.length)
        }
        found: dict[int, _Word] = {}
        for word, start in met:
            places = {(word.topic, place) for place in range(start, start + word.length)}
            if word.rank != _NOT_MEANT and other.isdisjoint(places):
                known = found.get(word.topic)
                found[word.topic] = word if known is None or word.rank < known.rank else known
        return found

    def _beginning_at(self, token: str) -> tuple[_Word, ...]:
        """Return the words whose first part the token is; remembered, for a vocabulary is soon met."""
        words = self._beginning.get(token)
        if words is None:
            if len(self._beginning) >= _REMEMBERED:
                self._beginning.clear()
            keys = {token[:length] for length in range(1, INDEXED + 1)}
            keys.update(*(language.keys(token) for language in self._languages))
            candidates = {word: None for key in keys if token for word in self._keyed.get(key, ())}
            words = self._beginning[token] = tuple(word for word in candidates if word.begins_with(token))
        return words
