"""The groups ``include`` and ``exclude``, of the digest and of each source, as conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.config.problems import Problem, did_you_mean, shown
from pipeline.model import Conditions

if TYPE_CHECKING:
    from pipeline.config.checking import Checked
    from pipeline.config.listed import SourceEntry
    from pipeline.config.schema import DigestSection


def conditions_of(
    checked: Checked[DigestSection] | Checked[SourceEntry],
    key: str,
    topics: frozenset[str],
    problems: list[Problem],
) -> Conditions:
    """The conditions under ``key``; ``topics`` are the ids that they may name."""
    entry = getattr(checked.entry, key)
    if entry is None:
        return Conditions()
    for number, topic in enumerate(entry.topics):
        if topic not in topics:
            mark = checked.place.at([key, "topics", number]).mark
            hint = did_you_mean(topic, topics) or "; add it under topics, or leave it out here"
            problems.append(Problem(mark, f"{key}: {shown(topic)} is no topic of this file{hint}"))
    for number, path in enumerate(entry.path):
        if not path.startswith(("/", "*", "http://", "https://")):
            mark = checked.place.at([key, "path", number]).mark
            problems.append(Problem(mark, f'{key}: path must begin with "/"; write "/{path}"'))
    for least, most in (("min_age", "max_age"), ("min_duration", "max_duration")):
        low, high = getattr(entry, least), getattr(entry, most)
        if low is not None and high is not None and low > high:
            mark = checked.place.at([key, least]).mark
            problems.append(Problem(mark, f"{key}: {least} is more than {most}, so that nothing is both"))
    return Conditions(
        topics=tuple(entry.topics),
        words={language: tuple(words) for language, words in (entry.words or {}).items()},
        pattern=entry.pattern,
        languages=tuple(entry.language),
        kinds=tuple(entry.kind),
        paths=tuple(entry.path),
        min_age=entry.min_age,
        max_age=entry.max_age,
        min_duration=entry.min_duration,
        max_duration=entry.max_duration,
        shorts=entry.shorts,
        live=entry.live,
    )
