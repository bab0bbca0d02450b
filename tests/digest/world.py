"""A small world to choose from: sources, what they hold, and the weeks that go by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.digest import choose
from pipeline.model import (
    Candidate,
    Item,
    ItemKind,
    Kind,
    Period,
    Rules,
    SectionKind,
    Shown,
    Sighting,
    Source,
    SourceState,
    Topic,
)

if TYPE_CHECKING:
    from pipeline.model import Digest, LeftOut, Pick

WEEK = timedelta(weeks=1)
SLOT = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""Monday 08:00 in Helsinki, the slot of 2026-W48."""
LONG_AGO = SLOT - 26 * WEEK
"""When the sources of these tests were first read, unless they say otherwise."""


def ago(days: float) -> datetime:
    """Return the moment so many days before the slot."""
    return SLOT - timedelta(days=days)


def period_of(slot: datetime) -> Period:
    """Return the weekly period that ends at the slot."""
    year, week, _ = slot.isocalendar()
    return Period(key=f"{year}-W{week:02}", start=slot - WEEK, end=slot)


def feed(name: str, **settings: Any) -> Source:  # noqa: ANN401 - any of Source's settings
    """Return a feed."""
    return Source(id=name, url=f"https://{name}.example.fi/feed", kind=Kind.FEED, **settings)


def playlist(name: str, **settings: Any) -> Source:  # noqa: ANN401 - any of Source's settings
    """Return a YouTube playlist, which lends to the archive as playlists do by default."""
    settings.setdefault("archive", True)
    return Source(id=name, url=f"https://www.youtube.com/playlist?list={name}", kind=Kind.YOUTUBE, **settings)


def topic(name: str, *words: str) -> Topic:
    """Return a topic with Finnish words."""
    return Topic(id=name, name={"fi": name.capitalize()}, words={"fi": words})


def at(source: str, *, days_ago: float = 1, baseline: bool = False, **standing: Any) -> Sighting:  # noqa: ANN401
    """Return a sighting, by default one of yesterday and after the baseline."""
    return Sighting(source=source, first_seen=ago(days_ago), baseline=baseline, **standing)


def known(source: str, **standing: Any) -> Sighting:  # noqa: ANN401 - any of Sighting's values
    """Return a sighting in a source's baseline, of when the sources of these tests were first read."""
    return Sighting(source=source, first_seen=LONG_AGO, baseline=True, **standing)


@dataclass
class World:
    """What the store holds; ids count up in the order in which things are added."""

    rules: Rules = field(default_factory=lambda: Rules(at_least=0))
    topics: tuple[Topic, ...] = ()
    states: list[SourceState] = field(default_factory=list)
    candidates: dict[int, Candidate] = field(default_factory=dict)
    slot: datetime = SLOT

    def source(self, source: Source, *, baseline_from: datetime | None = LONG_AGO, title: str | None = None) -> None:
        """Add a source at the end of the file."""
        self.states.append(SourceState(source=source, title=title or source.id, baseline_from=baseline_from))

    def item(
        self,
        title: str,
        *sightings: Sighting,
        shown: tuple[Shown, ...] = (),
        dropped: bool = False,
        reserved_by: str | None = None,
        **values: Any,  # noqa: ANN401 - any of Item's values
    ) -> int:
        """Add an item, in Finnish unless said otherwise, and return its number."""
        number = len(self.candidates) + 1
        values.setdefault("language", "fi")
        values.setdefault("kind", ItemKind.ARTICLE)
        self.candidates[number] = Candidate(
            id=number,
            item=Item(url=f"https://www.example.fi/{number}", key=f"example.fi/{number}", title=title, **values),
            first_seen=min((sighting.first_seen for sighting in sightings), default=self.slot),
            sightings=sightings,
            shown=shown,
            dropped=dropped,
            reserved_by=reserved_by,
        )
        return number

    def change(self, number: int, **values: Any) -> None:  # noqa: ANN401 - any of Candidate's values
        """Change what is stored of an item."""
        self.candidates[number] = replace(self.candidates[number], **values)

    def resight(self, number: int, source: str, **values: Any) -> None:  # noqa: ANN401 - any of Sighting's values
        """Change an item's standing in one source."""
        self.change(
            number,
            sightings=tuple(
                replace(sighting, **values) if sighting.source == source else sighting
                for sighting in self.candidates[number].sightings
            ),
        )

    def choose(self) -> Digest:
        """Return what is chosen five minutes after the slot."""
        return choose(
            list(self.candidates.values()),
            self.states,
            self.topics,
            self.rules,
            period_of(self.slot),
            self.slot + timedelta(minutes=5),
        )

    def send(self) -> Digest:
        """Choose, remember what was shown as the store does, and go on to the next week."""
        digest = self.choose()
        for section in digest.sections:
            for pick in section.picks:
                shown = Shown(key=digest.period.key, at=self.slot + timedelta(minutes=5), section=section.kind)
                self.change(pick.item_id, shown=(*self.candidates[pick.item_id].shown, shown))
        self.slot += WEEK
        return digest


def titles(digest: Digest, kind: SectionKind | None = None) -> list[str]:
    """Return the titles of a digest, or of one kind of section, in the order of the letter."""
    sections = (section for section in digest.sections if kind is None or section.kind is kind)
    return [pick.item.title for section in sections for pick in section.picks]


def news(digest: Digest) -> list[str]:
    """Return the titles that are news."""
    return [pick.item.title for pick in digest.picks if pick.reason.code in {"new", "dated"}]


def picked(digest: Digest, number: int) -> Pick:
    """Return the pick of an item."""
    (pick,) = (pick for pick in digest.picks if pick.item_id == number)
    return pick


def left_out(digest: Digest, number: int) -> LeftOut:
    """Return how an item was left out."""
    (entry,) = (entry for entry in digest.left_out if entry.item_id == number)
    return entry


def why(digest: Digest, number: int) -> str:
    """Return the code of the reason for or against an item."""
    codes = [pick.reason.code for pick in digest.picks if pick.item_id == number]
    codes += [entry.reason.code for entry in digest.left_out if entry.item_id == number]
    (code,) = codes
    return code
