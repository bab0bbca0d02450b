"""What fills a thin letter, what a flood leaves to the page, and the order of it all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.model import Reason, Rules, SectionKind, Shown
from tests.digest.world import (
    SLOT,
    WEEK,
    World,
    ago,
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


def shown(weeks_ago: float, section: str = "archive") -> tuple[Shown, ...]:
    """Return one showing, so many weeks before the slot."""
    return (Shown(key="earlier", at=SLOT - timedelta(weeks=weeks_ago), section=section),)


@pytest.fixture
def world() -> World:
    """A blog that lends nothing, and a playlist that lends; five items make a letter."""
    world = World(rules=Rules(at_least=5))
    world.source(feed("blogi"), title="Blogi")
    world.source(playlist("lista"), title="Lista")
    return world


# --- The archive ------------------------------------------------------------------------------------


def test_a_thin_letter_is_filled_from_the_archive(world: World) -> None:
    """Two news and one lesson leave room for two."""
    world.item("Uutinen", at("blogi"))
    world.item("Toinen", at("blogi"))
    world.source(playlist("kurssi", drip=1))
    world.item("Oppitunti", known("kurssi", place=1))
    for place, title in enumerate(("Eka", "Toka", "Kolmas"), start=1):
        world.item(title, known("lista", place=place))
    digest = world.choose()
    assert titles(digest, SectionKind.ARCHIVE) == ["Eka", "Toka"]
    assert [pick.reason for pick in digest.picks[3:]] == [Reason(code="archive", params={"source": "Lista"})] * 2
    assert left_out(digest, 6).reason == Reason(code="archive-later", params={"source": "Lista"})


def test_a_letter_that_is_full_without_it_takes_nothing_from_the_archive(world: World) -> None:
    """The reasons why the old is no news stand."""
    for number in range(5):
        world.item(f"Uutinen {number}", at("blogi"))
    old = world.item("Vanha", known("lista", place=1))
    digest = world.choose()
    assert (titles(digest, SectionKind.ARCHIVE), why(digest, old)) == ([], "baseline")


def test_a_daily_letter_is_not_filled(world: World) -> None:
    """``at_least`` is 0 for daily letters: nothing new is no letter."""
    world.rules = Rules(at_least=0)
    world.item("Vanha", known("lista", place=1))
    assert world.choose().is_empty


def test_archive_fill_alone_makes_a_letter(world: World) -> None:
    """It counts as something to hand out."""
    world.item("Vanha", known("lista", place=1))
    assert not world.choose().is_empty


def test_only_sources_that_say_so_lend_to_the_archive(world: World) -> None:
    """``archive: true``; the blog does not say it."""
    number = world.item("Vanha kirjoitus", known("blogi"))
    assert why(world.choose(), number) == "baseline"


def test_what_another_source_lends_is_credited_to_it(world: World) -> None:
    """The blog holds it too."""
    number = world.item("Vanha", known("blogi"), known("lista", place=1))
    pick = picked(world.choose(), number)
    assert (pick.source_title, pick.also_in) == ("Lista", ("Blogi",))


def test_the_archive_hands_out_the_unshown_first_then_the_oldest_by_date_first_seen_and_place(world: World) -> None:
    """In this order; the undated stand by when we first saw them."""
    world.rules = Rules(at_least=9)
    world.item("Nähty", known("lista", place=1), published=ago(4000), shown=shown(60))
    world.item("Päiväämätön osa 3", known("lista", place=3))
    world.item("Päiväämätön osa 2", known("lista", place=2))
    world.item("Vuodelta 2024", known("lista", place=4), published=ago(700))
    world.item("Vuodelta 2017", known("lista", place=5), published=ago(3300))
    assert titles(world.choose()) == [
        "Vuodelta 2017",
        "Vuodelta 2024",
        "Päiväämätön osa 2",
        "Päiväämätön osa 3",
        "Nähty",
    ]


def test_what_was_shown_comes_back_after_repeat_after_and_no_sooner(world: World) -> None:
    """52 weeks, the last of which counts in full."""
    early = world.item("Liian aikaisin", known("lista", place=1), shown=shown(51.9))
    due = world.item("Vuosi sitten", known("lista", place=2), shown=(*shown(52, "lesson"), *shown(110)))
    digest = world.choose()
    assert why(digest, early) == "shown"
    assert picked(digest, due).reason == Reason(
        code="archive-again", params={"source": "Lista", "shown": (SLOT - 52 * WEEK).isoformat()}
    )


def test_of_what_comes_back_the_longest_unseen_is_first(world: World) -> None:
    """So that all of the archive takes its turn."""
    world.item("Vuosi sitten", known("lista", place=1), shown=shown(53))
    world.item("Kaksi vuotta sitten", known("lista", place=2), shown=shown(104))
    assert titles(world.choose()) == ["Kaksi vuotta sitten", "Vuosi sitten"]


def test_untitled_and_removed_items_never_stand_in_the_archive(world: World) -> None:
    """Nor does what the list hides, the editor dropped, another draft holds or a page must still tell."""
    world.source(feed("arkisto", archive=True))
    world.item("", known("lista", place=1))
    world.item("", known("lista", place=2), card=False)
    world.item("Poistettu", known("arkisto", present=False))
    world.item("Yksityinen", known("lista", unavailable=True))
    world.item("Pudotettu", known("lista", place=3), dropped=True)
    world.item("Varattu", known("lista", place=4), reserved_by="2026-W47")
    assert world.choose().is_empty


def test_what_is_too_old_to_be_news_may_come_from_the_archive(world: World) -> None:
    """The post of 2016 that slid back into the feed is old material like any other."""
    world.source(feed("arkisto", archive=True))
    number = world.item("Vuodelta 2016", at("arkisto"), published=ago(3650))
    assert why(world.choose(), number) == "archive"


def test_the_fill_never_exceeds_the_cap(world: World) -> None:
    """Should ``at_least`` be more than ``at_most``, the cap stands."""
    world.rules = Rules(at_least=5, at_most=2)
    for place in range(1, 6):
        world.item(f"Vanha, osa {place}", known("lista", place=place))
    assert len(world.choose().picks) == 2


def test_nothing_new_and_nothing_to_hand_out_is_an_empty_digest(world: World) -> None:
    """No letter then; why each item is not in it is still told."""
    number = world.item("Tuttu", known("blogi"))
    digest = world.choose()
    assert (digest.is_empty, why(digest, number)) == (True, "baseline")


# --- A flood ----------------------------------------------------------------------------------------


def test_a_flood_is_capped_round_robin_by_source_and_the_excess_is_on_the_page(world: World) -> None:
    """One busy source does not crowd the others out: of 4 places it gets 2."""
    world.rules = Rules(at_least=0, at_most=4)
    world.source(feed("hiljainen"), title="Hiljainen")
    world.source(feed("ahkera"), title="Ahkera")
    world.source(playlist("kurssi", drip=1), title="Kurssi")
    world.item("Oppitunti", known("kurssi", place=1))
    for day in range(1, 6):
        world.item(f"Ahkera {day}", at("ahkera"), published=ago(day))
    world.item("Hiljainen", at("hiljainen"), published=ago(6))
    digest = world.choose()
    assert {pick.item.title for pick in digest.picks if pick.in_letter} == {
        "Oppitunti",
        "Hiljainen",
        "Ahkera 1",
        "Ahkera 2",
    }
    assert len(digest.picks) == 7
    assert digest.notices[0] == Reason(
        code="flood", params={"items": 7, "in_letter": 4, "source": "Ahkera", "source_items": 5}
    )


def test_the_excess_counts_as_shown(world: World) -> None:
    """It was on the page; the next letter begins with what is new then."""
    world.rules = Rules(at_least=0, at_most=1)
    world.item("Kirjeessä", at("blogi", days_ago=1))
    world.item("Sivulla", at("blogi", days_ago=2))
    assert [(pick.item.title, pick.in_letter) for pick in world.send().picks] == [
        ("Kirjeessä", True),
        ("Sivulla", False),
    ]
    assert world.send().is_empty


def test_a_letter_at_the_cap_is_no_flood(world: World) -> None:
    """No notice for exactly ``at_most``."""
    world.rules = Rules(at_least=0, at_most=2)
    world.item("Yksi", at("blogi"))
    world.item("Kaksi", at("blogi"))
    assert world.choose().notices == ()


# --- Sections and order -----------------------------------------------------------------------------


def test_sections_stand_as_topics_in_the_files_order_then_the_rest_lessons_and_the_archive(world: World) -> None:
    """Only those that hold something."""
    world.topics = (topic("tarinat", "tarinallistaminen"), topic("tyhjä", "blockchain"), topic("some", "linkedin"))
    world.source(playlist("kurssi", drip=1))
    world.item("Muuta", at("blogi"))
    world.item("LinkedIn", at("blogi"))
    world.item("Tarinallistaminen", at("blogi"))
    world.item("Oppitunti", known("kurssi", place=1))
    world.item("Vanha", known("lista", place=1))
    assert [(section.kind, section.id, section.name) for section in world.choose().sections] == [
        (SectionKind.TOPIC, "tarinat", {"fi": "Tarinat"}),
        (SectionKind.TOPIC, "some", {"fi": "Some"}),
        (SectionKind.OTHER, "", {}),
        (SectionKind.LESSONS, "", {}),
        (SectionKind.ARCHIVE, "", {}),
    ]


def test_news_stand_newest_first_by_their_own_date_or_when_we_first_saw_them(world: World) -> None:
    """An undated item stands where it came in."""
    world.item("Toissapäivänä", at("blogi", days_ago=0.5), published=ago(2))
    world.item("Nähty eilen", at("blogi", days_ago=1))
    world.item("Tänään", at("blogi", days_ago=0.5), published=ago(0.2))
    assert news(world.choose()) == ["Tänään", "Nähty eilen", "Toissapäivänä"]


def test_the_parts_of_a_playlist_stand_in_its_order(world: World) -> None:
    """Added together, they are read together, whatever the videos' own dates."""
    world.item("Osa 2", at("lista", place=2), published=ago(3000))
    world.item("Osa 3", at("lista", place=3))
    world.item("Osa 1", at("lista", place=1), published=ago(2))
    assert news(world.choose()) == ["Osa 1", "Osa 2", "Osa 3"]


def test_two_playlists_stand_one_after_the_other(world: World) -> None:
    """Seen in one run, their parts are not shuffled into one another."""
    world.source(playlist("toinen"))
    world.item("Toisen osa 1", at("toinen", place=1))
    world.item("Osa 2", at("lista", place=2))
    world.item("Toisen osa 2", at("toinen", place=2))
    world.item("Osa 1", at("lista", place=1))
    assert news(world.choose()) == ["Osa 1", "Osa 2", "Toisen osa 1", "Toisen osa 2"]


def test_items_of_one_time_stand_in_the_files_order_of_their_sources(world: World) -> None:
    """A run gives all that it finds one time."""
    world.source(feed("toinen"))
    world.item("Toisesta", at("toinen"))
    world.item("Blogista", at("blogi"))
    assert news(world.choose()) == ["Blogista", "Toisesta"]


# --- Credit and confidence --------------------------------------------------------------------------


def test_an_item_of_several_sources_is_credited_to_the_first_and_names_the_others(world: World) -> None:
    """In the file's order, whichever came second."""
    world.source(feed("kolmas"), title="Kolmas")
    world.item("Yhteinen", at("kolmas", days_ago=1), at("blogi", days_ago=2), at("lista", days_ago=3))
    pick = world.choose().picks[0]
    assert (pick.source, pick.source_title, pick.also_in) == ("lista", "Lista", ("Blogi", "Kolmas"))


def test_what_an_internal_source_holds_is_internal(world: World) -> None:
    """Its words may be that source's own, so it is in the mail only, though the blog holds it too."""
    world.source(feed("intra", internal=True), title="Intranet")
    number = world.item("Yhteinen", at("blogi"), at("intra"))
    other = world.item("Julkinen", at("blogi"))
    digest = world.choose()
    assert (picked(digest, number).internal, picked(digest, other).internal) == (True, False)


def test_what_waits_to_come_back_says_where_it_was_shown(world: World) -> None:
    """Its time has come, but the letter has no room left: that is told by the letter that it was in."""
    world.rules = Rules(at_least=1, repeat_after=4)
    world.source(feed("arkisto", archive=True))
    shown = [Shown(key=f"2026-W{week}", at=SLOT - (47 - week) * WEEK, section="archive") for week in (30, 31)]
    first, second = (world.item(f"Vanha {one.key}", known("arkisto"), shown=(one,)) for one in shown)
    digest = world.choose()
    assert (why(digest, first), why(digest, second)) == ("archive-again", "shown")


def test_a_list_that_has_a_video_no_more_names_no_topic_for_it(world: World) -> None:
    """Its topics were about what it holds."""
    world.topics = (topic("video", "elokuva"),)
    world.source(playlist("videolista", topics=("video",)))
    world.source(feed("syote"))
    number = world.item("Jotakin", at("videolista", present=False), at("syote"))
    assert picked(world.choose(), number).topics == ()
