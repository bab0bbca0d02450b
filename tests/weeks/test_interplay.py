"""Where two rules meet: a site that moved and its dates, a list that forgot a hidden video, drafts left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.store.collector import article, feed, gone, playlist, video
from tests.weeks.life import DAY, HOUR, MONDAY, WEEK, codes, titles

if TYPE_CHECKING:
    from tests.weeks.life import Life

BLOG = feed(archive=False)


def test_a_site_that_moves_brings_nothing_back_as_news_by_its_date(life: Life) -> None:
    """The posts of the months since the baseline come at new addresses: the same archive, whatever their dates."""
    life.sources = [BLOG]
    life.joins("maija@example.fi")
    life.at(MONDAY - DAY)
    life.reads(BLOG, article("perus", published=life.now - 400 * DAY))
    for week in range(3):
        life.at(MONDAY + week * WEEK + DAY)
        life.reads(
            BLOG, *(article(f"juttu-{n}", published=MONDAY + n * WEEK) for n in range(week + 1)), article("perus")
        )
        life.at(MONDAY + (week + 1) * WEEK)
        assert titles(life.compose()) == [f"Juttu-{week}"]
        life.deliver()
    life.at(MONDAY + 3 * WEEK + DAY)
    waiting = article("odottaa", published=life.now - HOUR)
    life.reads(BLOG, waiting, *(article(f"juttu-{n}", published=MONDAY + n * WEEK) for n in range(3)))

    life.at(MONDAY + 3 * WEEK + 2 * DAY)
    moved = [article(f"uusi/juttu-{n}", title=f"Uusi {n}", published=MONDAY + n * WEEK) for n in range(3)]
    same = article("uusi/odottaa", title="Uusi odottaa", published=waiting.published)
    later = article("uusi/tuore", title="Tuore", published=life.now - HOUR)
    life.reads(BLOG, later, same, *moved)
    life.at(MONDAY + 4 * WEEK)

    assert titles(life.preview()) == ["Tuore", "Odottaa"]


def test_a_list_that_no_longer_has_a_video_says_nothing_of_it(life: Life) -> None:
    """Hidden, then taken off one list; public again, it is in the other: what the first one last said is old."""
    old, new = playlist("vanha"), playlist("uusi")
    life.sources = [old, new]
    life.hears()
    life.reads(old, video(1), video(2))
    life.reads(new)
    life.at(MONDAY + HOUR)
    life.reads(old, gone(1), video(2, place=1))
    life.at(MONDAY + 2 * HOUR)
    life.reads(old, video(2, place=1))
    life.at(MONDAY + 3 * HOUR)
    life.reads(new, video(1))

    assert codes(life.preview())["Osa 1"] == "baseline"
