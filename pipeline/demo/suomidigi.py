"""A scripted www.suomidigi.fi: listing pages, article pages, robots.txt, sitemap.xml and the feeds of its topics."""

from __future__ import annotations

import threading
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline.demo import drupal
from pipeline.demo.drupal import HOST, SECTIONS
from pipeline.demo.exchange import TEXT, XML, Response, conditional, html

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.demo.content import Article
    from pipeline.demo.drupal import Section
    from pipeline.demo.exchange import Request

__all__ = ["HOST", "TEASERS", "Suomidigi"]

TEASERS = 9
"""Teasers on one listing page."""

# What Drupal sends with its page cache off; it makes every reader ask again, with its ETag.
_REVALIDATE = {"Cache-Control": "must-revalidate, no-cache, private", "X-Generator": "Drupal 9"}


class Suomidigi:
    """The site; call it with a request. Every other method scripts it, and may be called while it serves."""

    def __init__(self, articles: Sequence[Article] = ()) -> None:
        self._lock = threading.RLock()
        self._articles: tuple[Article, ...] = ()
        self._terms: dict[str, int] = {}
        for article in articles:
            self.add_article(article)

    def __call__(self, request: Request) -> Response:
        """Answer as suomidigi.fi does; every 200 has an ETag and honours If-None-Match."""
        with self._lock:
            response = self._answer(request)
        if response.status != HTTPStatus.OK:
            return response
        return conditional(request, replace(response, headers=_REVALIDATE))

    def add_article(self, article: Article) -> None:
        """Publish an article, or replace the one at the same address."""
        with self._lock:
            path = drupal.path_of(article)
            others = [other for other in self._articles if drupal.path_of(other) != path]
            newest_first = sorted([article, *others], key=lambda item: item.published, reverse=True)
            self._articles = tuple(newest_first)
            for tag in article.tags:
                self._terms.setdefault(tag, len(self._terms) + 1)

    def remove_article(self, slug: str) -> None:
        """Take an article off the site: its page answers 404 from now on."""
        with self._lock:
            self._articles = tuple(item for item in self._articles if item is not self._article(slug))

    def revise(self, slug: str, modified: datetime, *, title: str | None = None, lead: str | None = None) -> None:
        """Change an article in its place; ``modified`` is what its page and the sitemap say from now on."""
        with self._lock:
            article = self._article(slug)
            self.add_article(
                replace(article, modified=modified, title=title or article.title, lead=lead or article.lead)
            )

    def term(self, tag: str) -> int:
        """Return the number of a topic, for ``/taxonomy/term/N/feed``."""
        with self._lock:
            return self._terms[tag]

    def _article(self, slug: str) -> Article:
        for article in self._articles:
            if article.slug == slug:
                return article
        raise LookupError(f"no article has the slug {slug}")

    def _answer(self, request: Request) -> Response:
        path = unquote(request.path).rstrip("/")
        match path:
            case "":
                return html(drupal.front_page())
            case "/robots.txt":
                return Response(content_type=TEXT, body=drupal.robots().encode())
            case "/sitemap.xml":
                return Response(content_type=XML, body=drupal.sitemap(self._articles).encode())
        for section in SECTIONS:
            if path == section.path:
                return self._listing(section, request.parameter("page"))
        for article in self._articles:
            if path == drupal.path_of(article):
                return html(drupal.article_page(article))
        return self._topic_feed(path) or html(drupal.missing_page(), status=HTTPStatus.NOT_FOUND)

    def _listing(self, section: Section, page: str) -> Response:
        """Answer with one page of teasers, newest first; a page past the last is empty, as in Drupal."""
        number = int(page) if page.isdecimal() else 0
        listed = [item for item in self._articles if (item.kind, item.language) == (section.kind, section.language)]
        shown = listed[number * TEASERS : (number + 1) * TEASERS]
        last = (len(listed) - 1) // TEASERS
        return html(drupal.listing_page(section, shown, number=number, last=last))

    def _topic_feed(self, path: str) -> Response | None:
        language = path[1:3] if path.startswith(("/sv/", "/en/")) else "fi"
        for tag, number in self._terms.items():
            if path.removeprefix(f"/{language}") == f"/taxonomy/term/{number}/feed":
                tagged = [item for item in self._articles if tag in item.tags and item.language == language]
                body = drupal.topic_feed(tag, language, tagged)
                return Response(content_type="application/rss+xml; charset=utf-8", body=body.encode())
        return None
