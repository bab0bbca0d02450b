"""Feeds to measure with: the same bytes in every run, shaped as the feeds of the field are.

Each has 23 entries with HTML bodies and is 30 to 60 KB long: RSS with ``content:encoded``, RSS with
escaped descriptions, and Atom, in turn. Four of five declare their language, which spares detecting it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""The moment at which the feeds are read; no entry is younger."""

ENTRIES = 23
SMALLEST, LARGEST = 30_000, 60_000
"""Bytes of a feed."""
_LEAST, _MOST = SMALLEST + 5_000, LARGEST - 2_000
"""What is aimed at: bodies end with a paragraph, wherever that is."""
_AROUND = 950
"""Bytes of an entry besides its body, and half a paragraph."""

_TEXT = """
viestintä verkkosivu saavutettavuus asiantuntija kansalainen selkeä kieli palvelu virasto kysely tulos ohje
kokemus julkaisu työryhmä suositus kanava yleisö sisältö tavoite mittari keskustelu käyttäjä tekoäly hallinto
on ja että kun miten uusi myös kertoo auttaa yhdessä ennen jälkeen tänään huomenna osallistuu kirjoittaa lukee
"""
_WORDS = _TEXT.split()
_PARAGRAPHS = 400


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    link: str
    day: datetime
    lead: str
    html: str


class Corpus:
    """``feeds`` feeds; a higher ``generation`` of a feed has so many new entries on top, and lost as many below."""

    def __init__(self, feeds: int) -> None:
        self.feeds = feeds
        random = Random(2026)  # the same words every time
        self._paragraphs = [_paragraph(random) for _ in range(_PARAGRAPHS)]
        self._raw = [len(paragraph.encode()) for paragraph in self._paragraphs]
        self._escaped = [len(escape(paragraph).encode()) for paragraph in self._paragraphs]

    @property
    def entries(self) -> int:
        """How many entries all feeds of one generation hold."""
        return self.feeds * ENTRIES

    @property
    def hosts(self) -> list[str]:
        """The loopback address of every feed."""
        return [f"127.9.{n // 250}.{n % 250 + 1}" for n in range(self.feeds)]

    def addresses(self, port: int) -> list[str]:
        """The URL of every feed, each on a host of its own."""
        return [f"http://{host}:{port}/{n}" for n, host in enumerate(self.hosts)]

    def body(self, number: int, generation: int) -> bytes:
        """Return feed ``number`` as it stands in ``generation``."""
        room = (_LEAST + number * 7919 % (_MOST - _LEAST)) // ENTRIES - _AROUND
        sizes = self._raw if number % 3 == 0 else self._escaped
        entries = [self._entry(number, n, room, sizes) for n in range(generation + ENTRIES, generation, -1)]
        language = None if number % 5 == 4 else ("fi", "sv", "en")[number % 3]
        match number % 3:
            case 0:
                document = _rss(number, language, "".join(map(_rss_with_content, entries)))
            case 1:
                document = _rss(number, language, "".join(map(_rss_escaped, entries)))
            case _:
                document = _atom(number, language, entries)
        return document.encode()

    def _entry(self, feed: int, number: int, room: int, sizes: list[int]) -> _Entry:
        """Return an entry whose body takes about ``room`` bytes, each paragraph as many as ``sizes`` says."""
        at = (feed * 31 + number * 17) % _PARAGRAPHS
        html = ""
        while room > 0:
            html += self._paragraphs[at]
            room -= sizes[at]
            at = (at + 1) % _PARAGRAPHS
        words = [_WORDS[(at * 7 + n * n) % len(_WORDS)] for n in range(5)]
        slug = "-".join(words[:3]).translate(str.maketrans("äö", "ao"))
        return _Entry(
            title=f"{' '.join(words).capitalize()} & osa {number}",
            link=f"https://www.sivusto-{feed}.example.fi/artikkelit/{number}-{slug}?utm_source=rss",
            day=NOW - timedelta(days=7 * (2 * ENTRIES - number), minutes=feed),
            lead=f"<p>{' '.join(words).capitalize()} kertoo, mistä on kyse. {words[0].capitalize()} auttaa.</p>",
            html=html,
        )


def _paragraph(random: Random) -> str:
    words = [random.choice(_WORDS) for _ in range(random.randint(20, 45))]
    words[3] = f'<a href="https://www.example.fi/{words[0]}?a=1&amp;b=2" class="link">{words[3]}</a>'
    words[7] = f"<strong>{words[7]}</strong>"
    text = " ".join(words).capitalize()
    match random.randrange(6):
        case 0:
            return f'<ul class="lista"><li>{text}</li><li>{words[1]} &nbsp;&ndash; {words[2]}</li></ul>\n'
        case 1:
            image = f'<img src="/kuvat/{words[0]}.jpg" alt="{words[1]}" width="800" height="450" loading="lazy">'
            return f"<figure>{image}<figcaption>{text}.</figcaption></figure>\n"
        case 2:
            return f'<h2 id="{words[0]}">{words[1].capitalize()} {words[2]}</h2>\n<p>{text}.</p>\n'
        case _:
            return f"<p>{text}.</p>\n"


def _rss(number: int, language: str | None, entries: str) -> str:
    declared = f"<language>{language}</language>\n" if language else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n<channel>\n'
        f"<title>Sivusto {number}</title>\n<link>https://www.sivusto-{number}.example.fi/</link>\n"
        f"<description>Uutta sivustolla {number}</description>\n{declared}"
        f"<sy:updatePeriod>hourly</sy:updatePeriod>\n{entries}</channel>\n</rss>\n"
    )


def _rss_with_content(entry: _Entry) -> str:
    return (
        f"<item>\n<title>{escape(entry.title)}</title>\n<link>{entry.link}</link>\n"
        f"<dc:creator><![CDATA[Toimitus]]></dc:creator>\n<pubDate>{format_datetime(entry.day)}</pubDate>\n"
        f"<category><![CDATA[Viestintä]]></category>\n"
        f'<guid isPermaLink="false">{entry.link.partition("?")[0]}</guid>\n'
        f"<description><![CDATA[{entry.lead}]]></description>\n"
        f"<content:encoded><![CDATA[{entry.html}]]></content:encoded>\n</item>\n"
    )


def _rss_escaped(entry: _Entry) -> str:
    return (
        f"<item>\n<title>{escape(entry.title)}</title>\n<link>{entry.link}</link>\n"
        f"<pubDate>{format_datetime(entry.day)}</pubDate>\n"
        f'<guid isPermaLink="true">{entry.link.partition("?")[0]}</guid>\n'
        f"<description>{escape(entry.lead + entry.html)}</description>\n</item>\n"
    )


def _atom(number: int, language: str | None, entries: list[_Entry]) -> str:
    declared = f' xml:lang="{language}"' if language else ""
    site = f"https://www.sivusto-{number}.example.fi/"
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"{declared}>\n'
        f"<title>Sivusto {number}</title>\n<id>{site}</id>\n<updated>{entries[0].day.isoformat()}</updated>\n"
        f'<link rel="alternate" type="text/html" href="{site}"/>\n'
        f"{''.join(map(_atom_entry, entries))}</feed>\n"
    )


def _atom_entry(entry: _Entry) -> str:
    return (
        f'<entry>\n<title type="html">{escape(escape(entry.title))}</title>\n'
        f'<link rel="alternate" type="text/html" href="{entry.link}"/>\n<id>{entry.link.partition("?")[0]}</id>\n'
        f"<published>{entry.day.isoformat()}</published>\n<updated>{entry.day.isoformat()}</updated>\n"
        f"<author><name>Toimitus</name></author>\n"
        f'<summary type="html">{escape(entry.lead)}</summary>\n'
        f'<content type="html">{escape(entry.html)}</content>\n</entry>\n'
    )
