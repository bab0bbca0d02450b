"""Under which topic an item stands, and whether its sources want it without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.digest.reasons import reason
from pipeline.topics import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.digest.standing import Standing
    from pipeline.model import Reason, Topic


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic's id and the word that led there; '' and '' for none, and no word if the source says so."""

    topic: str = ""
    word: str = ""


class Subjects:
    """The topics of one digest; nothing of this is stored, so that changed words reach stored items."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._matcher = Matcher(tuple(topics))
        self._order = {topic.id: rank for rank, topic in enumerate(topics)}
        self._known: dict[int, Subject] = {}

    def of(self, standing: Standing) -> Subject:
        """Return the first topic in the file's order that the item's words or its sources name."""
        subject = self._known.get(standing.id)
        if subject is None:
            subject = self._known[standing.id] = self._find(standing)
        return subject

    def _find(self, standing: Standing) -> Subject:
        item = standing.item
        subjects = [
            Subject(hit.topic, hit.word) for hit in self._matcher.topics_of(item.title, item.summary, item.language)
        ]
        subjects += [
            Subject(topic) for holding in standing.holders for topic in holding.source.topics if topic in self._order
        ]
        return min(subjects, key=lambda subject: self._order[subject.topic], default=Subject())

    def unwanted(self, standing: Standing) -> Reason | None:
        """Return why the item may stand nowhere: no topic, and every holder takes only topics."""
        if not all(holding.source.only_topics for holding in standing.holders) or self.of(standing).topic:
            return None
        return reason("no-topic", source=standing.holders[0].state.title)
