"""Read the pages behind the items of a source that asks for their text, whatever its kind."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from pipeline.model import ItemKind, Reading
from pipeline.sources import cards as page_cards

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from pipeline.model import Known, Source
    from pipeline.sources.steps import Steps


def read(
    inner: Steps[Reading],
    source: Source,
    known: Known,
    *,
    agent: str,
    now: datetime,
    cards: int,
    languages: Collection[str],
) -> Steps[Reading]:
    """Finish ``inner`` and read the page cards that are due after it; raises what ``inner`` raises.

    An item whose page is not read in this run, because there are too many, waits for the next.
    """
    reading = yield from inner
    unread = {item.key for item in known.uncarded}
    items = tuple(
        dataclasses.replace(item, card=False)
        if item.kind is ItemKind.ARTICLE and (item.key not in known.keys or item.key in unread)
        else item
        for item in reading.items
    )
    due = yield from page_cards.read(source, items, known, agent=agent, now=now, limit=cards, languages=languages)
    return dataclasses.replace(
        reading,
        items=tuple(due.fresh.get(item.key, item) for item in items),
        cards=due.waiting,
        failed_cards=due.failed,
        warnings=(*reading.warnings, *due.warnings),
    )
