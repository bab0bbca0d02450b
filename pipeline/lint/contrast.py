"""Whether every text can be told from what it stands on, computed from inline and media style sheets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from selectolax.lexbor import SelectolaxError

from pipeline.colours import LEAST, contrast
from pipeline.lint import css

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from pipeline.lint.css import Declaration, Medium, Rule

Colour: TypeAlias = tuple[float, float, float, float]
"""Red, green and blue from 0 to 255, alpha from 0 to 1."""

LEAST_LARGE = 3.0
"""The contrast that large text needs (WCAG 2.1, 1.4.3): 24 pixels, or 18.66 in bold."""
_LARGE, _LARGE_BOLD, _BOLD = 24.0, 18.66, 700

MEDIA = tuple(css.Medium(scheme, width) for width in (800, 320) for scheme in ("light", "dark"))

_TELLING = ("style", "bgcolor", "color", "hidden")
_SILENT = frozenset({"head", "style", "script", "title", "template", "noscript"})
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "sup": 0.83, "sub": 0.83}
_HEAVY = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "th"})
_NAMES = {
    "transparent": "#00000000", "black": "#000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080",
    "white": "#fff", "maroon": "#800000", "red": "#f00", "purple": "#800080", "fuchsia": "#f0f", "magenta": "#f0f",
    "green": "#008000", "lime": "#0f0", "olive": "#808000", "yellow": "#ff0", "navy": "#000080", "blue": "#00f",
    "teal": "#008080", "aqua": "#0ff", "cyan": "#0ff", "orange": "#ffa500", "darkgray": "#a9a9a9",
    "darkgrey": "#a9a9a9", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3", "whitesmoke": "#f5f5f5",
    "canvas": "#fff", "canvastext": "#000",
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(r"rgba?\(([^()]+)\)")
_TOKEN = re.compile(r"#[0-9a-fA-F]+\b|rgba?\([^()]+\)|[a-zA-Z]+(?![\w(-])")
_VAR = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,([^()]*(?:\([^()]*\))?[^()]*))?\)")
_FONT_SIZE = re.compile(r"(?:^|\s)([\d.]+(?:px|em|rem|pt|%))")
_MATTERS = frozenset(
    {
        "color",
        "background",
        "background-color",
        "color-scheme",
        "font",
        "font-size",
        "font-weight",
        "display",
        "visibility",
    }
)
_KEPT = frozenset({"inherit", "unset", "revert", "revert-layer"})


@dataclass(frozen=True, slots=True)
class Faint:
    """A text whose ``ratio`` is below ``least``; ``where`` is the element, ``scheme`` how the reader looks at it."""

    text: str
    where: str
    colour: str
    ground: str
    ratio: float
    least: float
    scheme: str


@dataclass(frozen=True, slots=True)
class _Style:
    """What an element hands down to what stands in it."""

    colour: Colour
    ground: Colour
    size: float
    bold: bool
    hidden: bool
    custom: dict[str, str]


def faint(tree: LexborHTMLParser) -> list[Faint]:
    """Return the texts of a page that are too faint, each pair of colours once for each kind of element."""
    sheets = [rule for node in tree.css("style") for rule in css.rules(node.text()) if _matters(rule)]
    states = sorted({rule.state for rule in sheets if rule.state})
    found: dict[tuple[str, str, str], Faint] = {}
    judged = set()
    for medium in MEDIA:
        shown = tuple(rule for rule in sheets if medium.shows(rule.media))
        for state in ("", *states):
            held = tuple(rule for rule in shown if rule.state in {"", state})
            if (medium.scheme, held) in judged:
                continue
            judged.add((medium.scheme, held))
            for one in _Page(tree, held, medium).faint():
                label = " and ".join(filter(None, (medium.scheme, state)))
                found.setdefault((one.where, one.colour, one.ground), replace(one, scheme=label))
    return list(found.values())


def _matters(rule: Rule) -> bool:
    return any(one.name in _MATTERS or one.name.startswith("--") for one in rule.declarations)


class _Page:
    """A document as one reader's program shows it."""

    def __init__(self, tree: LexborHTMLParser, rules: Sequence[Rule], medium: Medium) -> None:
        self._tree = tree
        self._medium = medium
        self._set: dict[int, list[tuple[tuple[int, ...], Declaration]]] = {}
        for order, rule in enumerate(rules):
            for node in _selected(tree, rule.selector):
                weighed = [((int(d.important), 0, *rule.weight, order), d) for d in rule.declarations]
                self._set.setdefault(node.mem_id, []).extend(weighed)
        self._alike: dict[tuple[object, ...], tuple[_Style, _Style]] = {}

    def faint(self) -> Iterator[Faint]:
        root = self._tree.root
        if root is None:
            return
        is_dark = self._medium.scheme == "dark" and self._takes_dark(root)
        canvas, ink = ((18.0, 18.0, 18.0, 1.0), (255.0, 255.0, 255.0, 1.0)) if is_dark else (WHITE, BLACK)
        self._link = _colour("#9e9eff") if is_dark else _colour("#0000ee")
        pending = [(root, _Style(ink, canvas, css.PIXELS["rem"], bold=False, hidden=False, custom={}))]
        while pending:
            node, outside = pending.pop()
            if node.tag in _SILENT:
                continue
            style = self._style(node, outside)
            if style.hidden:
                continue
            inside = []
            for child in node.iter(include_text=True):
                if child.tag == "-text":
                    words = " ".join((child.text_content or "").split())
                    if words and (one := _judged(words, node, style)):
                        yield one
                else:
                    inside.append((child, style))
            pending.extend(reversed(inside))

    def _takes_dark(self, root: LexborNode) -> bool:
        said = [node.attributes.get("content") or "" for node in self._tree.css('meta[name="color-scheme"]')]
        said += [declaration.value for _, declaration in self._sorted(root) if declaration.name == "color-scheme"]
        return any("dark" in words for words in said)

    def _sorted(self, node: LexborNode) -> list[tuple[tuple[int, ...], Declaration]]:
        """Return what is set on an element, what wins last."""
        own = self._set.get(node.mem_id, [])
        if inline := node.attributes.get("style"):
            own = own + [((int(d.important), 1), d) for d in css.declarations(inline)]
        return sorted(own, key=lambda pair: pair[0])

    def _style(self, node: LexborNode, outside: _Style) -> _Style:
        """Return an element's style; the hundreds of items of a letter share a handful."""
        attributes = node.attributes
        told = tuple((name, attributes[name]) for name in _TELLING if name in attributes)
        rules = tuple(weight for weight, _ in self._set.get(node.mem_id, []))
        alike = (id(outside), node.tag, "href" in attributes, told, rules)
        if alike not in self._alike:
            self._alike[alike] = (self._computed(node, outside), outside)
        return self._alike[alike][0]

    def _computed(self, node: LexborNode, outside: _Style) -> _Style:
        attributes = node.attributes
        set_: dict[str, str] = {}
        if ground := attributes.get("bgcolor"):
            set_["background-color"] = ground
        if node.tag == "font" and (ink := attributes.get("color")):
            set_["color"] = ink
        for _, declaration in self._sorted(node):
            name = "background-color" if declaration.name == "background" else declaration.name
            set_[name] = declaration.value
        custom = {name: value for name, value in set_.items() if name.startswith("--")}
        variables = {**outside.custom, **custom} if custom else outside.custom
        said = {name: _resolved(value, variables) for name, value in set_.items() if name not in custom}
        colour = self._colour(node, said, outside)
        return _Style(
            colour=colour,
            ground=_over(_first_colour(said.get("background-color", ""), colour), outside.ground),
            size=_size(node, said, outside.size),
            bold=_is_bold(node, said, bold=outside.bold),
            hidden="hidden" in attributes or said.get("display") == "none" or said.get("visibility") == "hidden",
            custom=variables,
        )

    def _colour(self, node: LexborNode, said: dict[str, str], outside: _Style) -> Colour:
        value = said.get("color", "").lower()
        own = None if value in _KEPT or value == "currentcolor" else _read(value)
        if own is not None:
            return own
        is_link = node.tag == "a" and "href" in node.attributes and not value
        return self._link if is_link else outside.colour


def _judged(words: str, node: LexborNode, style: _Style) -> Faint | None:
    is_large = style.size >= _LARGE or (style.bold and style.size >= _LARGE_BOLD)
    least = LEAST_LARGE if is_large else LEAST
    colour, ground = _hex(_over(style.colour, style.ground)), _hex(style.ground)
    ratio = _ratio(colour, ground)
    return Faint(words, _label(node), colour, ground, ratio, least, "") if ratio < least else None


def _label(node: LexborNode) -> str:
    """Return "p.facts", from the nearest element that has a class."""
    at: LexborNode | None = node
    while at is not None and at.tag not in {"body", "html"}:
        if classes := at.attributes.get("class"):
            outer = f"{at.tag}.{classes.split()[0]}"
            return outer if at.mem_id == node.mem_id else f"{outer} {node.tag}"
        at = at.parent
    return node.tag or ""


def _selected(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except SelectolaxError:
        return []


def _resolved(value: str, variables: dict[str, str]) -> str:
    """Return a value with its variables put in; at most eight deep, so that a circle ends."""
    for _ in range(8):
        if "var(" not in value:
            break
        value = _VAR.sub(lambda found: variables.get(found[1], (found[2] or "").strip()), value)
    return value


def _size(node: LexborNode, said: dict[str, str], outside: float) -> float:
    value = said.get("font-size", "")
    if not value and "font" in said and (found := _FONT_SIZE.search(said["font"])):
        value = found[1]
    own = css.length(value, outside) if value else None
    return outside * _SIZES.get(node.tag or "", 1.0) if own is None else own


def _is_bold(node: LexborNode, said: dict[str, str], *, bold: bool) -> bool:
    weight = said.get("font-weight", said.get("font", "").split(" ", maxsplit=1)[0])
    if weight in {"bold", "bolder"}:
        return True
    if weight.isdigit():
        return int(weight) >= _BOLD
    return weight not in {"normal", "lighter"} and (bold or node.tag in _HEAVY)


def _first_colour(value: str, current: Colour) -> Colour:
    """Return the colour in a ``background``, fully transparent where it names none."""
    for token in _TOKEN.findall(value):
        if token.lower() == "currentcolor":
            return current
        if (colour := _read(token.lower())) is not None:
            return colour
    return CLEAR


@cache
def _read(value: str) -> Colour | None:
    value = _NAMES.get(value, value)
    if found := _HEX.fullmatch(value):
        return _from_hex(found[1])
    if found := _RGB.fullmatch(value):
        parts = re.split(r"[\s,/]+", found[1].strip())
        try:
            numbers = [float(part.rstrip("%")) * (2.55 if part.endswith("%") else 1) for part in parts[:3]]
            alpha = float(parts[3].rstrip("%")) / (100 if parts[3].endswith("%") else 1) if len(parts) > 3 else 1.0  # noqa: PLR2004  red, green, blue and then alpha
        except ValueError:
            return None
        return (numbers[0], numbers[1], numbers[2], alpha) if len(numbers) == 3 else None  # noqa: PLR2004  red, green, blue
    return None


def _from_hex(digits: str) -> Colour:
    if len(digits) <= 4:  # noqa: PLR2004  one digit for each channel
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, alpha = (int((digits + "ff")[at : at + 2], 16) for at in range(0, 8, 2))
    return float(red), float(green), float(blue), alpha / 255


def _colour(value: str) -> Colour:
    colour = _read(value)
    assert colour is not None
    return colour


def _over(top: Colour, below: Colour) -> Colour:
    """Return what one sees of a colour, more or less transparent, over an opaque one."""
    alpha = top[3]
    if alpha >= 1:
        return top
    red, green, blue = (one * alpha + other * (1 - alpha) for one, other in zip(top[:3], below[:3], strict=True))
    return red, green, blue, 1.0


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{min(255, max(0, round(channel))):02x}" for channel in colour[:3])


@cache
def _ratio(one: str, other: str) -> float:
    return contrast(one, other)


WHITE, BLACK, CLEAR = _colour("white"), _colour("black"), _colour("transparent")
