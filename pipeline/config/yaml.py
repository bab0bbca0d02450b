"""The text of a YAML file as plain values and their places, without any of YAML's own surprises.

Built on libyaml's events, so that aliases (bombs), depth and repeated keys are judged before
anything is composed: PyYAML's C composer crashes on 50,000 brackets, Python's runs out of stack.
Every scalar stays the text that stands in the file: ``no`` is no boolean, ``010`` no 8, ``12:30`` no 750.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from _ruamel_yaml import (  # type: ignore[import-not-found]  # a C module without stubs
    CParser,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.error import MarkedYAMLError

from pipeline.config.problems import Mark, Problem, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BYTES = 16 * 2**20
DEEPEST = 16
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""Among them three that YAML 1.1 takes for the end of a line, and nobody sees: what follows a # is none then."""

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
"""A scalar's text, None for a value that is not there (``key:``, ``~``, ``null``), a list or a mapping."""


@dataclass(slots=True)
class Place:
    """Where a list or a mapping stands, and its parts; of a scalar there is only the mark.

    ``keys`` are the places of a mapping's keys themselves. ``refused`` are the keys whose value has
    been reported already and is not among the values.
    """

    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)
    parts: dict[str | int, Place | Mark] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)

    def at(self, path: Sequence[str | int]) -> Place:
        """The place of the value at the end of the path, or of the nearest one that is there."""
        place = self
        for step in path:
            if step not in place.parts:
                break
            part = place.parts[step]
            place = part if isinstance(part, Place) else Place(part)
        return place

    def key(self, path: Sequence[str | int]) -> Mark:
        """The mark of the last key of the path, or of the nearest value that is there."""
        place = self.at(path[:-1])
        key = path[-1] if path else None
        return place.keys[key] if isinstance(key, str) and key in place.keys else self.at(path).mark


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: ``value`` and the places of all of it, and what had to be refused."""

    value: Value
    place: Place
    problems: tuple[Problem, ...] = ()


def decoded(body: bytes) -> str | Problem:
    """The file's text (UTF-8, with or without a byte order mark), or why it is none."""
    if len(body) > MOST_BYTES:
        return Problem(Mark(1, 1), f"the file is larger than {MOST_BYTES // 2**20} MiB; that is no list of sources")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8-sig", "replace")
        return Problem(_end_of(before), "the file is not UTF-8 from here on; save it with that encoding")
    if found := _UNREADABLE.search(text):
        return Problem(_end_of(text[: found.start()]), f"{unreadable(found[0])}; delete it")
    return text


def unreadable(text: str) -> str:
    """``an invisible control character (U+001B)`` that the text holds, or ''."""
    found = _UNREADABLE.search(text)
    return f"an invisible control character (U+{ord(found[0]):04X})" if found else ""


def read(text: str) -> Document:
    """Read one YAML document.

    The problems hold everything that this floor refuses. After a mistake of syntax nothing can be
    known of the rest, so ``value`` is then None.
    """
    composer = _Composer(text)
    try:
        value, place = composer.document()
    except MarkedYAMLError as error:
        composer.problems.append(_syntax(error, text))
    except _TooDeep as error:
        composer.problems.append(
            Problem(error.mark, f"nested more than {DEEPEST} levels deep; nothing here needs more than five")
        )
    else:
        return Document(value, place, tuple(composer.problems))
    return Document(None, Place(Mark(1, 1)), tuple(composer.problems))


_tuple = tuple.__new__  # what a NamedTuple's own way does, in half its time; a file of 1,000 sources has 18,000 marks


class _TooDeep(Exception):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


class _Refused:
    """Stands for a value that has been reported."""


_REFUSED = _Refused()


class _Composer:
    """Builds values and places from the events of one stream, in one pass."""

    def __init__(self, text: str) -> None:
        self._events = CParser(text)
        self.problems: list[Problem] = []

    def document(self) -> tuple[Value, Place]:
        """The first document; a second one is refused."""
        value: Value | _Refused = None
        place: Place | Mark = Mark(1, 1)
        documents = 0
        while not isinstance(event := self._events.get_event(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document begins here; keep everything in one, without this ---")
                    break
                value, place = self._compose(self._events.get_event(), 1)
        return (None if isinstance(value, _Refused) else value), place if isinstance(place, Place) else Place(place)

    def _compose(self, event: Any, depth: int) -> tuple[Value | _Refused, Place | Mark]:  # noqa: ANN401 - no stubs
        value: Value | _Refused
        place: Place | Mark
        mark = _mark(event)
        if depth > DEEPEST:
            raise _TooDeep(mark)
        match event:
            case ScalarEvent():
                value, place = _scalar(event), mark
            case SequenceStartEvent():
                value, place = self._sequence(mark, depth)
            case MappingStartEvent():
                value, place = self._mapping(mark, depth)
            case _:
                name = shown("*" + event.anchor)
                advice = "write the value out, or put a text that begins with * in quotes"
                self._refuse(event, f"{name} is an alias, and those are not used here; {advice}")
                return _REFUSED, mark
        if event.tag not in {None, "!"}:
            self._refuse(event, f"tags such as {shown(event.tag)} are not used here; write the value alone")
            return _REFUSED, mark
        return value, place

    def _sequence(self, mark: Mark, depth: int) -> tuple[list[Value], Place]:
        values: list[Value] = []
        place = Place(mark)
        while not isinstance(event := self._events.get_event(), SequenceEndEvent):
            value, part = (_scalar(event), _mark(event)) if _is_plain(event) else self._compose(event, depth + 1)
            if not isinstance(value, _Refused):
                place.parts[len(values)] = part
                values.append(value)
        return values, place

    def _mapping(self, mark: Mark, depth: int) -> tuple[dict[str, Value], Place]:
        values: dict[str, Value] = {}
        place = Place(mark)
        while not isinstance(event := self._events.get_event(), MappingEndEvent):
            key = _scalar(event) if _is_plain(event) else self._compose(event, depth + 1)[0]
            held = self._events.get_event()
            value, part = (_scalar(held), _mark(held)) if _is_plain(held) else self._compose(held, depth + 1)
            if not isinstance(key, str):
                if not isinstance(key, _Refused):
                    self._refuse(event, 'a key must be one word, as in "language: fi"')
            elif key in place.keys:
                first = place.keys[key].line
                self._refuse(event, f"{shown(key)} stands here twice, first on line {first}; keep one of them")
            else:
                place.keys[key] = _mark(event)
                if isinstance(value, _Refused):
                    place.refused.add(key)
                else:
                    values[key] = value
                    place.parts[key] = part
        return values, place

    def _refuse(self, event: Any, text: str) -> None:  # noqa: ANN401 - no stubs
        self.problems.append(Problem(_mark(event), text))


def _is_plain(event: Any) -> bool:  # noqa: ANN401 - no stubs
    """Whether this is a scalar without a tag, as nearly all are: it is taken without ``_compose``, a third faster."""
    return type(event) is ScalarEvent and event.ctag is None


def _scalar(event: Any) -> Value:  # noqa: ANN401 - no stubs
    text: str = event.value
    # Only an unquoted one: "~" in quotes is a text. implicit[0] is libyaml's word for plain.
    return None if event.implicit[0] and text in {"", "~", "null", "Null", "NULL"} else text


_BEHIND = "did not find expected key behind a value"
_ADVICE = (
    # (libyaml's words, the first character there or '', what to tell a person)
    ("cannot start any token", "\t", "a tab stands here; indent with spaces"),
    ("cannot start any token", "", 'a text that begins with "{}" needs quotes around it'),
    ("alphabetic or numeric character", "", 'a text that begins with "*" or "&" needs quotes around it'),
    (
        "mapping values are not allowed",
        "",
        'a second ": " here: put a text with ": " in quotes, or mend the indentation',
    ),
    ("unexpected end of stream", "", "a quotation mark is opened but never closed"),
    ("unknown escape character", "", "a backslash inside \"…\" means something else in YAML; use '…' instead"),
    (
        "did not find expected ',' or ']'",
        "",
        'a list that begins with "[" is not closed here; a comma or "]" is missing',
    ),
    (
        "did not find expected ',' or '}'",
        "",
        'a group that begins with "{{" is not closed here; a comma or "}}" is missing',
    ),
    ("did not find expected node content", "", 'what begins with "[" or "{{" above is not closed here'),
    ("did not find expected '-' indicator", "", 'a "-" is expected here, in the same column as the entries above'),
    (_BEHIND, "", "this stands behind a value that has ended; put the whole text into one pair of quotes"),
    ("did not find expected key", "", "this line is not indented like the lines around it"),
    ("found unexpected ':'", "", 'inside [ ] or {{ }} a text with ":" needs quotes, such as "https://…"'),
    (
        "block sequence entries are not allowed",
        "",
        'a list begins on a line of its own; a text that begins with "- " needs quotes',
    ),
    ("found a tab character", "", "a tab stands here; indent with spaces"),
    ("could not find expected ':'", "", 'a ":" is missing: write "key: value"'),
)


def _syntax(error: MarkedYAMLError, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    here = line[place.column - 1 : place.column]
    words = error.problem or "no YAML"
    if commented := _commented(error, lines):
        return commented
    if words == "did not find expected key" and line[: place.column - 1].strip():
        words = _BEHIND
    for known, begins, advice in _ADVICE:
        if known in words and here.startswith(begins):
            return Problem(_opening(error, place), advice.format(here))
    return Problem(place, f"this is no YAML ({words}); look at the line above as well")


def _commented(error: MarkedYAMLError, lines: list[str]) -> Problem | None:
    """What stands where a group inside { } or [ ] is not closed because a "#" took its end for a comment."""
    begun = error.context_mark
    if begun is None or "did not find expected ',' or" not in (error.problem or ""):
        return None
    found = re.compile(r"[:,\[{]\s+(#\w+)").search(lines[begun.line], begun.column)
    if not found:
        return None
    place = Mark(begun.line + 1, found.start(1) + 1)
    return Problem(place, f'a comment begins with this "#"; put the text in quotes: "{found[1]}"')


def _opening(error: MarkedYAMLError, place: Mark) -> Mark:
    """An unclosed quotation mark is found at the file's end, but its beginning is what helps."""
    begun = error.context_mark
    if error.problem == "found unexpected end of stream" and begun is not None:
        return Mark(begun.line + 1, begun.column + 1)
    return place


def _mark(event: Any) -> Mark:  # noqa: ANN401 - no stubs
    start = event.start_mark
    return _tuple(Mark, (start.line + 1, start.column + 1))


def _end_of(text: str) -> Mark:
    return Mark(text.count("\n") + 1, len(text) - text.rfind("\n"))
