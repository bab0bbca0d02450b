"""Which stored item an entry is: no item twice, no two in one, and nothing forgotten on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model import Reading
from tests.store.collector import DAY, HOUR, NOW, article, feed, gone, playlist, video

if TYPE_CHECKING:
    from pipeline.store import Store
    from tests.store.collector import Collector


def test_a_corrected_slug_is_the_same_item(collector: Collector) -> None:
    """The publisher's id says so; readers are sent to the new address."""
    collector.reads(feed(), article("otiskko", guid="1"), article("toinen", guid="2"))

    recorded = collector.reads(
        feed(), article("otsikko", guid="1", title="Otsikko"), article("toinen", guid="2"), now=NOW + DAY
    )

    assert recorded.new == 0
    assert collector.titles(feed()) == ["Otsikko", "Toinen"]
    assert collector.candidate("Otsikko").item.url == "https://blog.example.fi/otsikko"
    assert collector.candidate("Otsikko").first_seen == NOW


def test_a_corrected_slug_is_found_by_either_address_from_elsewhere(collector: Collector) -> None:
    """Another source may still link to the old address, or already to the new one."""
    collector.reads(feed(), article("vanha", guid="1"), article("x", guid="2"))
    collector.reads(feed(), article("uusi", guid="1", title="Vanha"), article("x", guid="2"), now=NOW + HOUR)

    first = collector.reads(feed("toinen"), article("vanha"), article("y"), now=NOW + DAY)
    second = collector.reads(feed("kolmas"), article("uusi", title="Vanha"), article("z"), now=NOW + DAY)

    assert (first.new, second.new) == (1, 1)
    sightings = collector.candidate("Vanha").sightings
    assert {one.source for one in sightings} == {"blog", "toinen", "kolmas"}


def test_a_corrected_id_is_the_same_item(collector: Collector) -> None:
    """A URL that is unique in the reading says so."""
    collector.reads(feed(), article("a", guid="?p=1"), article("b", guid="?p=2"))

    recorded = collector.reads(feed(), article("a", guid="tag:1"), article("b", guid="tag:2"), now=NOW + DAY)

    assert recorded.new == 0


def test_an_entry_that_loses_its_id_for_a_day_is_still_known_by_it(collector: Collector) -> None:
    """The latest id that it had is kept: it may be all that is left when the URL is corrected next."""
    collector.reads(feed(), article("a", guid="1"), article("b", guid="2"))
    collector.reads(feed(), article("a"), article("b"), now=NOW + HOUR)

    recorded = collector.reads(feed(), article("a-uusi", guid="1"), article("b", guid="2"), now=NOW + DAY)

    assert recorded.new == 0


def test_entries_with_one_link_and_their_own_ids_are_items_of_their_own(collector: Collector) -> None:
    """A feed whose entries all link to one page: two announcements, not one, today and tomorrow."""
    both = (article("ajankohtaista", guid="1", title="Eka"), article("ajankohtaista", guid="2", title="Toka"))

    assert collector.reads(feed(), *both).new == 2
    assert collector.reads(feed(), *both, now=NOW + HOUR).new == 0
    third = article("ajankohtaista", guid="3", title="Kolmas")
    assert collector.reads(feed(), third, *both, now=NOW + DAY).new == 1

    assert collector.titles(feed()) == ["Eka", "Toka", "Kolmas"]
    assert {one.item.url for one in collector.candidates(feed())} == {"https://blog.example.fi/ajankohtaista"}


def test_a_newcomer_at_an_address_that_another_left_is_new(collector: Collector) -> None:
    """The old item moved to its corrected slug in the same reading."""
    collector.reads(feed(), article("uutinen", guid="1", title="Eka"))

    recorded = collector.reads(
        feed(),
        article("uutinen", guid="2", title="Toka"),
        article("uutinen-1", guid="1", title="Eka"),
        now=NOW + DAY,
    )

    assert recorded.new == 1
    assert collector.titles(feed()) == ["Eka", "Toka"]
    assert collector.reads(feed(), article("uutinen", guid="2", title="Toka"), now=NOW + 2 * DAY).new == 0


def test_the_same_url_in_two_sources_is_one_item(collector: Collector) -> None:
    """Read in one batch or one after the other."""
    collector.reads(feed(), article("a"))
    collector.reads(feed("toinen"), article("a"), article("b"))

    assert collector.titles(feed(), feed("toinen")) == ["A", "B"]
    assert {one.source for one in collector.candidate("A").sightings} == {"blog", "toinen"}


def test_two_sources_of_one_batch_meet_in_one_item(collector: Collector) -> None:
    """The second finds what the first has just brought."""
    first, second = collector.record(
        (feed(), Reading(items=(article("a"), article("b")))),
        (feed("toinen"), Reading(items=(article("b"), article("c")))),
    )

    assert (getattr(first, "new", 0), getattr(second, "new", 0)) == (2, 1)
    assert collector.titles(feed(), feed("toinen")) == ["A", "B", "C"]


def test_the_same_video_in_two_playlists_is_one_item(collector: Collector) -> None:
    """With a place in each."""
    collector.reads(playlist("eka"), video(1), video(2))
    collector.reads(playlist("toka"), video(2, place=1), video(3, place=2))

    places = {one.source: one.place for one in collector.candidate("Osa 2", playlist("eka")).sightings}
    assert places == {"eka": 2, "toka": 1}
    assert len(collector.candidates(playlist("eka"), playlist("toka"))) == 3


def test_a_video_listed_twice_is_one_item(collector: Collector) -> None:
    """It keeps its first place."""
    recorded = collector.reads(playlist(), video(1), video(2), video(1, place=3))

    assert recorded.new == 2
    assert collector.sighting("Osa 1", playlist()).place == 1


def test_items_are_updated_until_they_were_shown(collector: Collector) -> None:
    """Title, text, date and link follow the publisher; what it leaves out is not lost."""
    collector.reads(feed(), article("a", guid="1", title="Otiskko", summary="Yksi.", published=NOW - DAY))

    collector.reads(feed(), article("a", guid="1", title="Otsikko"), now=NOW + DAY)

    item = collector.candidate("Otsikko").item
    assert (item.summary, item.published) == ("Yksi.", NOW - DAY)


def test_the_words_of_an_item_are_those_of_the_source_that_had_it_first(collector: Collector) -> None:
    """They stand under its name: another source that lists the address adds what is missing, and changes nothing."""
    collector.reads(feed(), article("a", title="Oma otsikko"))
    other = article("a", title="Muun otsikko", summary="Muun kuvaus.", duration=60)
    for days in (1, 2):
        collector.reads(feed("toinen"), other, article("b"), now=NOW + days * DAY)

    item = collector.candidate("Oma otsikko").item
    assert (item.title, item.summary, item.duration) == ("Oma otsikko", "Muun kuvaus.", 60)

    collector.reads(feed(), article("a", title="Korjattu", summary="Oma kuvaus."), now=NOW + 3 * DAY)
    corrected = collector.candidate("Korjattu").item
    assert (corrected.summary, corrected.duration) == ("Oma kuvaus.", 60)


def test_an_update_in_the_batch_that_brings_the_item_counts(collector: Collector) -> None:
    """The second source of a batch corrects what the first has just added, and both leave one row."""
    collector.record(
        (feed(), Reading(items=(article("a", title="Otsikko"),))),
        (feed("toinen"), Reading(items=(article("a", title="Otsikko", summary="Kuvaus."),))),
    )

    assert collector.candidate("Otsikko").item.summary == "Kuvaus."


# --- Videos that are no longer public ---------------------------------------------------------------


def test_an_unavailable_video_never_becomes_an_item(collector: Collector) -> None:
    """Private from the start: nothing is known of it, and nothing is counted."""
    recorded = collector.reads(playlist(), video(1), gone(2))

    assert (recorded.items, recorded.new) == (1, 1)
    assert collector.titles(playlist()) == ["Osa 1"]


def test_an_unavailable_video_ends_a_candidate(collector: Collector) -> None:
    """It stays what it was, without a place; the others move up."""
    collector.reads(playlist(), video(1), video(2), video(3))

    collector.reads(playlist(), video(1), gone(2), video(3, place=2), now=NOW + DAY)

    lost, kept = collector.sighting("Osa 2", playlist()), collector.sighting("Osa 3", playlist())
    assert (lost.unavailable, lost.present, lost.place) == (True, True, None)
    assert (kept.unavailable, kept.present, kept.place) == (False, True, 2)


def test_a_restored_video_comes_back(collector: Collector) -> None:
    """As the item that it was, not as a new one."""
    collector.reads(playlist(), video(1), video(2))
    collector.reads(playlist(), video(1), gone(2), now=NOW + HOUR)

    recorded = collector.reads(playlist(), video(1), video(2), now=NOW + DAY)

    restored = collector.sighting("Osa 2", playlist())
    assert recorded.new == 0
    assert (restored.unavailable, restored.place, restored.first_seen, restored.baseline) == (False, 2, NOW, True)


def test_a_video_made_public_later_is_new_then(collector: Collector) -> None:
    """It was in the list all along, but nobody could see it."""
    collector.reads(playlist(), video(1), gone(2))

    recorded = collector.reads(playlist(), video(1), video(2), now=NOW + DAY)

    assert recorded.new == 1
    assert not collector.sighting("Osa 2", playlist()).baseline


def test_an_unavailable_video_that_another_source_holds_is_none_of_ours(collector: Collector) -> None:
    """What is private in a list that never showed it says nothing about the list that does."""
    collector.reads(playlist("eka"), video(1))

    collector.reads(playlist("toka"), gone(1), video(2))

    assert [one.source for one in collector.candidate("Osa 1", playlist("eka")).sightings] == ["eka"]


# --- Absences ---------------------------------------------------------------------------------------


def test_a_complete_playlist_that_lacks_a_video_has_lost_it(collector: Collector) -> None:
    """Absent is removed; back again is present again."""
    collector.reads(playlist(), video(1), video(2))

    collector.reads(playlist(), video(1), now=NOW + HOUR)
    assert not collector.sighting("Osa 2", playlist()).present

    assert collector.reads(playlist(), video(1), video(2), now=NOW + DAY).new == 0
    assert collector.sighting("Osa 2", playlist()).present


def test_an_incomplete_playlist_has_lost_nothing(collector: Collector) -> None:
    """100 of 250 shows what there is, never what there is not."""
    collector.reads(playlist(), video(1), video(2))

    collector.reads(playlist(), video(1), complete=False, now=NOW + DAY)

    assert collector.sighting("Osa 2", playlist()).present


def test_a_playlist_read_up_to_its_limit_has_lost_nothing(collector: Collector) -> None:
    """What lies beyond the limit may well be there."""
    capped = playlist(limit=2)
    collector.reads(capped, video(1), video(2))

    collector.reads(capped, video(3, place=1), video(1, place=2), now=NOW + DAY)

    assert collector.sighting("Osa 2", capped).present


def test_a_feed_loses_nothing_by_being_short(collector: Collector) -> None:
    """A feed holds the newest ten; the others still stand on the site."""
    collector.reads(feed(), article("a"), article("b"))

    collector.reads(feed(), article("c"), article("b"), now=NOW + DAY)

    assert collector.sighting("A").present


def test_an_absence_in_one_source_is_none_in_another(collector: Collector) -> None:
    """A video that left one list may stay in another."""
    for name in ("eka", "toka"):
        collector.reads(playlist(name), video(1), video(2))

    collector.reads(playlist("eka"), video(1), now=NOW + DAY)

    present = {one.source: one.present for one in collector.candidate("Osa 2", playlist("eka")).sightings}
    assert present == {"eka": False, "toka": True}


def test_places_follow_the_list(collector: Collector) -> None:
    """A place is the rank in the last reading."""
    collector.reads(playlist(), video(1), video(2))

    collector.reads(playlist(), video(2, place=1), video(1, place=2), now=NOW + DAY)

    assert [collector.sighting(f"Osa {n}", playlist()).place for n in (1, 2)] == [2, 1]


def test_what_a_source_held_is_known_by_every_key(collector: Collector, store: Store) -> None:
    """By the item's own key and by the address under which this source gives it."""
    collector.reads(feed(), article("vanha", guid="1"))
    collector.reads(feed(), replace(article("uusi", guid="1"), title="Vanha"), now=NOW + DAY)

    assert store.readings.known(feed()).keys == {"blog.example.fi/vanha", "blog.example.fi/uusi"}


def test_the_counts_are_by_source(collector: Collector, store: Store) -> None:
    """An item that two sources hold counts in both."""
    collector.reads(feed(), article("a"), article("b"))
    collector.reads(feed("toinen"), article("b"))

    assert Counter(store.readings.item_counts()) == {"blog": 2, "toinen": 1}
