"""The renderer: templates and facts in, editions and pages out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import pictures
from pipeline.model import Edition
from pipeline.render import fitting, note, statement
from pipeline.render.engine import Engine
from pipeline.render.letter import Addresses, Letter, Link, image, publisher, write
from pipeline.render.summary import period_name
from pipeline.render.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pipeline.model import Digest, Section
    from pipeline.render.facts import SiteFacts
    from pipeline.render.note import Note

NAMES = {"fi": "Suomeksi", "sv": "På svenska", "en": "In English"}
"""What a link to another language says, in that language."""

HERE = "./"
ABOVE = "../"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """A digest in the list of all: its key, the day of sending, and its editions' subjects by language."""

    key: str
    sent: date
    subjects: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One digest in the context of index.html."""

    url: str
    """Where it leads."""
    language: str
    """The language of what is there."""
    name: str
    """Its period and day of sending."""
    headlines: str
    """The titles of its subject."""


class Renderer:
    """Draws editions from the templates of several folders, the first that has a file wins."""

    def __init__(self, templates: Sequence[Path], site: SiteFacts) -> None:
        self._site = site
        self.folders = tuple(templates)
        self._words = {language: Words(language) for language in site.languages}
        self._engines = {language: Engine(templates, words) for language, words in self._words.items()}

    def edition(self, digest: Digest, language: str, sent: date, *, said: str = "") -> Edition:
        """Return the edition of ``digest`` in ``language``; ``sent`` is the day that it names.

        ``said`` is the editor's note in that language. Raises RenderError, with the template's file and line.
        """
        engine = self._engines[language]
        noted = note.read(said)
        mail = self._letter(digest, language, sent, noted)
        page = self._page(digest, language, sent, noted)
        return Edition(
            language=language,
            subject=mail.subject,
            html=engine.mail("letter.html", letter=mail, site=self._site),
            text=engine.text("letter.txt", letter=mail, site=self._site),
            page=self._drawn(page),
            page_text=engine.text("letter.txt", letter=page, site=self._site),
        )

    def tailored(
        self,
        digest: Digest,
        language: str,
        sent: date,
        *,
        whole: Edition,
        chosen: Sequence[Mapping[str, str]],
        said: str = "",
    ) -> Edition:
        """Return the mail for those who chose some topics, ``digest`` holding those alone; the page is the whole's.

        ``chosen`` are the topics' names by language, which the letter tells. Raises RenderError.
        """
        engine = self._engines[language]
        mail = self._letter(digest, language, sent, note.read(said), chosen=chosen)
        return Edition(
            language=language,
            subject=mail.subject,
            html=engine.mail("letter.html", letter=mail, site=self._site),
            text=engine.text("letter.txt", letter=mail, site=self._site),
            page=whole.page,
            page_text=whole.page_text,
        )

    def letter(self, digest: Digest, language: str, sent: date, *, said: str = "") -> Letter:
        """Return what letter.html and letter.txt are given."""
        return self._letter(digest, language, sent, note.read(said))

    def shown(self, digest: Digest, language: str, sent: date) -> Letter:
        """Return what the public page of ``digest`` is given, without the editor's note."""
        return self._page(digest, language, sent, None)

    @property
    def site(self) -> SiteFacts:
        """What every letter says of its workspace."""
        return self._site

    def words(self, language: str) -> Words:
        """Return the words of one of the site's languages."""
        return self._words[language]

    def row(self, line: DigestLine, language: str) -> Row:
        """Return what index.html is given of one digest."""
        return _row(line, self._words[language])

    def page(self, digest: Digest, language: str, sent: date, *, said: str = "") -> str:
        """Return the public page of ``digest`` alone; the same as that of its edition."""
        return self._drawn(self._page(digest, language, sent, note.read(said)))

    def folder(self, line: DigestLine, editions: Sequence[Edition]) -> dict[str, bytes]:
        """Return the files of one digest's public folder: a page and a text per edition, and the choice of language."""
        files = {}
        for edition in editions:
            files[f"{edition.language}.html"] = edition.page.encode()
            files[f"{edition.language}.txt"] = edition.page_text.encode()
        words = self._words[self._site.languages[0]]
        page = self._front_page(
            "folder.html",
            words,
            ABOVE,
            period=period_name(line.key, words),
            day=words.day(line.sent),
            headlines=_headlines(editions[0].subject),
            editions=[Link(text=NAMES[e.language], url=f"{e.language}.html", language=e.language) for e in editions],
        )
        return {**files, "index.html": page.encode()}

    def index(self, digests: Sequence[DigestLine]) -> dict[str, bytes]:
        """Return the files of output/ itself: the list of all digests, the accessibility statement, the logo.

        The list is newest first: index.html, and one more per further language; the archive draws it with more.
        """
        newest_first = sorted(digests, key=lambda line: (line.sent, line.key), reverse=True)
        files = self.standing()
        for language, words in self._words.items():
            files[_front(self._site, language)] = self._front_page(
                "index.html",
                words,
                HERE,
                rows=[_row(line, words) for line in newest_first],
                others=self._others(language, HERE, fronts=True),
            ).encode()
        return files

    def standing(self) -> dict[str, bytes]:
        """Return the files that no digest changes: the accessibility statement in each language, and the logo."""
        files = {}
        for language, words in self._words.items():
            if self._site.statement:
                files[statement.FILES[language]] = self._front_page(
                    "statement.html",
                    words,
                    HERE,
                    statement=statement.write(self._site, words),
                    archive=_front(self._site, language),
                    others=[
                        Link(text=NAMES[other], url=statement.FILES[other], language=other)
                        for other in self._site.languages
                        if other != language
                    ],
                ).encode()
        if self._site.logo:
            files[self._logo_file] = self._site.logo.picture.content
        return files

    @property
    def _logo_file(self) -> str:
        return f"logo.{self._site.logo.picture.suffix}" if self._site.logo else ""

    def _front_page(self, template: str, words: Words, folder: str, **context: object) -> str:
        title, title_language = words.name(self._site.title)
        return self._engines[words.language].html(
            template,
            language=words.language,
            title=title,
            title_language=title_language,
            logo=image(self._site, words, folder + self._logo_file),
            footer=words.name(self._site.footer)[0],
            publisher=publisher(self._site, words),
            accessibility=statement.address(self._site, words.language, folder),
            site=self._site,
            **context,
        )

    def _letter(
        self,
        digest: Digest,
        language: str,
        sent: date,
        noted: Note | None,
        *,
        chosen: Sequence[Mapping[str, str]] = (),
    ) -> Letter:
        words, site, base = self._words[language], self._site, self._site.url
        folder = f"{base}{digest.period.key}/"
        links = Addresses(accessibility=site.accessibility or "")
        if base:
            links = Addresses(
                page=f"{folder}{language}.html",
                archive=f"{base}{_front(site, language)}",
                accessibility=statement.address(site, language, base),
                others=self._others(language, folder),
            )
        wished = fitting.for_letter(digest.sections)

        def draw(printed: Sequence[Section]) -> Letter:
            more = fitting.count(digest.sections) - fitting.count(printed)
            return write(
                digest.period.key,
                digest.sections,
                words,
                site,
                sent=sent,
                links=links,
                note=noted,
                printed=printed,
                more=more,
                chosen=chosen,
            )

        def size(printed: Sequence[Section]) -> int:
            html = self._engines[language].mail("letter.html", letter=draw(printed), site=self._site)
            return len(pictures.detached(html)[0].encode())

        return draw(fitting.fit(wished, size))

    def _drawn(self, page: Letter) -> str:
        """Return page.html, with what page-footer.html is given on every page."""
        return self._engines[page.language].html(
            "page.html",
            letter=page,
            footer=page.footer,
            publisher=page.publisher,
            accessibility=page.links.accessibility,
            site=self._site,
        )

    def _page(self, digest: Digest, language: str, sent: date, noted: Note | None) -> Letter:
        links = Addresses(
            page=f"{self._site.url}{digest.period.key}/{language}.html" if self._site.url else "",
            archive=f"{ABOVE}{_front(self._site, language)}",
            accessibility=statement.address(self._site, language, ABOVE),
            others=self._others(language, HERE),
        )
        sections = fitting.public(digest.sections)
        words = self._words[language]
        return write(
            digest.period.key,
            sections,
            words,
            self._site,
            sent=sent,
            links=links,
            note=noted,
            logo_src=f"{ABOVE}{self._logo_file}",
            public=True,
        )

    def _others(self, language: str, folder: str, *, fronts: bool = False) -> tuple[Link, ...]:
        return tuple(
            Link(text=NAMES[o], url=folder + (_front(self._site, o) if fronts else f"{o}.html"), language=o)
            for o in self._site.languages
            if o != language
        )


def _row(line: DigestLine, words: Words) -> Row:
    shown = words.language if words.language in line.subjects else next(iter(line.subjects))
    return Row(
        url=f"{line.key}/{shown}.html",
        language=shown,
        name=_named(period_name(line.key, words), words.day(line.sent)),
        headlines=_headlines(line.subjects[shown]),
    )


def _headlines(subject: str) -> str:
    return subject.partition(": ")[2]


def _named(period: str, day: str) -> str:
    """Return "Viikko 47 · 16. marraskuuta 2026", and of a daily digest sent on its day the day once."""
    return period if period == day else f"{period} · {day}"


def _front(site: SiteFacts, language: str) -> str:
    return "index.html" if language == site.languages[0] else f"{language}.html"


def default_templates() -> Path:
    """Return the default set: inside the package when it was installed from a wheel, else the checkout's folder."""
    package = Path(__file__).parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"
