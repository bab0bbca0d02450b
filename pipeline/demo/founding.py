"""What the demo shows: the founding article's three playlists, a channel, and Suomidigi's articles around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.demo.articles import articles
from pipeline.demo.content import Channel, Content, Playlist, Video

if TYPE_CHECKING:
    from collections.abc import Iterable

# The lists' real ids are not known; these cannot be mistaken for real ones.
KELA_LIST = "PLdemo-Kela-viestintaosaaminen-01"
STORY_LIST = "PLdemo-Tarinallistaminen-00000001"
SOME_LIST = "PLdemo-Somepreesens-0000000000001"
CHANNEL_ID = "UCdemo-Kela-viestinta-01"

_PUBLISHED = datetime(2017, 11, 27, 9, 0, tzinfo=UTC)

_CHANNEL = Channel(
    id=CHANNEL_ID,
    handle="@demokelaviestinta",
    title="Kelan viestintä (demo)",
    description="Kelan viestinnän videot syksyltä 2017.",
)

# Titles as the founding article gives them; the durations are invented.
_KELA = (
    ("Miten kaikki voivat hyödyntää valtion viestintäsuositusta", 371),
    ("Toimintaympäristön muutokset", 298),
    ("Organisaatio viestinnän näkökulmasta", 334),
    ("Miksi Kela on sosiaalisessa mediassa?", 263),
    ("Seitsemän askelta sosiaaliseen mediaan", 415),
)

# The article names three of the six claims, here the first, second and sixth; the others are invented.
_STORY = (
    ("Tarinallistaminen on vain muotitermi", 226),
    ("Julkishallinto ei voi tarinallistaa", 252),
    ("Tarinallistaminen on satuilua", 241),
    ("Asiantuntijan tieto ei taivu tarinaksi", 287),
    ("Tarinallistamiseen ei ole aikaa", 218),
    ("En osaa aloittaa tarinallistamista", 309),
)

_SOME = (
    ("Mitä minä hyödyn sosiaalisesta mediasta?", 356),
    ("Twitterin hyödyntäminen", 402),
    ("LinkedIn ammattilaisten verkostoitumisvälineenä", 388),
    ("Henkilöprofiilin optimointi LinkedInissä", 447),
    ("Voiko Facebookia, YouTubea tai Pinterestiä hyödyntää työssä?", 365),
    ("Asiantuntijana somessa", 329),
)


def content(now: datetime) -> Content:
    """Return the demo's internet as it stands at ``now``."""
    playlists = (
        _playlist(KELA_LIST, "Digitaalinen viestintäosaaminen Kelassa", "Pipsa Lotta Marjamäki", "demoKela", _KELA),
        _playlist(STORY_LIST, "Tarinallistaminen", "Anne Kalliomäki", "demoTari", _STORY),
        _playlist(SOME_LIST, "Somepreesens", "Tom Laine", "demoSome", _SOME),
    )
    uploads = [video for playlist in playlists for video in playlist.videos]
    channel = replace(_CHANNEL, videos=tuple(sorted(uploads, key=lambda video: video.published, reverse=True)))
    return Content(now=now, playlists=playlists, channels=(channel,), articles=articles(now))


def _playlist(identity: str, title: str, speaker: str, prefix: str, lessons: Iterable[tuple[str, int]]) -> Playlist:
    videos = tuple(
        Video(
            id=f"{prefix}{number:03}",
            title=name,
            duration=seconds,
            published=_PUBLISHED.replace(minute=number),
            description=f"{speaker} puhuu sarjassa {title}, osa {number}. Kuvattu marraskuussa 2017.",
            views=1000 // number,
        )
        for number, (name, seconds) in enumerate(lessons, start=1)
    )
    return Playlist(
        id=identity, title=title, channel=_CHANNEL, videos=videos, description=f"{title}. Puhujana {speaker}."
    )
