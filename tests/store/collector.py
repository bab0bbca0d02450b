"""What the tests say to a store: sources, entries, readings, and what it knows afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pipeline import identity
from pipeline.errors import FetchCode, FetchError
from pipeline.model import Candidate, Item, ItemKind, Kind, Reading, Seen, Sighting, Source, Validators
from pipeline.store import Outcome, Recorded

if TYPE_CHECKING:
    from pipeline.errors import DigikoosteError, LeaseLost
    from pipeline.store import Lease, Store

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
"""A Wednesday in 2026-W47."""

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
PERIOD_START = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
OWNER = "desk:1:aaaa"
READ_AS = "settings:1"


def feed(name: str = "blog", **changes: Any) -> Source:  # noqa: ANN401  # any field of the noun
    values: dict[str, Any] = {"url": f"https://{name}.example.fi/feed", "kind": Kind.FEED}
    return Source(id=name, **{**values, **changes})


def playlist(name: str = "kurssi", **changes: Any) -> Source:  # noqa: ANN401  # any field of the noun
    return feed(name, url=f"https://www.youtube.com/playlist?list={name}", kind=Kind.YOUTUBE, **changes)


def sitemap(name: str = "sivusto", **changes: Any) -> Source:  # noqa: ANN401  # any field of the noun
    return feed(name, url=f"https://{name}.example.fi/sitemap.xml", kind=Kind.SITEMAP, **changes)


def article(slug: str, *, host: str = "blog.example.fi", guid: str | None = None, **changes: Any) -> Item:  # noqa: ANN401  # any field of the noun
    """An entry at ``slug``, with its title where none is given."""
    url = f"https://{host}/{slug}"
    values: dict[str, Any] = {"title": slug.capitalize(), "language": "fi"}
    return Item(url=url, key=identity.key_of(url), publisher_id=guid, **{**values, **changes})


def video(number: int, **changes: Any) -> Item:  # noqa: ANN401  # any field of the noun
    """A video of a playlist; its place is its number where none is given."""
    name = f"video{number:06d}"
    values: dict[str, Any] = {"title": f"Osa {number}", "language": "fi", "place": number}
    return Item(
        url=f"https://www.youtube.com/watch?v={name}",
        key=f"youtube:{name}",
        publisher_id=name,
        kind=ItemKind.VIDEO,
        **{**values, **changes},
    )


def gone(number: int) -> Item:
    """A video that is still listed, but private or deleted."""
    return replace(video(number), title="", place=None, unavailable=True)


def seen(request: str = "r", *, etag: str | None = '"1"', body: str | None = "hash-1") -> Seen:
    """What is to be remembered of an answer; ``body`` None: it was a 304."""
    validators = None if etag is None else Validators(etag=etag)
    return Seen(request=request, url="https://blog.example.fi/feed", validators=validators, body_hash=body)


def failure(words: str = "https://blog.example.fi/feed answered 500.") -> FetchError:
    return FetchError(FetchCode.SERVER, words, url="https://blog.example.fi/feed")


class Collector:
    """Records readings the way the job does: a lease of the host, one transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def claim(self, *sources: Source, owner: str = OWNER, now: datetime = NOW) -> dict[str, Lease]:
        hosts = {host_of(source) for source in sources}
        return self.store.readings.claim(hosts, owner=owner, now=now, until=now + HOUR)

    def outcomes(
        self, *results: tuple[Source, Reading | DigikoosteError], now: datetime = NOW, read_as: str = READ_AS
    ) -> list[Outcome]:
        leases = self.claim(*(source for source, _ in results), now=now)
        return [
            Outcome(source=source, lease=leases[host_of(source)], read_as=read_as, result=result)
            for source, result in results
        ]

    def record(
        self,
        *results: tuple[Source, Reading | DigikoosteError],
        now: datetime = NOW,
        baseline_from: datetime = PERIOD_START,
        read_as: str = READ_AS,
    ) -> tuple[Recorded | LeaseLost, ...]:
        outcomes = self.outcomes(*results, now=now, read_as=read_as)
        return self.store.readings.record(outcomes, owner=OWNER, now=now, baseline_from=baseline_from)

    def fails(self, source: Source, error: DigikoosteError | None = None, *, now: datetime = NOW) -> None:
        self.record((source, error or failure()), now=now)

    def reads(
        self,
        source: Source,
        *items: Item,
        now: datetime = NOW,
        baseline_from: datetime = PERIOD_START,
        read_as: str = READ_AS,
        **reading: Any,  # noqa: ANN401  # any field of the noun
    ) -> Recorded:
        """One source holds ``items`` at ``now``."""
        (recorded,) = self.record(
            (source, Reading(items=items, **reading)), now=now, baseline_from=baseline_from, read_as=read_as
        )
        assert isinstance(recorded, Recorded)
        return recorded

    def candidates(self, *sources: Source) -> list[Candidate]:
        return list(self.store.digests.candidates([source.id for source in sources]))

    def titles(self, *sources: Source) -> list[str]:
        return [candidate.item.title for candidate in self.candidates(*sources)]

    def candidate(self, title: str, source: Source | None = None) -> Candidate:
        found = [one for one in self.candidates(source or feed()) if one.item.title == title]
        assert len(found) == 1, f"{len(found)} items are called {title}"
        return found[0]

    def sighting(self, title: str, source: Source | None = None) -> Sighting:
        source = source or feed()
        return next(one for one in self.candidate(title, source).sightings if one.source == source.id)

    def baseline(self, source: Source) -> list[str]:
        """The titles that ``source`` held before its baseline closed."""
        return [
            candidate.item.title
            for candidate in self.candidates(source)
            if any(one.source == source.id and one.baseline for one in candidate.sightings)
        ]


def host_of(source: Source) -> str:
    return urlsplit(source.url).hostname or ""
