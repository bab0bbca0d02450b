"""Suomidigi's pages as text, with the markup of the service's own published Drupal theme."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pipeline.demo.content import ArticleKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.demo.content import Article

HOST = "www.suomidigi.fi"
HELSINKI = ZoneInfo("Europe/Helsinki")
FEED_ITEMS = 10
WORDS_PER_MINUTE = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One listing of the site: articles or blogs in one language; ``path`` is also the prefix of its pages."""

    path: str
    title: str
    kind: ArticleKind
    language: str


SECTIONS = (
    Section(path="/artikkelit", title="Artikkelit", kind=ArticleKind.ARTICLE, language="fi"),
    Section(path="/sv/artiklar", title="Artiklar", kind=ArticleKind.ARTICLE, language="sv"),
    Section(path="/en/articles", title="Articles", kind=ArticleKind.ARTICLE, language="en"),
    Section(path="/blogit", title="Blogit", kind=ArticleKind.BLOG, language="fi"),
    Section(path="/sv/bloggar", title="Bloggar", kind=ArticleKind.BLOG, language="sv"),
    Section(path="/en/blogs", title="Blogs", kind=ArticleKind.BLOG, language="en"),
)


def path_of(article: Article) -> str:
    """Return the path of an article's page."""
    section = next(item for item in SECTIONS if (item.kind, item.language) == (article.kind, article.language))
    return f"{section.path}/{article.slug}"


def url_of(article: Article) -> str:
    """Return the address of an article's page."""
    return f"https://{HOST}{path_of(article)}"


def listing_page(section: Section, articles: Sequence[Article], *, number: int, last: int) -> str:
    """Return page ``number`` (from 0, as ``?page=`` counts) of a section; it leads on unless it is the ``last``."""
    teasers = "\n".join(map(_teaser, articles))
    head = f"<title>{escape(section.title)} | Suomidigi</title>"
    body = f'<h1 class="page-title">{escape(section.title)}</h1>\n<div class="view__rows">\n{teasers}\n</div>\n'
    return _document(section.language, head, body + _pager(number, last))


def article_page(article: Article) -> str:
    """Return an article's own page: Open Graph and ``article:`` head, no JSON-LD."""
    section = next(item for item in SECTIONS if (item.kind, item.language) == (article.kind, article.language))
    block = article.kind.value
    minutes = max(1, round(sum(len(text.split()) for text in article.body) / WORDS_PER_MINUTE))
    paragraphs = "\n".join(f"<p>{escape(text)}</p>" for text in article.body)
    body = (
        f'<h1 class="page-title">{escape(article.title)}</h1>\n'
        f'<article lang="{article.language}" class="node node--type-{_bundle(article)} {block} node--view-mode-full">\n'
        f'<div class="{block}__header"><div class="{block}__data">\n'
        f'<div class="{block}__data-item {block}__type">{escape(section.title)}</div>\n'
        f'<span class="{block}__data-item {block}__published">{_day(article.published)} - '
        f"{article.published.astimezone(HELSINKI):%H:%M}</span>\n"
        f'<span class="{block}__data-item {block}__reading">{minutes} min</span>\n</div></div>\n'
        f'<div class="{block}__content">\n<div class="{block}__lead">{escape(article.lead)}</div>\n'
        f'<div class="{block}__contents">\n{paragraphs}\n</div>\n</div>\n</article>\n'
    )
    return _document(article.language, _article_head(article), body)


def front_page() -> str:
    """Return the front page: a list of the sections."""
    links = "".join(f'<li><a href="{item.path}" hreflang="{item.language}">{item.title}</a></li>' for item in SECTIONS)
    return _document("fi", "<title>Suomidigi</title>", f"<h1>Suomidigi</h1><ul>{links}</ul>\n")


def missing_page() -> str:
    """Return the page that stands behind every unknown address."""
    return _document("fi", "<title>Sivua ei löytynyt | Suomidigi</title>", "<h1>Sivua ei löytynyt</h1>\n")


def robots() -> str:
    """Return robots.txt as Drupal ships it, shortened: pages may be read, the machinery may not."""
    paths = ("/core/", "/admin/", "/search/", "/node/add/", "/user/login", "/index.php/admin/")
    return "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in paths)


def sitemap(articles: Sequence[Article]) -> str:
    """Return the sitemap (sitemaps.org 0.9) with each page's ``lastmod``."""
    entries = "".join(
        f"<url><loc>{escape(url_of(article))}</loc><lastmod>{_stamp(_changed(article), colon=True)}</lastmod></url>\n"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def topic_feed(tag: str, language: str, articles: Sequence[Article]) -> str:
    """Return the RSS feed of one topic: its ten newest articles."""
    items = "".join(
        f"<item><title>{escape(article.title)}</title><link>{escape(url_of(article))}</link>"
        f"<description>{escape(f'<p>{escape(article.lead)}</p>')}</description>"
        f"<pubDate>{format_datetime(article.published.astimezone(HELSINKI))}</pubDate>"
        f'<guid isPermaLink="true">{escape(url_of(article))}</guid></item>\n'
        for article in articles[:FEED_ITEMS]
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(tag)}</title><link>https://{HOST}/</link><description/>"
        f"<language>{language}</language>\n{items}</channel></rss>\n"
    )


def _article_head(article: Article) -> str:
    properties = [
        ("og:site_name", "Suomidigi"),
        ("og:type", "article"),
        ("og:url", url_of(article)),
        ("og:title", article.title),
        ("og:description", article.lead),
        ("og:image", f"https://{HOST}/themes/custom/suomidigi/share.png"),
        ("article:published_time", _stamp(article.published)),
        ("article:modified_time", _stamp(_changed(article))),
        *(("article:tag", tag) for tag in article.tags),
    ]
    metas = "\n".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in properties)
    return (
        f"<title>{escape(article.title)} | Suomidigi</title>\n"
        f'<meta name="description" content="{escape(article.lead)}">\n'
        f'<link rel="canonical" href="{escape(url_of(article))}">\n{metas}'
    )


def _teaser(article: Article) -> str:
    block = f"{article.kind}-teaser"
    # Articles carry no date in the listing; blogs do.
    date = f'<div class="{block}__date">{_day(article.published)}</div>\n' if article.kind is ArticleKind.BLOG else ""
    return (
        f'<article class="node node--type-{_bundle(article)} {block} node--view-mode-teaser">\n'
        f'<a href="{escape(path_of(article))}" class="{block}__link">\n<div class="{block}__content">\n{date}'
        f'<div class="{block}__label"><h3>{escape(article.title)}</h3></div>\n'
        f'<p class="{block}__lead">{escape(article.lead)}</p>\n</div>\n</a>\n</article>'
    )


def _pager(number: int, last: int) -> str:
    if number >= last:
        return ""
    return (
        '<nav class="pager" role="navigation"><ul class="pager__items">'
        f'<li class="pager__item pager__item--next"><a href="?page={number + 1}" rel="next">Seuraava sivu</a></li>'
        "</ul></nav>\n"
    )


def _document(language: str, head: str, body: str) -> str:
    menu = "".join(f'<li><a href="{item.path}">{item.title}</a></li>' for item in SECTIONS if item.language == language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}" dir="ltr" prefix="og: https://ogp.me/ns#">\n<head>\n'
        f'<meta charset="utf-8">\n{head}\n<meta name="Generator" content="Drupal 9 (https://www.drupal.org)">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1.0">\n</head>\n<body>\n'
        f'<header><a href="/">Suomidigi</a><nav><ul>{menu}</ul></nav></header>\n'
        f'<main role="main">\n{body}</main>\n<footer>Suomidigi</footer>\n</body>\n</html>\n'
    )


def _bundle(article: Article) -> str:
    return "article" if article.kind is ArticleKind.ARTICLE else "blog-post"


def _changed(article: Article) -> datetime:
    return article.modified or article.published


def _day(moment: datetime) -> str:
    local = moment.astimezone(HELSINKI)
    return f"{local.day}.{local.month}.{local.year}"


def _stamp(moment: datetime, *, colon: bool = False) -> str:
    """Write ``2023-08-15T16:27:23+0300``, the form of the page's head; with a colon the sitemap's."""
    local = moment.astimezone(HELSINKI)
    return local.isoformat(timespec="seconds") if colon else f"{local:%Y-%m-%dT%H:%M:%S%z}"
