"""One story under a near-identical title: told once, across sources."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.model import Reason, Rules, Shown
from tests.digest.world import SLOT, WEEK, World, ago, at, feed, known, left_out, news, picked, playlist, why

TITLE = "Valtion viestintäsuositus uudistui"
NEAR = "Valtion viestintäsuositus uudistui!"


@pytest.fixture
def world() -> World:
    """Two feeds and two playlists."""
    world = World()
    world.source(feed("vm"), title="Valtiovarainministeriö")
    world.source(feed("suomidigi"), title="Suomidigi")
    world.source(playlist("yksi"), title="Kurssi yksi")
    world.source(playlist("kaksi"), title="Kurssi kaksi")
    return world


def test_a_near_identical_title_of_another_source_merges_into_the_first_seen(world: World) -> None:
    """The first says "Also in: …", the other is left out and says into what."""
    second = world.item(NEAR, at("suomidigi", days_ago=1), published=ago(2))
    first = world.item(TITLE, at("vm", days_ago=2), published=ago(3))
    digest = world.choose()
    assert picked(digest, first).also_in == ("Suomidigi",)
    assert left_out(digest, second).reason == Reason(
        code="same-title", params={"source": "Valtiovarainministeriö", "title": TITLE}
    )


def test_items_seen_in_one_run_merge_in_the_files_order(world: World) -> None:
    """All sightings of a run bear the same time."""
    world.item(NEAR, at("suomidigi"), published=ago(2))
    first = world.item(TITLE, at("vm"), published=ago(2))
    assert picked(world.choose(), first).also_in == ("Suomidigi",)


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("vm", {}),
        ("suomidigi", {"language": "sv"}),
        ("suomidigi", {"language": None}),
        ("suomidigi", {"published": None}),
        ("suomidigi", {"published": ago(4.001)}),
        ("suomidigi", {"title": "Valtion viestintäsuositus uudistui 2027"}),
    ],
    ids=["same source", "another language", "unknown language", "undated", "too far apart", "another number"],
)
def test_what_differs_in_one_thing_does_not_merge(world: World, where: str, values: dict[str, Any]) -> None:
    """Different sources, same language, both dated, at most two days apart, the same numbers."""
    values = {"title": NEAR, "published": ago(2), **values}
    world.item(TITLE, at("vm"), published=ago(2))
    world.item(values.pop("title"), at(where), **values)
    assert len(news(world.choose())) == 2


def test_two_of_unknown_language_do_not_merge(world: World) -> None:
    """Nobody knows whether they are of the same: showing a story twice costs less than losing one."""
    world.item(TITLE, at("vm"), published=ago(2), language=None)
    world.item(NEAR, at("suomidigi"), published=ago(2), language=None)
    assert len(news(world.choose())) == 2


def test_two_days_apart_is_near_enough(world: World) -> None:
    """The bound belongs to it."""
    world.item(TITLE, at("vm"), published=ago(2))
    world.item(NEAR, at("suomidigi"), published=ago(4))
    assert news(world.choose()) == [TITLE]


def test_two_places_of_courses_never_merge(world: World) -> None:
    """Every course has its "Johdanto"; an article may be a lesson's twin."""
    world.item("Johdanto", at("yksi", place=1), published=ago(2))
    world.item("Johdanto", at("kaksi", place=1), published=ago(2))
    assert news(world.choose()) == ["Johdanto", "Johdanto"]
    world.item("Johdanto", at("vm", days_ago=0.5), published=ago(2))
    assert news(world.choose()) == ["Johdanto", "Johdanto"]


@pytest.mark.parametrize(
    "state",
    [
        {"shown": (Shown(key="2026-W47", at=SLOT - WEEK, section="other"),)},
        {"dropped": True},
        {"reserved_by": "2026-W47"},
    ],
    ids=["shown", "dropped", "reserved"],
)
def test_the_twin_of_what_was_shown_or_turned_down_is_no_news(world: World, state: dict[str, Any]) -> None:
    """Whether the reader has had it or the editor does not want it, it does not come under another address."""
    world.item(TITLE, at("vm", days_ago=8), published=ago(8), **state)
    number = world.item(NEAR, at("suomidigi"), published=ago(7))
    assert left_out(world.choose(), number).reason == Reason(code="same-title-before", params={"title": TITLE})


def test_what_was_shown_is_remembered_though_its_source_left_the_file(world: World) -> None:
    """The reader does not care which source is still in the file."""
    shown = (Shown(key="2026-W47", at=SLOT - WEEK, section="other"),)
    world.item(TITLE, at("poistettu", days_ago=8), published=ago(8), shown=shown)
    number = world.item(NEAR, at("suomidigi"), published=ago(7))
    assert why(world.choose(), number) == "same-title-before"


def test_the_archive_tells_no_story_of_this_letter_again(world: World) -> None:
    """An old item that is a twin of this week's news stays in the archive."""
    world.rules = Rules(at_least=5)
    world.source(feed("arkisto", archive=True))
    world.item(TITLE, at("vm"), published=ago(7.5))
    number = world.item(NEAR, known("arkisto"), published=ago(8))
    assert why(world.choose(), number) == "same-title"


def test_the_archive_tells_no_story_twice_in_one_letter(world: World) -> None:
    """Two sources lend the same old story: one of them does."""
    world.rules = Rules(at_least=5)
    world.source(feed("arkisto", archive=True))
    world.source(feed("toinen", archive=True))
    first = world.item(TITLE, known("arkisto"), published=ago(300))
    second = world.item(NEAR, known("toinen"), published=ago(299))
    digest = world.choose()
    assert (why(digest, first), why(digest, second)) == ("archive", "same-title")


def test_the_archive_tells_no_story_of_this_year_again(world: World) -> None:
    """A twin shown half a year ago comes back no sooner than itself would."""
    world.rules = Rules(at_least=5)
    world.source(feed("arkisto", archive=True))
    world.source(feed("toinen"))
    shown = (Shown(key="2026-W22", at=SLOT - 26 * WEEK, section="other"),)
    world.item(TITLE, known("toinen"), published=ago(200), shown=shown)
    number = world.item(NEAR, known("arkisto"), published=ago(200))
    assert why(world.choose(), number) == "same-title-before"
    world.slot += 26 * WEEK
    assert why(world.choose(), number) == "archive"


def test_a_public_item_leads_before_an_internal_one(world: World) -> None:
    """So that the story keeps its place on the public page, which never names the internal source."""
    world.source(feed("intra", internal=True), title="Intranet")
    inner = world.item(NEAR, at("intra", days_ago=3), published=ago(3))
    outer = world.item(TITLE, at("vm", days_ago=1), published=ago(2))
    digest = world.choose()
    assert (picked(digest, outer).internal, picked(digest, outer).also_in) == (False, ())
    assert why(digest, inner) == "same-title"


def test_a_lesson_tells_the_story_that_is_news_elsewhere_in_the_same_letter(world: World) -> None:
    """The post about today's lesson is merged into it, whichever came first."""
    world.source(playlist("kurssi", drip=1), title="Kurssi")
    lesson = world.item(TITLE, known("kurssi", place=1), published=ago(2))
    post = world.item(NEAR, at("vm"), published=ago(1))
    digest = world.choose()
    assert (why(digest, lesson), why(digest, post)) == ("lesson", "same-title")
    assert picked(digest, lesson).also_in == ("Valtiovarainministeriö",)


def test_what_left_its_course_is_no_lesson_any_more(world: World) -> None:
    """Taken off the playlist, but still in a feed: the same story in a course is told once."""
    world.item(NEAR, at("yksi", place=1, present=False), at("vm"), published=ago(2))
    world.item(TITLE, at("kaksi", place=1), published=ago(2))
    assert len(news(world.choose())) == 1


@pytest.mark.parametrize("state", [{"dropped": True}, {"reserved_by": "2026-W47"}], ids=["dropped", "reserved"])
def test_the_archive_tells_no_story_that_was_turned_down(world: World, state: dict[str, Any]) -> None:
    """What the editor does not want, or another draft holds, does not come under another address as old material."""
    world.rules = Rules(at_least=5)
    world.source(feed("arkisto", archive=True))
    world.source(feed("toinen"))
    world.item(TITLE, known("toinen"), published=ago(200), **state)
    number = world.item(NEAR, known("arkisto"), published=ago(200))
    assert why(world.choose(), number) == "same-title-before"
