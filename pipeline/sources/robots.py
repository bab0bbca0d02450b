"""Which pages robots.txt lets us read (RFC 9309)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.errors import FetchCode, FetchError
from pipeline.sources.steps import call, get_anyway, request_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model import Source
    from pipeline.sources.steps import Steps

_ABSENT = frozenset({FetchCode.NOT_FOUND, FetchCode.GONE, FetchCode.REFUSED, FetchCode.STATUS, FetchCode.EMPTY})
"""How a request for robots.txt fails where there is none (RFC 9309, 2.3.1.3): everything may be read."""

_LARGEST = 500 * 1024
"""Bytes that a crawler has to read of a robots.txt (RFC 9309, 2.5)."""

_PRODUCT = re.compile(r"[A-Za-z_-]+")


def allowed(source: Source, urls: Sequence[str], *, agent: str) -> Steps[frozenset[str]]:
    """Return which of ``urls`` may be read; each origin's robots.txt is asked for once.

    Raises FetchError where a robots.txt cannot be reached: until it can, nothing may be read
    (RFC 9309, 2.3.1.4). A driver serves the same robots.txt to every source of a run.
    """
    product = _PRODUCT.match(source.user_agent or agent)
    may_be_read: set[str] = set()
    for origin in dict.fromkeys(_origin(url) for url in urls):
        here = [url for url in urls if _origin(url) == origin]
        body = yield from _rules(source, f"{origin}/robots.txt", agent=agent)
        if not body.strip():
            may_be_read.update(here)
            continue
        verdicts = yield from call(
            f"the rules {origin}/robots.txt", judge, body[:_LARGEST], product[0] if product else "*", tuple(here)
        )
        may_be_read.update(url for url, verdict in zip(here, verdicts, strict=True) if verdict)
    return frozenset(may_be_read)


def require(source: Source, url: str, *, agent: str) -> Steps[None]:
    """Raise FetchError if robots.txt asks us not to read ``url``."""
    if url not in (yield from allowed(source, (url,), agent=agent)):
        raise FetchError(
            FetchCode.ROBOTS,
            f"{url} was not read because the site's robots.txt asks programs not to; "
            "ask the site, or write enabled: false.",
            url=url,
        )


def judge(body: bytes, product: str, urls: tuple[str, ...]) -> tuple[bool, ...]:
    """Return for each of ``urls`` whether the rules let ``product`` read it; runs in a child process.

    A rule's wildcards become a regular expression that a hostile file can make as slow as it likes.
    """
    from protego import Protego  # noqa: PLC0415  # only children need it

    rules = Protego.parse(body.decode("utf-8", "replace").removeprefix("\ufeff"))
    return tuple(rules.can_fetch(url, product) for url in urls)


def _rules(source: Source, url: str, *, agent: str) -> Steps[bytes]:
    try:
        response = yield from get_anyway(request_for(source, url, agent=agent, accept="text/plain, */*;q=0.5"))
    except FetchError as error:
        if error.code in _ABSENT:
            return b""
        raise
    return response.body


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
