"""Put sources into the text of sources.yaml, take them out, rest and wake them: every other character stays.

Pure, over a text that loads without a mistake and has no byte order mark. What is put in follows the file's
own indentation, blank lines, line ends and, in a list written in [ ], that form. Whoever writes the result
reads it back and compares first (``rewriting``): an odd text may then be refused, but never be broken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pipeline.config.outline import KEY, Node, Outline, dash, line_above, line_end, line_start, next_line, outline

Entry: TypeAlias = Mapping[str, "str | int | bool | Sequence[str]"]
"""A source as it is to be written, its keys in this order; one with a ``url`` alone is written as a bare address."""

_ENABLED = "enabled"
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`](?:[^:#\n]|:(?=[^\s])|(?<=\S)#)*(?<![\s:])\Z")
_PLAIN_IN_FLOW = re.compile(r"[^\W\d_][\w ./-]*(?<! )\Z")
_READ_AS_MORE = re.compile(
    # What an editor takes for a number, a date, a switch or nothing (YAML 1.1 and 1.2).
    r"[-+.]?\d[\d_.:,eExXa-fA-F+-]*(?:[Tt ][\d:.Zz+ -]*)?|true|false|yes|no|on|off|y|n|null|~|\.nan|\.inf|<<|=",
    re.IGNORECASE,
)


class NotEditable(Exception):
    """There is no place for it; the text completes "the sources …"."""


def added(text: str, entries: Sequence[Entry]) -> str:
    """Return the text with more sources at the end of the list; nothing but lines is added to a block list."""
    there = outline(text)
    value = there.value
    newline = _newline(text)
    if value is not None and value.is_flow and (value.parts or not _is_bare(text, there, value)):
        return _added_in_flow(text, value, entries, newline)
    if value is not None and value.parts:
        return _added_to_list(text, value, entries, newline)
    if there.key is not None:
        assert value is not None
        if value.start != value.end:  # nothing is in it: "[]", "~" or "null"
            text = text[: value.start].rstrip(" ") + text[value.end :]
        place = next_line(text, there.key.end)
        return _with_lines(text, place, _lines(entries, there.key.column + 2, 2, blank=False), newline)
    return _with_section(text, there, entries, newline)


def _is_bare(text: str, there: Outline, value: Node) -> bool:
    """Whether a list in brackets stands on its key's line in a file without braces: nobody has put it into a form."""
    return there.root is not None and not there.root.is_flow and "\n" not in text[value.start : value.end]


def removed(text: str, number: int) -> str:
    """Return the text without one source and the comments inside it; those above it stay."""
    there = outline(text)
    value = there.value
    assert value is not None
    if value.is_flow:
        return _removed_in_flow(text, value.parts, number)
    start = line_start(text, dash(text, value, value.parts[number]))
    end = _end_of(text, value, value.parts[number])
    above = line_above(text, start)
    is_last = number == len(value.parts) - 1
    if number and not text[above:start].strip() and (is_last or not text[end : line_end(text, end)].strip()):
        start = above
    return text[:start] + text[end:]


def disabled(text: str, number: int) -> str:
    """Return the text with one source at rest."""
    there = outline(text)
    value = there.value
    assert value is not None
    entry = value.parts[number]
    switch = entry.value(_ENABLED)
    if switch is not None:
        return text[: switch.start] + "false" + text[switch.end :]
    if entry.is_flow or value.is_flow:
        return _disabled_in_flow(text, entry)
    place = next_line(text, entry.end)
    line = " " * entry.column + f"{_ENABLED}: false"
    if entry.is_mapping:
        return _with_lines(text, place, [line], _newline(text))
    with_line = _with_lines(text, place, [line], _newline(text))
    return with_line[: entry.start] + "url: " + with_line[entry.start :]


def enabled(text: str, number: int) -> str:
    """Return the text with one source awake again.

    A line that says nothing but ``enabled: false`` goes; where more stands on it, the word is changed.
    """
    value = outline(text).value
    assert value is not None
    entry = value.parts[number]
    switch = entry.value(_ENABLED)
    if switch is None:
        return text
    start, end = line_start(text, switch.start), line_end(text, switch.end)
    is_alone = re.fullmatch(rf" *{_ENABLED} *: *false *", text[start:end])
    if is_alone and not entry.is_flow:
        return text[:start] + text[next_line(text, end) :]
    return text[: switch.start] + "true" + text[switch.end :]


# A block list -----------------------------------------------------------------------------------------


def _added_to_list(text: str, value: Node, entries: Sequence[Entry], newline: str) -> str:
    last = value.parts[-1]
    place = _end_of(text, value, last)
    offset = _offset(text, value)
    blank = len(value.parts) > 1 and _is_airy(text, _end_of(text, value, value.parts[-2]), dash(text, value, last))
    return _with_lines(text, place, _lines(entries, value.column, offset, blank=blank), newline)


def _is_airy(text: str, start: int, end: int) -> bool:
    """Whether a line between two entries is blank."""
    return any(not line.strip() for line in text[start : line_start(text, end)].splitlines())


def _end_of(text: str, value: Node, entry: Node) -> int:
    """The line after an entry and the comments that are indented deeper than its dash right below it."""
    place = next_line(text, entry.end)
    while place < len(text):
        line = text[place : line_end(text, place)]
        bare = line.lstrip(" ")
        if not bare.startswith("#") or len(line) - len(bare) <= value.column:
            break
        place = next_line(text, place)
    return place


def _offset(text: str, value: Node) -> int:
    """How far behind its dash an entry begins in this file."""
    for entry in reversed(value.parts):
        if line_start(text, entry.start) == line_start(text, dash(text, value, entry)):
            return entry.column - value.column
    return 2


def _lines(entries: Sequence[Entry], column: int, offset: int, *, blank: bool) -> list[str]:
    found = []
    for entry in entries:
        begin, more = " " * column + "-".ljust(offset), " " * (column + offset)
        lines = [f"{key}: {_written(part)}" for key, part in entry.items()]
        if list(entry) == ["url"]:
            lines = [_written(entry["url"])]
        found.extend([""] if blank else [])
        found.extend((begin if number == 0 else more) + line for number, line in enumerate(lines))
    return found


def _with_lines(text: str, place: int, lines: Sequence[str], newline: str) -> str:
    """Return the text with whole lines put in at the beginning of a line, or at its end."""
    block = newline.join(lines)
    if place == len(text) and text and text[-1] not in "\r\n":
        return text + newline + block
    return text[:place] + block + newline + text[place:]


def _with_section(text: str, there: Outline, entries: Sequence[Entry], newline: str) -> str:
    if there.root is not None and there.root.is_flow:
        raise NotEditable(f'have no place yet; write "{KEY}: []" into the braces')
    lines = [f"{KEY}:", *_lines(entries, 2, 2, blank=False)]
    body = text if not text or text[-1] in "\r\n" else text + newline
    gap = [""] if body[line_above(body, len(body)) :].strip() else []
    return body + newline.join([*gap, *lines]) + newline


# A list in brackets -----------------------------------------------------------------------------------


def _added_in_flow(text: str, value: Node, entries: Sequence[Entry], newline: str) -> str:
    written = [_in_flow(entry) for entry in entries]
    if not value.parts:
        place = value.start + 1
        return text[:place] + ", ".join(written) + text[place:]
    last = value.parts[-1]
    start = line_start(text, last.start)
    own_line = not text[start : last.start].strip()
    glue = "," + (newline + text[start : last.start] if own_line else " ")
    return text[: last.end] + "".join(glue + each for each in written) + text[last.end :]


def _removed_in_flow(text: str, parts: Sequence[Node], number: int) -> str:
    if number:
        return text[: parts[number - 1].end] + text[parts[number].end :]
    end = parts[1].start if len(parts) > 1 else parts[0].end
    return text[: parts[0].start] + text[end:]


def _disabled_in_flow(text: str, entry: Node) -> str:
    if entry.is_mapping:
        place = entry.parts[-1].end
        return text[:place] + f", {_ENABLED}: false" + text[place:]
    address = text[entry.start : entry.end]
    quoted = address if address[0] in "\"'" else _quoted(address)
    return f"{text[: entry.start]}{{url: {quoted}, {_ENABLED}: false}}{text[entry.end :]}"


def _in_flow(entry: Entry) -> str:
    if list(entry) == ["url"]:
        return _written(entry["url"], is_flow=True)
    return "{" + ", ".join(f"{key}: {_written(part, is_flow=True)}" for key, part in entry.items()) + "}"


# Values -----------------------------------------------------------------------------------------------


def _written(part: str | int | bool | Sequence[str], *, is_flow: bool = False) -> str:  # noqa: FBT001  # a value, no switch
    """The value as YAML: plain where that is safe and an editor reads the same text, else in quotes."""
    match part:
        case bool():
            return "true" if part else "false"
        case int():
            return str(part)
        case str():
            plain = _PLAIN_IN_FLOW if is_flow else _PLAIN
            return part if plain.match(part) and not _READ_AS_MORE.fullmatch(part) else _quoted(part)
        case _:
            return "[" + ", ".join(_written(each, is_flow=True) for each in part) + "]"


def _quoted(text: str) -> str:
    """The text in single quotes, in which nothing but they themselves means anything."""
    return "'" + text.replace("'", "''") + "'"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
