"""Publishers that publish, hide, delete, move and correct things, at random."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.model import Item, ItemKind
from tests.weeks.reference import Thing

if TYPE_CHECKING:
    import random
    from datetime import datetime

HOUR = timedelta(hours=1)


@dataclass
class Place:
    """Where things are published: a list of videos, or a site, of whose things a reading shows the first ``window``."""

    name: str
    is_list: bool = False
    window: int = 1000
    dates: bool = True
    ids: bool = True
    things: list[Thing] = field(default_factory=list)


@dataclass
class Publishers:
    """All of them; no two things are ever published under one title."""

    chance: random.Random
    uids: int = 0

    def publish(self, place: Place, now: datetime, *, date: datetime | None = None) -> Thing:
        """Put something new on top of a site, or anywhere into a list."""
        self.uids += 1
        dated = date or now - self.chance.choice([0, 1, 30]) * HOUR
        thing = Thing(
            uid=self.uids,
            slug=f"juttu-{self.uids}",
            guid=str(self.uids) if place.ids else None,
            date=dated if place.dates and not place.is_list else None,
            is_video=place.is_list,
            is_topical=self.chance.random() < 0.5,
        )
        place.things.insert(self.chance.randint(0, len(place.things)) if place.is_list else 0, thing)
        return thing

    def happens(self, place: Place, others: list[Place], now: datetime) -> str:
        """Let something happen at one place, and tell what; ``others`` are lists that may take up its videos."""
        if self.chance.random() < 0.35 or not place.things:
            return f"{place.name} publishes {self.publish(place, now).uid}"
        thing = self.chance.choice(place.things)
        if self.chance.random() < 0.1:
            thing.edited += 1
            return f"{thing.uid} gets another title"
        return self._on_list(place, thing, others) if place.is_list else self._on_site(place, thing)

    def _on_list(self, place: Place, thing: Thing, others: list[Place]) -> str:
        match self.chance.randint(0, 3):
            case 0 | 1:
                thing.is_hidden = not thing.is_hidden
                return f"{thing.uid} is {'hidden' if thing.is_hidden else 'public'}"
            case 2:
                place.things.remove(thing)
                if self.chance.random() < 0.6:
                    place.things.append(thing)
                return f"{place.name} takes {thing.uid} away, or to its end"
            case _:
                other = self.chance.choice(others)
                if thing not in other.things:
                    other.things.append(thing)
                return f"{thing.uid} is on {other.name} too"

    def _on_site(self, place: Place, thing: Thing) -> str:
        match self.chance.randint(0, 3):
            case 0 if place.ids and thing.uid % 2:  # both at once, unseen, would be another thing
                thing.slug += "x"
                return f"{thing.uid} gets another address"
            case 1 if thing.guid is not None and not thing.uid % 2:
                thing.guid += "b"
                return f"{thing.uid} gets another id"
            case 2 if self.chance.random() < 0.4:
                self._move(place)
                return f"{place.name} moves to {[one.uid for one in place.things]}"
            case _:
                place.things.remove(thing)
                return f"{place.name} deletes {thing.uid}"

    def _move(self, place: Place) -> None:
        """Change every address and id: things that nobody can know to be the same."""
        for number, thing in enumerate(place.things):
            self.uids += 1
            guid = str(self.uids) if place.ids else None
            place.things[number] = replace(thing, uid=self.uids, slug=f"juttu-{self.uids}", guid=guid)


def entries(things: list[Thing]) -> list[Item]:
    """What a reading of these things gives, as the readers of sources do."""
    found = []
    place = 0
    for thing in things:
        name = f"video{thing.uid:06d}"
        url = f"https://www.youtube.com/watch?v={name}" if thing.is_video else f"https://www.example.fi/{thing.slug}"
        place += not thing.is_hidden
        found.append(
            Item(
                url=url,
                key=f"youtube:{name}" if thing.is_video else f"example.fi/{thing.slug}",
                kind=ItemKind.VIDEO if thing.is_video else ItemKind.ARTICLE,
                publisher_id=name if thing.is_video else thing.guid,
                title="" if thing.is_hidden else title_of(thing),
                language="fi",
                published=thing.date,
                place=place if thing.is_video and not thing.is_hidden else None,
                unavailable=thing.is_hidden,
            )
        )
    return found


def title_of(thing: Thing) -> str:
    """A title that is near no other: it has a number of its own."""
    return f"{'Kampanja' if thing.is_topical else 'Juttu'} {thing.uid}{'!' * (thing.edited % 3)}"


def uid_of(title: str) -> int:
    """The thing behind a title."""
    return int(title.rstrip("!").rpartition(" ")[2])
