"""The archive's pages: which there are, what each tells, and its HTML, in one language."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.archive.said import Said
from pipeline.archive.tree import digest_of
from pipeline.archive.values import Drawn, Feed, Group, Page, Spot
from pipeline.render import statement
from pipeline.render.engine import Engine
from pipeline.render.letter import Link, image, publisher
from pipeline.render.renderer import NAMES
from pipeline.render.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.archive.entries import Collection, Entry, Shelf
    from pipeline.render import DigestLine, SiteFacts
    from pipeline.render.letter import Letter

ROOM = "archive"
LONGEST = 100
"""A topic or source with more entries than this has pages by year."""
NEWEST = 50
"""So many of them stand on its own page then."""
OUTLINE = "sources.opml"
_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


class Press:
    """Draws every page of a language.

    ``lines`` are the letters, newest first; ``base`` is the stamp of templates, words and code. ``script`` is the
    search's file, ``bundles`` the languages of its indexes.
    """

    def __init__(
        self,
        templates: Sequence[Path],
        site: SiteFacts,
        language: str,
        collection: Collection,
        lines: Sequence[DigestLine],
        *,
        base: str,
        script: str,
        bundles: Sequence[str],
        feeds: Sequence[Feed] = (),
    ) -> None:
        self._site = site
        self.language = language
        self._words = Words(language, ROOM)
        self._engine = Engine(templates, self._words)
        self._collection = collection
        self._lines = lines
        self._said = Said(self._words, site, self._engine, collection, lines)
        self._script = script
        self._bundles = tuple(bundles)
        self._feeds = tuple(feeds)
        self._months = _by_month(collection.entries)
        kinds = [bool(collection.topics), bool(collection.courses), bool(collection.sources)]
        self._base = digest_of(base, language, repr(site), repr((kinds, script, self._bundles, self._feeds)))

    def pages(self) -> Iterator[Drawn]:
        """Every page but the front page."""
        collection, gettext = self._collection, self._words.gettext
        for folder, name, shelves in (
            ("topics", gettext("Topics"), collection.topics),
            ("sources", gettext("Sources"), collection.sources),
            ("courses", gettext("Courses"), collection.courses),
        ):
            if shelves:
                yield self._overview(folder, name, shelves)
        for shelf in collection.topics:
            yield from self._shelf("topics", shelf)
        for shelf in collection.sources:
            yield from self._shelf("sources", shelf)
        for shelf in collection.courses:
            yield self._course(shelf)
        for month, entries in self._months.items():
            yield self._month(month, entries)
        yield self._everything()
        yield self._search()

    def front(self, newest: Letter | None) -> Drawn:
        """The front page: the newest letter, and the list of all."""
        path = front(self._site, self.language)
        told = [(line.key, line.sent.isoformat(), sorted(line.subjects.items())) for line in self._lines]
        stamp = digest_of(self._base, path, repr(told), repr(newest and (newest.counts, newest.chapters)))
        page = self._page(
            path, self._words.name(self._site.title)[0], self._words.gettext("All letters, the newest first.")
        )
        rows = [self._said.line(line) for line in self._lines]
        years = [(year, list(of)) for year, of in groupby(rows, key=lambda row: row.year)]
        shown = None
        if newest is not None:
            shown = {
                "url": rows[0].url,
                "language": rows[0].language,
                "name": rows[0].name,
                "counts": newest.counts or newest.besides,
                "chapters": newest.chapters,
            }
        return Drawn(
            path,
            stamp,
            lambda: self._html(
                "index.html", page, rows=rows, others=page.others, archive={"newest": shown, "years": years}
            ),
        )

    def facts(self, entry: Entry) -> str:
        """Return what a search result tells of an item besides its title."""
        return self._said.facts(entry)

    def _overview(self, folder: str, name: str, shelves: Sequence[Shelf]) -> Drawn:
        path = f"{folder}/{self.language}.html"
        spots = []
        for shelf in shelves:
            text, language = self._name(shelf)
            facts = self._said.course_counts(shelf) if shelf.lessons else self._said.counts(shelf.entries)
            spots.append(Spot(text=text, url=f"{shelf.id}/{self.language}.html", facts=facts, language=language))
        description = {
            "topics": self._words.ngettext("%(num)s topic", "%(num)s topics", len(spots)),
            "sources": self._words.ngettext("%(num)s source", "%(num)s sources", len(spots)),
            "courses": self._words.ngettext("%(num)s course", "%(num)s courses", len(spots)),
        }[folder]
        outline = f"../{OUTLINE}" if folder == "sources" else ""
        page = self._page(path, name, description, entries=tuple(spots), outline=outline)
        return self._drawn(path, "archive/overview.html", page, digest_of(repr(spots)))

    def _shelf(self, folder: str, shelf: Shelf) -> Iterator[Drawn]:
        name, language = self._name(shelf)
        outside = shelf.url if shelf.url.startswith(("https://", "http://")) else ""
        entries, years = shelf.entries, _by_year(shelf.entries)
        is_long = len(entries) > LONGEST
        shown = entries[:NEWEST] if is_long else entries
        spots = [Spot(text=str(year), url=f"{year}-{self.language}.html", count=len(of)) for year, of in years.items()]
        path = f"{folder}/{shelf.id}/{self.language}.html"
        described = self._said.counts(entries)
        yield self._list(
            path,
            name,
            described,
            shown,
            grouped=self._year_groups,
            years=spots if is_long else (),
            language=language,
            outside=outside,
        )
        if not is_long:
            return
        for year, of in years.items():
            path = f"{folder}/{shelf.id}/{year}-{self.language}.html"
            here = [replace(spot, here=spot.text == str(year), count=0) for spot in spots]
            yield self._list(
                path,
                f"{name}, {year}",
                self._said.counts(of),
                of,
                grouped=self._month_groups,
                years=here,
                language=language,
            )

    def _month(self, month: str, entries: Sequence[Entry]) -> Drawn:
        name = self._said.month(month)
        path = f"items/{month}/{self.language}.html"
        return self._list(path, name, self._said.counts(entries), entries, grouped=self._day_groups)

    def _list(
        self,
        path: str,
        name: str,
        described: str,
        entries: Sequence[Entry],
        *,
        grouped: Callable[[Sequence[Entry]], tuple[Group, ...]],
        years: Sequence[Spot] = (),
        language: str = "",
        outside: str = "",
    ) -> Drawn:
        stamp = digest_of(self._base, path, name, described, repr(years), outside, *(entry.stamp for entry in entries))

        def draw() -> str:
            page = self._page(
                path,
                name,
                described,
                name_language=language,
                groups=grouped(entries),
                years=tuple(years),
                outside=outside,
            )
            return self._html("archive/list.html", page)

        return Drawn(path, stamp, draw)

    def _course(self, shelf: Shelf) -> Drawn:
        path = f"courses/{shelf.id}/{self.language}.html"
        name, _ = self._name(shelf)
        described = self._said.course_counts(shelf)
        outside = shelf.url if shelf.url.startswith(("https://", "http://")) else ""
        told = [(lesson.place, lesson.entry.stamp) for lesson in shelf.lessons]
        stamp = digest_of(self._base, path, name, described, outside, repr(told))

        def draw() -> str:
            page = self._page(
                path,
                name,
                described,
                about=self._said.progress(shelf),
                outside=outside,
                parts=tuple(self._said.part(one.entry) for one in shelf.lessons if one.place is not None),
                former=tuple(self._said.html(one.entry) for one in shelf.lessons if one.place is None),
            )
            return self._html("archive/course.html", page)

        return Drawn(path, stamp, draw)

    def _everything(self) -> Drawn:
        path = f"items/{self.language}.html"
        years = self._month_spots("")
        page = self._page(
            path, self._words.gettext("Everything"), self._said.counts(self._collection.entries), years=years
        )
        return self._drawn(path, "archive/everything.html", page, digest_of(repr(years), page.description))

    def _search(self) -> Drawn:
        gettext, path = self._words.gettext, f"search/{self.language}.html"
        years = self._month_spots("../items/")
        first = (self.language, *(one for one in self._bundles if one != self.language))
        page = self._page(
            path,
            gettext("Search"),
            gettext("Search everything that we ever found"),
            years=years,
            script=self._script,
            bundles=" ".join(self._bundles),
            instead=gettext("The search works on the web only, with JavaScript. These lists hold everything."),
            browse=tuple(spot for spot in self._links(path) if not spot.here),
            languages=tuple(Spot(text=NAMES[one], url="", language=one) for one in first if one in self._bundles),
        )
        return self._drawn(path, "archive/search.html", page, digest_of(repr(years)))

    def _drawn(self, path: str, template: str, page: Page, stamp: str) -> Drawn:
        return Drawn(path, digest_of(self._base, path, page.name, stamp), lambda: self._html(template, page))

    def _name(self, shelf: Shelf) -> tuple[str, str]:
        return self._words.name(shelf.name)

    def _groups(
        self, entries: Sequence[Entry], key: Callable[[date], date], name: Callable[[date], str]
    ) -> tuple[Group, ...]:
        return tuple(
            Group(name=name(first), rows=tuple(self._said.html(entry) for entry in of))
            for first, of in groupby(entries, key=lambda entry: key(entry.when))
        )

    def _year_groups(self, entries: Sequence[Entry]) -> tuple[Group, ...]:
        return self._groups(entries, lambda day: date(day.year, 1, 1), lambda day: str(day.year))

    def _month_groups(self, entries: Sequence[Entry]) -> tuple[Group, ...]:
        return self._groups(entries, lambda day: day.replace(day=1), lambda day: self._said.month(f"{day:%Y-%m}"))

    def _day_groups(self, entries: Sequence[Entry]) -> tuple[Group, ...]:
        return self._groups(entries, lambda day: day, self._words.day)

    def _month_spots(self, folder: str) -> tuple[Spot, ...]:
        """Return the years, each with its months that hold something, newest first."""
        spots = []
        for year, of in groupby(self._months.items(), key=lambda month: month[0][:4]):
            months = tuple(
                Spot(
                    text=self._said.month_alone(month),
                    url=f"{folder}{month}/{self.language}.html",
                    count=len(entries),
                )
                for month, entries in of
            )
            spots.append(Spot(text=year, url="", months=months))
        return tuple(spots)

    def _links(self, path: str) -> tuple[Spot, ...]:
        """Return the ways to the archive's parts, from the page at ``path``."""
        gettext, collection, language = self._words.gettext, self._collection, self.language
        up = "../" * path.count("/")
        places = [
            (gettext("All letters"), front(self._site, language), True),
            (gettext("Topics"), f"topics/{language}.html", collection.topics),
            (gettext("Courses"), f"courses/{language}.html", collection.courses),
            (gettext("Sources"), f"sources/{language}.html", collection.sources),
            (gettext("Everything"), f"items/{language}.html", True),
            (gettext("Search"), f"search/{language}.html", True),
        ]
        return tuple(
            Spot(text=text, url=f"{up}{place}" if up or place != path else place, here=place == path)
            for text, place, is_there in places
            if is_there
        )

    def _page(self, path: str, name: str, description: str, **more: object) -> Page:
        base = self._site.url or ""
        others = tuple(
            Link(text=NAMES[one], url=_sibling(path, self.language, one, self._site), language=one)
            for one in self._site.languages
            if one != self.language
        )
        versions = self._versions(path) if base else others
        return Page(
            name=name,
            description=description,
            up="../" * path.count("/"),
            address=f"{base}{path}" if base else "",
            links=self._links(path),
            others=others,
            versions=versions,
            **more,  # type: ignore[arg-type]  # fields of the page, each of its type
        )

    def _versions(self, path: str) -> tuple[Link, ...]:
        """Return the page in every language by its public address, the main one for readers of any other too."""
        versions = []
        folder = path.rpartition("/")[0]
        for one in self._site.languages:
            file = _sibling(path, self.language, one, self._site)
            url = f"{self._site.url}{folder}/{file}" if folder else f"{self._site.url}{file}"
            versions.append(Link(text=NAMES[one], url=url, language=one))
        return (*versions, replace(versions[0], language="x-default"))

    def _html(self, template: str, page: Page, **more: object) -> str:
        words, site = self._words, self._site
        title, title_language = words.name(site.title)
        logo = f"logo.{site.logo.picture.suffix}" if site.logo else ""
        return self._engine.html(
            template,
            language=words.language,
            locale=_LOCALES[words.language],
            title=title,
            title_language=title_language,
            logo=image(site, words, page.up + logo),
            footer=words.name(site.footer)[0],
            publisher=publisher(site, words),
            accessibility=statement.address(site, words.language, page.up),
            site=site,
            page=page,
            feeds=self._feeds,
            **more,
        )


def front(site: SiteFacts, language: str) -> str:
    """Return the name of a language's front page."""
    return "index.html" if language == site.languages[0] else f"{language}.html"


def _sibling(path: str, language: str, other: str, site: SiteFacts) -> str:
    """Return the same page in another language, as a link from the one at ``path``."""
    name = path.rpartition("/")[2]
    if "/" not in path:
        return front(site, other)
    return name.removesuffix(f"{language}.html") + f"{other}.html"


def _by_month(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[f"{entry.when:%Y-%m}"].append(entry)
    return found


def _by_year(entries: Iterable[Entry]) -> Mapping[int, list[Entry]]:
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.when.year].append(entry)
    return found
