"""The demo's articles: ``articles.toml`` as values, dated back from the demo's own moment."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from pipeline.demo.content import Article, ArticleKind

if TYPE_CHECKING:
    from datetime import datetime


def articles(now: datetime) -> tuple[Article, ...]:
    """Return fifteen articles: six of the week before ``now`` (four of them Finnish), nine older ones."""
    with files("pipeline.demo").joinpath("articles.toml").open("rb") as file:
        texts = tomllib.load(file)["article"]
    return tuple(
        Article(
            slug=text["slug"],
            title=text["title"],
            lead=_unfold(text["lead"]),
            body=tuple(_unfold(paragraph) for paragraph in text["body"].split("\n\n")),
            published=(now - timedelta(days=text["days_ago"])).replace(second=0, microsecond=0),
            tags=tuple(text["tags"]),
            language=text["language"],
            kind=ArticleKind(text["kind"]),
        )
        for text in texts
    )


def _unfold(text: str) -> str:
    return " ".join(text.split())
