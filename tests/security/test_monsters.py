"""Hostile and broken input by the user's way in: a feed on a server, the command, the letter in an inbox."""

from __future__ import annotations

import gc
import html
import re
import time
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.counts import FULL
from tests.e2e.desk import THIS_PERIOD, Entry, Page, mail_section, messages, rss
from tests.security import monsters

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

GOOD = Entry("Selkeä kieli säästää kaikkien aikaa")
MEBIBYTE = 2**20


def memory(field: str) -> int:
    """Bytes that this process has in memory now (VmRSS), or had at most since ``forget_peak`` (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but those below var/ and output/."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] not in {"var", "output"}
    }


def served(web: Web, desk: Desk, bodies: dict[str, bytes], **sections: str) -> None:
    """Serve each body as the feed of its name, beside one that is in order."""
    web.pages |= {f"/{name}": Page(body, headers=monsters.FEED_TYPE) for name, body in bodies.items()}
    web.pages["/kunnossa"] = Page(rss(GOOD))
    desk.feeds("/kunnossa", *(f"/{name}" for name in bodies), **sections)


@pytest.mark.timeout(180)
def test_a_bomb_costs_its_own_source_at_most(desk: Desk, web: Web) -> None:
    """Each is read or named, all within their limits; the letter goes out, and the parent keeps nothing of them."""
    bombs = monsters.bombs()
    served(web, desk, {"lammittely": rss(GOOD)}, digest="web_only: true")
    assert desk.do("collect").code == 0  # what the libraries of a first reading take
    served(web, desk, bombs, digest="web_only: true")
    before = snapshot(desk.folder)
    gc.collect()
    held = memory("VmRSS")
    forget_peak()
    began = time.monotonic()

    done = desk.do("run")

    took, peak = time.monotonic() - began, memory("VmHWM") - held
    gc.collect()
    kept = memory("VmRSS") - held
    if FULL:
        desk.later(hours=12)
        assert desk.do("collect", "--refetch").code in {0, 2}
        gc.collect()
    leaked = memory("VmRSS") - held - kept
    assert done.code in {0, 2}, done.said
    assert "Traceback" not in done.said
    assert len([line for line in done.err.splitlines() if " INFO " in line or " WARNING " in line]) >= len(bombs)
    assert "(reading it failed" not in done.said
    assert took < 75, f"{took:.1f} s"
    assert peak < 200 * MEBIBYTE, f"{peak / MEBIBYTE:.0f} MB at the most"
    assert kept < 80 * MEBIBYTE, f"{kept / MEBIBYTE:.0f} MB kept"
    assert leaked < 20 * MEBIBYTE, f"{leaked / MEBIBYTE:.0f} MB leaked"
    page = (desk.folder / "output/2026-W47/fi.html").read_text(encoding="utf-8")
    assert GOOD.title in page
    assert "root:" not in page
    assert before == snapshot(desk.folder)


def test_an_oddity_is_an_error_of_its_source_or_clean_items(desk: Desk, web: Web) -> None:
    """Encodings, dates, links and types that made a parser raise: no crash, no local file, no address followed."""
    web.pages["/salaisuus"] = Page(rss(Entry("SALAISUUS")))
    oddities = {
        **monsters.oddities(),
        "our-address": f"{web.url}/salaisuus".encode(),
        "its-address": f"<rss><channel><link>{web.url}/salaisuus</link><title>x</title>".encode(),
    }
    served(web, desk, oddities, digest="web_only: true")
    done = desk.do("run")
    assert done.code == 2, done.said
    assert "Traceback" not in done.said
    assert "reading it failed" not in done.said
    assert web.asked("/salaisuus") == []
    text = "".join(path.read_text(encoding="utf-8") for path in (desk.folder / "output").rglob("*.html"))
    assert GOOD.title in text
    assert "root:" not in text
    assert "SALAISUUS" not in text
    hrefs = LexborHTMLParser(text).css("a[href]")
    assert all((node.attributes["href"] or "").split(":")[0] not in {"javascript", "data", "file"} for node in hrefs)
    for number in range(len(monsters.DATES)):
        dated = desk.do("explain", f"https://monsters.example.fi/date-{number}", "--json").json()
        assert (dated["known"], dated["published"]) == (True, None)


def test_nothing_that_a_publisher_writes_takes_effect_in_a_letter(desk: Desk, web: Web, box: Inbox) -> None:
    """Titles, summaries and a source's own name, from the feed to the message's octets, its parts and the pages."""
    texts = monsters.HOSTILE_TEXTS
    written = [text for text in texts if "\x00" not in text and "\x1b" not in text and "\udcff" not in text]
    entries = "".join(
        monsters.item(
            text,
            link=f"https://monsters.example.fi/{number}?a='><script>&b={{{{7*7}}}}",
            more=f"<guid isPermaLink='false'>{number}</guid><description>{html.escape(html.escape(text))}</description>"
            f"<pubDate>{THIS_PERIOD:%a, %d %b %Y %H:%M:%S} GMT</pubDate>",
        )
        for number, text in enumerate(written)
    )
    name = html.escape("</title><script>alert(1)</script>=?utf-8?q?a=0ABcc=3Av=40e.fi?= {{ 7 * 7 }}")
    raw = "".join(f"\\u{ord(character):04x}" for character in "\x00\x1b[2J\udcff")
    as_json = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "J' + raw + '", "items": [{"id": "1", '
        '"url": "https://json.example.fi/1", "title": "Otsikko' + raw + ' loppuu", "content_text": "T' + raw + '"}]}'
    )
    served(
        web,
        desk,
        {
            "xml": (monsters.RSS_HEAD + entries.encode() + monsters.RSS_END).replace(
                b"<title>T<", f"<title>{name}<".encode()
            )
        },
        mail=mail_section(box),
        digest="at_most: 60\nat_least: 0",
    )
    web.pages["/json"] = Page(as_json.encode(), headers={"Content-Type": "application/feed+json"})
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(
        text + f"  - {{id: json, url: '{web.url}/json', allow_private: true, internal: false}}\n", encoding="utf-8"
    )
    for code in ("fi", "sv", "en"):
        desk.do("recipients", "add", f"{code}@example.fi", "--language", code)

    done = desk.do("run")

    assert done.code == 0, done.said
    letters = messages(box)
    assert len(letters) == 3
    names = {
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language", "List-Id",
        "List-Unsubscribe", "Auto-Submitted", "Precedence", "Feedback-ID", "X-Auto-Response-Suppress", "List-Post",
        "List-Help", "Reply-To", "X-Mailer",
    }  # fmt: skip
    for letter in letters:
        assert set(letter.keys()) <= names, letter.keys()
        assert letter["To"].count("@") == 1
        parts = {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}
        assert set(parts) == {"text/plain", "text/html"}
        inert(parts["text/html"])
        plain(parts["text/plain"])
        octets = letter.as_bytes(policy=policy.SMTP)
        assert b"\r\n.\r\n" not in octets
    for page in (desk.folder / "output").rglob("*.html"):
        inert(page.read_text(encoding="utf-8"), is_letter=page.match("2026-W47/??.html"))
    for page in (desk.folder / "output/2026-W47").rglob("*.txt"):
        plain(page.read_text(encoding="utf-8"))
    preview = desk.do("explain", "2026-W47").said + desk.do("preview", "2026-W47").said + done.said
    assert "\x1b" not in preview
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", preview)


def inert(text: str, *, is_letter: bool = True) -> None:
    """An HTML document in which nothing foreign acts: no script, handler, frame, form, remote picture, odd address."""
    tree = LexborHTMLParser(text)
    assert tree.css("iframe, object, embed, base, svg, link[href^='https://evil'], meta[http-equiv=refresh]") == []
    for script in tree.css("script, form, input"):
        assert "alert" not in (script.html or "")
        assert "evil.example" not in (script.html or "")
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on"), node.html
            if name in {"href", "src", "action", "srcset", "background"}:
                scheme = (value or "").partition(":")[0].lower() if ":" in (value or "") else ""
                assert scheme in {"", "http", "https", "mailto", "cid", "data"}, value
                assert scheme != "data" or node.tag == "img", value
                assert "evil.example" not in (value or ""), value
    seen = tree.body.text() if tree.body else ""
    assert not is_letter or "{{ 7 * 7 }}" in seen
    assert not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", seen)


def plain(text: str) -> None:
    """A text part that steers no terminal and no reader."""
    assert not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", text)
    assert "{{ 7 * 7 }}" in text
