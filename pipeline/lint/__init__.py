"""What is wrong with a letter: pure over its bytes, each finding with its file and its reason."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from math import floor
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from pipeline import pictures
from pipeline.lint import contrast, structure
from pipeline.lint.finding import NOTHING_QUOTED, Finding, Quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

__all__ = ["CLIPPED", "Finding", "Quoted", "edition", "message"]

ADVISED = 90_000
"""Bytes of HTML after which a letter should send its readers to the web page."""
CLIPPED = 102_400
"""Bytes of HTML after which Gmail hides the rest."""

_LEFT_OVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|#\}|%\(\w+\)[a-z]?|<(?:bound method|built-in|function|generator object)\b|\bobject at 0x"
)
_UNFILLED = re.compile(r"https://[0-9a-f]{32}\.invalid/\S*")
_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted")


def edition(
    *, html: str, text: str, page: str, page_text: str, language: str, quoted: Quoted = NOTHING_QUOTED
) -> tuple[Finding, ...]:
    """Return what is wrong with an edition before it is frozen: the mail's two parts and the public files.

    ``quoted`` are the publishers' own words, which are no template's mistake.
    """
    findings = [
        *_mail_html(html, language, quoted),
        *_text("letter.txt", text, quoted),
        *_html("page.html", page, language, quoted, is_mail=False),
        *_text("page.txt", page_text, quoted),
    ]
    return tuple(findings)


def message(octets: bytes, *, quoted: Quoted = NOTHING_QUOTED) -> tuple[Finding, ...]:
    """Return what is wrong with a message as it would be sent."""
    parsed = message_from_bytes(octets, policy=default)
    findings = list(_headers(parsed))
    language = str(parsed.get("Content-Language", ""))
    texts, pages = _parts(parsed, "text/plain"), _parts(parsed, "text/html")
    kinds = [part.get_content_type() for part in parsed.walk() if part.get_content_maintype() == "text"]
    if kinds != sorted(kinds, reverse=True):
        findings.append(_broken("headers", "parts", "the text has to come before the HTML (RFC 2046, 5.1.4)"))
    findings += _text("letter.txt", texts[0] if texts else "", quoted)
    if pages:
        findings += _mail_html(pages[0], language, quoted)
        findings += _attached(pages[0], parsed)
    else:
        findings.append(_broken("letter.html", "parts", "the message has no HTML part"))
    for name, written in (("letter.txt", texts), ("letter.html", pages)):
        for place in sorted({found for one in written for found in _UNFILLED.findall(one)}):
            findings.append(_broken(name, "marks", f"{place} was not filled in for the recipient"))
    return tuple(findings)


def _mail_html(html: str, language: str, quoted: Quoted) -> Iterator[Finding]:
    yield from _html("letter.html", html, language, quoted, is_mail=True)
    size = len(pictures.detached(html)[0].encode())
    if size > CLIPPED:
        reason = f"{size:,} bytes, and Gmail hides what comes after {CLIPPED:,}; lower digest.at_most"
        yield Finding(part="letter.html", check="size", reason=reason, is_broken=not quoted.internal)
    elif size > ADVISED:
        reason = f"{size:,} bytes; a letter over {ADVISED:,} may be cut by mail programs; lower digest.at_most"
        yield Finding(part="letter.html", check="size", reason=reason, is_broken=False)


def _html(part: str, html: str, language: str, quoted: Quoted, *, is_mail: bool) -> Iterator[Finding]:
    if not html.strip():
        yield _broken(part, "parts", "it is empty")
        return
    tree = LexborHTMLParser(html)
    complaints = [
        *structure.headings(tree),
        *structure.pictures(tree),
        *structure.languages(tree, language),
        *structure.links(tree, quoted),
        *structure.anchors(tree),
        *structure.addresses(tree, is_mail=is_mail),
        *(structure.activity(tree) if is_mail else ()),
    ]
    for check, reason, is_broken in dict.fromkeys(complaints):
        yield Finding(part=part, check=check, reason=reason, is_broken=is_broken)
    for one in contrast.faint(tree):
        ratio = f"{floor(one.ratio * 100) / 100:.2f} : 1"
        reason = (
            f'"{one.text[:40]}" ({one.where}) in {one.colour} on {one.ground} has {ratio} in the '
            f"{one.scheme} colours, and needs {one.least:g}"
        )
        yield _broken(part, "contrast", reason)
    yield from _left_over(part, " ".join(_said(tree)), quoted)


def _said(tree: LexborHTMLParser) -> Iterator[str]:
    """Return every text and attribute; style sheets have braces of their own."""
    for node in tree.css("*"):
        if node.tag not in {"style", "script"}:
            yield node.text(deep=False)
            yield from (value for value in node.attributes.values() if value)


def _text(part: str, text: str, quoted: Quoted) -> Iterator[Finding]:
    if not text.strip():
        yield _broken(part, "parts", "the plain text is missing; some read nothing else")
    yield from _left_over(part, text, quoted)


def _left_over(part: str, text: str, quoted: Quoted) -> Iterator[Finding]:
    for found in sorted(set(_LEFT_OVER.findall(text))):
        if not quoted.hold(found):
            at = text.index(found)
            around = " ".join(text[max(0, at - 20) : at + 40].split())
            yield _broken(part, "marks", f'"{around}" is left over from a template')


def _headers(parsed: EmailMessage) -> Iterator[Finding]:
    missing = [name for name in _HEADERS if not str(parsed.get(name, "")).strip()]
    if missing:
        yield _broken("headers", "headers", f"{', '.join(missing)} missing or empty")


def _attached(html: str, parsed: EmailMessage) -> Iterator[Finding]:
    there = {str(part["Content-ID"] or "").strip("<>") for part in parsed.walk()}
    for name in sorted(set(re.findall(r'="cid:([^"]*)"', html)) - there):
        yield _broken("letter.html", "urls", f"the picture cid:{name} does not travel with the letter")


def _parts(parsed: EmailMessage, kind: str) -> list[str]:
    return [str(part.get_content()) for part in parsed.walk() if part.get_content_type() == kind]


def _broken(part: str, check: str, reason: str) -> Finding:
    return Finding(part=part, check=check, reason=reason)
