"""Read a source, whatever its kind.

Reading is a generator that does no input or output: it yields a ``Get`` or a ``Call``, and the driver
sends back the answer or the call's result, or throws the ``FetchError`` or ``ParseError`` that came
instead. It ends with a ``Reading``, or with the error that fails the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pipeline.model import Kind
from pipeline.sources.steps import Answer, Get, Step, Steps, Unchanged

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pipeline.model import Known, Reading, Source

__all__ = ["PARSER_VERSION", "Answer", "Get", "Step", "Steps", "Unchanged", "read"]

PARSER_VERSION = 2
"""Rises when the same body gives other items than before; a known body is then parsed again."""


def read(
    source: Source,
    known: Known,
    *,
    agent: str,
    now: datetime,
    proxy: str = "",
    cards: int = 20,
    languages: Collection[str] = (),
) -> Steps[Reading]:
    """Return the generator that reads ``source``.

    ``agent`` is the User-Agent of sources that name none; ``now`` judges dates; ``proxy`` is for
    yt-dlp, which fetches by itself; at most ``cards`` page cards are read, and of these articles in other
    ``languages`` as many. The generator raises FetchError, ParseError or YouTubeError when the source cannot be read.
    """
    # Each with what it needs alone: a command that reads one feed would spend 20 ms on the other kinds.
    match source.kind:
        case Kind.FEED:
            from pipeline.sources import feed  # noqa: PLC0415

            steps = feed.read(source, known, agent=agent, now=now)
        case Kind.YOUTUBE:
            from pipeline.sources import youtube  # noqa: PLC0415

            return youtube.read(source, known, agent=agent, now=now, proxy=proxy)
        case Kind.LISTING:
            from pipeline.sources import listing  # noqa: PLC0415

            return listing.read(source, known, agent=agent, now=now, cards=cards, languages=languages)
        case Kind.SITEMAP:
            from pipeline.sources import sitemap  # noqa: PLC0415

            return sitemap.read(source, known, agent=agent, now=now, cards=cards, languages=languages)
        case Kind.WORDPRESS:
            from pipeline.sources import wordpress  # noqa: PLC0415

            steps = wordpress.read(source, known, agent=agent, now=now)
        case Kind.PAGE:
            from pipeline.sources import revision  # noqa: PLC0415

            return revision.read(source, known, agent=agent, now=now)
        case _ as unreachable:
            assert_never(unreachable)
    if source.text is None:
        return steps
    from pipeline.sources import texts  # noqa: PLC0415  # as above

    return texts.read(steps, source, known, agent=agent, now=now, cards=cards, languages=languages)
