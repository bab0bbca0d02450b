"""Rules by the command line: each condition, global and of one source, as explain tells it of one address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.demo import internet
from pipeline.demo.content import Channel, Content, Playlist, Video
from tests.e2e.desk import NOW, Page

if TYPE_CHECKING:
    from tests.e2e.desk import Desk

TOPICS = "- {id: tarinat, words: {fi: [tarinankerronta]}}\n- {id: muu, words: {fi: [muu asia]}}\n"
ARTICLE = "https://blogi.example.fi/uutiset/tarina"
PODCAST = "https://blogi.example.fi/jaksot/1"

FEED = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Blogi</title>
<language>fi</language>
<item><title>Avoin paikka: tarinankerronnan opas</title><link>{ARTICLE}</link><guid>1</guid>
<pubDate>Tue, 17 Nov 2026 09:00:00 GMT</pubDate></item>
<item><title>Jakso yksi</title><link>{PODCAST}</link><guid>2</guid><itunes:duration>15:00</itunes:duration>
<enclosure url="https://blogi.example.fi/1.mp3" type="audio/mpeg" length="1"/>
<pubDate>Tue, 17 Nov 2026 09:00:00 GMT</pubDate></item>
</channel></rss>"""

CASES = [
    ("topics: [tarinat]", ARTICLE, "topics", "tarinat", "tarinat"),
    ("words: [tarinankerronta]", ARTICLE, "words", "tarinankerronta", "tarinankerronta"),
    ("pattern: '^(avoin|haettavana) '", ARTICLE, "pattern", "^(avoin|haettavana) ", "Avoin "),
    ("language: fi", ARTICLE, "language", "fi", "fi"),
    ("kind: article", ARTICLE, "kind", "article", "article"),
    ("path: /*/tar", ARTICLE, "path", "/*/tar", "/*/tar"),
    ("min_age: 1", ARTICLE, "min_age", "1", "1"),
    ("max_age: 30", ARTICLE, "max_age", "30", "1"),
    ("min_duration: 10 min", PODCAST, "min_duration", "600", "900"),
    ("max_duration: 20 min", PODCAST, "max_duration", "1200", "900"),
]


def written(desk: Desk, *, digest: str = "", source: str = "") -> None:
    desk.write(
        f"- id: blogi\n  url: WEB/feed.xml\n  allow_private: true\n  internal: false\n{source}",
        digest=f"at_least: 0\n{digest}",
        topics=TOPICS,
    )


def test_each_condition_is_told_with_what_it_wants_and_finds(desk: Desk) -> None:
    """Excluded by the digest and by the source, included where it holds; the reason is a code with parameters."""
    desk.web.pages["/feed.xml"] = Page(FEED.encode())
    written(desk)
    assert desk.do("collect").code == 0
    for condition, url, rule, wanted, found in CASES:
        for place in ("digest", "source"):
            rules = f"exclude: {{{condition}}}\n"
            written(desk, digest=rules) if place == "digest" else written(desk, source=f"  {rules}")
            facts = desk.do("explain", url, "--json").json()
            assert (facts["in"], facts["reason"]) == (False, "excluded"), (condition, place)
            whose = "" if place == "digest" else "Blogi"
            assert facts["params"] == {"source": whose, "rule": rule, "wanted": wanted, "found": found}
            (told,) = facts["rules"]
            assert (told["list"], told["holds"], told["keeps_out"]) == ("exclude", True, True)
            said = desk.do("explain", url).out
            assert f"exclude {rule} {wanted}: it holds (found: {found}), so it keeps it out" in said
            written(desk, digest=rules.replace("exclude", "include"))
            facts = desk.do("explain", url, "--json").json()
            assert (facts["in"], facts["rules"][0]["keeps_out"]) == (True, False), condition


def test_what_is_not_known_of_an_item_decides_nothing(desk: Desk) -> None:
    """An article has no length: explain says so, and it stays."""
    desk.web.pages["/feed.xml"] = Page(FEED.encode())
    written(desk, digest="include: {min_duration: 10 min}")
    assert desk.do("collect").code == 0
    said = desk.do("explain", ARTICLE).out
    assert "include min_duration 600: that is not known of it, so it lets it in" in said
    assert "It is in 2026-W47" in said


@pytest.mark.parametrize(("rule", "found"), [("shorts", "true"), ("live", "")])
def test_shorts_and_streams_are_told_too(desk: Desk, rule: str, found: str) -> None:
    """A Short that a playlist lists is known by its feed; whether it is a stream, YouTube does not say of this one."""
    short = Video(id="s0000000001", title="Lyhyt", duration=40, published=datetime(2026, 11, 17, 9, tzinfo=UTC))
    channel = Channel(id="UCtestKanava000000000001", handle="@k", title="Kanava", shorts=(short,))
    held = Playlist(id="PLtestTarinallistaminen00000000001", title="Lista", channel=channel, videos=(short,))
    with internet.serve(Content(now=NOW, playlists=(held,), channels=(channel,))) as world:
        desk.environ |= world.environment
        desk.write(
            f"- {{id: lista, url: 'https://www.youtube.com/playlist?list={held.id}', archive: false, "
            f"exclude: {{{rule}: true}}}}\n",
            digest="at_least: 0",
        )
        assert desk.do("collect").code == 0
    facts = desk.do("explain", f"https://youtu.be/{short.id}", "--json").json()
    (told,) = [one for one in facts["rules"] if one["rule"] == rule]
    assert (told["found"], told["keeps_out"]) == (found, bool(found))
    assert facts["in"] is not told["keeps_out"]
