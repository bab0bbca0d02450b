"""Headings, pictures, languages, links and addresses of one HTML part."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from pipeline.lint.finding import Quoted

Complaint = tuple[str, str, bool]
"""The check, what is wrong, and whether the letter is broken by it."""

BARE = frozenset(
    {
        *(
            "lue lisää",
            "lisää",
            "lue",
            "tästä",
            "täältä",
            "klikkaa",
            "klikkaa tästä",
            "linkki",
            "katso",
            "avaa",
            "siirry",
        ),
        *("läs mer", "läs", "mer", "här", "klicka", "klicka här", "länk", "se", "öppna", "gå vidare"),
        *(
            "read more",
            "read",
            "more",
            "here",
            "this",
            "click",
            "click here",
            "link",
            "see",
            "open",
            "go",
            "learn more",
        ),
    }
)
"""Link texts that say nothing when they are read alone, as a screen reader's list of links does."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CSS_URL = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"'])\s*([^\"')\s]+)", re.IGNORECASE)
_HARMFUL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\]")
_LOADING = ("src", "srcset", "background", "poster", "data")
_LEADING = ("href", "action", "formaction", "cite", "longdesc")
_ACTIVE = "script, iframe, object, embed, form, applet, base, meta[http-equiv=refresh]"
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,")


def headings(tree: LexborHTMLParser) -> Iterator[Complaint]:
    """One h1, no level left out, none empty (WCAG 1.3.1, 2.4.6)."""
    found = [(int((node.tag or "h0")[1]), _name(node)) for node in tree.css("h1, h2, h3, h4, h5, h6")]
    firsts = [f'"{_short(text)}"' for level, text in found if level == 1]
    if len(firsts) != 1:
        there = f"there are {len(firsts)} ({', '.join(firsts)})" if firsts else "there is none"
        yield "headings", f"a letter has one h1, its title; {there}", True
    before = 1
    for level, text in found:
        if not text:
            yield "headings", f"a heading h{level} is empty; write its text, or take it away", True
        if level > before + 1:
            yield "headings", f'"{_short(text)}" is an h{level} after an h{before}; write h{before + 1}', True
        before = level


def pictures(tree: LexborHTMLParser) -> Iterator[Complaint]:
    """Every picture says what it shows, or that it shows nothing (WCAG 1.1.1)."""
    for node in tree.css("img, area, input[type=image]"):
        if node.attributes.get("alt") is None and node.attributes.get("role") != "presentation":
            where = _short(node.attributes.get("src") or "")
            yield "alt", f'the picture {where} has no alt; write what it says, or alt="" if it is decoration', True


def languages(tree: LexborHTMLParser, language: str) -> Iterator[Complaint]:
    """The page says its language, and every other one is a real code (WCAG 3.1.1, 3.1.2); the title is there."""
    root = tree.css_first("html")
    said = (root.attributes.get("lang") or "") if root is not None else ""
    if said.partition("-")[0].lower() != language:
        yield "lang", f'<html> says lang="{said}", and this edition is in "{language}"', True
    for node in tree.css("[lang]"):
        code = node.attributes.get("lang") or ""
        if not _LANGUAGE.fullmatch(code):
            yield "lang", f'"{_short(_name(node))}" has lang="{_short(code)}", which is no language code', True
    title = tree.css_first("title")
    if title is None or not title.text().strip():
        yield "lang", "<title> is missing or empty; a screen reader says it first", True


def links(tree: LexborHTMLParser, quoted: Quoted) -> Iterator[Complaint]:
    """Link texts stand alone and tell links apart (WCAG 2.4.4, 2.4.9).

    Two courses may both begin with "Johdanto", and a publisher may call an article "Lue lisää": that is
    worth knowing, and no reason to keep the letter back.
    """
    leading: dict[str, dict[str, str]] = defaultdict(dict)
    for node in tree.css("a[href]"):
        href, text = node.attributes.get("href") or "", _name(node)
        is_ours = href not in quoted.urls
        if not text:
            yield "links", f"the link to {_short(href)} has no text", is_ours
            continue
        said = text.casefold().strip(" .:!>…»→")
        if said in BARE or _ADDRESS.fullmatch(text):
            yield "links", f'the link text "{_short(text)}" says nothing when read alone; name where it leads', is_ours
        leading[said][href] = text
    for hrefs in leading.values():
        if len(hrefs) > 1:
            text, ours = next(iter(hrefs.values())), sum(href not in quoted.urls for href in hrefs)
            where = ", ".join(map(_short, list(hrefs)[:3]))
            reason = f'"{_short(text)}" leads to {len(hrefs)} addresses ({where}); give each link its own text'
            yield "links", reason, ours > 1


def anchors(tree: LexborHTMLParser) -> Iterator[Complaint]:
    """What leads to a place in the same page finds it there, once."""
    places = [node.attributes.get("id") for node in tree.css("[id]")]
    names = {node.attributes.get("name") for node in tree.css("a[name]")}
    for twice in sorted({place for place in places if place and places.count(place) > 1}):
        yield "anchors", f'id="{twice}" is there {places.count(twice)} times', True
    for node in tree.css('[href^="#"]'):
        place = (node.attributes.get("href") or "")[1:]
        if place not in places and place not in names:
            yield "anchors", f'the link "{_short(_name(node))}" leads to #{place}, which is not there', True


def addresses(tree: LexborHTMLParser, *, is_mail: bool) -> Iterator[Complaint]:
    """Links lead to the web or to an address to write to, and what is loaded tells nobody who reads."""
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            if name in _LEADING and value is not None:
                yield from _leads(node, value, is_mail=is_mail)
            elif name in _LOADING:
                yield from _loads(value or "", is_mail=is_mail)
        for url in _CSS_URL.findall(node.attributes.get("style") or ""):
            yield from _loads(url, is_mail=is_mail)
    for sheet in tree.css("style"):
        for url in _CSS_URL.findall(sheet.text()):
            yield from _loads(url, is_mail=is_mail)


def activity(tree: LexborHTMLParser) -> Iterator[Complaint]:
    """Nothing in a letter runs or loads by itself: mail programs refuse it, and filters count it."""
    for node in tree.css(_ACTIVE):
        yield "urls", f"<{node.tag}> has no place in a letter; mail programs refuse it", True
    for node in tree.css("*"):
        for name in node.attributes:
            if name.startswith("on"):
                yield "urls", f"<{node.tag} {name}=…> is a script; no mail program runs it", True


def _leads(node: LexborNode, url: str, *, is_mail: bool) -> Iterator[Complaint]:
    if url.startswith("#"):
        return
    if node.tag == "link" and is_mail:
        yield (
            "urls",
            f"<link href={_short(url)}> would be loaded from elsewhere; write its styles into the letter",
            True,
        )
        return
    why = _unsafe(url)
    if why:
        yield "urls", f'"{_short(_name(node)) or node.tag}" leads to {_short(url)}, {why}', True
    elif is_mail and not urlsplit(url).scheme:
        yield "urls", f'"{_short(_name(node)) or node.tag}" leads to {_short(url)}; mail needs whole addresses', True


def _loads(url: str, *, is_mail: bool) -> Iterator[Complaint]:
    if url.startswith(("cid:", "#")) or _PICTURE.match(url):
        return
    if why := _unsafe(url):
        yield "urls", f"{_short(url)} would be loaded, {why}", True
    elif is_mail and not urlsplit(url).scheme and not url.startswith("//"):
        yield "urls", f"{_short(url)} cannot be found from inside a letter; name a logo in the configuration", True
    elif is_mail or urlsplit(url).netloc:
        yield "urls", f"{_short(url)} is loaded from elsewhere, which tells its owner who reads", False


def _unsafe(url: str) -> str:
    """Return why nobody should follow this address, '' for one that is fine; a relative one is."""
    if _HARMFUL.search(url) and not url.startswith("mailto:"):
        return "which holds blanks or control characters"
    try:
        parts = urlsplit(url)
    except ValueError:
        return "which is no address"
    if parts.scheme in {"http", "https"}:
        if not parts.netloc:
            return "which names no server"
        return "which holds a user name or password" if "@" in parts.netloc else ""
    return "" if parts.scheme in {"", "mailto", "tel"} else f"and {parts.scheme}: is not safe to follow"


def _name(node: LexborNode) -> str:
    """Return what a screen reader says of a link or a heading: its text, with the alt of its pictures."""
    label = node.attributes.get("aria-label")
    if label and label.strip():
        return " ".join(label.split())
    words = [node.text(deep=True)]
    words += [image.attributes.get("alt") or "" for image in node.css("img")]
    return " ".join(" ".join(words).split())


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004  what a line of a terminal has room for
