"""What the feeds hold: the newest letters, and the newest items, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.archive import feeds
from pipeline.archive.pages import ROOM, front
from pipeline.archive.tree import digest_of
from pipeline.archive.values import Feed
from pipeline.render.engine import Engine
from pipeline.render.letter import publisher
from pipeline.render.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.archive.entries import Collection, Entry
    from pipeline.archive.tree import Tree
    from pipeline.render import DigestLine, SiteFacts
    from pipeline.render.letter import Letter

POSTS = 30
"""Letters in a feed."""
ITEMS = 100
"""Items in a feed; the lists and the search hold all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The frozen letters, newest first; ``shown`` loads what one tells on its public page in a language."""

    lines: Sequence[DigestLine]
    frozen: Mapping[str, datetime]
    shown: Callable[[DigestLine, str], Letter]


class Syndicate:
    """Writes the feeds of a site whose address is known; without one a feed could name nothing, so there is none."""

    def __init__(
        self,
        folders: Sequence[Path],
        site: SiteFacts,
        collection: Collection,
        letters: Letters,
        *,
        workspace: str,
        base: str,
    ) -> None:
        self._folders = folders
        self._site = site
        self._collection = collection
        self._letters = letters
        self._workspace = workspace
        self._topics = {shelf.id: shelf.name for shelf in collection.topics}
        told = (site, sorted(collection.names.items()), sorted(self._topics.items()))
        self._base = digest_of(base, repr(told))

    def offered(self, language: str) -> list[Feed]:
        """Return the feeds that pages of a language name."""
        if not self._site.url:
            return []
        words = Words(language, ROOM)
        kinds = (("application/atom+xml", "xml"), ("application/feed+json", "json"))
        names = (("letters", self._title(words)), ("items", self._items_title(words)))
        return [
            Feed(file=f"{_place(name, language)}.{ending}", type=type_, title=title)
            for name, title in names
            for type_, ending in kinds
        ]

    def write(self, tree: Tree) -> None:
        """Bring the feeds up to date. Raises SiteError and RenderError."""
        if not self._site.url:
            return
        newest = sorted(self._collection.entries, key=lambda one: (one.found, one.when, one.id), reverse=True)[:ITEMS]
        for language in self._site.languages:
            lines = [line for line in self._letters.lines if language in line.subjects][:POSTS]
            told = [(line.key, line.subjects[language], self._letters.frozen[line.key]) for line in lines]
            if self._is_stale(tree, "letters", language, stamp := digest_of(self._base, repr(told))):
                self._put(tree, "letters", language, stamp, self._of_letters(lines, language))
            if self._is_stale(tree, "items", language, stamp := digest_of(self._base, *(one.stamp for one in newest))):
                self._put(tree, "items", language, stamp, self._of_items(newest, language))

    def _is_stale(self, tree: Tree, name: str, language: str, stamp: str) -> bool:
        fresh = [tree.is_fresh(f"{_place(name, language)}.{ending}", stamp) for ending in ("xml", "json")]
        return not all(fresh)

    def _put(self, tree: Tree, name: str, language: str, stamp: str, channel: feeds.Channel) -> None:
        tree.put(f"{_place(name, language)}.xml", feeds.atom(channel), stamp)
        tree.put(f"{_place(name, language)}.json", feeds.jsonfeed(channel), stamp)

    def _of_letters(self, lines: Sequence[DigestLine], language: str) -> feeds.Channel:
        words = Words(language, ROOM)
        engine = Engine(self._folders, words)
        posts = []
        for line in lines:
            letter = self._letters.shown(line, language)
            posts.append(
                feeds.Post(
                    id=feeds.name_of(self._workspace, "letter", line.key, language),
                    url=f"{self._site.url}{line.key}/{language}.html",
                    title=line.subjects[language],
                    updated=self._letters.frozen[line.key],
                    published=self._letters.frozen[line.key],
                    summary=letter.counts or letter.besides,
                    html=engine.html("archive/post.html", letter=letter).strip(),
                )
            )
        return self._channel("letters", self._title(words), front(self._site, language), words, posts)

    def _of_items(self, entries: Sequence[Entry], language: str) -> feeds.Channel:
        words = Words(language, ROOM)
        posts = [
            feeds.Post(
                id=feeds.name_of(self._workspace, "item", entry.id),
                url=entry.item.url,
                title=entry.item.title,
                updated=entry.found,
                published=entry.item.published,
                summary=entry.item.summary,
                language=entry.language,
                author=self._collection.names[entry.sources[0]],
                tags=tuple(words.name(self._topics[topic])[0] for topic in entry.topics),
            )
            for entry in entries
        ]
        return self._channel("items", self._items_title(words), f"items/{language}.html", words, posts)

    def _channel(self, name: str, title: str, home: str, words: Words, posts: Sequence[feeds.Post]) -> feeds.Channel:
        site = self._site
        return feeds.Channel(
            id=feeds.name_of(self._workspace, name, words.language),
            place=f"{site.url}{_place(name, words.language)}",
            home=f"{site.url}{home}",
            title=title,
            language=words.language,
            author=publisher(site, words),
            icon=f"{site.url}logo.{site.logo.picture.suffix}" if site.logo else "",
            posts=posts,
        )

    def _title(self, words: Words) -> str:
        return words.name(self._site.title)[0]

    def _items_title(self, words: Words) -> str:
        return words.gettext("%(title)s: every new item", title=self._title(words))


def _place(name: str, language: str) -> str:
    return f"feeds/{name}-{language}"
