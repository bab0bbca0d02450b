"""The same article in other languages, as its page names them: hreflang, or the site's own language links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline import identity
from pipeline.model import LANGUAGES
from pipeline.sources import items
from pipeline.sources.page import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from pipeline.sources.page import Page

_NAMES = {
    "fi": "fi", "suomi": "fi", "suomeksi": "fi", "sv": "sv", "svenska": "sv", "på svenska": "sv", "ruotsiksi": "sv",
    "en": "en", "english": "en", "in english": "en", "englanniksi": "en",
}  # fmt: skip
"""What a language link says, folded."""

_FRONT_PAGE = 4
"""Characters of a path that names a language at most: "/", "/sv", "/en/"; such a link leaves the article."""
_SITE_LABELS = 2


def addresses(page: Page, own: str | None) -> tuple[tuple[str, str], ...]:
    """Return the article's addresses in our other languages, by language.

    ``own`` is the page's own language. Only addresses of the same site count: what a page says of
    somebody else's article would otherwise take that one's place in a letter.
    """
    found: dict[str, str] = {}
    for language, node in _named(page):
        url = items.link((node.attributes.get("href"),), page.base)
        if language in LANGUAGES and language != own and language not in found and url and is_twin(url, page.url):
            found[language] = url
    return tuple(sorted(found.items()))


def _named(page: Page) -> Iterator[tuple[str | None, LexborNode]]:
    """Yield each link to another language with that language, the surest kind first."""
    for selector in ("link[rel~=alternate][hreflang][href]", "a[hreflang][href]"):
        for node in page.tree.css(selector):
            yield items.declared_language(node.attributes.get("hreflang")), node
    for node in page.tree.css("a[href]"):
        if (language := _NAMES.get(one_line(node.text()[:40]).casefold())) is not None:
            yield language, node


def is_twin(url: str, page: str) -> bool:
    """Return whether ``url`` may be the article at ``page`` in another language: the same site, but no front page."""
    path = urlsplit(url).path
    return len(path) > _FRONT_PAGE and _site(url) == _site(page) and identity.key_of(url) != identity.key_of(page)


def _site(url: str) -> list[str]:
    return (urlsplit(url).hostname or "").split(".")[-_SITE_LABELS:]
