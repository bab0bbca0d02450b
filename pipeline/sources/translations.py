"""What an article is called in its other languages: the pages that its own card names, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import identity
from pipeline.errors import FetchCode, FetchError, ParseError
from pipeline.model import Version
from pipeline.sources import robots, versions
from pipeline.sources.card import parse
from pipeline.sources.document import document_of
from pipeline.sources.steps import call, get_anyway, request_for

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pipeline.model import Item, Source
    from pipeline.sources.card import Card
    from pipeline.sources.steps import Steps

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"

_ABSENT = frozenset({FetchCode.NOT_FOUND, FetchCode.GONE})


class Reader:
    """Reads the other languages of a source's new articles, ``limit`` pages at most.

    ``listed`` are the keys of what the source lists itself: those are items of their own, with their own card.
    """

    def __init__(
        self,
        source: Source,
        listed: Collection[str],
        languages: Collection[str],
        *,
        agent: str,
        now: datetime,
        limit: int,
    ) -> None:
        self._source = source
        self._listed = listed
        self._languages = languages
        self._agent = agent
        self._now = now
        self._left = limit

    def read(self, item: Item, card: Card) -> Steps[tuple[Version, ...]]:
        """Return the article in its other languages, with titles where their pages were read; raises nothing.

        An address that leads nowhere, back to the article, to a page in another language than it promises or to one
        that is the translation of something else (a list, mostly) is left out: a reader is better off with the
        article itself.
        """
        found: list[Version] = []
        for language, url in card.addresses:
            version: Version | None = Version(language=language, url=url)
            if language in self._languages and identity.key_of(url) not in self._listed and self._left:
                self._left -= 1
                version = yield from self._known_better(Version(language=language, url=url), item, card.language)
            if version is not None:
                found.append(version)
        return tuple(found)

    def _known_better(self, version: Version, item: Item, own: str | None) -> Steps[Version | None]:
        source, url = self._source, version.url
        try:
            if url not in (yield from robots.allowed(source, (url,), agent=self._agent)):
                return version
            response = yield from get_anyway(request_for(source, url, agent=self._agent, accept=ACCEPT))
            card = yield from call(f"the page {url}", parse, document_of(response), self._now)
        except FetchError as error:
            self._left = self._left if error.code in _ABSENT else 0  # the host is in trouble: ask no more today
            return None if error.code in _ABSENT else version
        except ParseError:
            return version
        if not versions.is_twin(response.url, item.url) or card.language not in {None, version.language}:
            return None
        back = next((address for language, address in card.addresses if language == own), item.url)
        if identity.key_of(back) != item.key:
            return None
        return Version(language=version.language, url=url, title=card.title, summary=card.summary)
