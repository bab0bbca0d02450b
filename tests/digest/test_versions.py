"""One article in several languages is one item: shown once, each edition with its own address."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

from pipeline.model import Conditions, Rules, Version
from tests.digest.world import World, ago, at, feed, left_out, news, picked, titles, why

FI, SV, EN = (f"https://www.example.fi/{number}" for number in (1, 2, 3))


def world(*sources: str, at_least: int = 0) -> World:
    """A world with feeds; its first three items have the addresses above."""
    made = World(rules=Rules(at_least=at_least))
    for source in sources or ("fi", "sv"):
        made.source(feed(source, archive=True))
    return made


def test_the_first_seen_is_shown_with_the_others_addresses_and_words() -> None:
    """Linked from one side is enough; of a language that no source holds, only the address is known."""
    made = world()
    fi = made.item(
        "Saavutettavuus",
        at("fi", days_ago=2),
        addresses=(Version(language="en", url=EN), Version(language="sv", url=SV)),
    )
    sv = made.item("Tillgänglighet", at("sv"), language="sv", summary="Det lönar sig.")
    digest = made.choose()
    assert ["Saavutettavuus"] == titles(digest)
    assert (
        Version(language="en", url=EN),
        Version(language="sv", url=SV, title="Tillgänglighet", summary="Det lönar sig."),
    ) == picked(digest, fi).versions
    assert {"source": "fi", "title": "Saavutettavuus", "language": "fi"} == left_out(digest, sv).reason.params


def test_the_words_of_a_version_are_kept_where_only_its_page_was_read() -> None:
    """Two items of one article may name the same address: the one that knows its title tells it."""
    made = world()
    known = Version(language="en", url=EN, title="Accessibility", summary="It pays.")
    fi = made.item("Saavutettavuus", at("fi", days_ago=2), addresses=(Version(language="sv", url=SV), known))
    made.item("Tillgänglighet", at("sv"), language="sv", addresses=(Version(language="en", url=EN),))
    digest = made.choose()
    assert known in picked(digest, fi).versions


def test_three_languages_that_name_each_other_in_a_chain_are_one() -> None:
    """Finnish names Swedish, Swedish names English."""
    made = world("a", "b", "c")
    made.item("Yksi", at("a", days_ago=3), addresses=(Version(language="sv", url=SV),))
    made.item("Ett", at("b", days_ago=2), language="sv", addresses=(Version(language="en", url=EN),))
    made.item("One", at("c"), language="en")
    assert ["Yksi"] == titles(made.choose())


def test_a_translation_that_comes_later_is_no_news() -> None:
    """Shown last week in Finnish, or old in Finnish since the baseline: the article is known."""
    made = world()
    made.item("Uutinen", at("fi"), addresses=(Version(language="sv", url=SV),))
    assert ["Uutinen"] == news(made.send())
    made.item("Nyhet", at("sv", days_ago=-6), language="sv")
    assert "other-language-before" == why(made.choose(), 2)
    made = world()
    made.item("Vanha", at("fi", days_ago=100, baseline=True), addresses=(Version(language="sv", url=SV),))
    made.item("Gammal", at("sv"), language="sv")
    assert "other-language-before" == why(made.choose(), 2)


def test_the_archive_does_not_lend_what_was_shown_in_another_language() -> None:
    """Nor both of two languages."""
    made = world(at_least=5)
    made.item("Vanha", at("fi", days_ago=100, baseline=True), addresses=(Version(language="sv", url=SV),))
    made.item("Gammal", at("sv", days_ago=100, baseline=True), language="sv")
    assert ["Vanha"] == titles(made.send())
    assert [] == titles(made.choose())


def test_an_address_that_many_articles_name_joins_none() -> None:
    """A site without translations links every page to the same list."""
    made = world()
    for title in ("Yksi asia", "Toinen aivan muu"):
        made.item(title, at("fi"), addresses=(Version(language="en", url=EN),))
    made.item("Articles", at("sv"), language="en")
    assert {"Yksi asia", "Toinen aivan muu", "Articles"} == set(titles(made.choose()))
    assert () == picked(made.choose(), 1).versions


def test_a_group_that_would_hold_two_of_one_language_is_none() -> None:
    """A Swedish page names another Finnish one than that which names it: somebody links wrongly, nobody loses."""
    made = world()
    made.item("Yksi", at("fi"), addresses=(Version(language="sv", url=SV),))
    made.item("Ett", at("sv"), language="sv", addresses=(Version(language="fi", url=EN),))
    made.item("Toinen", at("fi"))
    assert {"Yksi", "Ett", "Toinen"} == set(titles(made.choose()))


def test_a_page_in_another_language_than_it_was_named_in_is_not_joined() -> None:
    """The link says Swedish and the page is English: somebody's mistake."""
    made = world()
    made.item("Yksi", at("fi"), addresses=(Version(language="sv", url=SV),))
    made.item("Two", at("sv"), language="en")
    assert {"Yksi", "Two"} == set(titles(made.choose()))


def test_what_only_an_internal_source_holds_is_not_linked_from_a_public_item() -> None:
    """Its words are the internal source's own."""
    made = World(rules=Rules(at_least=0))
    made.source(feed("julkinen"))
    made.source(feed("sisainen", internal=True))
    fi = made.item("Julkinen", at("julkinen", days_ago=2), addresses=(Version(language="sv", url=SV),))
    made.item("Intern", at("sisainen"), language="sv")
    (version,) = picked(made.choose(), fi).versions
    assert ("", SV) == (version.title, version.url)


def test_only_a_version_that_was_known_before_makes_an_article_old() -> None:
    """One that comes later is old by itself; one that came before and was not wanted then told nobody anything."""
    made = world()
    made.item("Uusi", at("fi", days_ago=3), addresses=(Version(language="sv", url=SV),))
    made.item("Gammal", at("sv", days_ago=1), language="sv", published=ago(3000))
    assert ["Uusi"] == news(made.choose())
    made = world()
    made.source(feed("muut", exclude=Conditions(languages=("fi",))))
    made.item("Ei haluttu", at("muut", days_ago=3), addresses=(Version(language="sv", url=SV),))
    made.item("Nyhet", at("sv", days_ago=1), language="sv")
    assert ["Nyhet"] == news(made.choose())
