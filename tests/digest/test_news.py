"""What is news: every sentence of the rules, by example."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.model import Item, Kind, Reason, Rules, Shown, Source, SourceState
from tests.digest.world import (
    LONG_AGO,
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
    topic,
    why,
)

if TYPE_CHECKING:
    from datetime import datetime

SHOWN = (Shown(key="2026-W40", at=SLOT - 8 * WEEK, section="other"),)


@pytest.fixture
def world() -> World:
    """A feed and a playlist, both read for half a year; no filling from the archive."""
    world = World()
    world.source(feed("blogi"), title="Blogi")
    world.source(playlist("lista"), title="Lista")
    return world


# --- New means first seen by us ---------------------------------------------------------------------


def test_what_was_first_seen_after_the_baseline_is_news(world: World) -> None:
    """An entry that the source did not hold before is news, with the source and time that say so."""
    number = world.item("Uusi ohje", at("blogi"), published=ago(2))
    assert picked(world.choose(), number).reason == Reason(
        code="new", params={"source": "Blogi", "first_seen": "2026-11-22T06:00:00+00:00", "word": ""}
    )


def test_news_needs_no_date(world: World) -> None:
    """A listing page gives no dates: being new to us is enough, and no date is invented."""
    number = world.item("Päiväämätön", at("blogi"), published=None)
    assert picked(world.choose(), number).item.published is None


def test_news_waits_for_the_next_letter_however_long_it_takes(world: World) -> None:
    """Two weeks without a letter lose nothing: the period names the letter, it does not bound the news."""
    world.item("Ennen lomaa", at("blogi", days_ago=20), published=ago(21))
    assert news(world.choose()) == ["Ennen lomaa"]


def test_what_was_seen_after_the_slot_is_in_a_late_letter(world: World) -> None:
    """The cut-off is the moment of choosing, not the slot."""
    world.item("Tuore", at("blogi", days_ago=-0.001), published=ago(-0.001))
    assert news(world.choose()) == ["Tuore"]


def test_what_one_source_knew_is_not_new_because_another_begins_to_hold_it(world: World) -> None:
    """The first sighting among all decides."""
    number = world.item("Vanha tuttu", at("lista", place=3), known("blogi"))
    assert why(world.choose(), number) == "baseline"


@pytest.mark.parametrize("published", [None, ago(2)])
def test_the_baseline_of_a_source_added_today_takes_no_news_from_another(
    world: World, published: datetime | None
) -> None:
    """Both were read in the same run, so their sightings bear one time: after a baseline says more than in one."""
    world.states.insert(0, SourceState(source=feed("uusi"), title="Uusi", baseline_from=SLOT - WEEK))
    number = world.item("Uutinen", at("uusi", baseline=True), at("blogi"), published=published)
    pick = picked(world.choose(), number)
    assert (pick.reason.code, pick.source_title, pick.also_in) == ("new", "Blogi", ("Uusi",))


# --- The baseline -----------------------------------------------------------------------------------


def test_what_the_baseline_holds_is_known_not_news(world: World) -> None:
    """Otherwise the first letter would hold 300 old videos."""
    number = world.item("Vuodelta 2017", known("lista", place=1))
    assert left_out(world.choose(), number).reason == Reason(code="baseline", params={"source": "Lista"})


def test_a_baseline_item_dated_in_the_period_in_which_it_closed_is_news(world: World) -> None:
    """The first letter of a new source has this week's posts, and only those."""
    world.source(feed("uusi"), baseline_from=SLOT - WEEK, title="Uusi")
    fresh = world.item("Tällä viikolla", at("uusi", baseline=True), published=ago(3))
    old = world.item("Viime viikolla", at("uusi", baseline=True), published=ago(8))
    undated = world.item("Joskus", at("uusi", baseline=True), published=None)
    digest = world.choose()
    assert picked(digest, fresh).reason == Reason(
        code="dated", params={"source": "Uusi", "published": "2026-11-20T06:00:00+00:00", "word": ""}
    )
    assert [why(digest, old), why(digest, undated)] == ["baseline", "baseline"]


def test_the_dated_items_of_a_baseline_stay_news_until_they_are_shown(world: World) -> None:
    """A week without a letter does not lose them: the exception is bound to the baseline's period."""
    world.source(feed("uusi"), baseline_from=SLOT - 2 * WEEK)
    world.item("Sillä viikolla", at("uusi", days_ago=10, baseline=True), published=ago(11))
    assert news(world.choose()) == ["Sillä viikolla"]


def test_a_baseline_item_dated_tomorrow_is_not_news_yet(world: World) -> None:
    """Its own date is not reached: it becomes news then."""
    world.source(feed("uusi"), baseline_from=SLOT - WEEK)
    number = world.item("Huomenna", at("uusi", baseline=True), published=ago(-1))
    assert why(world.choose(), number) == "baseline"
    world.slot += WEEK
    assert why(world.choose(), number) == "dated"


@pytest.mark.parametrize(
    ("days", "code"),
    [(7, "dated"), (7.001, "baseline-open"), (-0.003, "dated"), (-0.01, "baseline-open"), (None, "baseline-open")],
)
def test_while_the_baseline_is_open_only_items_dated_in_the_running_period_are_news(
    world: World, days: float | None, code: str
) -> None:
    """100 of 250 is not complete: until it is, all is baseline, from the period's start to now, both included."""
    world.source(feed("kesken"), baseline_from=None)
    published = None if days is None else ago(days)
    number = world.item("Osa", at("kesken", baseline=True), published=published)
    assert why(world.choose(), number) == code


def test_a_new_baseline_loses_no_news_that_waits(world: World) -> None:
    """A changed url opens the baseline again: undated news of before is held until it closes, not forgotten."""
    world.source(feed("muutettu"), baseline_from=None)
    number = world.item("Odottaja", at("muutettu", days_ago=3), published=None)
    assert why(world.choose(), number) == "baseline-open"
    world.states[-1] = SourceState(source=feed("muutettu"), title="Muutettu", baseline_from=SLOT - WEEK)
    assert why(world.choose(), number) == "new"


def test_a_baseline_item_that_is_saved_again_with_a_new_date_is_no_news(world: World) -> None:
    """It was known half a year ago; a mass re-save touches 300 such."""
    number = world.item("Tallennettu uudestaan", known("blogi"), published=ago(2))
    assert why(world.choose(), number) == "baseline"


# --- Too old to be news -----------------------------------------------------------------------------


def test_an_item_older_than_its_sources_baseline_is_never_news(world: World) -> None:
    """A deleted post lets the one of 2016 slide back into a ten-item feed."""
    number = world.item("Vuodelta 2016", at("blogi"), published=ago(3650))
    assert left_out(world.choose(), number).reason == Reason(
        code="too-old",
        params={"source": "Blogi", "published": "2016-11-25T06:00:00+00:00", "since": LONG_AGO.isoformat()},
    )


def test_an_item_as_old_as_the_baselines_period_is_news(world: World) -> None:
    """The start of that period belongs to it."""
    world.item("Samana hetkenä", at("blogi"), published=LONG_AGO)
    world.item("Hetkeä ennen", at("blogi"), published=LONG_AGO - timedelta(seconds=1))
    assert news(world.choose()) == ["Samana hetkenä"]


def test_in_a_playlist_being_added_is_news_whatever_the_videos_own_date(world: World) -> None:
    """A video of 2017 that joins the list today is new to its viewers."""
    world.item("Vanha video, uusi osa", at("lista", place=7), published=ago(3300))
    assert news(world.choose()) == ["Vanha video, uusi osa"]


def test_in_a_channel_the_videos_own_date_counts(world: World) -> None:
    """A channel is in no order and its items have no places: an old video that slides back is no news."""
    world.source(Source(id="kanava", url="https://www.youtube.com/@kela/videos", kind=Kind.YOUTUBE))
    number = world.item("Vanha video", at("kanava"), published=ago(3300))
    assert why(world.choose(), number) == "too-old"


# --- One news item, one digest ----------------------------------------------------------------------


def test_what_was_shown_is_never_news_again(world: World) -> None:
    """In whatever section it stood; the reason names the digest."""
    number = world.item("Nähty", at("blogi", days_ago=60), published=ago(61), shown=SHOWN)
    assert left_out(world.choose(), number).reason == Reason(code="shown", params={"digest": "2026-W40"})


def test_what_another_draft_reserves_is_not_chosen(world: World) -> None:
    """Drafts reserve their items."""
    number = world.item("Varattu", at("blogi"), reserved_by="2026-W47")
    assert left_out(world.choose(), number).reason == Reason(code="reserved", params={"digest": "2026-W47"})


def test_a_draft_does_not_hold_its_items_from_itself(world: World) -> None:
    """Composing the same period again replaces its draft."""
    world.item("Varattu", at("blogi"), reserved_by="2026-W48")
    assert news(world.choose()) == ["Varattu"]


def test_what_the_editor_dropped_stays_dropped(world: World) -> None:
    """Week after week, until it is restored."""
    number = world.item("Pudotettu", at("blogi"), dropped=True)
    assert [why(world.send(), number), why(world.send(), number)] == ["dropped", "dropped"]
    world.change(number, dropped=False)
    assert why(world.send(), number) == "new"


# --- No candidate any more --------------------------------------------------------------------------


def test_items_of_a_source_that_left_the_file_are_no_candidates(world: World) -> None:
    """The store still knows them; the file does not."""
    number = world.item("Orpo", at("poistettu"))
    assert (why(world.choose(), number), left_out(world.choose(), number).source) == ("no-source", "poistettu")


def test_items_of_a_disabled_source_are_no_candidates(world: World) -> None:
    """``enabled: false`` is as good as gone."""
    world.source(feed("hiljaa", enabled=False))
    number = world.item("Hiljainen", at("hiljaa"))
    assert why(world.choose(), number) == "no-source"


def test_an_item_without_any_sighting_is_no_candidate(world: World) -> None:
    """Nobody holds it."""
    number = world.item("Ei missään")
    assert (why(world.choose(), number), left_out(world.choose(), number).source) == ("no-source", "")


def test_a_source_that_left_the_file_speaks_no_more_of_what_it_knew(world: World) -> None:
    """What only a removed source had seen before is new to us where we still look."""
    world.item("Uudestaan", known("poistettu"), at("blogi"))
    assert news(world.choose()) == ["Uudestaan"]


def test_a_video_that_became_private_is_no_candidate(world: World) -> None:
    """It is private everywhere, even where the last reading still shows it."""
    number = world.item("Yksityinen", at("lista", place=None, unavailable=True), at("blogi"))
    assert left_out(world.choose(), number).reason == Reason(code="unavailable", params={"source": "Lista"})


def test_a_video_that_was_taken_off_the_playlist_is_no_candidate(world: World) -> None:
    """A complete list without it means removal."""
    number = world.item("Poistettu", at("lista", present=False))
    assert left_out(world.choose(), number).reason == Reason(code="removed", params={"source": "Lista"})


def test_a_video_taken_off_one_list_is_credited_to_the_source_that_still_has_it(world: World) -> None:
    """A list that no longer has it is not named either."""
    number = world.item("Muualla", at("lista", days_ago=3, present=False), at("blogi", days_ago=2))
    pick = picked(world.choose(), number)
    assert (pick.source_title, pick.also_in) == ("Blogi", ())


def test_an_entry_that_a_feeds_window_left_behind_is_still_news(world: World) -> None:
    """A feed of ten entries forgets on Thursday what it told on Tuesday; the letter does not."""
    world.item("Tiistailta", at("blogi", days_ago=6, present=False), published=ago(6))
    assert news(world.choose()) == ["Tiistailta"]


# --- Pages still to be read -------------------------------------------------------------------------


def test_an_item_whose_title_its_page_must_tell_waits(world: World) -> None:
    """A sitemap gives an address only; once the page is read, it is news, even without a title."""
    number = world.item("", at("blogi"), card=False)
    assert why(world.choose(), number) == "awaiting-page"
    world.change(number, item=Item(url="https://a.example.fi/", key="a", card=True))
    assert why(world.choose(), number) == "new"


def test_an_item_that_has_a_title_does_not_wait_for_its_page(world: World) -> None:
    """A teaser is enough for the letter."""
    world.item("Teaserin otsikko", at("blogi"), card=False)
    assert news(world.choose()) == ["Teaserin otsikko"]


# --- Topics -----------------------------------------------------------------------------------------


def test_an_item_stands_under_its_topic_with_the_word_that_led_there(world: World) -> None:
    """Topics are found when the digest is chosen, so changed words reach stored items."""
    number = world.item("Mitä on tarinallistaminen", at("blogi"))
    assert [section.id for section in world.choose().sections] == [""]
    world.topics = (topic("tarinat", "tarinallistaminen"),)
    digest = world.choose()
    assert [section.id for section in digest.sections] == ["tarinat"]
    assert picked(digest, number).reason.params["word"] == "tarinallistaminen"


def test_an_item_with_two_topics_stands_under_the_first_in_the_files_order(world: World) -> None:
    """Once, wherever its words stand in the text."""
    world.item("LinkedIn ja tarinallistaminen", at("blogi"))
    world.topics = (topic("tarinat", "tarinallistaminen"), topic("some", "linkedin"))
    assert [(section.id, len(section.picks)) for section in world.choose().sections] == [("tarinat", 1)]


def test_a_topic_that_the_source_names_counts_like_a_word(world: World) -> None:
    """``topics: [some]`` on a source puts all its items there, but for those whose words come first."""
    world.source(feed("somesta", topics=("some",)))
    world.topics = (topic("tarinat", "tarinallistaminen"), topic("some", "linkedin"))
    world.item("Kevään kuulumiset", at("somesta"))
    world.item("Tarinallistaminen", at("somesta"))
    assert {section.id: section.picks[0].item.title for section in world.choose().sections} == {
        "tarinat": "Tarinallistaminen",
        "some": "Kevään kuulumiset",
    }


def test_an_item_of_an_only_topics_source_without_a_topic_is_left_out_with_the_reason_kept(world: World) -> None:
    """The government's feed speaks of much else; nothing of that is shown, not even in the archive."""
    world.rules = Rules(at_least=5)
    world.source(feed("valtioneuvosto", only_topics=True, archive=True), title="Valtioneuvosto")
    world.topics = (topic("some", "linkedin"),)
    number = world.item("Budjettiriihi", at("valtioneuvosto"))
    old = world.item("Vanha budjettiriihi", known("valtioneuvosto"), published=ago(300))
    digest = world.choose()
    assert left_out(digest, number).reason == Reason(code="no-topic", params={"source": "Valtioneuvosto"})
    assert why(digest, old) == "no-topic"


def test_one_holder_that_takes_everything_is_enough(world: World) -> None:
    """An item without a topic is wanted by the blog, though not by the government's feed."""
    world.source(feed("valtioneuvosto", only_topics=True))
    world.item("Budjettiriihi", at("valtioneuvosto"), at("blogi"))
    assert news(world.choose()) == ["Budjettiriihi"]


def test_an_item_that_nobody_wants_does_not_wait_in_the_archive(world: World) -> None:
    """Its reason stays "no-topic", also in a letter that is full with other old material."""
    world.rules = Rules(at_least=1)
    world.source(feed("valtioneuvosto", only_topics=True, archive=True))
    world.item("Vanha osa", known("lista", place=1), published=ago(3000))
    number = world.item("Budjettiriihi", at("valtioneuvosto"))
    assert why(world.choose(), number) == "no-topic"
