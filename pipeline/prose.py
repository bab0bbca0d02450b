"""HTML in, safe plain text out: a title is never HTML."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

LONGEST_INPUT = 200_000
"""Characters of foreign text that are looked at; the rest is cut off."""

LONGEST_TITLE = 300
LONGEST_SUMMARY = 280


# --- Characters -------------------------------------------------------------------------------------

_BREAKS = re.compile("\r\n?|[\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0, C1
    "\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U0010ffff]"
)
"""What nobody sees or everybody sees wrong: controls, bidi, zero width, fillers, surrogates, private use."""

_LOOSE_JOINER = re.compile(
    "(?<![\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
"""A zero-width joiner that joins no two pictographs."""

_MOST_MARKS = 3
"""Combining marks on one letter; Vietnamese needs two, and normalising is quadratic in them."""


def clean(text: str) -> str:
    """Return text without what is unseen or dangerous, a paragraph a line, in Unicode's form C.

    Every kind of line break ends a paragraph; other white space is one space; empty lines go.
    """
    text = text[:LONGEST_INPUT]
    if not text.isascii() or not text.isprintable():
        text = _UNSEEN.sub("", _BREAKS.sub("\n", text))
        text = _LOOSE_JOINER.sub("", text)
        text = unicodedata.normalize("NFC", _few_marks(text))
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def _few_marks(text: str) -> str:
    if text.isascii() or not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def is_visible(text: str) -> bool:
    """Return whether a reader sees anything: a letter, a digit, a sign."""
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


# --- Markup -----------------------------------------------------------------------------------------

_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,2000}>|!--|!\[CDATA\[|!doctype)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_ESCAPED_CDATA = "&lt;![CDATA["


def has_markup(text: str) -> bool:
    """Return whether text holds a tag, a comment or an entity, and so is to be read as HTML."""
    return bool(_TAG.search(text) or _ENTITY.search(text))


def plain(html: str) -> str:
    """Return HTML, or what is text already, as clean plain text with one paragraph a line.

    Entities are decoded once: "&amp;lt;" is the text "&lt;". Liferay's descriptions, a CDATA section
    escaped once too often, are unwrapped first.
    """
    html = html[:LONGEST_INPUT]
    if _ESCAPED_CDATA in html:
        html = unescape(html)
    html = _CDATA.sub("", html)
    if _TAG.search(html):
        html = _text_of(html)
    elif _ENTITY.search(html):
        html = unescape(html)
    return clean(html)


def _text_of(html: str) -> str:
    from html_text import extract_text  # noqa: PLC0415 - lxml: only where there is markup

    text: str = extract_text(_UNSEEN.sub("", html))
    return text


def title(html: str) -> str:
    """Return a title as one line of plain text, at most ``LONGEST_TITLE`` characters, or ''.

    An opening of an encoded word ("=?") is broken up: CPython 3.11.7 decodes one in a header's value
    and so let a title write header lines of its own. A title without a visible character is ''.
    """
    text = " ".join(plain(html).split()).replace("=?", "= ?")
    return _cut(text, LONGEST_TITLE) if is_visible(text) else ""


# --- Summaries --------------------------------------------------------------------------------------

_BOILERPLATE = re.compile(
    r"""The \s post \s .{1,400}? \s (?:first \s appeared|appeared \s first) \s on \s .{1,200}$
      | Artikkeli \s .{1,400}? \s (?:julkaistiin|ilmestyi) \s ensi(?:mmäisen \s kerran|n) \s .{1,200}$
      | Inlägget \s .{1,400}? \s dök \s först \s upp \s på \s .{1,200}$
      | (?:Lue \s lisää|Lue \s koko \s (?:juttu|artikkeli)|Jatka \s lukemista|Läs \s (?:mer|vidare|hela \s artikeln)
        |Fortsätt \s läsa|Read \s (?:more|the \s (?:full|rest)|on)|Continue \s reading|Keep \s reading)
        (?: \s .{0,200})? [\s.…→»>\]]* $
      | \s* \[ (?:…|\.\.\.|&hellip;) \] \s* $
      | submitted \s by \s /u/ .{1,200}$""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*(?=\s+[\"'\u201d\u2019(\[\u2013\u2014-]*[A-ZÅÄÖ0-9])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:esim|mm|ns|ym|yms|jne|ks|vrt|n|nk|nro|puh|ent|prof|t\.ex|bl\.a|s\.k|d\.v\.s|m\.m|ca|kl|nr"
    r"|e\.g|i\.e|cf|vs|dr|mr|mrs|ms|st|no|[0-9]{1,2}|[a-zåäö])\.$",
    re.IGNORECASE,
)
_MOST_SENTENCES = 2


def summary(html: str, limit: int = LONGEST_SUMMARY) -> str:
    """Return the first one or two sentences in at most ``limit`` characters, on one line, or ''.

    "Lue lisää", "The post … appeared first on …" and the like are left out. One sentence that is
    longer than ``limit`` ends at a word, with "…".
    """
    lines = (_BOILERPLATE.sub("", line).strip() for line in plain(html).split("\n"))
    text = " ".join(filter(None, lines))
    if not is_visible(text):
        return ""
    ends = [end for end in _sentence_ends(text[: limit + 2]) if end <= limit][:_MOST_SENTENCES]
    if len(text) <= limit and len(ends) < _MOST_SENTENCES:
        return text
    return text[: ends[-1]] if ends else _cut(text, limit)


def _sentence_ends(text: str) -> list[int]:
    return [
        found.end()
        for found in _SENTENCE_END.finditer(text)
        if not _ABBREVIATION.search(text[max(0, found.end() - 12) : found.end()])
    ]


def _cut(text: str, limit: int) -> str:
    """Return text that fits, cut between words where one is near, with "…" for what is missing."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    words = head.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else head).rstrip(" ,;:\u2013\u2014-") + "…"
