"""Digests to look at: full, short, empty, in many languages, right to left, hostile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from pipeline import pictures
from pipeline.colours import DARK, LIGHT
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
from pipeline.render import Logo, SiteFacts, Statement

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

OWN = replace(
    SITE,
    accessibility=None,
    logo=Logo(
        picture=pictures.read((Path(__file__).parent / "logo.png").read_bytes()),
        alt={"fi": "Esimerkkivirasto", "sv": "Exempelverket", "en": "Example Agency"},
    ),
    footer={
        "fi": "Kirjeen toimittaa Esimerkkiviraston viestintä.",
        "sv": "Brevet redigeras av Exempelverkets kommunikation.",
        "en": "The letter is edited by the communications of the Example Agency.",
    },
    light=replace(LIGHT, link="#00594c", visited="#6a3d5f"),
    dark=replace(DARK, link="#7fd1bf", visited="#d9b3cf"),
    statement=Statement(
        organisation={"fi": "Esimerkkivirasto", "sv": "Exempelverket", "en": "The Example Agency"},
        conforms="partially",
        assessed=SENT,
        shortcomings={"fi": ("Logon teksti erottuu huonosti, kun ohjelma kääntää värit (WCAG 1.4.11).",)},
    ),
)
"""A workspace that has everything of its own that can be configured."""

NOTE = {
    "fi": "Hyvää viikkoa! Uusi viestintäsuositus on täällä, ja se kannattaa lukea ajatuksella.\n\nTorstaina kello 14 "
    "jutellaan siitä porukalla: linkki on kalenterissa. Terveisin Aino",
    "sv": "God vecka! Den nya rekommendationen är här, och den är värd att läsas med eftertanke.\n\nPå torsdag klockan "
    "14 pratar vi om den tillsammans: länken finns i kalendern. Hälsningar, Aino",
    "en": "Have a good week! The new guidelines are here, and they deserve a careful read.\n\nWe talk about them "
    "together on Thursday at 14: the link is in the calendar. Aino",
}
"""What an editor might write."""


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
    url = (
        url or f"https://www.suomidigi.example/artikkelit/{'-'.join(re.findall(r'[a-z0-9]+', title.lower()))}-{number}"
    )
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


def day(year: int, month: int, number: int) -> datetime:
    """Return nine in the morning in Helsinki, or an hour later in summer."""
    return datetime(year, month, number, 7, tzinfo=UTC)


STORYTELLING = {"fi": "Tarinallistaminen", "sv": "Storytelling", "en": "Storytelling"}
SOCIAL = {"fi": "Sosiaalinen media", "sv": "Sociala medier", "en": "Social media"}
GUIDANCE = {"fi": "Viestintäsuositus", "sv": "Kommunikationsrekommendationen", "en": "Communications guidelines"}


def full() -> Digest:
    """Return a good week: 14 new (9 articles, 5 videos), two lessons, three from the archive."""
    return digest(_guidance(), _social(), _storytelling(), _other(), lessons(), archive())


def short() -> Digest:
    """Return a quiet week: one article and one lesson."""
    return digest(
        topic("some", SOCIAL, pick("Somen vuosikello helpottaa arkea", published=day(2026, 11, 11))),
        Section(kind=SectionKind.LESSONS, picks=lessons().picks[:1]),
    )


def nothing_new() -> Digest:
    """Return a week that has only lessons and archive."""
    return digest(lessons(), archive())


def lessons() -> Section:
    """Return the next parts of two courses, one of them the last."""
    return Section(
        kind=SectionKind.LESSONS,
        picks=(
            pick(
                "Julkishallinto ei voi tarinallistaa",
                source="Tarinallistaminen",
                kind=ItemKind.VIDEO,
                duration=252,
                summary="Anne Kalliomäki vastaa väitteeseen, että tarinat kuuluvat vain yrityksille.",
                course=CoursePlace(
                    source="tarinallistaminen",
                    title="Tarinallistaminen",
                    place=2,
                    total=6,
                    next_title="En osaa aloittaa tarinallistamista",
                ),
            ),
            pick(
                "Asiantuntijana somessa",
                source="Somepreesens (Tom Laine)",
                kind=ItemKind.VIDEO,
                duration=318,
                course=CoursePlace(source="somepreesens", title="Somepreesens (Tom Laine)", place=6, total=6),
            ),
        ),
    )


def archive() -> Section:
    """Return three old treasures."""
    kela = "Digitaalinen viestintäosaaminen Kelassa"
    return Section(
        kind=SectionKind.ARCHIVE,
        picks=(
            pick(
                "Miten kaikki voivat hyödyntää valtion viestintäsuositusta",
                source=kela,
                kind=ItemKind.VIDEO,
                duration=401,
                published=day(2017, 11, 21),
            ),
            pick("Miksi Kela on sosiaalisessa mediassa?", source=kela, kind=ItemKind.VIDEO, duration=365),
            pick(
                "Seitsemän askelta sosiaaliseen mediaan",
                summary="Käytännön muistilista viraston ensimmäisille someviikoille.",
                published=day(2019, 3, 5),
            ),
        ),
    )


def _guidance() -> Section:
    return topic(
        "viestintasuositus",
        GUIDANCE,
        pick(
            "Valtionhallinnon viestintäsuositus uudistui: mitä jokaisen asiantuntijan pitää tietää",
            source="Valtioneuvosto",
            summary="Uusi suositus korostaa vuorovaikutusta ja selkeää kieltä. Se koskee kaikkia virastoja vuoden "
            "alusta.",
            published=day(2026, 11, 12),
            also_in=("Suomidigi, artikkelit", "Valtiovarainministeriö"),
        ),
        pick(
            "Selkeä virkakieli on palvelu",
            summary="Kuusi tapaa lyhentää päätöstekstiä ilman, että sen oikeusvarmuus kärsii.",
            published=day(2026, 11, 10),
        ),
        pick(
            "Rekommendationen för statsförvaltningens kommunikation på svenska",
            source="Statsrådet",
            language="sv",
            summary="Rekommendationen har nu översatts. Den hjälper ämbetsverk att planera tvåspråkig kommunikation.",
            published=day(2026, 11, 13),
        ),
    )


def _social() -> Section:
    return topic(
        "some",
        SOCIAL,
        pick(
            "Voiko Facebookia, YouTubea tai Pinterestiä hyödyntää työssä?",
            source="Somepreesens (Tom Laine)",
            kind=ItemKind.VIDEO,
            duration=284,
            published=day(2026, 11, 9),
        ),
        pick(
            "Somen mittarit kuntoon",
            source="eOppiva",
            summary="Mitä kannattaa laskea, kun tavoitteena on luottamus eikä näkyvyys?",
            published=day(2026, 11, 11),
        ),
        pick(
            "How to write alt text people actually need",
            source="W3C WAI",
            language="en",
            kind=ItemKind.VIDEO,
            duration=1510,
            summary="A short walk through the alt decision tree, with real examples from public services.",
            published=day(2026, 11, 14),
        ),
        pick("LinkedIn ammattilaisten verkostoitumisvälineenä", kind=ItemKind.VIDEO, duration=1260, source="HAUS"),
        pick("Näin virasto vastaa somekohuun", source="Kuntaliitto", published=day(2026, 11, 12)),
    )


def _storytelling() -> Section:
    return topic(
        "tarinallistaminen",
        STORYTELLING,
        pick(
            "Tarinallistaminen on vain muotitermi",
            source="HAUS",
            kind=ItemKind.VIDEO,
            duration=575,
            summary="Väite ja vastaväite kymmenessä minuutissa.",
        ),
        pick(
            "Kun tilasto alkoi kertoa",
            source="Tilastokeskus, blogi",
            summary="Miten taulukosta tulee tarina, jonka lukija muistaa vielä huomenna.",
            published=day(2026, 11, 13),
        ),
    )


def _other() -> Section:
    return Section(
        kind=SectionKind.OTHER,
        picks=(
            pick("Saavutettavuuden valvonta 2027: aikataulu ja painopisteet", published=day(2026, 11, 10)),
            pick("Tekoäly viraston verkkotoimituksessa", source="DVV", published=day(2026, 11, 12)),
            pick("Henkilöprofiilin optimointi LinkedInissä", kind=ItemKind.VIDEO, duration=691, source="HAUS"),
            pick("", source="Valtiovarainministeriö", published=day(2026, 11, 13)),
        ),
    )


def mixed() -> Digest:
    """Return titles of several languages, right to left ones among them, and a code that is no language."""
    return digest(
        topic(
            "some",
            SOCIAL,
            pick("ما الجديد في الخدمات العامة 2026؟", language="ar", source="خدمة", published=day(2026, 11, 12)),
            pick("שירות ציבורי דיגיטלי (חלק 2)", language="he", summary="מדריך קצר לכתיבה ברורה.", duration=61),
            pick("Nytt om sociala medier", language="sv", kind=ItemKind.AUDIO, duration=3725, source="Yle"),
            pick("Sosiála media", language="se"),
            pick("Soziale Medien im Amt", language="de-DE"),
            pick("A title in no known language", language="english"),
            pick("Tavallinen suomenkielinen otsikko", language="fi-FI"),
        ),
    )


def right_to_left() -> Digest:
    """Return what a week of Arabic and Hebrew titles does to a Finnish letter: digits and signs at their edges too."""
    return digest(
        topic(
            "some",
            SOCIAL,
            pick(
                "ما الجديد في الخدمات العامة 2026؟",
                source="خدمة (1)",
                language="ar",
                summary="دليل قصير للكتابة الواضحة: 3 خطوات.",
                published=day(2026, 11, 12),
                also_in=("שירות ציבורי", "Suomidigi"),
            ),
            pick("(חלק 2) שירות ציבורי דיגיטלי!", language="he", kind=ItemKind.VIDEO, duration=61),
        ),
        Section(
            kind=SectionKind.LESSONS,
            picks=(
                pick(
                    "الدرس الثاني",
                    language="ar",
                    kind=ItemKind.VIDEO,
                    duration=252,
                    course=CoursePlace(source="d", title="دورة 2026", place=2, total=6, next_title="الدرس الثالث"),
                ),
            ),
        ),
    )


def hostile() -> Digest:
    """Return what a publisher should never send."""
    return digest(
        topic(
            "some",
            {"fi": "Some & <muu>", "sv": "Sociala medier", "en": "Social media"},
            pick("<script>alert(1)</script>", summary="{{ 7 * 7 }} {% raw %} </p></td></table> & &amp;"),
            pick("\u200b\u3164", source='" onmouseover="alert(1)'),
            pick("%(num)s %s 100 % {title}", url="https://example.fi/?a=1&b=%27%22%3Cx%3E", also_in=("<b>", "%d")),
            pick("Sanaton" * 40, source="x" * 200, url="https://example.fi/" + "a" * 1900),
        ),
    )


def many(number: int) -> Digest:
    """Return that many articles of an ordinary length, in five topics."""
    lead = "Yksi tavallinen virke kertoo, mistä artikkelissa on kyse. Toinen sanoo, miksi se kannattaa lukea juuri nyt."
    picks = [
        pick(f"Artikkeli numero {n} digitaalisesta viestinnästä", summary=lead, published=day(2026, 11, 10))
        for n in range(number)
    ]
    return digest(*(topic(f"aihe-{t}", {"fi": f"Aihe {t}"}, *picks[t::5]) for t in range(5)))


def empty_section() -> Digest:
    """Return a digest of which one topic has nothing."""
    return digest(topic("some", SOCIAL), _storytelling())


SAMPLES = {
    "full": full,
    "short": short,
    "nothing-new": nothing_new,
    "mixed": mixed,
    "right-to-left": right_to_left,
    "empty-section": empty_section,
    "hostile": hostile,
}
