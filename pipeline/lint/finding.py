"""What lint says: one thing that is wrong with one part of a letter, and what publishers are quoted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pipeline.model import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``part`` is the file (letter.html, letter.txt, page.html, headers), ``check`` what was looked at.

    ``reason`` says what is wrong and what to do. A letter ``is_broken`` by what its templates or its set-up
    cause; what a publisher wrote never keeps a letter from being sent.
    """

    part: str
    check: str
    reason: str
    is_broken: bool = True

    def __str__(self) -> str:
        """Return "letter.html: alt: …"."""
        return f"{self.part}: {self.check}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What publishers wrote that stands in a letter, and where its items lead.

    ``internal``: some items have no public page, so the letter holds them whatever its size.
    """

    texts: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    internal: bool = False

    @classmethod
    def of(cls, digest: Digest) -> Self:
        """Return every publisher's words and addresses in ``digest``."""
        texts: set[str | None] = set()
        for pick in digest.picks:
            texts |= {pick.item.title, pick.item.summary, pick.source_title, *pick.also_in}
            if pick.course is not None:
                texts |= {pick.course.title, pick.course.next_title}
        return cls(
            texts=frozenset(filter(None, texts)),
            urls=frozenset(pick.item.url for pick in digest.picks),
            internal=any(pick.internal for pick in digest.picks),
        )

    def hold(self, text: str) -> bool:
        """Whether a publisher wrote this very piece of text somewhere."""
        return any(text in quoted for quoted in self.texts)


NOTHING_QUOTED = Quoted()
