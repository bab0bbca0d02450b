"""What a life is made of: sources, topics, rules, and a letter taken apart into lessons, news and archive."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model import Kind, Rules, Source, Topic
from tests.weeks.publishers import uid_of

if TYPE_CHECKING:
    import random

    from pipeline.model import Digest, Pick

TOPIC = Topic(id="kampanjat", name={"fi": "Kampanjat"}, words={"fi": ("kampanja",)})
OFF = replace(TOPIC, words={"fi": ("olematon",)})
SECTION = {"new": "news", "dated": "news", "lesson": "lesson", "archive": "archive", "archive-again": "archive"}


def feed(name: str, **settings: object) -> Source:
    return Source(id=name, url=f"https://{name}.example.fi/feed", kind=Kind.FEED, **settings)  # type: ignore[arg-type]


def playlist(name: str, **settings: object) -> Source:
    settings.setdefault("archive", True)
    return Source(id=name, url=f"https://www.youtube.com/playlist?list={name}", kind=Kind.YOUTUBE, **settings)  # type: ignore[arg-type]


def rules(chance: random.Random) -> Rules:
    return Rules(
        at_least=chance.choice([0, 3, 5]), at_most=chance.choice([4, 8, 60]), repeat_after=chance.choice([2, 6, 52])
    )


def by_section(digest: Digest) -> dict[str, list[Pick]]:
    found: dict[str, list[Pick]] = {"lesson": [], "news": [], "archive": []}
    for pick in digest.picks:
        found[SECTION[pick.reason.code]].append(pick)
    return found


def parted(digest: Digest) -> dict[str, list[int]]:
    found = {name: [uid_of(pick.item.title) for pick in picks] for name, picks in by_section(digest).items()}
    return {**found, "news": sorted(found["news"])}


def in_order(parts: dict[str, list[int]], is_draft: bool) -> dict[str, list[int]]:  # noqa: FBT001  # a draft keeps pins
    return {name: sorted(uids) if is_draft else uids for name, uids in parts.items()}
