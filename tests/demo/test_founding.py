"""What the demo shows."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.demo import drupal
from pipeline.demo.content import ArticleKind
from tests.demo.clients import get, listed

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.demo.content import Content
    from pipeline.demo.internet import Internet


def test_the_three_playlists_of_the_founding_article(content: Content) -> None:
    """Five, six and six videos under their real titles; ids and durations as YouTube would have them."""
    assert [
        ("Digitaalinen viestintäosaaminen Kelassa", 5),
        ("Tarinallistaminen", 6),
        ("Somepreesens", 6),
    ] == [(playlist.title, len(playlist.videos)) for playlist in content.playlists]
    videos = [video for playlist in content.playlists for video in playlist.videos]
    assert "Seitsemän askelta sosiaaliseen mediaan" == videos[4].title
    assert 17 == len({video.id for video in videos})
    assert all(re.fullmatch(r"[\w-]{11}", video.id) for video in videos)
    assert all(60 < video.duration < 600 for video in videos)
    assert {(2017, 11)} == {(video.published.year, video.published.month) for video in videos}
    assert all(re.fullmatch(r"UC[\w-]{22}", playlist.channel.id) for playlist in content.playlists)


def test_the_articles(content: Content, now: datetime) -> None:
    """Thirteen Finnish (two of them blogs), a Swedish and an English one; six of the past week, none of tomorrow."""
    assert {"fi": 13, "sv": 1, "en": 1} == Counter(article.language for article in content.articles)
    assert 2 == sum(article.kind is ArticleKind.BLOG for article in content.articles)
    ages = [now - article.published for article in content.articles]
    assert 6 == sum(age < timedelta(days=7) for age in ages)
    assert min(ages) > timedelta(0)
    addresses = [drupal.path_of(article) for article in content.articles]
    assert len(addresses) == len(set(addresses))
    assert all(re.fullmatch(r"[/a-z0-9-]+", address) for address in addresses)
    for article in content.articles:
        assert 20 < len(article.title) < 90
        assert 60 < len(article.lead) < 200
        assert len(article.body) == 2
        assert article.lead == " ".join(article.lead.split())


def test_all_of_it_can_be_read(content: Content, internet: Internet) -> None:
    """Every playlist is listed, every article's page is there, and the listing needs its second page."""
    for playlist in content.playlists:
        result = listed(internet, f"https://www.youtube.com/playlist?list={playlist.id}")
        assert [video.title for video in playlist.videos] == [entry["title"] for entry in result.entries]
        assert [video.duration for video in playlist.videos] == [entry["duration"] for entry in result.entries]
    for article in content.articles:
        assert article.lead.split(".")[0] in get(internet, drupal.url_of(article)).body.decode()
    assert b'rel="next"' in get(internet, "https://www.suomidigi.fi/artikkelit").body
    channel = listed(internet, f"https://www.youtube.com/{content.channels[0].handle}/videos")
    assert 17 == len(channel.entries)
