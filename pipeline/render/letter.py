"""What a template is given: one digest in the words of one language, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.model import ItemKind, SectionKind
from pipeline.render import summary
from pipeline.render.words import language_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.model import Item, Pick, Section
    from pipeline.render.facts import SiteFacts
    from pipeline.render.note import Note
    from pipeline.render.words import Words

LOGO_BOX = (220, 64)
"""Pixels that a logo takes at most."""

CONTENTS_OVER = 6
"""A letter with more items than this has a table of contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as a reader sees it; a text that is not known is ''."""

    title: str
    """The title, or "(nimetön)"."""
    url: str
    """Where the item is; http or https."""
    kind: str
    """"Artikkeli", "Video" or "Podcast"."""
    source: str
    """The name of the source that it is credited to."""
    summary: str = ""
    """One or two sentences."""
    language: str = ""
    """The BCP 47 code for a lang attribute, '' where the item is in the letter's own language."""
    in_language: str = ""
    """The same in words: "ruotsiksi"."""
    day: str = ""
    """The item's own date."""
    duration: str = ""
    """How long it plays, or "lukuaika 4 min" of an article."""
    course: str = ""
    """The title of the course that a lesson belongs to; the next four are for lessons alone."""
    place: int = 0
    """Which part it is."""
    total: int = 0
    """How many parts there are."""
    next_title: str = ""
    """The title of the part that comes next, '' after the last, and where the next one stands below."""
    ends: bool = False
    """Whether no part comes after it."""
    also_in: tuple[str, ...] = ()
    """The names of other sources that hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """Entries under one heading."""

    id: str
    """The heading's anchor."""
    kind: str
    """topic, other, lessons or archive."""
    name: str
    """The heading."""
    entries: tuple[Entry, ...]
    """Its items, in the letter's order."""
    language: str = ""
    """The heading's language where it has none in the letter's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The same thing in another language."""

    text: str
    """"På svenska"."""
    url: str
    """Where it is."""
    language: str
    """The language's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a letter's own links lead: absolute in mail, relative on a page; '' is nowhere."""

    page: str = ""
    """The letter's public page; absolute, on a page too."""
    archive: str = ""
    """The list of all letters."""
    accessibility: str = ""
    """The accessibility statement."""
    others: tuple[Link, ...] = ()
    """The letter in its other languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The logo as it is shown."""

    src: str
    """In mail the picture itself (it becomes a part of the message), on a page its file."""
    alt: str
    """What it says."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One digest in one language: the context of letter.html, letter.txt and page.html, as ``letter``."""

    language: str
    """The letter's language."""
    title: str
    """The digest's name."""
    title_language: str
    """The name's language where it has none in the letter's."""
    subject: str
    """The mail's subject."""
    preheader: str
    """What an inbox shows after the subject."""
    period: str
    """The period's name."""
    day: str
    """The day of sending."""
    counts: str
    """How much is new; '' when nothing is."""
    besides: str
    """What there is beside the news; '' without any."""
    note: Note | None
    """The editor's note."""
    chapters: tuple[Chapter, ...]
    """The sections, in order."""
    contents: tuple[Chapter, ...]
    """The sections again where a table of contents is wanted: over six items."""
    more: int
    """How many items stand on the web page only."""
    footer: str
    """The sender's own sentence at the foot."""
    publisher: str
    """Who sends the letter."""
    logo: Image | None
    """The sender's mark."""
    site: SiteFacts
    """What is the same in every letter."""
    links: Addresses
    """Where the letter's own links lead."""
    public: bool
    """True on the page and in its text, False in mail."""
    chosen: tuple[str, ...] = ()
    """The topics that the reader chose, by name; none where the letter holds everything."""

    @property
    def leave_by_mail(self) -> str:
        """The address alone of a "mailto:" that ends the letter, '' where the way out is a web page."""
        return self.site.leave_by_mail


def write(
    key: str,
    sections: Sequence[Section],
    words: Words,
    site: SiteFacts,
    *,
    sent: date,
    links: Addresses,
    note: Note | None = None,
    logo_src: str = "",
    printed: Sequence[Section] | None = None,
    more: int = 0,
    public: bool = False,
    chosen: Sequence[Mapping[str, str]] = (),
) -> Letter:
    """Return the letter of period ``key``: counts and subject tell of ``sections``, chapters of what is ``printed``."""
    sections = _told_in(sections, words.language)
    printed = sections if printed is None else _told_in(printed, words.language)
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
        note=note,
        chapters=chapters,
        contents=chapters if wants_contents else (),
        more=more,
        footer=words.name(site.footer)[0],
        publisher=publisher(site, words),
        logo=image(site, words, logo_src),
        site=site,
        links=links,
        public=public,
        chosen=tuple(words.name(names)[0] for names in chosen),
    )


def publisher(site: SiteFacts, words: Words) -> str:
    """Return who answers for the letter: as the accessibility statement names it, else the sender's name."""
    return words.name(site.statement.organisation)[0] if site.statement else site.operator or ""


def image(site: SiteFacts, words: Words, src: str) -> Image | None:
    """Return the logo as it is shown, None without one; ``src`` is its file on a page, '' in mail."""
    if site.logo is None:
        return None
    width, height = site.logo.picture.shown(width=LOGO_BOX[0], height=LOGO_BOX[1])
    alt, _ = words.name(site.logo.alt)
    return Image(src=src or site.logo.picture.data_url, alt=alt, width=width, height=height)


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
        duration=_duration(item, words),
        also_in=pick.also_in,
    )
    if course is None:
        return entry
    upcoming = "" if course.next_title is None else _title(course.next_title, words)
    return replace(
        entry,
        course=course.title,
        place=course.place,
        total=course.total,
        next_title=upcoming,
        ends=course.next_title is None and not course.followed,
    )


def _told_in(sections: Sequence[Section], language: str) -> list[Section]:
    """Return the sections with each item as the edition in ``language`` tells it, in its subject too."""
    return [
        replace(section, picks=tuple(replace(pick, item=_in_language(pick, language)) for pick in section.picks))
        for section in sections
    ]


def _in_language(pick: Pick, language: str) -> Item:
    """Return the item as this edition links it: in its own language, if the article exists in that.

    Where only the address is known, the title stays in the language that it is in.
    """
    item = pick.item
    for version in pick.versions:
        if version.language == language:
            item = replace(item, url=version.url)
            if version.title:
                item = replace(item, title=version.title, summary=version.summary, language=language)
    return item


def _duration(item: Item, words: Words) -> str:
    if item.kind is ItemKind.ARTICLE:
        return words.reading_time(item.reading) if item.reading else ""
    return words.duration(item.duration) if item.duration else ""


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
