"""A text as what its key asks for: a line, an id, a word of a list, a selector, a colour."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from pipeline.colours import Palette
from pipeline.config.problems import did_you_mean, one_of, shown

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

ID = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
COLOUR = r"^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"
COLOURS = tuple(field.name for field in fields(Palette))
COLOUR_NAMES = one_of(f"`{name}`" for name in COLOURS)
_ID = re.compile(ID)
# C0 and C1 but tab and line end, soft controls of direction, line separators, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LONGEST_PATTERN = 500


def text(value: object) -> object:
    """One line of text, without space around it; what is no scalar is left to the schema."""
    if not isinstance(value, str):
        return value
    if found := _INVISIBLE.search(value):
        raise ValueError(f"holds an invisible control character (U+{ord(found[0]):04X}); delete it")
    if not (stripped := " ".join(value.split())):
        raise ValueError("is empty; write a text, or delete the line")
    return stripped


def expression(value: object) -> object:
    """A text in which every space counts."""
    text(value)
    return value


def identifier(value: str) -> str:
    """An id as the names of files and the store need it."""
    if _ID.fullmatch(value):
        return value
    hint = f'; "{slug(value)}" would do' if slug(value) else ""
    raise ValueError(f'may hold a to z, 0 to 9 and "-" only, at most 64 of them{hint}')


def slug(words: str) -> str:
    """An id made of any text, or ''."""
    letters = words.casefold().translate(str.maketrans("äåöéü", "aaoeu"))
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:64].strip("-")


def header_text(value: str) -> str:
    """A text that an HTTP header can hold."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("goes into a header of HTTP; write it in plain ASCII")
    return value


def language(value: str) -> str:
    """A language that editions exist in."""
    from_names = {"suomi": "fi", "fin": "fi", "finnish": "fi", "ruotsi": "sv", "svenska": "sv", "swe": "sv",
                  "swedish": "sv", "englanti": "en", "eng": "en", "english": "en"}  # fmt: skip
    code = value.casefold()
    if code in {"fi", "sv", "en"}:
        return code
    hint = f'; write "{from_names[code]}"' if code in from_names else ""
    raise ValueError(f"must be {one_of(('fi', 'sv', 'en'))}, not {shown(value)}{hint}")


def distinct(value: list[str]) -> list[str]:
    """A list without repetition."""
    for number, word in enumerate(value):
        if word in value[:number]:
            raise ValueError(f"names {shown(word)} twice; delete one")
    return value


def choice(value: object, words: tuple[str, ...]) -> object:
    """One of a few words."""
    if not isinstance(value, str) or value in words:
        return value
    raise ValueError(f"must be {one_of(words)}, not {shown(value)}{did_you_mean(value, words)}")


def selector(value: str) -> str:
    """A CSS selector, as the parser of listing pages reads it."""
    from selectolax.lexbor import SelectolaxError  # noqa: PLC0415  # 4 ms that a file without selectors never pays

    try:
        _empty_page().css(value)
    except SelectolaxError as error:
        hint = "; this looks like XPath" if value.startswith(("/", "./")) else ""
        raise ValueError(f"{shown(value)} is no CSS selector, such as .article-teaser or h2 > a{hint}") from error
    return value


def pattern(value: str) -> str:
    """A regular expression, as the library that can be stopped reads it."""
    import regex  # noqa: PLC0415  # 30 ms that a file without patterns never pays

    if len(value) > _LONGEST_PATTERN:
        raise ValueError(f"is longer than {_LONGEST_PATTERN} characters; write words instead")
    try:
        regex.compile(value)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{shown(value)} is no regular expression ({error}); words need none") from error
    return value


def colour_name(value: str) -> str:
    """One of the palette's names."""
    if value in COLOURS:
        return value
    hint = did_you_mean(value, COLOURS) or f"; known are {one_of(COLOURS)}"
    raise ValueError(f"{shown(value)} is no colour of the letter{hint}")


def colours(value: object) -> object:
    """A group of colours; one that is gone because of its # is named, since that begins a comment."""
    if not isinstance(value, dict):
        raise ValueError(f'must be a group such as {{link: "#0b4f8a"}}, not {shown(str(value))}')  # noqa: TRY004  # for pydantic
    if bare := [name for name, given in value.items() if given is None]:
        raise ValueError(f'{bare[0]} has no value; write the colour in quotes, such as "#0b4f8a"')
    return value


def colour(value: str) -> str:
    """A colour as ``#rrggbb``."""
    if not re.fullmatch(COLOUR, value):
        raise ValueError(f'must be a colour such as "#0b4f8a" (in quotes), not {shown(value)}')
    digits = value.removeprefix("#").lower()
    return f"#{digits}" if len(digits) == len("rrggbb") else "#" + "".join(digit * 2 for digit in digits)


@cache
def _empty_page() -> LexborHTMLParser:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # as above

    return LexborHTMLParser("<p>")
