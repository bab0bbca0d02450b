"""Read a WordPress site through its REST API: every post it has, not only the ten that its feed holds.

https://developer.wordpress.org/rest-api/reference/posts/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pipeline.errors import FetchCode, FetchError, ParseError
from pipeline.fetch import Response
from pipeline.model import Reading
from pipeline.sources import dates, items, robots
from pipeline.sources.document import document_of, terms_of
from pipeline.sources.steps import call, get, get_anyway, request_for, seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.model import Item, Known, Source
    from pipeline.sources.document import Document, Terms
    from pipeline.sources.steps import Steps

ACCEPT = "application/json"
FIELDS = "id,link,title,excerpt,date_gmt,lang"
PER_PAGE = 100
"""The most that WordPress gives at once."""

_API = "/wp-json"
_POSTS = "/wp/v2/posts"
_ABSENT = frozenset({FetchCode.NOT_FOUND, FetchCode.GONE})
_MORE = re.compile(r"\s*(?:\[…\]|\[&hellip;\]|\[\.\.\.\])\s*(?=</p>|\Z)")
"""What WordPress puts at the end of an excerpt that it cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """What one page of the API holds; ``count`` is how many posts the site itself put on it."""

    items: tuple[Item, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    items: tuple[Item, ...]
    complete: bool
    failure: str | None = None


def read(source: Source, known: Known, *, agent: str, now: datetime) -> Steps[Reading]:
    """Read the newest posts, and all the others up to ``source.pages`` times a hundred while some are unknown.

    Raises FetchError, or ParseError when the site has no such API.
    """
    url = posts_url(source.url)
    yield from robots.require(source, url, agent=agent)
    request = request_for(source, url, agent=agent, accept=ACCEPT)
    try:
        answer = yield from get(request)
    except FetchError as error:
        if error.code in _ABSENT:
            raise ParseError(_no_api(source.url)) from error
        raise
    if not isinstance(answer, Response):
        return Reading(unchanged=True, seen=(seen(request, answer),))
    first = yield from _posts(source, answer, now)
    walk = yield from _walk(source, known, first, _pages(answer, first), agent=agent, now=now)
    vanished = not walk.items and bool(known.keys)
    sound = walk.failure is None and not vanished
    if vanished:
        warnings: tuple[str, ...] = (f"{source.url} suddenly has no posts; nothing is concluded from that.",)
    else:
        warnings = (walk.failure,) if walk.failure else ()
    return Reading(
        items=walk.items,
        complete=walk.complete and sound,
        count=_number(answer.headers.get("x-wp-total", "")),
        seen=(seen(request, answer),) if sound else (),
        warnings=warnings,
    )


def posts_url(url: str, page: int = 1) -> str:
    """Return the address of one page of posts, for a site's address or one of its API's own.

    An address below ``/wp-json`` or with ``rest_route`` keeps its query, so that one may narrow it
    (``categories=5``); with any other, posts are looked for below its path.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    path = parts.path.rstrip("/")
    if "rest_route" in query:
        route = query["rest_route"].rstrip("/")
        query["rest_route"] = route if route.startswith("/wp/") else _POSTS
    elif _API in path:
        path = path if "/wp/" in path else path + _POSTS
    else:
        path, query = path + _API + _POSTS, {}
    query |= {"_fields": FIELDS, "per_page": str(PER_PAGE), "page": str(page)}
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query, safe=",/", quote_via=quote), ""))


def _walk(source: Source, known: Known, posts: Posts, pages: int, *, agent: str, now: datetime) -> Steps[_Walk]:
    """Read the pages after the first; once the baseline is closed only while a page holds something unknown."""
    found = {item.key: item for item in posts.items}
    for number in range(2, min(pages, source.pages) + 1):
        if len(found) >= source.limit:
            break
        if not known.baseline_open and known.keys.issuperset(item.key for item in posts.items):
            return _Walk(items=tuple(found.values()), complete=False)
        request = request_for(source, posts_url(source.url, number), agent=agent, accept=ACCEPT)
        try:
            posts = yield from _posts(source, (yield from get_anyway(request)), now)
        except (FetchError, ParseError) as error:
            failure = f"Page {number} of the posts of {source.url} could not be read: {error}"
            return _Walk(items=tuple(found.values()), complete=False, failure=failure)
        for item in posts.items:  # one that slid onto the next page meanwhile keeps its first place
            found.setdefault(item.key, item)
    return _Walk(items=tuple(found.values())[: source.limit], complete=True)


def _posts(source: Source, response: Response, now: datetime) -> Steps[Posts]:
    document, terms = document_of(response), terms_of(source, now)
    return (yield from call(f"the posts {response.url}", parse, document, terms))


def _pages(response: Response, first: Posts) -> int:
    """How many pages there are; a site that does not say has another one after every full page, so all are asked."""
    told = _number(response.headers.get("x-wp-totalpages", ""))
    if told is not None:
        return told
    return 1 if first.count < PER_PAGE else 10**6


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


def _no_api(url: str) -> str:
    return f"{url} does not answer as a WordPress site: it has no {_API}{_POSTS}; add its feed instead, or a listing."


# In the child -----------------------------------------------------------------------------------------


def parse(document: Document, terms: Terms) -> Posts:
    """Return the posts of one answer; raises ParseError when it is none of WordPress's."""
    try:
        posts = json.loads(document.body)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"{_no_api(document.url)} The answer is no JSON.") from error
    if not isinstance(posts, list):
        said = f" It says: {items.name(items.literal(_text(posts, 'message')))}." if _text(posts, "message") else ""
        raise ParseError(_no_api(document.url) + said)
    found: dict[str, Item] = {}
    for post in posts[: terms.limit]:
        item = _item(post, document.url, terms) if isinstance(post, dict) else None
        if item is not None:
            found.setdefault(item.key, item)
    return Posts(items=tuple(found.values()), count=len(posts))


def _item(post: Mapping[str, Any], url: str, terms: Terms) -> Item | None:
    link = items.link((_text(post, "link"),), url)
    if link is None:
        return None
    number = post.get("id")
    moment = _text(post, "date_gmt")
    return items.item(
        url=link,
        title=_text(post.get("title"), "rendered"),
        summary=_MORE.sub(" …", _text(post.get("excerpt"), "rendered")),
        publisher_id=str(number) if isinstance(number, int) else None,
        declared=terms.language or items.declared_language(_text(post, "lang")),
        published=dates.machine(moment, terms.now) if moment else None,
    )


def _text(holder: object, name: str) -> str:
    """Return the member's text, or '' where it is absent or of another type."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""
