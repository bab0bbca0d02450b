"""Read one document that is revised from time to time: an item for each time that its main text really changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import identity, prose
from pipeline.errors import ParseError
from pipeline.fetch import Response
from pipeline.model import Item, Reading
from pipeline.sources import card, robots
from pipeline.sources.cards import ACCEPT
from pipeline.sources.document import document_of
from pipeline.sources.page import open_page
from pipeline.sources.steps import call, get, request_for, seen

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from pipeline.model import Known, Source
    from pipeline.sources.document import Document
    from pipeline.sources.page import Page
    from pipeline.sources.steps import Steps

WAY = 1
"""How the main text is found. Rises when that changes: a document known by another way is taken as it is now."""

_WORDS = {
    # The publisher's language: it is part of the title. (updated, new, removed)
    "fi": ("päivitetty", "Uutta", "Poistettu"),
    "sv": ("uppdaterad", "Nytt", "Borttaget"),
    "en": ("updated", "New", "Removed"),
}
_LONGEST_CHANGE = 280
_FEW = 5
"""Sentences below which a page that has lost most of its text is taken for a fault's message."""
_KEPT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A page's main text, sentence by sentence, with what its card says of it."""

    card: card.Card
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What is kept of a document between two readings: its last revision, and the text of that."""

    revision: str
    sentences: tuple[str, ...]

    def written(self) -> str:
        """As the store keeps it."""
        return json.dumps({"way": WAY, "revision": self.revision, "sentences": self.sentences}, ensure_ascii=False)


def read(source: Source, known: Known, *, agent: str, now: datetime) -> Steps[Reading]:
    """Read the document; raises FetchError, or ParseError when there is no text in it.

    The first revision is known, not news; each later one is an item of its own, under the same address.
    """
    yield from robots.require(source, source.url, agent=agent)
    request = request_for(source, source.url, agent=agent, accept=ACCEPT)
    answer = yield from get(request)
    if not isinstance(answer, Response):
        return Reading(unchanged=True, seen=(seen(request, answer),))
    text = yield from call(f"the page {source.url}", parse, document_of(answer), now)
    before = _remembered(known.document)
    remember = (seen(request, answer),)
    if before is None:
        after = Remembered(revision=_revision("", text.sentences), sentences=text.sentences)
        item = _item(source, text, after.revision)
        return Reading(items=(item,), title=text.card.title or None, seen=remember, document=after.written())
    added, gone = _changes(before.sentences, text.sentences)
    if not added and not gone:
        return Reading(unchanged=True, seen=remember)
    if len(text.sentences) < _FEW and len(gone) > (1 - _KEPT) * len(before.sentences):
        lost = f"{source.url} has suddenly lost nearly all its text; nothing is concluded from that."
        return Reading(complete=False, warnings=(lost,))
    after = Remembered(revision=_revision(before.revision, text.sentences), sentences=text.sentences)
    item = _revised(_item(source, text, after.revision), added, gone)
    # The one before is no candidate any more, also where it has not been shown.
    old = dataclasses.replace(_item(source, text, before.revision), unavailable=True)
    return Reading(items=(item, old), title=text.card.title or None, seen=remember, document=after.written())


def _item(source: Source, text: Text, revision: str) -> Item:
    """Return the document in one of its revisions, which is part of its identity."""
    return Item(
        url=source.url,
        key=f"{identity.key_of(source.url)}@{revision}",
        publisher_id=revision,
        title=text.card.title,
        summary=text.card.summary,
        language=source.language or text.card.language,
        published=text.card.published,
    )


def _revised(item: Item, added: Sequence[str], gone: Sequence[str]) -> Item:
    """Return the item as news: what was added, in the publisher's own words, else what was removed.

    It has no date: what a page claims as the day of its revision is often that of its first version.
    """
    updated, new, removed = _WORDS.get(item.language or "fi", _WORDS["en"])
    label, sentences = (new, added) if added else (removed, gone)
    return dataclasses.replace(
        item,
        title=f"{item.title} ({updated})" if item.title else "",
        summary=_quoted(label, sentences),
        published=None,
    )


def _quoted(label: str, sentences: Sequence[str]) -> str:
    text = f"{label}: {sentences[0]}"
    for sentence in sentences[1:]:
        if len(text) + 1 + len(sentence) > _LONGEST_CHANGE:
            break
        text += f" {sentence}"
    return text if len(text) <= _LONGEST_CHANGE else text[: _LONGEST_CHANGE - 1].rpartition(" ")[0] + "…"


def _changes(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the sentences that came and those that went; one that only moved did neither."""
    old, new = {_bare(one) for one in before}, {_bare(one) for one in after}
    return [one for one in after if _bare(one) not in old], [one for one in before if _bare(one) not in new]


def _bare(sentence: str) -> str:
    """Return the sentence without what a change of layout touches: case, blanks, hyphens of every kind."""
    return re.sub(r"[\W_]+", " ", sentence).strip().casefold()


def _revision(before: str, sentences: Collection[str]) -> str:
    """Return a name for this text after that revision: an old text that comes back is a revision too."""
    text = "\n".join([before, *sorted({_bare(one) for one in sentences})])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _remembered(written: str | None) -> Remembered | None:
    kept = json.loads(written) if written else {}
    if kept.get("way") != WAY:
        return None
    return Remembered(revision=kept["revision"], sentences=tuple(kept["sentences"]))


# In the child -----------------------------------------------------------------------------------------

_NOISE = (
    "script, style, noscript, template, nav, aside, form, button, iframe, dialog, [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=complementary], [role=search], "
    ".breadcrumb, .breadcrumbs"
)
_FRAME = "header, footer"
_BLOCKS = "ul, ol, dl, div, section, p, table"
_MOSTLY_LINKS = 0.8
_DATE = re.compile(
    r"\b\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4})?|\b\d{4}-\d{2}-\d{2}(?:[T ][\d:.+Z-]+)?"
    r"|\b\d{1,2}\.?\s+[^\W\d_]{3,14}\.?,?\s+\d{4}\b|\b[^\W\d_]{3,9}\.?\s+\d{1,2},\s+\d{4}\b|\b(?:klo|kl\.?|at)?\s*\d{1,2}[.:]\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b"
)
_LABEL = re.compile(
    r"\b(?:sivu|page|sidan|viimeksi|last|senast|tallennettu|päivit\w*|muokat\w*|julkais\w*|uppdat\w*|ändra\w*|"
    r"publicera\w*|updat\w*|modif\w*|revis\w*|publish\w*|on|at|by|av)\b",
    re.IGNORECASE,
)
_BESIDE_A_DATE = 3
"""Words on a line with a date beyond which it is a sentence; fewer are its label, a name, a department."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\W\d_a-zåäö]|[\"“”'(])")


def parse(document: Document, now: datetime) -> Text:
    """Return the page's main text and card; raises ParseError when it is no web page, or one without a text.

    Left out: navigation, lists of links, headers and footers of the site, forms, and lines that are a date.
    """
    described = card.parse(document, now)
    sentences = tuple(_sentences(prose.plain(_main(open_page(document)).html or "")))
    if not sentences:
        raise ParseError(f"{document.url} holds no text of its own; it may be made by scripts, or be a list of links.")
    return Text(card=described, sentences=sentences)


def _main(page: Page) -> LexborNode:
    root = page.tree.body or page.tree.root
    assert root is not None, "the parser gives every document a body"
    for node in page.tree.css(_NOISE):
        node.decompose()
    articles = page.tree.css("article")
    main = page.tree.css_first("main, [role=main]") or (articles[0] if len(articles) == 1 else None)
    if main is None:
        main = root
        for node in page.tree.css(_FRAME):
            node.decompose()
    for node in main.css(_BLOCKS):
        if node.parent is not None and _is_menu(node):
            node.decompose()
    return main


def _is_menu(node: LexborNode) -> bool:
    """Whether a block is links and hardly anything else."""
    links = [len(link.text(strip=True)) for link in node.css("a[href]")]
    return len(links) > 1 and sum(links) > _MOSTLY_LINKS * len(node.text(strip=True))


def _sentences(text: str) -> list[str]:
    found: dict[str, None] = {}
    for line in text.splitlines():
        if not _is_date_line(line):
            found.update(dict.fromkeys(one for one in _SENTENCE.split(line.strip()) if _bare(one)))
    return list(found)


def _is_date_line(line: str) -> bool:
    """Whether a line is a date with its label: "Sivu on päivitetty 3.11.2026 klo 12.30 / Maija Meikäläinen"."""
    rest, dates = _DATE.subn(" ", line)
    return "©" in line or (dates > 0 and len(re.findall(r"\w+", _LABEL.sub(" ", rest))) <= _BESIDE_A_DATE)
