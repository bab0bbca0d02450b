"""The short mails that answer visitors, in their language and the letter's looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline import tokens
from pipeline.model import Edition
from pipeline.render.engine import Engine
from pipeline.render.letter import image, publisher
from pipeline.render.words import Words
from pipeline.web.readers.paths import path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.model import Recipient, Topic
    from pipeline.render import SiteFacts
    from pipeline.store import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Draws what somebody gets who asked; ``service`` is the public address of the pages, which ends in "/"."""

    templates: Sequence[Path]
    site: SiteFacts
    topics: Sequence[Topic]
    service: str
    key: bytes
    engines: dict[str, Engine] = field(default_factory=dict, init=False, repr=False)
    """Compiled once in each language that is asked for."""

    def confirm(self, asking: Asking, now: datetime) -> Edition:
        """Return the mail that asks for a confirmation, with the token that proves it."""
        language = self._language(asking.language)
        token = tokens.confirm(self.key, asking.address, language=asking.language, topics=asking.topics, now=now)
        return self._mail("confirm", language, path("confirm", language, token=token), asking.topics)

    def choices(self, asking: Asking, reader: Recipient, now: datetime) -> Edition:
        """Return the mail with the link to a reader's choices; it says so when they asked for the letter itself."""
        language = self._language(reader.language)
        kind = "known" if asking.kind == "join" else "edit"
        token = tokens.edit(self.key, reader.id, reader.address, now)
        return self._mail(kind, language, path("edit", language, token=token), None)

    def _language(self, code: str) -> str:
        return code if code in self.site.languages else self.site.languages[0]

    def _mail(self, kind: str, language: str, there: str, topics: Sequence[str] | None) -> Edition:
        words, site = Words(language, "web"), self.site
        if language not in self.engines:
            self.engines[language] = Engine(self.templates, words)
        engine = self.engines[language]
        title, title_language = words.name(site.title)
        if kind == "confirm":
            subject = words.gettext("Confirm: %(title)s", title=title)
        else:
            subject = words.gettext("Your choices: %(title)s", title=title)
        context: Mapping[str, object] = {
            "kind": kind,
            "language": language,
            "subject": subject,
            "title": title,
            "title_language": title_language,
            "url": self.service.removesuffix("/") + there,
            "topics": [
                dict(zip(("name", "language"), words.name(topic.name), strict=True))
                for topic in self.topics
                if topic.id in (topics or ())
            ],
            "logo": image(site, words, ""),
            "publisher": publisher(site, words),
            "site": site,
        }
        html, text = engine.mail("web/mail.html", **context), engine.text("web/mail.txt", **context)
        return Edition(language=language, subject=subject, html=html, text=text, page="", page_text="")
