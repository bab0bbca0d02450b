"""Rules: what an item must be and must not be, for the whole letter and for one source, each with its reason."""
# ruff: noqa: SIM300 - the expected value stands on the left

from __future__ import annotations

import time
from typing import Any

import pytest

from pipeline.model import Conditions, ItemKind, Rules
from tests.digest.world import World, ago, at, feed, left_out, news, picked, playlist, titles, topic, why

HELD: dict[str, tuple[Any, Any]] = {
    # a rule: (values that hold of the item below, values that do not)
    "topics": (("some",), ("muu",)),
    "words": ({"fi": ("viestintä",)}, {"sv": ("viestintä",)}),
    "pattern": (r"^somessa\b", r"^viestintä"),
    "languages": (("sv", "fi"), ("en",)),
    "kinds": ((ItemKind.VIDEO,), (ItemKind.ARTICLE,)),
    "paths": (("/7",), ("/blogi/",)),
    "min_age": (3, 4),
    "max_age": (3, 2),
    "min_duration": (60, 61),
    "max_duration": (60, 59),
    "shorts": (False, True),
    "live": (True, False),
}


def world(**rules: Any) -> World:  # noqa: ANN401 - Conditions by their name
    """A video in Finnish, three days old, a minute long, no Short but a stream."""
    made = World(rules=Rules(at_least=0, **rules), topics=(topic("some", "some"), topic("muu", "muu")))
    made.source(feed("lahde"))
    made.candidates.clear()
    for _ in range(6):
        made.item("", at("muualla"))
    made.item(
        "Somessa tänään", at("lahde"), summary="Viestinnän väki puhuu.", kind=ItemKind.VIDEO, published=ago(3.1),
        duration=60, short=False, live=True,
    )  # fmt: skip
    return made


@pytest.mark.parametrize("rule", HELD)
def test_include_asks_that_it_holds_and_exclude_that_it_does_not(rule: str) -> None:
    """Each condition, with a value that holds of the item and one that does not."""
    holding, failing = ({rule: value} for value in HELD[rule])
    conditions: dict[str, Any]
    for conditions, code in (
        ({"include": Conditions(**holding)}, "new"),
        ({"include": Conditions(**failing)}, "not-included"),
        ({"exclude": Conditions(**holding)}, "excluded"),
        ({"exclude": Conditions(**failing)}, "new"),
    ):
        assert code == why(world(**conditions).choose(), 7), conditions


@pytest.mark.parametrize(
    ("rule", "value"),
    [("languages", ("en",)), ("min_age", 1000), ("max_age", 0), ("min_duration", 10_000), ("max_duration", 1),
     ("shorts", True), ("live", True)],
)  # fmt: skip
def test_what_is_not_known_of_an_item_decides_nothing(rule: str, value: Any) -> None:  # noqa: ANN401 - a column
    """An article has no length, an undated item no age, another site's video is no Short that we know of."""
    asked: dict[str, Any] = {rule: value}
    for side in ("include", "exclude"):
        conditions: dict[str, Any] = {side: Conditions(**asked)}
        made = World(rules=Rules(at_least=0, **conditions))
        made.source(feed("lahde"))
        number = made.item("Otsikko vain", at("lahde"), language=None)
        assert "new" == why(made.choose(), number)


def test_the_reason_names_the_rule_what_it_wants_and_what_was_found() -> None:
    """In the words of sources.yaml; the source is empty where the rule is the digest's."""
    digest = world(exclude=Conditions(words={"fi": ("kurssi", "viestintä")})).choose()
    assert {"source": "", "rule": "words", "wanted": "kurssi, viestintä", "found": "viestintä"} == left_out(
        digest, 7
    ).reason.params
    digest = world(include=Conditions(languages=("sv", "en"))).choose()
    assert {"source": "", "rule": "language", "wanted": "sv, en", "found": "fi"} == left_out(digest, 7).reason.params


def test_every_condition_of_include_must_hold_and_one_of_exclude_is_enough() -> None:
    """Within one condition, one entry of a list is enough."""
    every = Conditions(languages=("fi", "sv"), kinds=(ItemKind.VIDEO,))
    assert "new" == why(world(include=every).choose(), 7)
    assert "not-included" == why(world(include=Conditions(languages=("fi",), kinds=(ItemKind.AUDIO,))).choose(), 7)
    assert "excluded" == why(world(exclude=Conditions(languages=("en",), kinds=(ItemKind.VIDEO,))).choose(), 7)


@pytest.mark.parametrize(
    ("path", "holds"),
    [("/", True), ("/7", True), ("/*", True), ("*7", True), ("/8", False), ("https://www.example.fi/7", True),
     ("https://*.example.fi/", True), ("https://other.fi/", False), ("/7.", False), ("*" * 400 + "x", False)],
)  # fmt: skip
def test_paths_begin_the_address(path: str, holds: bool) -> None:  # noqa: FBT001 - a table's column
    """A star is any text, a path with a scheme is the whole address; nothing else in it is special."""
    assert ("excluded" if holds else "new") == why(world(exclude=Conditions(paths=(path,))).choose(), 7)


def test_a_sources_rules_are_about_its_own_listing() -> None:
    """What another source lists too, and wants, is shown in that one's name."""
    made = World()
    made.source(feed("tarkka", exclude=Conditions(words={"fi": ("viestintä",)})))
    made.source(feed("avoin"))
    both = made.item("Viestinnän päivä", at("tarkka", days_ago=2), at("avoin"))
    alone = made.item("Viestinnän ilta", at("tarkka"))
    digest = made.choose()
    assert ["Viestinnän päivä"] == news(digest)
    assert "avoin" == picked(digest, both).source
    assert "tarkka" == left_out(digest, alone).reason.params["source"]


def test_a_lesson_that_a_rule_keeps_out_gives_its_turn_to_the_next() -> None:
    """A course goes on without it, and its reason is the rule."""
    made = World()
    made.source(playlist("kurssi", drip=1, exclude=Conditions(shorts=True)))
    short = made.item("Lyhyt", at("kurssi", baseline=True, place=1), kind=ItemKind.VIDEO, short=True)
    made.item("Pitkä", at("kurssi", baseline=True, place=2), kind=ItemKind.VIDEO, short=False)
    digest = made.choose()
    assert ["Pitkä"] == titles(digest)
    assert "excluded" == why(digest, short)


def test_the_archive_lends_nothing_that_a_rule_keeps_out() -> None:
    """Neither by the digest's rule nor by the lender's."""
    made = World(rules=Rules(at_least=5, exclude=Conditions(pattern="vanhentunut")))
    made.source(feed("lahde", archive=True, exclude=Conditions(languages=("sv",))))
    made.item("Vanhentunut ohje", at("lahde", baseline=True))
    made.item("Gammal anvisning", at("lahde", baseline=True), language="sv")
    made.item("Hyvä ohje", at("lahde", baseline=True))
    assert ["Hyvä ohje"] == titles(made.choose())


def test_a_pattern_that_takes_for_ever_is_set_aside_and_told() -> None:
    """It decides nothing, costs 0.05 s once, and the operator hears of it."""
    slow = r"(a|aa)+$"
    made = world(exclude=Conditions(pattern=slow))
    for number in range(200):
        made.item(f"{'a' * 60}{number}", at("lahde"))
    start = time.process_time()
    digest = made.choose()
    assert time.process_time() - start < 2
    assert [("slow-pattern", {"pattern": slow})] == [
        (notice.code, dict(notice.params)) for notice in digest.notices if notice.code == "slow-pattern"
    ]
    assert "new" == why(digest, 7)
