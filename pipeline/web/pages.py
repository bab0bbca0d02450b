"""A page of the service: its template in the visitor's language, in the letter's looks."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from pipeline.render.engine import Engine
from pipeline.render.letter import image, publisher
from pipeline.render.renderer import NAMES
from pipeline.render.statement import address as statement_address
from pipeline.render.words import Words
from pipeline.web.languages import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request

    from pipeline.render import SiteFacts

_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """Draws pages from the templates of several folders, the first that has a file wins.

    ``room`` names the catalogue of the pages' words. ``style`` is the template of the style sheet, which is
    served as a file of its own: the Content-Security-Policy allows none inside a page. ``root_path`` is
    where the app is mounted, '' or "/kooste".
    """

    def __init__(
        self,
        templates: Sequence[Path],
        site: SiteFacts,
        *,
        room: str = "web",
        style: str = "web.css",
        root_path: str = "",
    ) -> None:
        self.site = site
        self.languages = site.languages
        self.root_path = root_path
        self._words = {language: Words(language, room) for language in site.languages}
        self._engines = {language: Engine(templates, words) for language, words in self._words.items()}
        self._style = self._engines[site.languages[0]].html(style, site=site).encode()
        self.style_path = f"/web/{style.removesuffix('.css')}-{hashlib.sha256(self._style).hexdigest()[:12]}.css"
        self.logo_path = f"/web/logo.{site.logo.picture.suffix}" if site.logo else ""

    def language(self, request: Request) -> str:
        """Return the language in which this visitor is answered."""
        path = request.scope["path"].removeprefix(self.root_path)
        return chosen(path, request.headers.get("accept-language", ""), self.languages)

    def words(self, language: str) -> Words:
        """Return the words of one language."""
        return self._words[language]

    def html(
        self, template: str, language: str, *, addresses: Mapping[str, str] | None = None, **context: object
    ) -> str:
        """Return a page as text; ``addresses`` are where the same page is, by language, below the root path."""
        words, site = self._words[language], self.site
        title, title_language = words.name(site.title)
        others = [
            {"text": NAMES[other], "url": self.root_path + path, "language": other}
            for other, path in (addresses or {}).items()
            if other != language
        ]
        return self._engines[language].html(
            template,
            language=language,
            root=self.root_path,
            style=self.root_path + self.style_path,
            home=self.home(language),
            others=others,
            title=title,
            title_language=title_language,
            logo=image(site, words, self.root_path + self.logo_path),
            footer=words.name(site.footer)[0],
            publisher=publisher(site, words),
            accessibility=statement_address(site, language, f"{self.root_path}/"),
            site=site,
            **context,
        )

    def response(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        addresses: Mapping[str, str] | None = None,
        language: str = "",
        **context: object,
    ) -> HTMLResponse:
        """Return the page in ``language``, else in the visitor's."""
        language = language or self.language(request)
        body = self.html(template, language, addresses=addresses, **context)
        said = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
        return HTMLResponse(body, status, said)

    def home(self, language: str) -> str:
        """Return where the list of all letters is."""
        front = "" if language == self.languages[0] else f"{language}.html"
        return f"{self.root_path}/{front}"

    def assets(self) -> dict[str, Callable[[Request], Response]]:
        """Return what the pages load, by path: the style sheet and the logo."""
        found = {self.style_path: _file(self._style, "text/css; charset=utf-8", _FOR_EVER)}
        if self.site.logo:
            picture = self.site.logo.picture
            found[self.logo_path] = _file(picture.content, picture.media_type, "public, max-age=3600")
        return found


def _file(body: bytes, media_type: str, caching: str) -> Callable[[Request], Response]:
    def answer(_request: Request) -> Response:
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": caching})

    return answer
