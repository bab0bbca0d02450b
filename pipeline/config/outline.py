"""Where the sources stand in the text of sources.yaml, character by character, so that text can be put in or taken out.

Only for a text that ``yaml.read`` found nothing wrong with: depth, aliases and repeated keys are judged there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003  # a tuple's own annotations
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from _ruamel_yaml import (  # type: ignore[import-not-found]  # a C module without stubs
    CParser,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

KEY = "sources"
_LINE_ENDS = "\r\n"


class Node(NamedTuple):
    """A value with its place: ``start`` is its first character, ``end`` the one behind its last.

    A block list or mapping ends with its last value: comments and blank lines behind it belong to nobody.
    ``column`` is that of ``start``. ``keys`` are a mapping's keys, ``parts`` its values or a list's.
    A tuple, since a file of 1,000 sources has 12,000: 15 ms instead of 35.
    """

    start: int
    end: int
    column: int
    text: str | None = None
    is_flow: bool = False
    keys: Mapping[str, Node] = MappingProxyType({})
    parts: Sequence[Node] = ()

    @property
    def is_mapping(self) -> bool:
        """Whether this is a group of keys."""
        return self.text is None and bool(self.keys)

    def value(self, key: str) -> Node | None:
        """The value of a mapping's key."""
        return self.parts[list(self.keys).index(key)] if key in self.keys else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole document, as far as sources matter.

    ``root`` None: there is nothing but comments. ``key`` and ``value`` are the key ``sources`` and what
    stands behind it; both None where the file has no such section.
    """

    root: Node | None
    key: Node | None = None
    value: Node | None = None

    @property
    def entries(self) -> Sequence[Node]:
        """The entries of the list, in order."""
        return self.value.parts if self.value is not None else ()


def outline(text: str) -> Outline:
    """Return where everything is; ``text`` has no byte order mark."""
    events = CParser(text)
    events.get_event()  # the stream's beginning
    if not type(events.get_event()).__name__.startswith("DocumentStart"):
        return Outline(root=None)
    root = _node(events, events.get_event(), text)
    if root.text is not None and root.start == root.end:
        return Outline(root=None)
    return Outline(root=root, key=root.keys.get(KEY), value=root.value(KEY))


def line_start(text: str, index: int) -> int:
    """The first character of the line that ``index`` is in."""
    while index and text[index - 1] not in _LINE_ENDS:
        index -= 1
    return index


def line_end(text: str, index: int) -> int:
    """The end of the line that ``index`` is in: its line break, or the text's end."""
    while index < len(text) and text[index] not in _LINE_ENDS:
        index += 1
    return index


def next_line(text: str, index: int) -> int:
    """The first character of the line after the one that ``index`` is in, or the text's end."""
    end = line_end(text, index)
    return end + (2 if text.startswith("\r\n", end) else min(1, len(text) - end))


def line_above(text: str, start: int) -> int:
    """The first character of the line before the one that begins at ``start``."""
    return line_start(text, max(0, start - (2 if text.endswith("\r\n", 0, start) else 1)))


def dash(text: str, entries: Node, entry: Node) -> int:
    """The place of the "-" before an entry of a block list."""
    start = line_start(text, entry.start)
    place = start + entries.column
    while text[place : place + 1] != "-" or text[start:place].strip(" "):
        start = line_above(text, start)
        place = start + entries.column
    return place


def _node(events: Any, event: Any, text: str) -> Node:  # noqa: ANN401  # no stubs
    mark = event.start_mark
    start, column = mark.index, mark.column
    if isinstance(event, ScalarEvent):
        end = event.end_mark.index
        if event.style in {"|", ">"}:  # libyaml ends it where the next value begins
            end = start + len(text[start:end].rstrip())
        return Node(start, end, column, event.value)
    keys: dict[str, Node] = {}
    parts: list[Node] = []
    if isinstance(event, MappingStartEvent):
        while not isinstance(closing := events.get_event(), MappingEndEvent):
            key = _node(events, closing, text)
            keys[str(key.text)] = key
            parts.append(_node(events, events.get_event(), text))
    else:
        assert isinstance(event, SequenceStartEvent)
        while not isinstance(closing := events.get_event(), SequenceEndEvent):
            parts.append(_node(events, closing, text))
    end = closing.end_mark.index if event.flow_style else max([start, *(part.end for part in parts)])
    return Node(start=start, end=end, column=column, is_flow=bool(event.flow_style), keys=keys, parts=tuple(parts))
