"""Reason codes in English, for the command line; the letter itself says none of them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.model import Reason

SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new": "new: first seen on {first_seen} in {source}",
        "dated": "new: {source} held it when it was first read, but its own date is {published}",
        "lesson": "a lesson: part {place} of {total} of {source}",
        "archive": "from the archive: {source} lends it, and it was never shown",
        "archive-again": "from the archive: {source} lends it again, since it was shown on {shown}",
        "no-source": "no enabled source has it any more",
        "unavailable": "the video is private or deleted in {source}",
        "removed": "{source} no longer lists it",
        "dropped": "the editor dropped it",
        "reserved": "it is in the draft of {digest}",
        "shown": "it was in {digest}",
        "course-waits": "it is part of the course {source}, which has not been read completely yet",
        "course-later": "it is part of the course {source}; its turn comes",
        "awaiting-page": "its page has not been read yet, and only that tells its title",
        "baseline-open": "{source} has not been read completely yet, so nothing of it is news",
        "moved": "it came when nothing known was left in {source}, and is not dated later than what was",
        "baseline": "{source} held it when it was first read",
        "too-old": "its own date, {published}, is before {since}, when {source} was first read",
        "excluded": "exclude of {source}: {rule} {wanted}, and it has {found}",
        "not-included": "include of {source}: {rule} {wanted}, and it has {found}",
        "no-topic": "it has no topic, and {source} takes only topics",
        "other-language-before": 'the same article was known before in another language ({language}): "{title}"',
        "other-language": (
            'the same article is in this letter ({language}, {source}): "{title}"; each edition links its own'
        ),
        "same-title-before": 'a near-identical title was shown, dropped or drafted before: "{title}"',
        "same-title": 'a near-identical title of {source} is in this letter: "{title}"',
        "archive-later": "it is old; {source} lends it when another letter has room",
        "flood": "{items} items came and the letter takes {in_letter}; most, {source_items}, are from {source}",
        "course-ends": "the last lesson of {source} is handed out",
        "slow-pattern": "the pattern {pattern} takes too long for one item and was set aside; write a simpler one",
    }
)
"""By code; the names in braces are the reason's parameters."""

_TIMES = frozenset({"first_seen", "published", "shown", "since"})


def sentence(reason: Reason) -> str:
    """Return the reason in words, with the topic word that was found where there is one."""
    said = {name: str(value)[:10] if name in _TIMES else value for name, value in reason.params.items()}
    if "rule" in said:
        said |= {"source": said["source"] or "the whole digest", "found": said["found"] or "nothing of that"}
    text = SENTENCES[reason.code].format_map(said)
    return f'{text}, by the word "{said["word"]}"' if said.get("word") else text
