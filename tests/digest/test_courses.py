"""Courses: old playlists handed out in order, a lesson at a time, until they are through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.model import CoursePlace, Reason, Rules, SectionKind, SourceState
from tests.digest.world import (
    SLOT,
    WEEK,
    World,
    at,
    feed,
    known,
    left_out,
    news,
    picked,
    playlist,
    titles,
    topic,
    why,
)

if TYPE_CHECKING:
    from pipeline.model import Digest

CLAIMS = (
    "Tarinallistaminen on vain muotitermi",
    "Julkishallinto ei voi tarinallistaa",
    "En osaa aloittaa tarinallistamista",
    "Tarinat ovat lapsille",
    "Tarinallistaminen on kallista",
    "Minulla ei ole aikaa",
)


def course(world: World, name: str, parts: tuple[str, ...], *, drip: int = 1) -> list[int]:
    """Add a dripping playlist whose parts were all in its baseline; return their numbers."""
    world.source(playlist(name, drip=drip), title=name.capitalize())
    return [world.item(part, known(name, place=place), duration=252) for place, part in enumerate(parts, start=1)]


def lessons(digest: Digest) -> list[str]:
    """Return a digest's lessons as they are printed: title and place."""
    return [
        f"{pick.item.title}, osa {pick.course.place}/{pick.course.total}"
        for pick in digest.picks
        if pick.course is not None
    ]


@pytest.fixture
def world() -> World:
    """Nothing but what a test adds; no filling from the archive."""
    return World()


def test_a_letter_has_the_next_lesson_with_its_place_and_what_comes_next(world: World) -> None:
    """It reads "Tarinallistaminen, osa 2/6" in the second letter."""
    parts = course(world, "tarinallistaminen", CLAIMS)
    world.send()
    digest = world.send()
    assert titles(digest, SectionKind.LESSONS) == [CLAIMS[1]]
    assert picked(digest, parts[1]).course == CoursePlace(
        source="tarinallistaminen", title="Tarinallistaminen", place=2, total=6, next_title=CLAIMS[2]
    )
    assert picked(digest, parts[1]).reason == Reason(
        code="lesson", params={"source": "Tarinallistaminen", "place": 2, "total": 6}
    )


def test_a_course_goes_through_to_its_end(world: World) -> None:
    """Six letters, six lessons, nothing twice; the operator hears of the last, and then there is nothing."""
    course(world, "tarinallistaminen", CLAIMS)
    letters = [world.send() for _ in range(7)]
    assert [lessons(letter) for letter in letters] == [
        *([f"{claim}, osa {place}/6"] for place, claim in enumerate(CLAIMS, start=1)),
        [],
    ]
    ending = Reason(code="course-ends", params={"source": "Tarinallistaminen"})
    assert [letter.notices for letter in letters] == [(), (), (), (), (), (ending,), ()]
    assert letters[6].is_empty


def test_a_lesson_made_private_is_left_out_and_comes_next_once_it_is_restored(world: World) -> None:
    """Of seven, lesson 5 goes private in week 4: "osa 5/6" follows; restored, it comes next, as 5 of 7."""
    parts = course(world, "kurssi", tuple("abcdefg"))
    sent = [world.send() for _ in range(4)]
    world.resight(parts[4], "kurssi", unavailable=True, place=None)
    for place, part in enumerate(parts[5:], start=5):
        world.resight(part, "kurssi", place=place)
    sent.append(world.send())
    world.resight(parts[4], "kurssi", unavailable=False, place=5)
    for place, part in enumerate(parts[5:], start=6):
        world.resight(part, "kurssi", place=place)
    sent += [world.send(), world.send(), world.send()]
    assert [lessons(letter) for letter in sent] == [
        ["a, osa 1/7"],
        ["b, osa 2/7"],
        ["c, osa 3/7"],
        ["d, osa 4/7"],
        ["f, osa 5/6"],
        ["e, osa 5/7"],
        ["g, osa 7/7"],
        [],
    ]


def test_a_lesson_taken_off_the_list_counts_no_more(world: World) -> None:
    """The stored places may have gaps until the next reading: the rank counts."""
    parts = course(world, "kurssi", tuple("abc"))
    world.resight(parts[0], "kurssi", present=False)
    digest = world.choose()
    assert (lessons(digest), why(digest, parts[0])) == (["b, osa 1/2"], "removed")


def test_what_left_a_course_is_an_item_like_any_other_where_it_still_is(world: World) -> None:
    """Taken off the playlist, a video is no part any more: a feed that has it may tell it."""
    course(world, "kurssi", ("a", "b"))
    world.source(feed("blogi"))
    number = world.item("c", at("kurssi", place=3, present=False), at("blogi"))
    assert why(world.choose(), number) == "new"


def test_a_lesson_added_after_the_end_is_the_next_lesson(world: World) -> None:
    """A course that grows goes on: the newcomer is a lesson, not news."""
    course(world, "kurssi", ("a", "b"))
    world.send()
    world.send()
    world.item("c", at("kurssi", place=3))
    digest = world.send()
    assert (lessons(digest), news(digest)) == (["c, osa 3/3"], [])


def test_drip_says_how_many_lessons_a_letter_has_and_the_last_says_what_comes_next(world: World) -> None:
    """Two lessons stand one below the other: the first needs no announcement of the second."""
    first, second, third = course(world, "kurssi", ("a", "b", "c"), drip=2)
    digest = world.send()
    assert lessons(digest) == ["a, osa 1/3", "b, osa 2/3"]
    places = [picked(digest, number).course for number in (first, second)]
    assert [place and (place.next_title, place.followed) for place in places] == [(None, True), ("c", False)]
    last = picked(world.send(), third).course
    assert last is not None
    assert (last.next_title, last.followed) == (None, False)


def test_courses_stand_in_the_files_order(world: World) -> None:
    """One lesson of each."""
    course(world, "somepreesens", ("Twitter", "LinkedIn"))
    course(world, "tarinat", CLAIMS)
    assert titles(world.choose()) == ["Twitter", CLAIMS[0]]


def test_a_video_that_two_courses_share_is_handed_out_once(world: World) -> None:
    """The first course has it; the second goes on to its own next part, and counts it as its place."""
    world.source(playlist("yksi", drip=1))
    world.source(playlist("kaksi", drip=1))
    world.item("Yhteinen", known("yksi", place=1), known("kaksi", place=1))
    world.item("Toinen", known("kaksi", place=2))
    digest = world.send()
    assert lessons(digest) == ["Yhteinen, osa 1/1", "Toinen, osa 2/2"]
    assert digest.picks[0].also_in == ("kaksi",)
    assert world.send().is_empty


def test_the_parts_of_a_dripping_course_are_never_news(world: World) -> None:
    """Not in this source nor in another that holds them too, until the course is through."""
    course(world, "kurssi", ("a", "b"))
    world.source(feed("kanava"))
    number = world.item("c", at("kurssi", place=3), at("kanava"))
    assert left_out(world.choose(), number).reason == Reason(code="course-later", params={"source": "Kurssi"})


def test_the_parts_of_a_dripping_course_are_never_archive(world: World) -> None:
    """A thin letter is not filled with the lessons of the coming weeks, nor with those of a year ago."""
    world.rules = Rules(at_least=5, repeat_after=2)
    parts = course(world, "kurssi", tuple("abcdef"))
    letters = [world.send() for _ in range(5)]
    assert [len(letter.picks) for letter in letters] == [1, 1, 1, 1, 1]
    assert (why(letters[4], parts[0]), why(letters[4], parts[5])) == ("shown", "course-later")


def test_once_through_a_course_lends_to_the_archive(world: World) -> None:
    """Its lessons come back when ``repeat_after`` has passed."""
    world.rules = Rules(at_least=1, repeat_after=2)
    course(world, "kurssi", ("a", "b"))
    assert [titles(world.send()) for _ in range(4)] == [["a"], ["b"], ["a"], ["b"]]


def test_the_drip_waits_for_the_baseline(world: World) -> None:
    """Before a complete reading nobody knows the order: no lesson, no news, no archive."""
    world.rules = Rules(at_least=5)
    number = course(world, "kurssi", ("a",))[0]
    world.states[0] = SourceState(source=world.states[0].source, title="Kurssi", baseline_from=None)
    digest = world.choose()
    assert digest.is_empty
    assert left_out(digest, number).reason == Reason(code="course-waits", params={"source": "Kurssi"})


def test_a_part_without_a_place_waits_for_the_next_complete_reading(world: World) -> None:
    """An incomplete reading adds videos, but does not rank them: no lesson yet, nor news."""
    course(world, "kurssi", ("a",))
    number = world.item("Uusi", at("kurssi", place=None))
    assert (lessons(world.send()), why(world.send(), number)) == (["a, osa 1/1"], "course-later")
    world.resight(number, "kurssi", place=2)
    assert lessons(world.send()) == ["Uusi, osa 2/2"]


def test_a_channel_has_no_places_and_is_no_course(world: World) -> None:
    """A drip on it changes nothing: its new videos are news."""
    world.source(playlist("kanava", drip=1))
    world.item("Uusi video", at("kanava"))
    assert news(world.choose()) == ["Uusi video"]


def test_without_a_drip_a_playlist_hands_nothing_out(world: World) -> None:
    """Its additions are news and its past is archive."""
    world.source(playlist("lista"))
    world.item("Vanha", known("lista", place=1))
    world.item("Uusi", at("lista", place=2))
    digest = world.choose()
    assert (lessons(digest), news(digest)) == ([], ["Uusi"])


def test_a_dropped_lesson_is_skipped_and_keeps_its_place(world: World) -> None:
    """The editor drops lesson 1: lesson 2 of 3 follows; dropped to the end, the course is through."""
    parts = course(world, "kurssi", ("a", "b", "c"))
    world.change(parts[0], dropped=True)
    letters = [world.send(), world.send(), world.send()]
    assert [lessons(letter) for letter in letters] == [["b, osa 2/3"], ["c, osa 3/3"], []]
    assert [notice.code for notice in letters[1].notices] == ["course-ends"]


def test_a_lesson_in_another_draft_is_not_handed_out_again(world: World) -> None:
    """The draft of last week will show it; this letter goes on."""
    parts = course(world, "kurssi", ("a", "b"))
    world.change(parts[0], reserved_by="2026-W47")
    digest = world.choose()
    assert (lessons(digest), digest.notices) == (["b, osa 2/2"], ())


def test_what_the_archive_has_shown_is_no_lesson_any_more(world: World) -> None:
    """A drip that begins on a playlist which lent to the archive goes on where that stopped."""
    world.rules = Rules(at_least=2)
    world.source(playlist("lista"))
    for place, title in enumerate("abcd", start=1):
        world.item(title, known("lista", place=place))
    assert titles(world.send(), SectionKind.ARCHIVE) == ["a", "b"]
    world.states[0] = SourceState(
        source=playlist("lista", drip=1), title="Lista", baseline_from=world.states[0].baseline_from
    )
    assert lessons(world.send()) == ["c, osa 3/4"]


def test_a_course_that_takes_only_topics_skips_the_parts_without_one(world: World) -> None:
    """A part without a topic is shown "not at all", as anywhere; the course counts it and ends without it."""
    world.topics = (topic("some", "linkedin"),)
    world.source(playlist("kurssi", drip=1, only_topics=True), title="Kurssi")
    other = world.item("Joulutervehdys", known("kurssi", place=1))
    world.item("LinkedIn tutuksi", known("kurssi", place=2))
    digest = world.send()
    assert (lessons(digest), [notice.code for notice in digest.notices]) == (
        ["LinkedIn tutuksi, osa 2/2"],
        ["course-ends"],
    )
    assert why(world.send(), other) != "lesson"


def test_a_year_of_letters_hands_every_lesson_out_once(world: World) -> None:
    """Three courses of 5, 6 and 6 as the founding article has them, with a feed beside them."""
    world.rules = Rules(at_least=5)
    world.source(feed("blogi"))
    for name, size in (("kela", 5), ("tarinallistaminen", 6), ("somepreesens", 6)):
        course(world, name, tuple(f"{name} {part}" for part in range(1, size + 1)))
    handed_out = []
    for week in range(52):
        world.item(f"Kirjoitus viikolla {week}", at("blogi", days_ago=1 - 7 * week))
        digest = world.send()
        handed_out += [pick.item.title for pick in digest.picks if pick.course is not None]
        assert len(news(digest)) == 1
    assert len(handed_out) == len(set(handed_out)) == 17
    assert world.slot == SLOT + 52 * WEEK


def test_a_course_that_waits_hands_out_nothing_that_has_no_place_yet_either(world: World) -> None:
    """Before its first complete reading all its parts are held back, and a part whose title is not known waits too."""
    world.rules = Rules(at_least=5)
    world.source(playlist("kurssi", drip=1), baseline_from=None)
    number = world.item("Osa", known("kurssi"))
    assert why(world.choose(), number) == "course-waits"
    world.states[0] = SourceState(source=world.states[0].source, title="kurssi", baseline_from=SLOT - 26 * WEEK)
    first = world.item("", known("kurssi", place=1), card=False)
    second = world.item("Toinen osa", known("kurssi", place=2))
    digest = world.choose()
    assert (why(digest, first), why(digest, second)) == ("course-later", "lesson")
