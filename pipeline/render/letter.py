"""What a template is given: one digest in the words of one language, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
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
    language; ``in_language`` says the same in words ("ruotsiksi"). A lesson has the title of its
    ``course``, its ``place`` in it out of ``total``, and the title of the part that comes next, '' after the last.
    """

    title: str
    url: str
    kind: str
    source: str
    summary: str = ""
    language: str = ""
    in_language: str = ""
    day: str = ""
    duration: str = ""
    course: str = ""
    place: int = 0
    total: int = 0
    next_title: str = ""
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Entries under one heading.

    ``id`` is the heading's anchor, ``kind`` topic, other, lessons or archive, ``language`` the name's
    own where it has none in the letter's.
    """

    id: str
    kind: str
    name: str
    entries: tuple[Entry, ...]
    language: str = ""


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
    is empty where no table of contents is wanted. ``more`` items stand only on the web page. ``public``
    is True on the page and in its text, False in mail. ``title_language`` is as in Chapter.
    """

    language: str
    title: str
    title_language: str
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
    links: Addresses
    public: bool

    @property
    def leave_by_mail(self) -> str:
        """The address alone of a "mailto:" that ends the letter, '' where the way out is a web page."""
        parts = urlsplit(self.site.leave or "")
        return unquote(parts.path) if parts.scheme == "mailto" else ""


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
    public: bool = False,
) -> Letter:
    """Return the letter of period ``key``: counts and subject tell of ``sections``, chapters of what is ``printed``."""
    printed = sections if printed is None else printed
    news_sections = sum(section.kind in {SectionKind.TOPIC, SectionKind.OTHER} for section in printed)
    chapters = tuple(_chapter(s, words, site, alone=news_sections == 1) for s in printed if s.picks)
    period = summary.period_name(key, words)
    titles = summary.headlines(sections)
    title, title_language = words.name(site.title)
    subject = summary.subject(period, titles or [title])
    counts, besides = summary.counts(sections, words), summary.besides(sections, words)
    wants_contents = len(chapters) > 1 and sum(len(chapter.entries) for chapter in chapters) > CONTENTS_OVER
    return Letter(
        language=words.language,
        title=title,
        title_language=title_language,
        subject=subject,
        preheader=summary.preheader((counts, besides), titles, subject),
        period=period,
        day=words.day(sent),
        counts=counts,
        besides=besides,
        chapters=chapters,
        contents=chapters if wants_contents else (),
        more=more,
        site=site,
        links=links,
        public=public,
    )


def _chapter(section: Section, words: Words, site: SiteFacts, *, alone: bool) -> Chapter:
    zone = ZoneInfo(site.time_zone)
    entries = tuple(_entry(pick, words, zone) for pick in section.picks)
    match section.kind:
        case SectionKind.TOPIC:
            name, language = words.name(section.name)
            return Chapter(id=f"topic-{section.id}", kind="topic", name=name, entries=entries, language=language)
        case SectionKind.OTHER:
            name = words.gettext("New") if alone else words.gettext("Other")
        case SectionKind.LESSONS:
            name = words.gettext("Courses")
        case SectionKind.ARCHIVE:
            name = words.gettext("From the archive")
    return Chapter(id=section.kind.value, kind=section.kind.value, name=name, entries=entries)


def _entry(pick: Pick, words: Words, zone: ZoneInfo) -> Entry:
    item, course = pick.item, pick.course
    language = language_of(item.language)
    foreign = language if language != words.language else ""
    entry = Entry(
        title=_title(item.title, words),
        url=item.url,
        kind=_kind(item.kind, words),
        source=pick.source_title,
        summary=item.summary,
        language=foreign,
        in_language=words.in_language(foreign),
        day=words.short_day(item.published.astimezone(zone).date()) if item.published else "",
        duration=words.duration(item.duration) if item.duration else "",
        also_in=pick.also_in,
    )
    if course is None:
        return entry
    upcoming = "" if course.next_title is None else _title(course.next_title, words)
    return replace(entry, course=course.title, place=course.place, total=course.total, next_title=upcoming)


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
