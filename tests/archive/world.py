"""A workspace that has something of everything: blogs in three languages, a course, an internal source, letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline import identity, jobs
from pipeline.model import (
    LANGUAGES,
    CoursePlace,
    Digest,
    Item,
    ItemKind,
    Kind,
    Period,
    Pick,
    Reading,
    Reason,
    Section,
    SectionKind,
    Source,
    Topic,
)
from pipeline.render import Renderer, default_templates
from pipeline.store import Outcome
from tests.render.samples import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.model import Candidate
    from pipeline.render import SiteFacts
    from pipeline.store import Store

MONDAY = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
SECRET = "Salainen muistio"

TOPICS = (
    Topic(
        id="viestinta",
        name={"fi": "Viestintä", "sv": "Kommunikation", "en": "Communication"},
        words={"fi": ("viestintä",), "sv": ("kommunikation",), "en": ("communication", "communications")},
    ),
    Topic(id="some", name={"fi": "Sosiaalinen media"}, words={"fi": ("some", "sosiaalinen media")}),
    Topic(id="tyhja", name={"fi": "Tyhjä aihe"}, words={"fi": ("avaruusmatkailu",)}),
)
BLOG = Source(id="blogi", url="https://blogi.example.fi/feed", kind=Kind.FEED, name="Viraston blogi")
NEWS = Source(id="nyheter", url="https://nyheter.example.fi/lista", kind=Kind.LISTING, name="Nyheter & annat")
COURSE = Source(
    id="tarinallistaminen",
    url="https://www.youtube.com/playlist?list=PLtarina",
    kind=Kind.YOUTUBE,
    name="Tarinallistaminen",
    drip=1,
)
INTERNAL = Source(
    id="intra", url="https://intra.example.fi/feed", kind=Kind.FEED, name="Intra", internal=True, allow_private=True
)
SOURCES = (BLOG, NEWS, COURSE, INTERNAL)

ARTICLES = (
    ("Viestintä on palvelu", "Selkeä kieli kuuluu kaikille.", "fi"),
    ("Sosiaalisen median suositus uudistui", "Tarinallistamisesta puhutaan nyt paljon.", "fi"),
    ("Virkakieltä voi lyhentää", "", "fi"),
    ("<b>Lihava</b> & {{ 7 * 7 }}", "Otsikko, jonka kuka tahansa voi kirjoittaa.", "fi"),
    ("ما الجديد في الخدمات العامة 2026؟", "دليل قصير للكتابة الواضحة.", "ar"),
    ("How to write alt text people need", "Communications for everyone, with stories from agencies.", "en"),
    ("Sanaton" * 30, "", None),
)
STORIES = (
    ("Myndigheternas kommunikation blir tydligare", "Nya riktlinjer för klarspråk.", "sv"),
    ("Berättelser på jobbet", "Så börjar du.", "sv"),
)
LESSONS = ("Tarinallistaminen on vain muotitermi", "Julkishallinto ei voi tarinallistaa", "En osaa aloittaa")


def item(number: int, title: str, summary: str, language: str | None, *, host: str, published: datetime | None) -> Item:
    url = f"https://{host}/{number}"
    return Item(
        url=url,
        key=identity.key_of(url),
        publisher_id=f"{host}-{number}",
        title=title,
        summary=summary,
        language=language,
        published=published,
    )


def video(place: int, title: str) -> Item:
    url = f"https://www.youtube.com/watch?v=video{place:06d}"
    return Item(
        url=url,
        key=identity.key_of(url),
        publisher_id=f"video{place:06d}",
        kind=ItemKind.VIDEO,
        title=title,
        language="fi",
        duration=240 + place,
        place=place,
    )


def articles() -> tuple[Item, ...]:
    return tuple(
        item(n, *told, host="blogi.example.fi", published=MONDAY - timedelta(days=40 * n) if n % 3 else None)
        for n, told in enumerate(ARTICLES)
    )


def read(store: Store, source: Source, *items: Item, now: datetime = MONDAY - timedelta(hours=1)) -> None:
    """One source holds ``items`` at ``now``."""
    host = source.url.split("/")[2]
    leases = store.readings.claim({host}, owner="test", now=now, until=now + timedelta(hours=1))
    outcome = Outcome(source=source, lease=leases[host], read_as="test", result=Reading(items=items))
    store.readings.record([outcome], owner="test", now=now, baseline_from=now - WEEK)
    store.readings.release(leases.values(), next_start={}, not_before={})


def fill(store: Store) -> None:
    """Collect everything; the internal source holds one item alone and one that the blog has too."""
    read(store, BLOG, *articles())
    read(store, NEWS, *(item(n, *told, host="nyheter.example.fi", published=None) for n, told in enumerate(STORIES)))
    read(store, COURSE, *(video(place, title) for place, title in enumerate(LESSONS, start=1)))
    read(store, INTERNAL, item(1, SECRET, "", "fi", host="intra.example.fi", published=MONDAY), articles()[2])


def candidates(store: Store) -> dict[str, Candidate]:
    return {one.item.title: one for one in store.digests.candidates([source.id for source in SOURCES])}


def letter(store: Store, what: jobs.Publishing, week: int, titles: Sequence[str], *lessons: str) -> None:
    """Freeze the letter of week 40 + ``week`` with these items."""
    end = MONDAY + (week - 7) * WEEK
    held = candidates(store)
    names = {source.id: source.name or source.id for source in SOURCES}

    def pick(title: str, place: int = 0) -> Pick:
        one = held[title]
        source = one.sightings[0].source
        following = LESSONS[place] if place < len(LESSONS) else None
        at = CoursePlace(source=source, title=names[source], place=place, total=len(LESSONS), next_title=following)
        return Pick(
            item_id=one.id,
            item=one.item,
            source=source,
            source_title=names[source],
            reason=Reason(code="news"),
            course=at if place else None,
            internal=INTERNAL.id in {sighting.source for sighting in one.sightings},
        )

    sections = [Section(kind=SectionKind.OTHER, picks=tuple(map(pick, titles)))]
    if lessons:
        parts = tuple(pick(one, LESSONS.index(one) + 1) for one in lessons)
        sections.append(Section(kind=SectionKind.LESSONS, picks=parts))
    digest = Digest(period=Period(key=f"2026-W{40 + week}", start=end - WEEK, end=end), sections=tuple(sections))
    editions = [what.renderer.edition(digest, language, end.date()) for language in what.renderer.site.languages]
    store.digests.freeze(digest, editions, now=end, message_id=str, web_only=True)


def publishing(folder: Path, store: Store, site: SiteFacts = OWN) -> jobs.Publishing:
    return jobs.Publishing(
        store=store,
        renderer=Renderer([default_templates()], replace(site, languages=LANGUAGES)),
        output=folder / "output",
        var=folder / "var",
        sources=SOURCES,
        topics=TOPICS,
    )


def published(folder: Path, store: Store, site: SiteFacts = OWN) -> jobs.Publishing:
    """Collect, make two letters and publish."""
    what = publishing(folder, store, site)
    fill(store)
    letter(store, what, 6, [ARTICLES[0][0], STORIES[0][0]], LESSONS[0])
    letter(store, what, 7, [ARTICLES[1][0], ARTICLES[4][0], ARTICLES[5][0], SECRET], LESSONS[1])
    told = jobs.publish(what)
    assert not told.trouble, told.trouble
    return what
