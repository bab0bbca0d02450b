"""The editor's note: Markdown that a colleague wrote, as HTML that can do no harm and as plain text."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from pipeline import prose
from pipeline.render.engine import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.rules_core import StateCore

SCHEMES = frozenset({"http", "https", "mailto"})
"""Where a link may lead; any other stays the text that it is."""

_ALLOWED = {"p", "em", "strong", "a", "ul", "ol", "li", "br"}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_AFTER = ".,:;!?…'\u201d\u2019"
"""What ends a sentence and not an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note, said twice."""

    html: Markup
    """Paragraphs and lists of safe HTML."""
    text: str
    """The same as plain text in lines of at most 72 characters: links after what they are called, lists with dashes."""
    paragraphs: tuple[str, ...]
    """The same as plain text, a paragraph or a point of a list each, not broken into lines."""


def read(text: str) -> Note | None:
    """Return the note that a person wrote in Markdown; None for one that says nothing.

    Paragraphs, emphasis, links and lists; a heading, a picture, a table or HTML stays the text that it is.
    """
    tokens = _parser().parse(prose.lines(text))
    blocks = list(_blocks(tokens))
    if not blocks:
        return None
    parser = _parser()
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=_ALLOWED,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    return Note(
        html=Markup(html.strip()),  # noqa: S704  # nh3 has just cleaned it
        text="\n".join(line for block in blocks for line in block.lines()).strip("\n"),
        paragraphs=tuple(block.mark.lstrip() + block.text for block in blocks),
    )


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, or a point of a list behind its ``mark`` ("- ", "2. "); ``loose`` with a blank line before it."""

    text: str
    mark: str
    loose: bool

    def lines(self) -> Iterator[str]:
        if self.loose:
            yield ""
        for number, line in enumerate(self.text.split("\n")):
            yield from textwrap.wrap(
                line,
                WIDTH,
                initial_indent=self.mark if number == 0 else " " * len(self.mark),
                subsequent_indent=" " * len(self.mark),
                break_long_words=False,
                break_on_hyphens=False,
            )


def _blocks(tokens: Iterable[Token]) -> Iterator[_Block]:
    """Yield what is said, in its order."""
    marks: list[str] = []
    lists: list[int | None] = []
    fresh, first = "", True
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                start = token.attrGet("start")
                lists.append(None if token.type == "bullet_list_open" else int(start if start is not None else 1))
                first = True
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                first = True
            case "list_item_open":
                number = lists[-1]
                fresh = "- " if number is None else f"{number}. "
                lists[-1] = None if number is None else number + 1
                marks.append(" " * len(fresh))
            case "list_item_close":
                marks.pop()
            case "inline":
                said = _said(token.children or [])
                if prose.is_visible(said):
                    before = "".join(marks[:-1]) + (fresh or marks[-1]) if marks else ""
                    yield _Block(said, before, loose=not marks or (first and len(lists) == 1))
                    first = False
                fresh = ""
            case _:
                pass


def _said(children: Sequence[Token]) -> str:
    """Return the words of a paragraph; a link's address stands behind what it is called."""
    said: list[str] = []
    opened: list[tuple[int, str]] = []
    for token in children:
        match token.type:
            case "softbreak":
                said.append(" ")
            case "hardbreak":
                said.append("\n")
            case "link_open":
                opened.append((len(said), str(token.attrGet("href") or "")))
            case "link_close":
                start, href = opened.pop()
                name = "".join(said[start:])
                address = href.removeprefix("mailto:")
                if address not in {name, name.rstrip("/"), f"{name}/"}:
                    said.append(f" ({address})")
            case _:
                said.append(token.content)
    return "\n".join(" ".join(line.split()) for line in "".join(said).split("\n")).strip()


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False})
    parser.enable(["emphasis", "link", "autolink", "list", "escape", "newline"])
    parser.validateLink = _is_allowed  # type: ignore[method-assign]  # its own way to say which links are links
    parser.core.ruler.after("inline", "addresses", _link_addresses)
    return parser


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.netloc or parts.scheme == "mailto") and prose.clean(url) == url


def _link_addresses(state: StateCore) -> None:
    """Make links of the addresses that stand in the text as they are."""
    for token in state.tokens:
        if token.type != "inline" or not token.children:
            continue
        children: list[Token] = []
        depth = 0
        for child in token.children:
            depth += child.nesting if child.type in {"link_open", "link_close"} else 0
            children += [child] if depth or child.type != "text" else _linked(child.content, child.level)
        token.children = children


def _linked(text: str, level: int) -> Iterator[Token]:
    end = 0
    for found in _ADDRESS.finditer(text):
        url = found[0].rstrip(_AFTER)
        if url.endswith(")") and "(" not in url:
            url = url.rstrip(")").rstrip(_AFTER)
        if not _is_allowed(url):
            continue
        yield Token("text", "", 0, content=text[end : found.start()], level=level)
        yield Token("link_open", "a", 1, attrs={"href": url}, level=level)
        yield Token("text", "", 0, content=url, level=level + 1)
        yield Token("link_close", "a", -1, level=level)
        end = found.start() + len(url)
    yield Token("text", "", 0, content=text[end:], level=level)
