"""Why an item is in a digest, why it is not, and what an operator should notice: the one table of codes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pipeline.model import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

PICKED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "new": ("source", "first_seen", "word"),
        "dated": ("source", "published", "word"),
        "lesson": ("source", "place", "total"),
        "archive": ("source",),
        "archive-again": ("source", "shown"),
    }
)
"""Codes of `Pick.reason`."""

LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "no-source": (),
        "unavailable": ("source",),
        "removed": ("source",),
        "dropped": (),
        "reserved": ("digest",),
        "shown": ("digest",),
        "course-waits": ("source",),
        "course-later": ("source",),
        "awaiting-page": (),
        "baseline-open": ("source",),
        "moved": ("source",),
        "baseline": ("source",),
        "too-old": ("source", "published", "since"),
        "excluded": ("source", "rule", "wanted", "found"),
        "not-included": ("source", "rule", "wanted", "found"),
        "no-topic": ("source",),
        "other-language-before": ("title", "language"),
        "other-language": ("source", "title", "language"),
        "same-title-before": ("title",),
        "same-title": ("source", "title"),
        "archive-later": ("source",),
    }
)
"""Codes of `LeftOut.reason`, in the order in which they are asked: the first that holds is the one kept.

Only what the archive says of an old item, in a letter that it fills, replaces the reason why that is no news.
"""

UNWANTED: Final = frozenset({"excluded", "not-included", "no-topic"})
"""Codes of what a rule of sources.yaml keeps out of every section."""

NOTICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "flood": ("items", "in_letter", "source", "source_items"),
        "course-ends": ("source",),
        "slow-pattern": ("pattern",),
    }
)
"""Codes of `Digest.notices`."""

REASONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({**PICKED, **LEFT_OUT, **NOTICES})
"""Every code with the names of its parameters, for whoever puts them into words.

``source`` is a source's printed title, ``title`` another item's, ``language`` its code, ``digest`` a digest's key,
``word`` the topic word that was found ('' for none); ``first_seen``, ``published``, ``shown`` and ``since`` are ISO
8601 times in UTC; the rest are numbers. Of a rule, ``source`` is '' where it is the whole digest's, ``rule`` is the
condition's key, ``wanted`` what sources.yaml says there and ``found`` what the item has. What each code means to an
operator stands in docs/news.md, which a test compares with this table.
"""


def reason(code: str, **params: str | int) -> Reason:
    """Return the reason; its parameters must be the table's, in the table's order."""
    assert tuple(params) == REASONS[code], f"{code} takes {REASONS[code]}, not {tuple(params)}"
    return Reason(code=code, params=params)
