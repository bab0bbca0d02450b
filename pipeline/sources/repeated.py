"""Find the block that repeats on a page of links, and the selectors that read it; runs in a child process."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from pipeline.model import Selectors
from pipeline.sources import dates, items
from pipeline.sources.page import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from pipeline.sources.page import Page

_FEWEST = 3
"""Elements that make a repetition."""
_MOST_NODES = 2_000
"""Links of a page that are looked at; a list that a person reads holds some hundreds."""
_DEEPEST = 7
"""Steps from a link up to the block that it stands in."""
_SHORTEST_TITLE = 12
"""Characters: what is shorter is mostly a menu's entry."""
_LONGEST_TITLE = 60
"""Beyond which a longer title says nothing more for a block."""
_MOSTLY = 0.6
_FRAME = "nav, header, footer, aside, form, script, style, template, [role=navigation], [aria-hidden=true], .breadcrumb"
_ROOTS = frozenset({"body", "html", "main"})
_HEADINGS = "h1, h2, h3, h4, h5, h6"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_À-ÖØ-öø-ÿ-]*\Z")
_TAG = re.compile(r"[a-z][a-z0-9-]*\Z")
"""What a selector can name: a broken page also has elements called "u<loc" and classes called "a²"."""
_MADE_UP = re.compile(
    r"\d{3,}|^css-|^sc-|^jsx-|^_|__[A-Za-z0-9]{5}$|^(?:is|has|js)-|-\d+$"
    r"|^(?:first|last|odd|even|active|row|col|container|grid|flex|block|inline|hidden|relative|absolute|rounded|shadow|border)$"
    r"|^(?:text|font|bg|flex|items|justify|border|rounded|shadow|leading|tracking|object|overflow)-[a-z]+$"
)
"""Class names that a build or a grid makes: they say little, and go with the next release."""
_TELLING = re.compile(r"teaser|card|article|post|news|entry|item|uuti|blog|artik", re.IGNORECASE)
_TITLE = re.compile(r"title|label|heading|headline|otsikko|rubrik|name", re.IGNORECASE)
_LEAD = re.compile(r"lead|ingress|excerpt|summary|descr|intro|teaser__text|kuvaus", re.IGNORECASE)
_DATE = re.compile(r"date|time|pvm|aika|julk|publi|datum", re.IGNORECASE)
_SAYING = re.compile(f"{_TITLE.pattern}|{_LEAD.pattern}|{_DATE.pattern}", re.IGNORECASE)
_NEXT = re.compile(r"(?:^|[-_])next(?:$|[-_])|seuraava", re.IGNORECASE)
_LEAST_LEAD = 30
_LONGEST_DATE = 40
"""Characters of an element that is a date and nothing else: "Julkaistu 3. marraskuuta 2017 klo 12.30"."""
_TEXTS = frozenset({"b", "div", "em", "footer", "i", "p", "small", "span", "strong", "td"})
_NUMERIC = re.compile(r"\D{0,20}\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\D{0,10}")
_CONTENT = frozenset({"article", "li", "main"})
"""What may have a header and a footer of its own, which are no frame of the page."""


@dataclass(frozen=True, slots=True)
class _Block:
    selector: str
    nodes: tuple[LexborNode, ...]
    score: float
    depth: int


def propose(page: Page, now: datetime) -> Selectors | None:
    """Return selectors for the list of links that the page is about, or None where nothing repeats.

    The best block has many elements, each with a link of its own and a title of some length; among
    equals the outermost, which holds lead and date too. The page's menus, header and footer do not count.
    """
    frame = {node.mem_id for node in page.tree.css(_FRAME) if not _is_content(node)}
    blocks = [
        block
        for selector, nodes in _candidates(page, frame).items()
        if (block := _judged(selector, nodes, page)) is not None
    ]
    if not blocks:
        return None
    best = max(
        blocks,
        key=lambda block: (
            round(block.score),
            -block.depth,
            _telling(block.selector),
            -len(block.selector),
        ),
    )
    nodes = best.nodes
    link = _link_selector(nodes)
    return Selectors(
        item=best.selector,
        link=link,
        title=_title_selector(nodes, link),
        lead=_part(nodes, _is_lead),
        date=_date_selector(nodes, now),
        next=_next_selector(page),
    )


def _telling(selector: str) -> int:
    """How much a selector says to a person: a class named after what it is, then ``article``, then any other."""
    return 2 if selector.startswith(".") and _TELLING.search(selector) else int(selector == "article")


def _candidates(page: Page, frame: set[int]) -> dict[str, list[LexborNode]]:
    """Return elements around links outside the frame, by every selector that may be meant for them."""
    found: defaultdict[str, dict[int, LexborNode]] = defaultdict(dict)
    here = page.url.partition("#")[0]
    for anchor in page.tree.css("a[href]")[:_MOST_NODES]:
        url = items.link((anchor.attributes.get("href"),), page.base)
        if url is None or url.partition("#")[0] == here or _is_in(anchor, frame):
            continue
        node: LexborNode | None = anchor
        for _ in range(_DEEPEST):
            if node is None or node.tag in _ROOTS:
                break
            for selector in _selectors(node):
                found[selector][node.mem_id] = node
            node = node.parent
    return {selector: list(nodes.values()) for selector, nodes in found.items() if len(nodes) >= _FEWEST}


def _selectors(node: LexborNode) -> Iterator[str]:
    for name in _classes(node):
        yield f".{name}"
    if node.tag == "article":
        yield "article"
    if (
        node.tag in {"li", "tr", "div", "section", "article", "p", "h2", "h3", "h4", "dt", "a"}
        and node.parent is not None
    ):
        yield f"{_place(node.parent)} > {node.tag}"


def _place(node: LexborNode, above: int = 4) -> str:
    """Return a selector for what an element stands in: an id, a class, or its tag and those ``above`` it."""
    identifier = node.attributes.get("id") or ""
    if _NAME.match(identifier) and not _MADE_UP.search(identifier):
        return f"#{identifier}"
    classes = list(_classes(node))
    if classes:
        return f".{classes[0]}"
    tag = str(node.tag) if _TAG.match(str(node.tag)) else "*"
    if tag in {"main", "body"} or node.parent is None or not above:
        return tag
    return f"{_place(node.parent, above - 1)} > {tag}"


def _classes(node: LexborNode) -> Iterator[str]:
    for name in (node.attributes.get("class") or "").split():
        if _NAME.match(name) and not _MADE_UP.search(name):
            yield name


def _is_content(node: LexborNode) -> bool:
    """Whether it is the header or footer of one article, not of the page."""
    above = node.parent if node.tag in {"header", "footer"} else None
    while above is not None and above.tag not in _CONTENT:
        above = above.parent
    return above is not None


def _is_in(node: LexborNode, frame: set[int]) -> bool:
    above: LexborNode | None = node
    while above is not None:
        if above.mem_id in frame:
            return True
        above = above.parent
    return False


def _judged(selector: str, nodes: Sequence[LexborNode], page: Page) -> _Block | None:
    """Return how good a block the elements of one selector are; None where they are none.

    The selector is to match nothing else on the page, in its frame for instance, or hardly anything.
    """
    matched = page.tree.css(selector)
    if len(nodes) < _MOSTLY * len(matched):
        return None
    inside = {node.mem_id for node in nodes}
    if any(node.parent is not None and _is_in(node.parent, inside) for node in nodes):
        return None
    urls: set[str] = set()
    lengths = []
    for node in nodes:
        anchor = _anchor(node)
        url = items.link((anchor.attributes.get("href"),), page.base) if anchor is not None else None
        if url is None or url in urls or anchor is None:
            continue
        urls.add(url)
        heading = node.css_first(_HEADINGS)
        lengths.append(min(len(one_line((heading or anchor).text())), _LONGEST_TITLE))
    if len(urls) < max(_FEWEST, _MOSTLY * len(nodes)) or median(lengths) < _SHORTEST_TITLE:
        return None
    with_heading = sum(1 for node in nodes if node.css_first(_HEADINGS) is not None) / len(nodes)
    score = sum(length for length in lengths if length >= _SHORTEST_TITLE) * (1 + with_heading)
    return _Block(selector, tuple(nodes), score, _depth(nodes[0]))


def _depth(node: LexborNode) -> int:
    depth = 0
    while node.parent is not None:
        node, depth = node.parent, depth + 1
    return depth


def _anchor(node: LexborNode) -> LexborNode | None:
    """Return the link that an element is about: itself, its heading's, else its first."""
    if node.tag == "a":
        return node
    heading = node.css_first(_HEADINGS)
    own = heading.css_first("a[href]") if heading is not None else None
    return own or node.css_first("a[href]")


def _link_selector(nodes: Sequence[LexborNode]) -> str | None:
    """Return a selector where the first link of the elements is not the one that they are about."""
    apart = [
        (node, anchor)
        for node in nodes
        if (anchor := _anchor(node)) is not None
        and node.tag != "a"
        and (first := node.css_first("a[href]")) is not None
        and first.attributes.get("href") != anchor.attributes.get("href")
    ]
    if len(apart) <= (1 - _MOSTLY) * len(nodes):
        return None
    headings = Counter(heading.tag for node, _ in apart if (heading := node.css_first(_HEADINGS)) is not None)
    return f"{headings.most_common(1)[0][0]} a"


def _title_selector(nodes: Sequence[LexborNode], link: str | None) -> str | None:
    """Return a selector where the link's own text is not the title alone."""
    if link is not None:
        return None
    headings: Counter[str] = Counter()
    for node in nodes:
        anchor, heading = _anchor(node), node.css_first(_HEADINGS)
        if heading is None or anchor is None:
            continue
        if anchor.css_first(_HEADINGS) is None and one_line(heading.text()) != one_line(anchor.text()):
            headings[str(heading.tag)] += 1
    if headings and headings.total() > _MOSTLY * len(nodes):
        return headings.most_common(1)[0][0]
    if sum(1 for node in nodes if node.css_first(_HEADINGS)) > _MOSTLY * len(nodes):
        return None
    return _part(nodes, lambda node: any(_TITLE.search(name) for name in _classes(node)) and node.tag != "a")


def _part(nodes: Sequence[LexborNode], fits: Callable[[LexborNode], bool]) -> str | None:
    """Return the class or tag that finds, in most of the elements, the first part that ``fits`` accepts."""
    found: Counter[str] = Counter()
    for node in nodes:
        for part in node.css("*"):
            if part.mem_id != node.mem_id and fits(part):
                found.update(_finding(part, node))
                break
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] >= _MOSTLY * len(nodes) else None


def _finding(part: LexborNode, node: LexborNode) -> Iterator[str]:
    """Yield the first of the part's classes, the telling ones before others, or its tag, that finds it in ``node``."""
    tag = str(part.tag)
    classes = sorted(_classes(part), key=lambda name: not _SAYING.search(name))
    for selector in (*(f".{name}" for name in classes), *([tag] if _TAG.match(tag) else [])):
        first = node.css_first(selector)
        if first is not None and first.mem_id == part.mem_id:
            yield selector
            return


def _is_lead(node: LexborNode) -> bool:
    """Whether it is a text of some length, and not the one that holds the title's link."""
    is_text = node.tag == "p" or any(_LEAD.search(name) for name in _classes(node))
    if not is_text or node.tag in {"a", "time"}:
        return False
    linked = sum(len(one_line(link.text())) for link in node.css("a[href]"))
    return len(one_line(node.text())) - linked >= _LEAST_LEAD


def _date_selector(nodes: Sequence[LexborNode], now: datetime) -> str | None:
    """Return where the date stands, unless the one ``<time datetime>`` of each element says it by itself."""
    if sum(1 for node in nodes if len(node.css("time[datetime]")) == 1) >= _MOSTLY * len(nodes):
        return None

    def is_date(node: LexborNode) -> bool:
        text = one_line(node.text())
        if node.tag != "time" and not any(_DATE.search(name) for name in _classes(node)):
            return len(text) <= _LONGEST_DATE and node.tag in _TEXTS and _NUMERIC.fullmatch(text) is not None
        return dates.machine(text, now) is not None or dates.spoken(text, now) is not None

    return _part(nodes, is_date)


def _next_selector(page: Page) -> str | None:
    """Return the link to the next page where it is not marked as such (``rel=next``)."""
    if page.tree.css_first("a[rel~=next][href], link[rel~=next][href]") is not None:
        return None
    for anchor in page.tree.css("a[href]")[:_MOST_NODES]:
        for name in _classes(anchor):
            if _NEXT.search(name):
                return f"a.{name}"
        for name in _classes(anchor.parent) if anchor.parent is not None else ():
            if _NEXT.search(name):
                return f".{name} a"
    return None
