"""The groups include and exclude: what they mean, and what is wrong with a wrong one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ConfigError
from pipeline.model import Conditions, ItemKind, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline import config


def test_every_condition_is_taken(load: Callable[..., config.Config]) -> None:
    """For the whole letter and for one source; one value stands for a list of one."""
    loaded = load(
        """
        digest:
          exclude: {words: {fi: [avoin työpaikka]}, pattern: '^Haettavana', max_duration: 1 h 30 min}
        topics: [{id: some}]
        sources:
          - url: https://x.fi/feed
            text: full
            include: {topics: some, words: [kurssi], language: [fi, sv], kind: video, path: [/blogi/, '/*/kurssi'],
                      min_age: 0, max_age: 30, min_duration: '1:30', shorts: false, live: true}
        """
    )
    assert (
        Conditions(words={"fi": ("avoin työpaikka",)}, pattern="^Haettavana", max_duration=5400)
        == loaded.digest.rules.exclude
    )
    assert Conditions() == loaded.digest.rules.include
    assert (
        Conditions(
            topics=("some",),
            words=dict.fromkeys(("fi", "sv", "en"), ("kurssi",)),
            languages=("fi", "sv"),
            kinds=(ItemKind.VIDEO,),
            paths=("/blogi/", "/*/kurssi"),
            min_age=0,
            max_age=30,
            min_duration=90,
            shorts=False,
            live=True,
        )
        == loaded.sources[0].include
    )
    assert Text.FULL is loaded.sources[0].text


@pytest.mark.parametrize(
    ("written", "column", "said"),
    [
        ("{topics: [abc]}", 24, 'exclude: "abc" is no topic of this file; did you mean "ab"?'),
        ("{langauge: [fi]}", 15, 'exclude: "langauge" is no condition; did you mean "language"?'),
        ("{kind: film}", 21, 'exclude: must be article, video or audio, not "film"'),
        ("{pattern: '(a'}", 24, 'exclude: "(a" is no regular expression'),
        ("{max_duration: soon}", 29, "exclude: must be a length of time such as 90 s, 2 min or 1 h 30 min"),
        ("{min_age: 9, max_age: 2}", 24, "exclude: min_age is more than max_age, so that nothing is both"),
        ("{path: blogi}", 21, 'exclude: path must begin with "/"; write "/blogi"'),
        ("{shorts: maybe}", 23, "exclude: must be true or false"),
        ("shorts", 14, 'exclude: must be a group such as {language: [fi]}, not "shorts"'),
    ],
)
def test_a_wrong_condition_is_named_where_it_stands(
    load: Callable[..., config.Config], written: str, column: int, said: str
) -> None:
    """With its line and column, in one sentence."""
    with pytest.raises(ConfigError) as caught:
        load(f"topics: [{{id: ab}}]\nsources:\n  - url: https://x.fi/feed\n    exclude: {written}\n")
    (problem,) = caught.value.problems
    assert said in problem
    assert f":4:{column}:" in problem
