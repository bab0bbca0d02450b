"""HTML as tests look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser as HTMLParser

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["HTMLParser", "attributes", "first", "texts"]


def first(tree: HTMLParser, selector: str) -> LexborNode:
    """Return the first node that a selector finds; there must be one."""
    node = tree.css_first(selector)
    assert node is not None, selector
    return node


def texts(tree: HTMLParser, selector: str) -> list[str]:
    """Return the texts of what a selector finds, white space told as it is seen."""
    return [" ".join(node.text().split()) for node in tree.css(selector)]


def attributes(tree: HTMLParser, selector: str, name: str) -> list[str]:
    """Return an attribute of each node that a selector finds, '' where a node has none."""
    return [node.attributes.get(name) or "" for node in tree.css(selector)]
