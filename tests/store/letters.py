"""Digests, editions and recipients for the tests, and short ways to freeze and to owe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model import Digest, Edition, Period, Pick, Reason, Section, SectionKind
from tests.store.collector import NOW, PERIOD_START, WEEK

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.model import Candidate
    from pipeline.store import Frozen, Store

KEY = "2026-W47"


def period(key: str = KEY) -> Period:
    """The week of ``key``, one of 2026-W40 to W53."""
    start = PERIOD_START + (int(key[-2:]) - int(KEY[-2:])) * WEEK
    return Period(key=key, start=start - WEEK, end=start)


def digest(*candidates: Candidate, key: str = KEY, section: SectionKind = SectionKind.OTHER) -> Digest:
    picks = tuple(
        Pick(
            item_id=one.id,
            item=one.item,
            source=one.sightings[0].source,
            source_title="Blogi",
            reason=Reason(code="news", params={"source": "Blogi"}),
        )
        for one in candidates
    )
    return Digest(period=period(key), sections=(Section(kind=section, picks=picks),))


def edition(language: str = "fi") -> Edition:
    """An edition with what SQL, encodings and line ends might spoil."""
    return Edition(
        language=language,
        subject=f"Kooste ({language}): viikko 47",
        html=f"<p lang='{language}'>Äänekästä \U0001f600 %s :name ?</p>\r\n",
        text="Rivi\r\n\tja toinen\n",
        page="<!doctype html>\n<title>Kooste</title>",
        page_text="Kooste\n",
    )


def message_id(recipient: int, key: str = KEY) -> str:
    return f"<{key}.{recipient}@digikooste.example.fi>"


def freeze(
    store: Store,
    *candidates: Candidate,
    key: str = KEY,
    section: SectionKind = SectionKind.OTHER,
    languages: tuple[str, ...] = ("fi", "sv"),
    now: datetime = NOW,
    again: bool = False,
    web_only: bool = False,
) -> Frozen:
    return store.digests.freeze(
        digest(*candidates, key=key, section=section),
        [edition(language) for language in languages],
        now=now,
        message_id=lambda recipient: message_id(recipient, key),
        again=again,
        web_only=web_only,
    )


def keep_draft(store: Store, *candidates: Candidate, key: str = KEY, again: bool = False) -> None:
    store.digests.keep_draft(digest(*candidates, key=key), now=NOW, again=again)


def is_frozen(store: Store, key: str = KEY) -> bool:
    status = store.digests.status(key)
    return status is not None and status.state == "frozen"


def join(store: Store, *addresses: str, language: str = "fi") -> None:
    people = [(address, language, NOW) for address in addresses]
    store.recipients.add(people, origin="test", now=NOW, revive=True)
