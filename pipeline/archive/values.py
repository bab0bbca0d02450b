"""What the archive's templates are given: pages, links, groups of rows, feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.archive.said import Row
    from pipeline.render.letter import Link


class Drawn(NamedTuple):
    """A page to write: its place in output/, the stamp of all that it is made of, and what draws it."""

    path: str
    stamp: str
    draw: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A link within the archive; ``here`` on the page that it leads to, ``count`` of what is behind it."""

    text: str
    url: str
    here: bool = False
    count: int = 0
    facts: str = ""
    language: str = ""
    months: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under a heading."""

    name: str
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a template of the archive is given as ``page``; '' and () where there is nothing of the kind."""

    name: str
    description: str
    name_language: str = ""
    up: str = ""
    address: str = ""
    links: tuple[Spot, ...] = ()
    others: tuple[Link, ...] = ()
    versions: tuple[Link, ...] = ()
    about: str = ""
    outside: str = ""
    outline: str = ""
    groups: tuple[Group, ...] = ()
    years: tuple[Spot, ...] = ()
    entries: tuple[Spot, ...] = ()
    parts: tuple[Row, ...] = ()
    former: tuple[str, ...] = ()
    script: str = ""
    bundles: str = ""
    instead: str = ""
    browse: tuple[Spot, ...] = ()
    languages: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed that pages name in their head."""

    file: str
    type: str
    title: str
