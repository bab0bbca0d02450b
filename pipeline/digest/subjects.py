"""Under which topic an item stands, and whether the digest and its sources want it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest.filters import Filter
from pipeline.digest.reasons import reason
from pipeline.topics import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.digest.filters import Decision
    from pipeline.digest.standing import Holding, Standing
    from pipeline.model import Reason, Rules, Topic


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic's id and the word that led there; '' and '' for none, and no word if the source says so."""

    topic: str = ""
    word: str = ""


class Subjects:
    """The topics and rules of one digest; nothing of this is stored, so that changed words reach stored items."""

    def __init__(self, topics: Sequence[Topic], rules: Rules, now: datetime) -> None:
        self._matcher = Matcher(tuple(topics))
        self._order = {topic.id: rank for rank, topic in enumerate(topics)}
        self._now = now
        self._filter = Filter(rules.include, rules.exclude)
        self._filters: dict[str, Filter] = {}
        self._known: dict[int, tuple[Subject, ...]] = {}
        self._wanted: dict[int, Mapping[int, Reason | None]] = {}

    @property
    def notices(self) -> tuple[Reason, ...]:
        """What an operator should hear of the rules: patterns that were set aside."""
        filters = (self._filter, *self._filters.values())
        return tuple(reason("slow-pattern", pattern=pattern) for one in filters for pattern in one.too_slow)

    def all_of(self, standing: Standing) -> tuple[Subject, ...]:
        """Return every topic that the item's words or its sources name, in the file's order."""
        subjects = self._known.get(standing.id)
        if subjects is None:
            subjects = self._known[standing.id] = self._find(standing)
        return subjects

    def of(self, standing: Standing) -> Subject:
        """Return the topic under which the item stands: the first in the file's order."""
        return next(iter(self.all_of(standing)), Subject())

    def _find(self, standing: Standing) -> tuple[Subject, ...]:
        item = standing.item
        words = {hit.topic: hit.word for hit in self._matcher.topics_of(item.title, item.summary, item.language)}
        named = (topic for holding in standing.holders for topic in holding.source.topics if topic in self._order)
        found = sorted({*words, *named}, key=self._order.__getitem__)
        return tuple(Subject(topic, words.get(topic, "")) for topic in found)

    def unwanted(self, standing: Standing) -> Reason | None:
        """Return why the item may stand nowhere: a rule of the digest, or none of its holders wants it."""
        verdicts = self._verdicts(standing)
        return None if None in verdicts.values() else next(iter(verdicts.values()))

    def refuses(self, holding: Holding, standing: Standing) -> Reason | None:
        """Return why this one of its holders does not want the item, or None."""
        return self._verdicts(standing)[holding.rank]

    def decisions(self, standing: Standing) -> Iterator[tuple[str, Decision]]:
        """Yield what every rule says of the item, each with the id of its source, '' for the digest's."""
        topics = [subject.topic for subject in self.all_of(standing)]
        for name, one in (("", self._filter), *((held.source.id, self._of(held)) for held in standing.holders)):
            yield from ((name, decision) for decision in one.decisions(standing.item, topics, self._now))

    def _verdicts(self, standing: Standing) -> Mapping[int, Reason | None]:
        """Return for every holder, by its rank, why it does not want the item, or None."""
        verdicts = self._wanted.get(standing.id)
        if verdicts is None:
            topics = [subject.topic for subject in self.all_of(standing)]
            against = self._filter.against(standing.item, topics, self._now)
            verdicts = self._wanted[standing.id] = {
                holding.rank: self._verdict(holding, standing, topics) if against is None else _reason(against, "")
                for holding in standing.holders
            }
        return verdicts

    def _verdict(self, holding: Holding, standing: Standing, topics: Sequence[str]) -> Reason | None:
        title = holding.state.title
        if (against := self._of(holding).against(standing.item, topics, self._now)) is not None:
            return _reason(against, title)
        return reason("no-topic", source=title) if holding.source.only_topics and not topics else None

    def _of(self, holding: Holding) -> Filter:
        source = holding.source
        if source.id not in self._filters:
            self._filters[source.id] = Filter(source.include, source.exclude)
        return self._filters[source.id]


def _reason(against: Decision, source: str) -> Reason:
    code = "not-included" if against.included else "excluded"
    return reason(code, source=source, rule=against.rule, wanted=against.wanted, found=against.found)
