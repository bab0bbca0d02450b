"""The archive put together: what changed is drawn while Pagefind makes the indexes beside it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.archive import outline, search
from pipeline.archive.pages import OUTLINE, Press, front
from pipeline.archive.posts import Syndicate
from pipeline.archive.sheets import hoist
from pipeline.archive.tree import digest_of
from pipeline.model import LANGUAGES
from pipeline.render.words import LOCALE, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pipeline.archive.entries import Collection, Entry
    from pipeline.archive.posts import Letters
    from pipeline.archive.tree import Tree
    from pipeline.model import Source
    from pipeline.render import SiteFacts

_ENTRY = "pagefind-entry.json"


class Archive:
    """What stands in output/ beside the letters' own folders.

    ``folders`` hold the templates, ``workspace`` is the store's own name, ``base`` the
    stamp of what draws the pages (``made_by``). ``trouble`` tells after ``write`` why
    there is no new index for the search, '' when all is well.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        site: SiteFacts,
        collection: Collection,
        letters: Letters,
        sources: Sequence[Source],
        *,
        workspace: str,
        base: str,
    ) -> None:
        self._folders = tuple(folders)
        self._site = site
        self._collection = collection
        self._letters = letters
        self._sources = sources
        self._base = base
        self._syndicate = Syndicate(folders, site, collection, letters, workspace=workspace, base=base)
        self.trouble = ""

    def write(self, tree: Tree) -> None:
        """Bring everything up to date. Raises SiteError and RenderError; the search's troubles are only told."""
        spoken = self._by_language()
        script = self._script(tree)
        presses = {
            language: Press(
                self._folders,
                self._site,
                language,
                self._collection,
                self._letters.lines,
                base=self._base,
                script=script,
                bundles=[one for one in LANGUAGES if one in spoken],
                feeds=self._syndicate.offered(language),
            )
            for language in self._site.languages
        }
        with ExitStack() as running:
            begun = self._begin(tree, spoken, presses, running)
            drawn = [page for press in presses.values() for page in self._draw(tree, press)]
            self._syndicate.write(tree)
            self._write_outlines(tree, drawn)
            self._end(tree, begun)
        for press in presses.values():
            self._front(tree, press)

    def _draw(self, tree: Tree, press: Press) -> Iterator[str]:
        for page in press.pages():
            if not tree.is_fresh(page.path, page.stamp):
                write_page(tree, page.path, page.draw(), page.stamp)
            yield page.path

    def _front(self, tree: Tree, press: Press) -> None:
        lines = self._letters.lines
        newest = self._letters.shown(lines[0], press.language) if lines else None
        page = press.front(newest)
        if not tree.is_fresh(page.path, page.stamp):
            write_page(tree, page.path, page.draw(), page.stamp)

    # The search ------------------------------------------------------------------------------------------

    def _script(self, tree: Tree) -> str:
        folder = next(one for one in self._folders if (one / "archive" / "search.js").is_file())
        body = (folder / "archive" / "search.js").read_bytes()
        name = f"search-{digest_of(body)[:12]}.js"
        tree.put(name, body)
        return name

    def _by_language(self) -> dict[str, list[Entry]]:
        """Return the entries by the index that holds them: their own language's, or else the main one's."""
        spoken: dict[str, list[Entry]] = {}
        for entry in sorted(self._collection.entries, key=lambda one: one.id):
            language = entry.language if entry.language in LANGUAGES else self._site.languages[0]
            spoken.setdefault(language, []).append(entry)
        return spoken

    def _begin(
        self, tree: Tree, spoken: Mapping[str, Sequence[Entry]], presses: Mapping[str, Press], running: ExitStack
    ) -> dict[str, tuple[str, search.Indexing]]:
        """Start an index for each language whose items changed; what is there already is wanted."""
        begun = {}
        for language, entries in spoken.items():
            folder = f"pagefind/{language}"
            stamp = digest_of(self._base, search.version(), *(entry.stamp for entry in entries))
            held = tree.stamps(folder)
            if held.get(f"{folder}/{_ENTRY}") == _complete(stamp, held, folder):
                continue
            tree.keep(tree.names(folder))
            try:
                index = search.Indexing(language, [_record(entry, presses) for entry in entries])
            except search.SearchError as error:
                self.trouble = str(error)
                continue
            running.callback(index.stop)
            begun[folder] = (stamp, index)
        return begun

    def _end(self, tree: Tree, begun: Mapping[str, tuple[str, search.Indexing]]) -> None:
        for folder, (stamp, index) in begun.items():
            try:
                files = {f"{folder}/{name}": body for name, body in index.files().items()}
            except search.SearchError as error:
                self.trouble = str(error)
                continue
            entry = files.pop(f"{folder}/{_ENTRY}")
            stamps = {}
            for path, body in files.items():
                stamps[path] = digest_of(body)
                tree.put(path, body, stamps[path])
            tree.put(f"{folder}/{_ENTRY}", entry, _complete(stamp, stamps, folder))
            tree.drop(set(tree.names(folder)) - {*files, f"{folder}/{_ENTRY}"})

    # Lists for programs ----------------------------------------------------------------------------------

    def _write_outlines(self, tree: Tree, pages: Sequence[str]) -> None:
        site, lines = self._site, self._letters.lines
        main = Words(site.languages[0], "archive")
        tree.put(OUTLINE, outline.opml(main.name(site.title)[0], self._sources, self._collection.names))
        if not site.url:
            return
        told: list[tuple[str, date | None]] = [(front(site, one), None) for one in site.languages]
        told += [(f"{line.key}/{one}.html", line.sent) for line in lines for one in line.subjects]
        told += [(path, None) for path in pages]
        tree.put("sitemap.xml", outline.sitemap((f"{site.url}{path}", day) for path, day in told))
        robots = outline.robots(site.url)
        if robots:
            tree.put_if_ours("robots.txt", robots)


def write_page(tree: Tree, path: str, page: str, stamp: str) -> None:
    """Write a page, and before it the style sheets that it has become without."""
    served, sheets = hoist(page, "../" * path.count("/"))
    for name, body in sheets.items():
        tree.put(name, body)
    tree.put(path, served.encode(), stamp)


def made_by(folders: Sequence[Path]) -> str:
    """Return the stamp of templates, translations and the code that draws with them."""
    package = Path(__file__).parent.parent
    places = [*folders, LOCALE, package / "archive", package / "render"]
    endings = {".html", ".css", ".js", ".txt", ".po", ".py"}
    parts: list[str | bytes] = []
    for place in places:
        for path in sorted(place.rglob("*")):
            if path.suffix in endings and path.is_file():
                parts += [str(path.relative_to(place)), path.read_bytes()]
    return digest_of(*parts)


def _record(entry: Entry, presses: Mapping[str, Press]) -> search.Record:
    item = entry.item
    facts = {language: press.facts(entry) for language, press in presses.items()}
    return search.Record(
        url=item.url,
        title=item.title,
        content=f"{item.title} {item.summary}",
        shown={"language": entry.language, **facts},
    )


def _complete(stamp: str, held: Mapping[str, str], folder: str) -> str:
    """Return the stamp of an index with all its files, which its entry bears."""
    rest = sorted((path, one) for path, one in held.items() if path != f"{folder}/{_ENTRY}")
    return digest_of(stamp, repr(rest))
