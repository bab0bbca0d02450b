"""Cutting a digest to a choice of topics: nothing else in, nothing of theirs out, each item once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.digest import tailor, understood
from pipeline.model import Digest, Item, ItemKind, Period, Pick, Reason, Section, SectionKind, Topic

TOPICS = tuple(Topic(id=name, name={"fi": name.upper()}, words={}) for name in ("a", "b", "c", "d"))
PERIOD = Period(key="2026-W47", start=datetime(2026, 11, 9, tzinfo=UTC), end=datetime(2026, 11, 16, tzinfo=UTC))


def pick(number: int, topics: tuple[str, ...], *, in_letter: bool = True) -> Pick:
    item = Item(
        url=f"https://example.fi/{number}", key=f"example.fi/{number}", kind=ItemKind.ARTICLE, title=str(number)
    )
    return Pick(
        item_id=number,
        item=item,
        source="s",
        source_title="S",
        reason=Reason(code="new"),
        in_letter=in_letter,
        topics=topics,
    )


def section(kind: SectionKind, *picks: Pick, topic: str = "") -> Section:
    return Section(kind=kind, picks=picks, id=topic, name={"fi": topic.upper()} if topic else {})


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """A digest as it is laid out: topics in the file's order, the rest, lessons, the archive."""
    held = draw(st.lists(st.sets(st.sampled_from("abcd")), max_size=12))
    kinds = draw(st.lists(st.sampled_from(["news", "lesson", "old"]), min_size=len(held), max_size=len(held)))
    picks = [
        (kind, pick(n, tuple(sorted(topics)), in_letter=draw(st.booleans())))
        for n, (kind, topics) in enumerate(zip(kinds, held, strict=True), start=1)
    ]
    news = [one for kind, one in picks if kind == "news"]
    sections = [
        *(
            section(SectionKind.TOPIC, *(one for one in news if one.topics[:1] == (name,)), topic=name)
            for name in "abcd"
        ),
        section(SectionKind.OTHER, *(one for one in news if not one.topics)),
        section(SectionKind.LESSONS, *(one for kind, one in picks if kind == "lesson")),
        section(SectionKind.ARCHIVE, *(one for kind, one in picks if kind == "old")),
    ]
    return Digest(period=PERIOD, sections=tuple(one for one in sections if one.picks))


CHOICES = st.sets(st.sampled_from("abcd"), min_size=1).map(lambda chosen: tuple(sorted(chosen)))


@given(digest=digests(), choice=CHOICES, at_most=st.integers(min_value=0, max_value=15))
def test_exactly_the_items_of_the_chosen_topics_stand_in_it_once(
    digest: Digest, choice: tuple[str, ...], at_most: int
) -> None:
    """Whatever heading they stood below; each under the first of its chosen topics; at most so many by mail."""
    cut = tailor(digest, choice, TOPICS, at_most=at_most)

    wanted = sorted(one.item_id for one in digest.picks if set(one.topics) & set(choice))
    assert sorted(one.item_id for one in cut.picks) == wanted
    for part in cut.sections:
        assert part.picks
        assert part.kind is not SectionKind.OTHER
        if part.kind is SectionKind.TOPIC:
            assert part.name == {"fi": part.id.upper()}
            assert all(part.id == min(set(one.topics) & set(choice)) for one in part.picks)
    assert sum(one.in_letter for one in cut.picks) == min(at_most, len(wanted))
    assert tailor(cut, choice, TOPICS, at_most=at_most) == cut


@given(digest=digests(), choice=CHOICES)
def test_lessons_and_old_items_keep_their_sections_and_order(digest: Digest, choice: tuple[str, ...]) -> None:
    """A lesson stays a lesson; what came first still comes first."""
    cut = tailor(digest, choice, TOPICS, at_most=60)
    for kind in (SectionKind.LESSONS, SectionKind.ARCHIVE):
        before = [one.item_id for part in digest.sections if part.kind is kind for one in part.picks]
        after = [one.item_id for part in cut.sections if part.kind is kind for one in part.picks]
        assert after == [number for number in before if number in after]


def test_a_flooded_letter_takes_lessons_first_then_what_it_took_before() -> None:
    """The few lessons are never pushed out; news that the whole letter had go before those that only its page had."""
    news = section(SectionKind.TOPIC, pick(1, ("a",), in_letter=False), pick(2, ("a",)), topic="a")
    lesson = section(SectionKind.LESSONS, pick(3, ("a",), in_letter=False))
    cut = tailor(Digest(period=PERIOD, sections=(news, lesson)), ("a",), TOPICS, at_most=2)
    assert {one.item_id for one in cut.picks if one.in_letter} == {2, 3}


def test_a_digest_frozen_before_topics_were_kept_goes_by_its_headings() -> None:
    """An old draft says nothing of topics: what stood below a chosen heading is in, nothing else."""
    old = section(SectionKind.TOPIC, pick(1, ()), topic="b"), section(SectionKind.LESSONS, pick(2, ()))
    cut = tailor(Digest(period=PERIOD, sections=old), ("b",), TOPICS, at_most=9)
    assert [(part.id, [one.item_id for one in part.picks]) for part in cut.sections] == [("b", [1])]


def test_a_choice_is_understood_by_the_file() -> None:
    """In its order; of what is not there any more, nothing; no topic and every topic both mean everything."""
    assert understood(("d", "a", "gone"), TOPICS) == ("a", "d")
    for everything in (None, (), ("gone",), ("a", "b", "c", "d")):
        assert understood(everything, TOPICS) == ()
    assert understood(("a",), ()) == ()
