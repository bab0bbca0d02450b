"""Pages are read once for what a list leaves out; one that cannot be read is given up after three tries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model import Reading
from tests.store.collector import DAY, HOUR, NOW, WEEK, article, feed, sitemap
from tests.store.letters import freeze, is_frozen, keep_draft

if TYPE_CHECKING:
    from pipeline.model import Item
    from pipeline.store import Store
    from tests.store.collector import Collector


def page(slug: str) -> Item:
    """A page of the site of which only the address is known."""
    return article(slug, host="sivusto.example.fi", title="", language=None, card=False)


def read(waiting: Item, title: str) -> Item:
    """What the page behind it said."""
    return replace(waiting, title=title, summary="Kuvaus.", published=NOW - WEEK, card=True)


def waiting(store: Store) -> list[str]:
    return [item.key.rpartition("/")[2] for item in store.readings.known(sitemap()).uncarded]


def test_pages_wait_for_their_card(collector: Collector, store: Store) -> None:
    """News first, then what the source held before, in the order of being found."""
    collector.reads(sitemap(), page("b"), page("a"))
    collector.reads(sitemap(), page("uusi"), page("b"), page("a"), now=NOW + DAY)

    known = store.readings.known(sitemap())
    assert waiting(store) == ["uusi", "b", "a"]
    assert known.uncarded[1] == page("b")
    assert len(known.keys) == 3


def test_a_card_makes_the_item_whole(collector: Collector, store: Store) -> None:
    """Title, text and date are kept, and the page is not read again, though the list knows no more of it."""
    collector.reads(sitemap(), page("a"), page("b"))
    (first, second) = store.readings.known(sitemap()).uncarded

    collector.reads(sitemap(), page("a"), page("b"), cards=(read(first, "Eka"),), now=NOW + HOUR)
    collector.reads(sitemap(), page("a"), page("b"), now=NOW + DAY)

    item = collector.candidate("Eka", sitemap()).item
    assert (item.summary, item.published, item.card) == ("Kuvaus.", NOW - WEEK, True)
    assert store.readings.known(sitemap()).uncarded == (second,)


def test_the_words_of_a_page_are_not_overwritten_by_its_teaser(collector: Collector, store: Store) -> None:
    """A listing tells its short title every day; what the page itself said once stays."""
    teaser = replace(page("a"), title="Lyhyt", summary="Alku…")
    collector.reads(sitemap(), teaser)
    (first,) = store.readings.known(sitemap()).uncarded
    collector.reads(sitemap(), teaser, cards=(read(first, "Koko otsikko"),), now=NOW + HOUR)
    collector.reads(sitemap(), teaser, now=NOW + DAY)

    item = collector.candidate("Koko otsikko", sitemap()).item
    assert (item.summary, item.card) == ("Kuvaus.", True)


def test_a_card_read_in_an_unchanged_reading_counts(collector: Collector, store: Store) -> None:
    """The list is the same (304), but the pages that were still waiting have been read."""
    collector.reads(sitemap(), page("a"), page("b"), page("c"))
    first, second, _ = store.readings.known(sitemap()).uncarded

    collector.reads(sitemap(), unchanged=True, cards=(read(first, "Eka"),), failed_cards=(second.key,), now=NOW + HOUR)
    for hour in (2, 3):
        collector.reads(sitemap(), unchanged=True, failed_cards=(second.key,), now=NOW + hour * HOUR)

    assert collector.titles(sitemap()) == ["Eka", "", ""]
    assert waiting(store) == ["c"]


def test_a_page_that_cannot_be_read_is_given_up_after_three_tries(collector: Collector, store: Store) -> None:
    """Then the item is taken as it is."""
    collector.reads(sitemap(), page("a"), failed_cards=(page("a").key,))
    assert waiting(store) == ["a"]
    collector.reads(sitemap(), page("a"), failed_cards=(page("a").key,), now=NOW + DAY)
    assert waiting(store) == ["a"]

    collector.reads(sitemap(), page("a"), failed_cards=(page("a").key,), now=NOW + 2 * DAY)

    assert waiting(store) == []


def test_a_failed_card_of_an_unknown_page_is_nothing(collector: Collector) -> None:
    """It may have been forgotten meanwhile; the reading is written all the same."""
    recorded = collector.reads(sitemap(), page("a"), failed_cards=("sivusto.example.fi/tuntematon",))

    assert recorded.new == 1


def test_a_page_that_another_source_has_told_of_waits_no_longer(collector: Collector, store: Store) -> None:
    """The feed of the same site knows the title and the text."""
    collector.reads(sitemap(), page("a"))

    collector.reads(feed(), article("a", host="sivusto.example.fi"), now=NOW + DAY)

    assert waiting(store) == []
    assert collector.titles(sitemap()) == ["A"]


def test_a_page_that_left_the_site_is_not_read_any_more(collector: Collector, store: Store) -> None:
    """Its address leads nowhere; should it come back, it waits again."""
    collector.reads(sitemap(), page("a"), page("b"))

    collector.reads(sitemap(), page("a"), now=NOW + HOUR)
    assert waiting(store) == ["a"]

    collector.reads(sitemap(), page("a"), page("b"), now=NOW + DAY)
    assert waiting(store) == ["a", "b"]


def test_a_page_that_was_in_a_letter_is_not_read_any_more(collector: Collector, store: Store) -> None:
    """What was shown is left alone, so its card would be read in every run for nothing."""
    listed = replace(page("a"), title="Otsikko listalta")
    collector.reads(sitemap(), listed, page("b"))
    freeze(store, collector.candidate("Otsikko listalta", sitemap()), web_only=True)

    assert is_frozen(store)
    assert waiting(store) == ["b"]


def test_what_was_shown_is_left_alone(collector: Collector, store: Store) -> None:
    """A title that changes afterwards changes nothing: the letter and the archive say the same."""
    collector.reads(feed(), article("a", guid="1"))
    freeze(store, collector.candidate("A"), web_only=True)

    collector.reads(feed(), article("a", guid="1", title="Toinen otsikko"), now=NOW + DAY)

    assert collector.titles(feed()) == ["A"]


def test_what_is_only_in_a_draft_is_still_updated(collector: Collector, store: Store) -> None:
    """The editor asks for a correction and drafts again: the correction is there."""
    collector.reads(feed(), article("a", guid="1", title="Otiskko"))
    keep_draft(store, collector.candidate("Otiskko"))

    collector.reads(feed(), article("a", guid="1", title="Otsikko"), now=NOW + DAY)

    assert collector.titles(feed()) == ["Otsikko"]


def test_what_was_only_in_a_trial_is_still_updated(collector: Collector, store: Store) -> None:
    """A digest that nobody was owed gives way to the next one; it costs nothing, not even a correction."""
    collector.reads(feed(), article("a", guid="1", title="Otiskko"))
    freeze(store, collector.candidate("Otiskko"))

    collector.reads(feed(), article("a", guid="1", title="Otsikko"), now=NOW + DAY)

    assert collector.titles(feed()) == ["Otsikko"]


def test_many_failed_cards_are_one_question(collector: Collector, store: Store) -> None:
    """A batch asks the database a fixed number of times, however many cards failed."""
    pages = [page(f"p{number}") for number in range(30)]
    collector.reads(sitemap(), *pages)

    few = statements(collector, store, pages[:1])
    many = statements(collector, store, pages[1:])

    assert few == many


def statements(collector: Collector, store: Store, failed: list[Item]) -> int:
    import sqlalchemy as sa  # noqa: PLC0415

    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    reading = Reading(unchanged=True, failed_cards=tuple(item.key for item in failed))
    engine = store._database.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        collector.record((sitemap(), reading))
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    return len(asked)
