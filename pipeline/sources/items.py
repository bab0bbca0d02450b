"""From what a publisher gives to an Item: the one gate that titles, texts, links and languages pass."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from pipeline import identity, language, prose
from pipeline.model import Item, ItemKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-_]*)?\s*\Z")
_LONGEST_ID = 500
_LONGEST_HTML = 20_000
"""Characters of a body that are looked at for one or two sentences; whole articles come along in feeds."""
_LONGEST_DURATION = 7 * 24 * 3600
_CLOCK = re.compile(r"\s*(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:\.\d+)?\s*\Z|\s*(\d{1,6})(?:\.\d+)?\s*\Z")


def item(
    *,
    url: str,
    title: str,
    summary: str = "",
    publisher_id: str | None = None,
    kind: ItemKind = ItemKind.ARTICLE,
    declared: str | None = None,
    published: datetime | None = None,
    duration: int | None = None,
    card: bool = True,
) -> Item:
    """Return the item behind ``url``, which has passed ``link``; ``title`` and ``summary`` may be HTML.

    ``declared`` is the language that the source or the publisher names; without it, it is detected.
    """
    title, summary = prose.title(title), prose.summary(summary[:_LONGEST_HTML])
    return Item(
        url=url,
        key=identity.key_of(url),
        kind=ItemKind.VIDEO if identity.video_id(url) else kind,
        publisher_id=identifier(publisher_id),
        title=title,
        summary="" if summary == title else summary,
        language=declared or language.detect(title, summary),
        published=published,
        duration=duration,
        card=card,
    )


def literal(text: str) -> str:
    """Return plain text as the HTML that ``item`` expects, so that "<b>" in it stays readable."""
    return html.escape(text, quote=False)


def name(text: str) -> str | None:
    """Return a source's own title, given as HTML, as one plain line, or None where it is blank."""
    return prose.title(text) or None


def link(candidates: Iterable[str | None], base: str) -> str | None:
    """Return the first of ``candidates`` that is an address a reader can open, absolute, or None."""
    for candidate in candidates:
        if candidate and (url := identity.safe_url(candidate.strip(), base)):
            return url
    return None


def identifier(text: str | None) -> str | None:
    """Return a publisher's id as it can be stored, or None where it cannot serve as one."""
    if not text:
        return None
    cleaned = prose.clean(text).strip()
    return cleaned if 0 < len(cleaned) <= _LONGEST_ID else None


def declared_language(*candidates: str | None) -> str | None:
    """Return the first language that is named ("fi-FI" is "fi"; "x-default" and "Finnish" name none)."""
    for candidate in candidates:
        if candidate and (found := _LANGUAGE.match(candidate)):
            return found[1].lower()
    return None


def seconds(text: str) -> int | None:
    """Return the seconds of "1:02:03", "62:03" or "3723"; None for nought, nonsense or more than a week."""
    found = _CLOCK.match(text)
    if found is None:
        return None
    hours, minutes, rest, alone = (int(group or 0) for group in found.groups())
    total = alone or hours * 3600 + minutes * 60 + rest
    return total if 0 < total <= _LONGEST_DURATION else None
