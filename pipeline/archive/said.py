"""What the archive's pages say of an item, a letter, a shelf: facts and counts in one language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup

from pipeline.model import ItemKind
from pipeline.render.engine import direction
from pipeline.render.summary import period_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.archive.entries import Collection, Entry, Shelf
    from pipeline.render import DigestLine, SiteFacts
    from pipeline.render.engine import Engine
    from pipeline.render.words import Words

_DEEP = "../../"
"""From a page of a shelf, a month or a course to output/ itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A letter that an item was in."""

    text: str
    url: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item in a list; a text that is not known is ''."""

    title: str
    url: str
    kind: str
    source: str
    summary: str
    language: str
    facts: tuple[str, ...]
    letters: tuple[Place, ...]
    is_plain: bool
    """In the page's own language, and nothing runs leftwards: the rule, and quicker to draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One letter in the list of all."""

    url: str
    language: str
    name: str
    headlines: str
    year: int


class Said:
    """The words of one language for a collection; what is said of an item is worked out once."""

    def __init__(
        self, words: Words, site: SiteFacts, engine: Engine, collection: Collection, lines: Sequence[DigestLine]
    ) -> None:
        self._words = words
        self._zone = ZoneInfo(site.time_zone)
        self._engine = engine
        self._names = collection.names
        self._lines = {line.key: line for line in lines}
        self._html: dict[int, str] = {}
        self._rows: dict[int, Row] = {}
        self._day = cache(words.short_day)
        self._place = cache(self._place_of)
        self._in_language = cache(words.in_language)
        self._kinds = {
            ItemKind.ARTICLE: words.gettext("Article"),
            ItemKind.VIDEO: words.gettext("Video"),
            ItemKind.AUDIO: words.gettext("Podcast"),
        }

    @cached_property
    def _draw(self) -> Callable[..., str]:
        return self._engine.macro("archive/rows.html", "row")

    def row(self, entry: Entry) -> Row:
        """Return what a list tells of an item."""
        row = self._rows.get(entry.id)
        if row is None:
            row = self._rows[entry.id] = self._row_of(entry)
        return row

    def _row_of(self, entry: Entry) -> Row:
        item = entry.item
        source = self._names[entry.sources[0]]
        foreign = entry.language if entry.language != self._words.language else ""
        return Row(
            title=item.title,
            url=item.url,
            kind=self._kinds[item.kind],
            source=source,
            summary=item.summary,
            language=foreign,
            facts=tuple(filter(None, (self._published(entry), self._length(entry), self._in_language(foreign)))),
            letters=tuple(self._place(key) for key in entry.letters if key in self._lines),
            is_plain=not foreign and not any(map(direction, (item.title, item.summary, source))),
        )

    def part(self, entry: Entry) -> Row:
        """Return what a course tells of a part: the course itself is known there."""
        row = self.row(entry)
        facts = tuple(filter(None, (self._length(entry), self._published(entry), self._in_language(row.language))))
        return replace(row, facts=facts or (row.kind,))

    def html(self, entry: Entry) -> str:
        """Return the item as a list shows it, drawn once for all lists of this language."""
        drawn = self._html.get(entry.id)
        if drawn is None:
            drawn = self._html[entry.id] = Markup(self._draw(self.row(entry)))  # noqa: S704  # escaped by the template
        return drawn

    def facts(self, entry: Entry) -> str:
        """Return the line of facts as a search result shows it."""
        row = self.row(entry)
        return " · ".join((row.kind, row.source, *row.facts))

    def line(self, line: DigestLine) -> Line:
        """Return what the list of all letters tells of one."""
        words = self._words
        shown = words.language if words.language in line.subjects else next(iter(line.subjects))
        period, day = period_name(line.key, words), words.day(line.sent)
        return Line(
            url=f"{line.key}/{shown}.html",
            language=shown,
            name=period if period == day else f"{period} · {day}",
            headlines=line.subjects[shown].partition(": ")[2],
            year=line.sent.year,
        )

    def counts(self, entries: Sequence[Entry]) -> str:
        """Return "12 artikkelia ja 3 videota"."""
        kinds = Counter(entry.item.kind for entry in entries)
        words = self._words
        said = {
            ItemKind.ARTICLE: lambda n: words.ngettext("%(num)s article", "%(num)s articles", n),
            ItemKind.VIDEO: lambda n: words.ngettext("%(num)s video", "%(num)s videos", n),
            ItemKind.AUDIO: lambda n: words.ngettext("%(num)s podcast episode", "%(num)s podcast episodes", n),
        }
        return words.list([said[kind](kinds[kind]) for kind in ItemKind if kinds[kind]]) or words.gettext("Nothing yet")

    def course_counts(self, shelf: Shelf) -> str:
        """Return "6 osaa, yhteensä 28 min"."""
        parts = [lesson.entry for lesson in shelf.lessons if lesson.place is not None]
        said = self._words.ngettext("%(num)s part", "%(num)s parts", len(parts))
        known = [entry.item.duration for entry in parts if entry.item.duration]
        if not known or len(known) < len(parts):
            return said
        return self._words.gettext("%(parts)s, %(time)s in all", parts=said, time=self._words.duration(sum(known)))

    def progress(self, shelf: Shelf) -> str:
        """Return how many of a course's parts have been in a letter."""
        parts = [lesson.entry for lesson in shelf.lessons if lesson.place is not None]
        shown = sum(bool(entry.letters) for entry in parts)
        if not shown:
            return ""
        return self._words.ngettext(
            "%(num)s of %(total)s has been in a letter.",
            "%(num)s of %(total)s have been in a letter.",
            shown,
            total=len(parts),
        )

    def month(self, month: str) -> str:
        """Return "Marraskuu 2026"."""
        name = self._words.month(date.fromisoformat(f"{month}-01"))
        return name[:1].upper() + name[1:]

    def month_alone(self, month: str) -> str:
        """Return "marraskuu", under its year's heading."""
        return self._words.month(date.fromisoformat(f"{month}-01")).removesuffix(f" {month[:4]}")

    def _published(self, entry: Entry) -> str:
        published = entry.item.published
        return self._day(published.astimezone(self._zone).date()) if published else ""

    def _length(self, entry: Entry) -> str:
        item = entry.item
        if item.kind is ItemKind.ARTICLE:
            return self._words.reading_time(item.reading) if item.reading else ""
        return self._words.duration(item.duration) if item.duration else ""

    def _place_of(self, key: str) -> Place:
        line = self._lines[key]
        shown = self._words.language if self._words.language in line.subjects else next(iter(line.subjects))
        text = period_name(key, self._words)
        if "-W" in key:
            year, _, week = key.partition("-W")
            text = self._words.gettext("week %(week)s, %(year)s", week=int(week), year=int(year))
        return Place(text=text, url=f"{_DEEP}{key}/{shown}.html", language=shown)
