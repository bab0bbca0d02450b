"""Read the page cards that are due: those of new items first, then of the ones that wait."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline import identity
from pipeline.errors import FetchCode, FetchError, ParseError
from pipeline.model import Item, ItemKind, Version
from pipeline.sources import robots, translations
from pipeline.sources.card import Card, parse
from pipeline.sources.document import document_of
from pipeline.sources.steps import call, get_anyway, request_for

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pipeline.model import Known, Source
    from pipeline.sources.steps import Steps

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"

_WEATHER = frozenset(
    {FetchCode.RATE_LIMITED, FetchCode.SERVER, FetchCode.TIMEOUT, FetchCode.TOO_SLOW, FetchCode.CONNECT, FetchCode.DNS}
)
"""Failures of the host rather than of one page."""
_PATIENCE = 3
"""Failures of the host in a row after which it is left in peace until the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What was read: ``fresh`` by key, to stand in the reading; ``waiting``, known before; ``failed`` keys."""

    fresh: Mapping[str, Item] = field(default_factory=dict)
    waiting: tuple[Item, ...] = ()
    failed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read(
    source: Source,
    found: Sequence[Item],
    known: Known,
    *,
    agent: str,
    now: datetime,
    limit: int,
    languages: Collection[str],
) -> Steps[Cards]:
    """Read the cards of the new ones among ``found`` and of ``known.uncarded``, ``limit`` in all; raise nothing.

    A page that cannot be read is a failed key; a host that cannot be reached ends the reading of cards. Where a
    card names the article in one of ``languages``, and the source does not list that itself, its page is read
    too: ``limit`` of these at most, each once.
    """
    fresh = {item.key: item for item in reversed(found) if not item.card and item.key not in known.keys}
    queue = [item for item in dict.fromkeys(found) if fresh.get(item.key) is item]
    queue = [*queue, *(item for item in known.uncarded if item.key not in fresh)][:limit]
    if not queue:
        return Cards()
    try:
        allowed = yield from robots.allowed(source, [item.url for item in queue], agent=agent)
    except (FetchError, ParseError) as error:
        return Cards(warnings=(f"No page of {source.url} was read for its details: {error}",))
    done: dict[str, Item] = {}
    failed: list[str] = []
    warnings: list[str] = []
    trouble = 0
    others = translations.Reader(
        source, {*known.keys, *(item.key for item in found)}, languages, agent=agent, now=now, limit=limit
    )
    for item in queue:
        try:
            card = yield from _card(source, item.url, allowed, agent=agent, now=now)
            done[item.key] = merged(item, card, source, (yield from others.read(item, card)))
            trouble = 0
        except ParseError:
            failed.append(item.key)
        except FetchError as error:
            failed.append(item.key)
            trouble = trouble + 1 if error.code in _WEATHER else 0
            if error.code is FetchCode.RATE_LIMITED or trouble == _PATIENCE:
                warnings.append(f"The other new pages of {source.url} are left for the next run: {error}")
                break
    return Cards(
        fresh={key: item for key, item in done.items() if key in fresh},
        waiting=tuple(item for key, item in done.items() if key not in fresh),
        failed=tuple(failed),
        warnings=tuple(warnings),
    )


def alone(source: Source, url: str, *, agent: str, now: datetime) -> Steps[Item]:
    """Return the item that ``source`` would have if it listed ``url`` and said nothing else of it.

    Its page is read, if robots.txt allows it; raises FetchError, or ParseError when it is no page.
    """
    allowed = yield from robots.allowed(source, [url], agent=agent)
    card = yield from _card(source, url, allowed, agent=agent, now=now)
    others = tuple(Version(language=language, url=address) for language, address in card.addresses)
    return merged(Item(url=url, key=identity.key_of(url), card=False), card, source, others)


def merged(item: Item, card: Card, source: Source, addresses: tuple[Version, ...] = ()) -> Item:
    """Return ``item`` with what it lacks from its page's card; what the listing said of it stays.

    Only the language is better known on the page itself, unless the source names one, and the summary
    where the source asks for the page's own lead.
    """
    leads = (card.summary, item.summary) if source.text else (item.summary, card.summary)
    return dataclasses.replace(
        item,
        title=item.title or card.title,
        summary=leads[0] or leads[1],
        published=item.published or card.published,
        language=source.language or card.language or item.language,
        kind=card.kind if item.kind is ItemKind.ARTICLE else item.kind,
        duration=item.duration or card.duration,
        reading=card.reading,
        addresses=addresses,
        card=True,
    )


def _card(source: Source, url: str, allowed: frozenset[str], *, agent: str, now: datetime) -> Steps[Card]:
    if url not in allowed:
        raise FetchError(FetchCode.ROBOTS, f"{url} was not read because robots.txt asks programs not to.", url=url)
    response = yield from get_anyway(request_for(source, url, agent=agent, accept=ACCEPT))
    return (yield from call(f"the page {url}", parse, document_of(response), now, source.text))
