"""Style sheets as far as colours need them: rules under their media, declarations, selectors by weight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_ENCLOSED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\([^()]*(?:\([^()]*\)[^()]*)*\))"""
_BRACES = re.compile(_ENCLOSED + r"|([{};])", re.DOTALL)
_ENDS = {end: re.compile(_ENCLOSED + f"|({end})", re.DOTALL) for end in ";,"}
_FEATURE = re.compile(r"\(\s*([\w-]+)\s*(?::\s*([^()]+?)\s*)?\)")
_LENGTH = re.compile(r"([\d.]+)(px|em|rem|pt|%)")
_STATES = re.compile(r"(?<!\\):(visited|hover|focus-visible|focus|active)(?![\w-])")
_LINK = re.compile(r"(?<!\\):(?:any-)?link(?![\w-])")
_ID, _CLASS, _TAG = (
    re.compile(r"#[\w-]+"),
    re.compile(r"\.[\w-]+|\[[^\]]*\]|:[\w-]+"),
    re.compile(r"(?:^|[\s>+~])[a-z]"),
)
PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "em": 16.0, "%": 0.16}
"""How many pixels a unit is where nothing else is set."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """One property with its value."""

    name: str
    value: str
    important: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """Declarations for one selector; ``state`` is "visited", "hover" …, '' for a rule that always holds."""

    selector: str
    state: str
    media: tuple[str, ...]
    declarations: tuple[Declaration, ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """How specific the selector is (Selectors 4, 17)."""
        selector = re.sub(r"\"[^\"]*\"", "", self.selector)
        states = 1 if self.state else 0
        return (
            len(_ID.findall(selector)),
            len(_CLASS.findall(selector)) + states,
            len(_TAG.findall(re.sub(r"\[[^\]]*\]", "", selector))),
        )


@dataclass(frozen=True, slots=True)
class Medium:
    """How a reader looks at the letter: ``scheme`` light or dark, ``width`` in pixels."""

    scheme: str
    width: int

    def shows(self, queries: tuple[str, ...]) -> bool:
        """Whether nested @media conditions all hold; what is not known here does not hold."""
        return all(any(map(self._matches, query.lower().split(","))) for query in queries)

    def _matches(self, query: str) -> bool:
        words = re.sub(r"\([^()]*\)", " ", query).split()
        kinds = [word for word in words if word not in {"and", "only", "not"}]
        holds = all(kind in {"all", "screen"} for kind in kinds)
        holds = holds and all(self._has(name, value) for name, value in _FEATURE.findall(query))
        return holds is not ("not" in words)

    def _has(self, name: str, value: str) -> bool:
        if name == "prefers-color-scheme":
            return value == self.scheme
        found = _LENGTH.match(value)
        if name in {"min-width", "max-width"} and found:
            pixels = float(found[1]) * PIXELS[found[2]]
            return self.width >= pixels if name == "min-width" else self.width <= pixels
        return False


@lru_cache(maxsize=16)  # every letter of a run has the same few
def rules(sheet: str) -> tuple[Rule, ...]:
    """Return the sheet's rules in their order, one for each selector; what is not understood is left out."""
    return tuple(_rules(_COMMENT.sub(" ", sheet), ()))


@lru_cache(maxsize=1024)
def declarations(block: str) -> tuple[Declaration, ...]:
    """Return what a ``style`` attribute, or the inside of a rule, sets."""
    found = []
    for text in _split(block):
        name, colon, value = text.partition(":")
        name = name.strip()
        if colon and name:
            value, mark, word = value.rpartition("!") if "!" in value else (value, "", "")
            important = bool(mark) and word.strip().lower() == "important"
            found.append(
                Declaration(name if name.startswith("--") else name.lower(), " ".join(value.split()), important)
            )
    return tuple(found)


def length(value: str, parent: float) -> float | None:
    """Return a size in pixels, ``parent``'s being what em and % refer to; None for a word."""
    found = _LENGTH.fullmatch(value.strip())
    if found is None:
        return None
    number, unit = float(found[1]), found[2]
    return number * parent * (0.01 if unit == "%" else 1) if unit in {"em", "%"} else number * PIXELS[unit]


def _rules(sheet: str, media: tuple[str, ...]) -> Iterator[Rule]:
    for prelude, block in _blocks(sheet):
        word = prelude.split(None, 1)[0].lower() if prelude else ""
        if word == "@media":
            yield from _rules(block, (*media, prelude[len("@media") :].strip()))
        elif word and not word.startswith("@"):
            inside = declarations(block)
            for selector in _split(prelude, ","):
                states = _STATES.findall(selector)
                stateless = _STATES.sub("", _LINK.sub("[href]", selector)).strip()
                yield Rule(stateless or "*", states[0] if states else "", media, inside)


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """Return what stands before each brace with what stands inside; statements such as @import have no inside."""
    depth, start, opened, prelude = 0, 0, 0, ""
    for found in _BRACES.finditer(sheet):
        match found[2]:
            case "{":
                if depth == 0:
                    prelude, opened = sheet[start : found.start()].strip(), found.end()
                depth += 1
            case "}" if depth:
                depth -= 1
                if depth == 0:
                    yield prelude, sheet[opened : found.start()]
                    start = found.end()
            case ";" if depth == 0:
                start = found.end()
            case _:
                pass


def _split(text: str, at: str = ";") -> list[str]:
    """Return the pieces between ``at``, where it stands outside quotes and brackets."""
    pieces, start = [], 0
    for found in _ENDS[at].finditer(text):
        if found[2]:
            pieces.append(text[start : found.start()])
            start = found.end()
    return [piece.strip() for piece in [*pieces, text[start:]] if piece.strip()]
