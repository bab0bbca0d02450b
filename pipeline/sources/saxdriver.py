"""Python's SAX driver, handing on texts in one piece (``tuning`` says why)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.expatreader import ExpatParser

if TYPE_CHECKING:
    from xml.parsers import expat

_LONGEST_PIECE = 2**16


class Driver(ExpatParser):
    """Python's driver, with expat's own buffer for text."""

    def reset(self) -> None:
        """Make the parser of one document; SAX calls this before each."""
        super().reset()
        self._parser: expat.XMLParserType
        self._parser.buffer_size = _LONGEST_PIECE
        self._parser.buffer_text = True


def create_parser() -> Driver:
    """Return a new parser; ``xml.sax.make_parser`` looks in this module for it under this name."""
    return Driver()
