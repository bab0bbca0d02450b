"""What crosses to a child process to be parsed there, a body, and on what terms; and what comes back of a feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.fetch import Response
    from pipeline.model import Asks, Item, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body with the address that answered and the type that it claims, '' where it claims none."""

    body: bytes = field(repr=False)
    url: str
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a document is read.

    ``language`` is the source's own, which comes before what a publisher declares; at most ``limit``
    entries are taken; ``now`` judges dates.
    """

    language: str | None
    limit: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed holds.

    ``lost`` is how many entries lead nowhere and are left out. ``cut_short`` means that its end is missing.
    ``asks`` is when the publisher wants readers to come.
    ``hub`` is the WebSub hub that the feed names (WebSub, 4).
    """

    items: tuple[Item, ...]
    title: str | None = None
    lost: int = 0
    cut_short: bool = False
    asks: Asks | None = None
    hub: str | None = None


def document_of(response: Response) -> Document:
    """Return what is to be parsed of a response."""
    return Document(body=response.body, url=response.url, content_type=response.headers.get("content-type", ""))


def terms_of(source: Source, now: datetime) -> Terms:
    """Return the terms on which the documents of ``source`` are read."""
    return Terms(language=source.language, limit=source.limit, now=now)
