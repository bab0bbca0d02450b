"""HTML in, safe plain text out: a title is never HTML."""

from __future__ import annotations

import re
import sys
import unicodedata
from contextlib import suppress
from html import unescape
from typing import Any

LONGEST_INPUT = 200_000
"""Characters of foreign text that are looked at; the rest is cut off."""

LONGEST_TITLE = 300
_LONGEST_TITLE_INPUT = 20_000
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

_BEYOND_LATIN = re.compile("[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]")
"""What is not a Latin letter, a dash, a quotation mark, a bullet or a currency: all these are in form C already."""

_MOST_MARKS = 3
"""Combining marks on one letter; Vietnamese needs two, and normalising is quadratic in them."""


def clean(text: str) -> str:
    """Return text without what is unseen or dangerous, a paragraph a line, in Unicode's form C.

    Every kind of line break ends a paragraph; other white space is one space; empty lines go.
    """
    text = text[:LONGEST_INPUT]
    if not text.isascii() or not text.isprintable():
        text = _UNSEEN.sub("", _BREAKS.sub("\n", text))
        if _BEYOND_LATIN.search(text):
            text = _LOOSE_JOINER.sub("", text)
            text = unicodedata.normalize("NFC", _few_marks(text))
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))


def lines(text: str) -> str:
    """Return text that a person wrote line by line: each line clean, its indent and empty lines kept.

    No blank lines at either end; an indent is at most eight blanks.
    """
    found = text[:LONGEST_INPUT].replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    kept = [" " * min(len(line) - len(line.lstrip(" ")), 8) + clean(line) if line.strip() else "" for line in found]
    return "\n".join(line if line.strip() else "" for line in kept).strip("\n")


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

_ELEMENTS = (
    "a|abbr|acronym|address|article|aside|audio|b|base|big|blockquote|body|br|button|canvas|caption|center|cite|code"
    "|col|dd|del|details|dfn|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|h[1-6]|head|header"
    "|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|nobr|noscript|object|ol|option|p"
    "|picture|pre|q|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody"
    "|td|template|textarea|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr|[a-z]+[:-][a-z-]+"
)
_TAG = re.compile(rf"<(?:/?(?:{_ELEMENTS})(?:[\s/][^<>]{{0,4000}})?>|!--|!doctype\s)", re.IGNORECASE)
"""A tag of HTML; "<iostream>" and "List<String>" are text."""

_INSIDE_WORDS = (
    "abbr",
    "b",
    "big",
    "cite",
    "em",
    "font",
    "i",
    "mark",
    "s",
    "small",
    "strong",
    "sub",
    "sup",
    "u",
    "wbr",
)
"""Elements that part no words: "H<sub>2</sub>O". html-text parts words at all others, as templates do."""

_INSIDE_SENTENCES = ("a", "span")
"""Elements that part words in a menu, and none in a text whose words are inflected behind a link."""
_SHORTENED = frozenset({"invisible", "ellipsis"})
"""The classes by which Mastodon cuts the address of a link into three."""

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SEPARATORS = re.compile("[\x0b\x0c\x1c-\x1f]")
"""White space that lxml, made for XML, will not hold."""

_REFERENCE = re.compile(r"&#(?:[xX](?P<hex>[0-9a-fA-F]{1,8})|(?P<number>[0-9]{1,9}));?")
_WINDOWS = range(0x80, 0xA0)  # HTML reads these as Windows' own characters: "&#150;" is a dash
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
    elif "&" in html:
        html = _ENTITY.sub(lambda entity: unescape(entity[0]), html)
    return clean(html)


def _unless_unseen(reference: re.Match[str]) -> str:
    """Return the reference, or '' where it stands for a character that is unseen and that lxml will not hold."""
    number = int(reference["hex"], 16) if reference["hex"] else int(reference["number"])
    if number > sys.maxunicode or (_UNSEEN.match(chr(number)) and number not in _WINDOWS):
        return ""
    if _SEPARATORS.match(chr(number)):
        return "\n"
    return reference[0]


def _text_of(html: str) -> str:
    from html_text import cleaner, etree_to_text, parse_html  # noqa: PLC0415 - 46 ms, only where there is markup
    from lxml.etree import strip_tags  # noqa: PLC0415 - comes with html_text

    tree = parse_html(_UNSEEN.sub("", _SEPARATORS.sub("\n", _REFERENCE.sub(_unless_unseen, html))))
    strip_tags(tree, *_INSIDE_WORDS)
    within = [node for node in tree.iter(*_INSIDE_SENTENCES) if _is_within_a_word(node)]
    for node in within:
        for one in node.iter(*_INSIDE_SENTENCES):
            one.tag = _INSIDE_WORDS[0]
    if within:
        strip_tags(tree, _INSIDE_WORDS[0])
    with suppress(AssertionError):  # what html-text does about a defect of lxml (launchpad 1838497)
        cleaner(tree)  # in place: html-text's own extract_text copies the tree first, a sixth of its time
    text: str = etree_to_text(tree)
    return text


def _is_within_a_word(node: Any) -> bool:  # noqa: ANN401 - lxml has no types
    """Return whether a small letter follows a letter at one of the element's ends: "<a>Suomidigi</a>n"."""
    if node.get("class") in _SHORTENED:
        return True
    if (node.tail or "")[:1].islower() and "".join(node.itertext())[-1:].isalpha():
        return True
    if not (node.text or "")[:1].islower():
        return False
    neighbour = node.getprevious()
    before = node.getparent().text if neighbour is None else neighbour.tail
    return (before or "")[-1:].isalpha()


def title(html: str) -> str:
    """Return a title as one line of plain text, at most ``LONGEST_TITLE`` characters, or ''.

    The opening of an encoded word ("=?") is broken up: CPython 3.11.7 decodes one in a header's value
    and so let a title write header lines of its own. A title without a visible character is ''.
    """
    text = " ".join(plain(html[:_LONGEST_TITLE_INPUT]).split()).replace("=?", "= ?")
    return _cut(text, LONGEST_TITLE) if is_visible(text) else ""


# --- Summaries --------------------------------------------------------------------------------------

_LINK_LABEL = (
    "Lue lisää|LUE LISÄÄ|Lue koko juttu|Lue koko artikkeli|Jatka lukemista|Läs mer|LÄS MER|Läs vidare|Läs hela artikeln"
    "|Fortsätt läsa|Read more|READ MORE|Read the full article|Read the full story|Read the rest|Continue reading"
    "|Keep reading"
)
_LEADS_TO = (
    'aihee|täältä|täällä|tästä|sivul|sivui|verkko|osoittees|blogi|om |här|på |about |at |on |here|in |["\u201c\u201d]'
)
_START = r"(?:^|(?<=[.!?…\])]\s))"
_BOILERPLATE = (
    # What WordPress adds to every entry, in its own translations.
    re.compile(r"\bThe post .{1,400}? (?:first appeared|appeared first) on .{1,200}$"),
    re.compile(r"\bArtikkeli .{1,400}? (?:julkaistiin|ilmestyi) ensi(?:mmäisen kerran|n) .{1,200}$"),
    re.compile(r"\bInlägget .{1,400}? (?:dök först upp|publicerades först) på .{1,200}$"),
    re.compile(r"\bsubmitted by /u/.{1,200}$"),
    # A link's label at the end; after a finished sentence also with what it leads to.
    re.compile(rf"(?:^|(?<=\s))(?:{_LINK_LABEL})[\s.:…→»\u203a>\]]*$"),
    re.compile(rf"{_START}(?:{_LINK_LABEL}) (?:{_LEADS_TO}).{{0,200}}$"),
    re.compile(rf"{_START}(?:Jatka lukemista|Fortsätt läsa|Continue reading) .{{1,200}}$"),
)
_BOILERPLATE_SIGNS = ("The post ", "Artikkeli ", "Inlägget ", "submitted by /u/", *_LINK_LABEL.split("|"))
"""One of these is in whatever the patterns match; looking for them takes 2 µs instead of 100."""
_CUT_OFF = re.compile(r"\s*(?:\[(?:…|\.{3})\]|\((?:…|\.{3})\))\s*$")
_SENTENCE_END = re.compile(
    "[.!?…][\"'\u201d\u2019)\\]]*(?=\\s+[\"'\u201d\u2019(\\[\u2013\u2014-]*[A-ZÅÄÖ0-9])",
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:esim|mm|ns|ym|yms|tms|jne|ks|vrt|n|nk|nro|puh|ent|prof|milj|mrd|toim|huom|pj|tj"
    r"|t\.ex|bl\.a|s\.k|d\.v\.s|m\.m|m\.fl|ca|kl|nr|mn|md|tfn|jfr|resp|ung"
    r"|e\.g|i\.e|cf|vs|dr|mr|mrs|ms|st|no|[a-zåäö])\.$|^[0-9]{1,2}\.$",
    re.IGNORECASE,
)
_MOST_SENTENCES = 2


def summary(html: str, limit: int = LONGEST_SUMMARY) -> str:
    """Return the first one or two sentences in at most ``limit`` characters, on one line, or ''.

    "Lue lisää", "The post … appeared first on …", share buttons, cookie notices, captions and the like are
    left out, and nothing else is a summary: '' where nothing is left. A sentence that does not
    fit ends at a word, with "…"; so does one after a first sentence that says too little.
    """
    text = ""
    for line in plain(html).split("\n"):
        text = f"{text} {_without_furniture(_without_boilerplate(line[: 8 * limit]))}".strip()
        if len(text) > limit:
            break
    if not is_visible(text):
        return ""
    ends = [end for end in _sentence_ends(text[: limit + 2]) if end <= limit][:_MOST_SENTENCES]
    if len(ends) == _MOST_SENTENCES:
        return text[: ends[-1]]
    if ends and len(text) > limit and ends[0] >= limit // 4:
        return text[: ends[0]]
    return _cut(text, limit)


def _without_boilerplate(line: str) -> str:
    for pattern in _BOILERPLATE if any(sign in line for sign in _BOILERPLATE_SIGNS) else ():
        line = pattern.sub("", line).rstrip()
    return _CUT_OFF.sub("…", line)


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
    return (words if len(words) > limit // 2 else head).rstrip(" ,;:.…\u2013\u2014-") + "…"


# --- What a page has around its text ----------------------------------------------------------------

_BUTTON = re.compile(
    r"jaa|tämä|dela|på|via|share|this|on|in|i|tweet|twiittaa|tykkää|like|gilla|tulosta|skriv|ut|print|kopioi|linkki"
    r"|kopiera|länk|länken|copy|link|lähetä|sähköpostilla|sähköposti|e-post|e-?mail|artikkeli|artikkelin|juttu|sivu"
    r"|sivun|artikeln|sidan|inlägget|article|page|post|ja|och|and"
    r"|(?:facebook|twitter|x|linkedin|whatsapp|pinterest|instagram|telegram|messenger|bluesky|mastodon|threads|reddit)"
    r"(?::?i?ss[aä])?",
    re.IGNORECASE,
)
"""A word of a share button; text that holds nothing else is one, or several."""

_NOTICE = re.compile(
    r"(?:käytämme|(?:tämä |tällä )?(?:verkko)?sivust(?:o|omme|olla) käyt(?:tää|etään)|hyväksy(?:mällä)?|sallimalla)"
    r"[^.!?]{0,60} eväste(?:itä|et|iden)\b[^.!?]{0,200}[.!?]?"
    r"|(?:vi|(?:den här )?webbplatsen|(?:denna )?sida) använder (?:cookies|kakor)\b[^.!?]{0,200}[.!?]?"
    r"|godkänn (?:alla )?(?:cookies|kakor)[.!?]?"
    r"|(?:we|this (?:web)?site) uses? cookies\b[^.!?]{0,200}[.!?]?|(?:accept|allow) (?:all )?cookies[.!?]?"
    r"|(?:(?:julkaistu|päivitetty|publicerad|uppdaterad|published|updated|posted)(?: on)?\W{1,3})?"
    r"\d{1,2}\.\s?\d{1,2}\.\s?\d{4}(?:\W{1,3}(?:klo|kl|at)?\.?\s?\d{1,2}[.:]\d{2})?"
    r"|(?:lukuaika|lästid|reading time)\W{1,3}\d{1,3}\s?min[a-zäö]{0,8}\.?|\d{1,3}\s?min(?:ute)? read"
    r"|(?:kommentit|kommentarer|comments)\W{0,3}\d{0,5}\W?|\d{1,5} (?:kommenttia?|kommentarer|comments?)"
    r"|(?:kuva|kuvituskuva|foto|bild|photo|image)(?::[^.!?]{1,100}\.?)?"
    r"|(?:tilaa|prenumerera på|subscribe to)(?: \w{1,20}){0,2} (?:uutiskirje|nyhetsbrev|newsletter)\w{0,6}[.!?]?",
    re.IGNORECASE,
)
"""A sentence about cookies, comments or subscribing, a date, a caption."""

_LONGEST_FURNITURE = 300


def _without_furniture(line: str) -> str:
    """Return the line without the sentences that are no text of the article."""
    if _is_furniture(line):
        return ""
    sentences, start = [], 0
    for end in (*_sentence_ends(line[: 4 * LONGEST_SUMMARY]), len(line)):
        sentences.append(line[start:end])
        start = end
    kept = [sentence for sentence in sentences if not _is_furniture(sentence.strip())]
    return line if len(kept) == len(sentences) else "".join(kept).strip()


def _is_furniture(text: str) -> bool:
    if not 0 < len(text) <= _LONGEST_FURNITURE:
        return False
    words = text.split()
    return bool(_NOTICE.fullmatch(text)) or all(_BUTTON.fullmatch(word.strip(".,:;!|·•-") or "x") for word in words)
