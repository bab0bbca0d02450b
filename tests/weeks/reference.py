"""The rules of docs/news.md once more, as plainly as they can be said, to hold the real choice against.

It knows nothing of stores, numbers and titles: things have an id that their publisher never tells, and
what each source says of them is written down as it was said. No two things here are alike in title.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.model import Period, Rules, Source


@dataclass
class Thing:
    """An article or a video, as its publisher knows it."""

    uid: int
    slug: str
    guid: str | None
    date: datetime | None
    is_video: bool = False
    is_topical: bool = False
    is_hidden: bool = False
    edited: int = 0


@dataclass
class Sight:
    """What one source last said of one thing, and since when it has known it."""

    first: datetime
    is_known: bool
    has_moved: bool
    is_there: bool = True
    is_hidden: bool = False
    place: int | None = None


@dataclass
class Made:
    """A digest that stands: what is in it, by section, when it was frozen (None: a draft), and whether it counts."""

    items: dict[str, list[int]]
    at: datetime | None
    counts: bool = False

    def all(self) -> list[int]:
        """Everything in it."""
        return [uid for uids in self.items.values() for uid in uids]


@dataclass
class Reference:
    """What the workspace knows, told in the simplest way."""

    topic_is_on: bool = True
    sights: dict[tuple[str, int], Sight] = field(default_factory=dict)
    closed: dict[str, datetime | None] = field(default_factory=dict)
    scopes: dict[str, str] = field(default_factory=dict)
    things: dict[int, Thing] = field(default_factory=dict)
    digests: dict[str, Made] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)

    def reads(
        self, source: Source, things: Sequence[Thing], *, complete: bool, now: datetime, running: datetime
    ) -> None:
        """One source listed these things; ``running`` is when the running period began."""
        if self.scopes.setdefault(source.id, source.scope) != source.scope:
            self.scopes[source.id], self.closed[source.id] = source.scope, None
        is_open = self.closed.get(source.id) is None
        known = {uid for name, uid in self.sights if name == source.id}
        moved = (
            complete and not is_open and bool(things) and bool(known) and not any(one.uid in known for one in things)
        )
        dates = (self.things[uid].date for uid in known)
        newest = max((date for date in dates if date and date <= now), default=None)
        place = 0
        for thing in things:
            self.things[thing.uid] = thing
            is_old = moved and not (thing.date and newest and newest < thing.date <= now)
            place += not thing.is_hidden
            if thing.is_hidden and thing.uid not in known:
                continue
            sight = self.sights.setdefault((source.id, thing.uid), Sight(now, is_open or is_old, is_old))
            sight.is_there, sight.is_hidden = True, thing.is_hidden
            sight.place = place if source.kind is Kind.YOUTUBE and not thing.is_hidden else None
        if complete and source.kind is Kind.YOUTUBE:
            for uid in known - {thing.uid for thing in things}:
                self.sights[source.id, uid].is_there = False
        if complete and is_open:
            self.closed[source.id] = running

    # What is chosen

    def choose(
        self, sources: Sequence[Source], rules: Rules, period: Period, now: datetime, numbers: Mapping[int, int]
    ) -> dict[str, list[int]]:
        """Return lessons, news and archive by thing; ``numbers`` settle what nothing else does."""
        file = [source for source in sources if source.enabled]
        shown = self._shown(period)
        held = {
            uid for key, made in self.digests.items() if made.at is None and key != period.key for uid in made.all()
        }
        offered = [uid for uid in self.things if self._is_offered(uid, file)]
        free = {uid for uid in offered if uid not in self.dropped and uid not in held}
        lessons, parts = self._lessons(file, offered, free, shown)
        fresh = {
            uid
            for uid in free - set(lessons) - parts
            if uid not in shown and self._is_wanted(uid, file) and self._is_news(uid, file, period, now)
        }
        room = min(rules.at_least, rules.at_most) - len(lessons) - len(fresh)
        until = now - timedelta(weeks=rules.repeat_after)
        old = [
            (turn, uid)
            for uid in free - set(lessons) - parts - fresh
            if shown.get(uid, until) <= until and (turn := self._turn(uid, file, shown, numbers)) is not None
        ]
        archive = [uid for _, uid in sorted(old)[: max(room, 0)]]
        return {"lesson": lessons, "news": sorted(fresh), "archive": archive}

    def _shown(self, period: Period) -> dict[int, datetime]:
        """When each thing was last shown, in a digest that counts and is not the one that is made now."""
        shown: dict[int, datetime] = {}
        for key, made in self.digests.items():
            if made.at is not None and made.counts and key != period.key:
                for uid in made.all():
                    shown[uid] = max(made.at, shown.get(uid, made.at))
        return shown

    def _told(self, uid: int, file: Iterable[Source]) -> list[tuple[Source, Sight]]:
        return [(source, sight) for source in file if (sight := self.sights.get((source.id, uid))) is not None]

    def _closed(self, source: Source) -> datetime | None:
        """When its baseline closed; a source that was changed, and not read since, has none."""
        return self.closed.get(source.id) if self.scopes.get(source.id) == source.scope else None

    def _is_offered(self, uid: int, file: Iterable[Source]) -> bool:
        still = [sight for source, sight in self._told(uid, file) if sight.is_there or source.kind is not Kind.YOUTUBE]
        return bool(still) and not any(sight.is_hidden for sight in still)

    def _is_wanted(self, uid: int, file: Iterable[Source]) -> bool:
        return any(
            self._wants(source, uid)
            for source, sight in self._told(uid, file)
            if sight.is_there or source.kind is not Kind.YOUTUBE
        )

    def _wants(self, source: Source, uid: int) -> bool:
        return not source.only_topics or (self.topic_is_on and self.things[uid].is_topical)

    def _lessons(
        self, file: Sequence[Source], offered: Sequence[int], free: set[int], shown: Mapping[int, datetime]
    ) -> tuple[list[int], set[int]]:
        """Return this letter's lessons, and all the parts of courses that are not through."""
        lessons: list[int] = []
        parts: set[int] = set()
        for source in file:
            if not source.drip:
                continue
            held = [uid for uid in offered if (sight := self.sights.get((source.id, uid))) and sight.is_there]
            coming = {
                uid for uid in held if uid not in shown and uid not in self.dropped and self._is_wanted(uid, file)
            }
            if not coming:
                continue
            parts |= set(held)
            if self._closed(source) is None:
                continue
            in_order = sorted(held, key=lambda uid: self.sights[source.id, uid].place or 0)  # used at once
            ready = [uid for uid in in_order if uid in coming and uid in free and uid not in lessons]
            lessons += ready[: source.drip]
        return lessons, parts

    def _is_news(self, uid: int, file: Sequence[Source], period: Period, now: datetime) -> bool:
        told = self._told(uid, file)
        first = min(sight.first for _, sight in told)
        return any(
            self._is_news_by(source, sight, self.things[uid].date, period, now)
            for source, sight in told
            if sight.first == first
        )

    def _is_news_by(self, source: Source, sight: Sight, date: datetime | None, period: Period, now: datetime) -> bool:
        closed = self._closed(source)
        since = closed or period.start
        if sight.is_known or closed is None:
            ahead = sight.first + timedelta(days=2)
            return date is not None and not sight.has_moved and since <= date <= min(now, ahead)
        return date is None or date >= since or sight.place is not None

    def _turn(
        self, uid: int, file: Sequence[Source], shown: Mapping[int, datetime], numbers: Mapping[int, int]
    ) -> tuple[object, ...] | None:
        """When an old thing's turn comes in the archive, None for never."""
        if not self._is_wanted(uid, file):
            return None
        lenders = [
            (rank, source, sight)
            for rank, source in enumerate(file)
            if source.archive and (sight := self.sights.get((source.id, uid))) is not None and sight.is_there
        ]
        if not lenders or not self._wants(lenders[0][1], uid):
            return None
        rank, _, sight = lenders[0]
        first = min(one.first for (_, thing), one in self.sights.items() if thing == uid)
        last = shown.get(uid)
        date = self.things[uid].date or first
        place = sight.place if not sight.is_hidden else None
        return last is not None, last.timestamp() if last else 0.0, date.timestamp(), rank, place or 0, numbers[uid]
