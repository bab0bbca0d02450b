"""How a guest behaves who reads other people's servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.politeness import INTERVAL

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a guest behaves.

    ``agent`` is the User-Agent, ``pause`` the seconds between two requests to a host, ``hosts`` how many
    are visited at once, ``cards`` the article pages read per source and run, and of their
    translations those in ``languages``; ``interval`` is how often the schedule reads a source at most;
    ``proxy`` is for yt-dlp. ``refetch`` asks for every body anew, without validators.
    """

    agent: str
    pause: float = 2.0
    hosts: int = 8
    cards: int = 20
    languages: tuple[str, ...] = ()
    interval: timedelta = INTERVAL
    proxy: str = ""
    refetch: bool = False
