"""A week's digest of any length, with items as they are in the field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.model import Digest, Item, Period, Pick, Reason, Section, SectionKind

SENT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
TOPICS = 5


def weekly(items: int) -> Digest:
    """Return a digest of ``items`` articles in five topics."""
    picks = [_pick(number) for number in range(items)]
    sections = tuple(
        Section(kind=SectionKind.TOPIC, id=f"aihe-{n}", name={"fi": f"Aihe {n}"}, picks=tuple(picks[n::TOPICS]))
        for n in range(TOPICS)
    )
    return Digest(period=Period(key="2026-W47", start=SENT - timedelta(days=7), end=SENT), sections=sections)


def _pick(number: int) -> Pick:
    item = Item(
        url=f"https://www.sivusto-{number}.example.fi/artikkelit/{number}-selkea-kieli-saastaa-aikaa",
        key=f"www.sivusto-{number}.example.fi/artikkelit/{number}",
        title=f"Selkeä kieli säästää kaikkien aikaa, osa {number}",
        summary="Yksi tavallinen virke kertoo, mistä artikkelissa on kyse. Toinen sanoo, miksi se kannattaa lukea.",
        language="fi",
        published=SENT - timedelta(days=number % 7, hours=1),
    )
    return Pick(
        item_id=number,
        item=item,
        source=f"sivusto-{number}",
        source_title=f"Sivusto {number}",
        reason=Reason(code="new"),
    )
