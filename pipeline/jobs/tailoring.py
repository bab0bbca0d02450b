"""Tailor: the editions for those who chose topics, each distinct choice once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline import digest
from pipeline.model import Edition, Tailored

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pipeline.jobs.composing import Choice
    from pipeline.model import Digest
    from pipeline.render import Renderer


class Tailor:
    """One digest and its editions in every language, cut to measure; what was cut once is kept."""

    def __init__(
        self,
        choice: Choice,
        whole: Digest,
        editions: Sequence[Edition],
        renderer: Renderer,
        now: datetime,
        *,
        notes: Mapping[str, str],
    ) -> None:
        self._choice = choice
        self._whole = whole
        self._editions = {edition.language: edition for edition in editions}
        self._first = editions[0].language
        self._renderer = renderer
        self._sent = now.astimezone(ZoneInfo(choice.schedule.zone)).date()
        self._notes = notes
        self._digests: dict[str, Digest] = {}
        self._cut: dict[tuple[str, str], Tailored] = {}

    def meant(self, topics: Collection[str] | None) -> str:
        """Return the name of a recipient's choice, the same for all who mean the same; "" is everything."""
        return ",".join(digest.understood(topics, self._choice.topics))

    def editions(self, wishes: Collection[tuple[str, tuple[str, ...]]]) -> tuple[Tailored, ...]:
        """Return an edition for every distinct choice among ``wishes``; one that is empty says nothing.

        A wish is a recipient's language and topics, as they are stored. Raises RenderError.
        """
        named = {
            (language if language in self._editions else self._first, name)
            for language, topics in wishes
            if (name := self.meant(topics))
        }
        return tuple(self._made(language, name) for language, name in sorted(named))

    def _made(self, language: str, name: str) -> Tailored:
        if (language, name) not in self._cut:
            if name not in self._digests:
                self._digests[name] = digest.tailor(
                    self._whole, name.split(","), self._choice.topics, at_most=self._choice.rules.at_most
                )
            cut, whole = self._digests[name], self._editions[language]
            edition = Edition(language=language, subject="", html="", text="", page="", page_text="")
            if not cut.is_empty:
                edition = self._renderer.tailored(
                    cut,
                    language,
                    self._sent,
                    whole=whole,
                    said=self._notes.get(language, ""),
                    chosen=[topic.name for topic in self._choice.topics if topic.id in name.split(",")],
                )
            self._cut[language, name] = Tailored(choice=name, digest=cut, edition=edition)
        return self._cut[language, name]
