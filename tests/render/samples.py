"""Digests to look at: full, short, empty, in many languages, right to left, hostile."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pipeline.model import (
    CoursePlace,
    Digest,
    Item,
    ItemKind,
    Period,
    Pick,
    Reason,
    Section,
    SectionKind,
)
from pipeline.render import SiteFacts

SENT = date(2026, 11, 16)
PERIOD = Period(
    key="2026-W47",
    start=datetime(2026, 11, 9, 6, tzinfo=UTC),
    end=datetime(2026, 11, 16, 6, tzinfo=UTC),
)
SITE = SiteFacts(
    title={
        "fi": "Digiviestinnän viikkokooste",
        "sv": "Veckans digitala kommunikation",
        "en": "Digital communication weekly",
    },
    url="https://viestinta.example.fi/kooste/",
    leave="mailto:kooste@example.fi?subject=Lopeta",
    accessibility="https://viestinta.example.fi/saavutettavuus",
    operator="Esimerkkivirasto, viestintä",
    contact="viestinta@example.fi",
)


def pick(
    title: str,
    *,
    source: str = "Suomidigi, artikkelit",
    kind: ItemKind = ItemKind.ARTICLE,
    summary: str = "",
    language: str | None = "fi",
    published: datetime | None = None,
    duration: int | None = None,
    course: CoursePlace | None = None,
    also_in: tuple[str, ...] = (),
    internal: bool = False,
    in_letter: bool = True,
    url: str = "",
) -> Pick:
    """Return a pick with a number and an address of its own, made from its title."""
    number = sum(map(ord, title)) * 31 + len(title)
    url = url or f"https://www.suomidigi.example/artikkelit/{number}"
    item = Item(
        url=url,
        key=url.partition("//")[2],
        kind=kind,
        title=title,
        summary=summary,
        language=language,
        published=published,
        duration=duration,
    )
    return Pick(
        item_id=number,
        item=item,
        source=source.lower().replace(" ", "-"),
        source_title=source,
        reason=Reason(code="new"),
        also_in=also_in,
        course=course,
        internal=internal,
        in_letter=in_letter,
    )


def digest(*sections: Section) -> Digest:
    """Return a digest of week 47."""
    return Digest(period=PERIOD, sections=sections)


def topic(topic_id: str, name: dict[str, str], *picks: Pick) -> Section:
    """Return a topic's section."""
    return Section(kind=SectionKind.TOPIC, id=topic_id, name=name, picks=picks)
