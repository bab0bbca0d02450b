"""What a template is given: one digest in the words of one language, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.model import LANGUAGES, ItemKind, SectionKind
from pipeline.render import summary
from pipeline.render.words import language_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.model import Pick, Section
    from pipeline.render.words import Words

CONTENTS_OVER = 6
"""A letter with more items than this has a table of contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What every letter of a workspace says of itself.

    ``url`` is where output/ is published (it ends in "/"), None while it is nowhere. ``leave`` is the
    https or mailto address that ends the letter. ``accessibility`` is the address of the accessibility
    statement. ``operator`` is who sends the letter, ``contact`` an e-mail address for questions.
    """

    title: Mapping[str, str]
    url: str | None = None
    languages: tuple[str, ...] = LANGUAGES
    leave: str | None = None
    accessibility: str | None = None
    operator: str | None = None
    contact: str | None = None
    time_zone: str = "Europe/Helsinki"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as a reader sees it; a text that is not known is ''.

    ``language`` is the BCP 47 code for a ``lang`` attribute, '' where the item is in the letter's own
    language; ``in_language`` says the same in words ("ruotsiksi"). ``iso_day`` is ``day`` as a
    machine reads it. ``part`` is "Tarinallistaminen, osa 2/6", ``next`` what comes after it.
    """

    title: str
    url: str
    kind: str
    source: str
    summary: str = ""
    language: str = ""
    in_language: str = ""
    day: str = ""
    iso_day: str = ""
    duration: str = ""
    part: str = ""
    next: str = ""
    also_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Entries under one heading; ``id`` is the heading's anchor, ``kind`` topic, other, lessons or archive."""

    id: str
    kind: str
    name: str
    entries: tuple[Entry, ...]
    intro: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The same thing in another language."""

    text: str
    url: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a letter's own links lead: absolute in mail, relative on a page; '' is nowhere."""

    page: str = ""
    archive: str = ""
    others: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One digest in one language: the context of letter.html, letter.txt and page.html, as ``letter``.

    ``period`` is "Viikko 47", ``day`` the day of sending. ``counts`` is "14 uutta: 9 artikkelia, 5
    videota, yhteensä 1 t 12 min" and ``besides`` what is there beside the news; '' without any. ``contents``
    is empty where no table of contents is wanted. ``more`` items stand only on the web page.
    """

    language: str
    title: str
    subject: str
    preheader: str
    period: str
    day: str
    counts: str
    besides: str
    chapters: tuple[Chapter, ...]
    contents: tuple[Chapter, ...]
    more: int
    site: SiteFacts
    links: Addresses = field(default_factory=Addresses)


def write(
    key: str,
    sections: Sequence[Section],
    words: Words,
    site: SiteFacts,
    *,
    sent: date,
    links: Addresses,
    printed: Sequence[Section] | None = None,
    more: int = 0,
) -> Letter:
    """Return the letter of period ``key``: counts and subject tell of ``sections``, chapters of what is ``printed``."""
    printed = sections if printed is None else printed
    news_sections = sum(section.kind in {SectionKind.TOPIC, SectionKind.OTHER} for section in printed)
    chapters = tuple(_chapter(s, words, site, alone=news_sections == 1) for s in printed if s.picks)
    period = summary.period_name(key, words)
    titles = summary.headlines(sections)
    subject = summary.subject(period, titles)
    counts, besides = summary.counts(sections, words), summary.besides(sections, words)
    wants_contents = len(chapters) > 1 and sum(len(chapter.entries) for chapter in chapters) > CONTENTS_OVER
    return Letter(
        language=words.language,
        title=words.name(site.title),
        subject=subject,
        preheader=summary.preheader((counts and f"{counts}.", besides), titles, subject),
        period=period,
        day=words.day(sent),
        counts=counts,
        besides=besides,
        chapters=chapters,
        contents=chapters if wants_contents else (),
        more=more,
        site=site,
        links=links,
    )


def _chapter(section: Section, words: Words, site: SiteFacts, *, alone: bool) -> Chapter:
    entries = tuple(_entry(pick, words, ZoneInfo(site.time_zone)) for pick in section.picks)
    match section.kind:
        case SectionKind.TOPIC:
            return Chapter(id=f"topic-{section.id}", kind="topic", name=words.name(section.name), entries=entries)
        case SectionKind.OTHER:
            name = words.gettext("New") if alone else words.gettext("Other")
            return Chapter(id="other", kind="other", name=name, entries=entries)
        case SectionKind.LESSONS:
            return Chapter(id="lessons", kind="lessons", name=words.gettext("Courses"), entries=entries)
        case SectionKind.ARCHIVE:
            name = words.gettext("From the archive")
            intro = words.gettext("Published earlier, still useful.")
            return Chapter(id="archive", kind="archive", name=name, entries=entries, intro=intro)


def _entry(pick: Pick, words: Words, zone: ZoneInfo) -> Entry:
    item, course = pick.item, pick.course
    language = language_of(item.language)
    foreign = language if language != words.language else ""
    day = item.published and item.published.astimezone(zone).date()
    return Entry(
        title=_title(item.title, words),
        url=item.url,
        kind=_kind(item.kind, words),
        source=pick.source_title,
        summary=item.summary,
        language=foreign,
        in_language=words.in_language(foreign),
        day=words.short_day(day) if day else "",
        iso_day=day.isoformat() if day else "",
        duration=words.duration(item.duration) if item.duration else "",
        part=""
        if course is None
        else words.gettext(
            "%(course)s, part %(place)s/%(total)s", course=course.title, place=course.place, total=course.total
        ),
        next=_next(pick, words),
        also_in=words.gettext("Also in: %(sources)s", sources=", ".join(pick.also_in)) if pick.also_in else "",
    )


def _next(pick: Pick, words: Words) -> str:
    if pick.course is None:
        return ""
    if pick.course.next_title is None:
        return words.gettext("This was the last part.")
    return words.gettext("Next: %(title)s", title=_title(pick.course.next_title, words))


def _title(title: str, words: Words) -> str:
    return title if summary.visible(title) else words.gettext("(untitled)")


def _kind(kind: ItemKind, words: Words) -> str:
    match kind:
        case ItemKind.ARTICLE:
            return words.gettext("Article")
        case ItemKind.VIDEO:
            return words.gettext("Video")
        case ItemKind.AUDIO:
            return words.gettext("Podcast")
