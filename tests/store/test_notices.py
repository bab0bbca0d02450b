"""The operator hears of a thing once, and when it is over it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.store.collector import DAY, HOUR, NOW

if TYPE_CHECKING:
    from pipeline.store import Store


def test_a_notice_is_news_once(store: Store) -> None:
    """Then it is counted, with the time of the last occurrence."""
    assert store.notices.note("failing", "blog", {"url": "https://blog.example.fi/ä"}, now=NOW)
    assert not store.notices.note("failing", "blog", {"url": "https://blog.example.fi/ä"}, now=NOW + HOUR)

    (notice,) = store.notices.open()
    assert (notice.code, notice.subject, notice.times) == ("failing", "blog", 2)
    assert (notice.first_at, notice.last_at) == (NOW, NOW + HOUR)
    assert notice.params == {"url": "https://blog.example.fi/ä"}


def test_a_notice_tells_of_the_latest_occurrence(store: Store) -> None:
    """The source that answered 500 yesterday is gone today: that is what to mend."""
    store.notices.note("failing", "blog", {"reason": "500", "times": 1}, now=NOW)

    store.notices.note("failing", "blog", {"reason": "410", "times": 2}, now=NOW + DAY)

    (notice,) = store.notices.open()
    assert notice.params == {"reason": "410", "times": 2}


def test_notices_are_apart_by_code_and_subject(store: Store) -> None:
    """The newest comes first."""
    store.notices.note("failing", "blog", {}, now=NOW)
    store.notices.note("failing", "toinen", {}, now=NOW + HOUR)
    store.notices.note("moved", "blog", {}, now=NOW + DAY)

    assert [(one.code, one.subject) for one in store.notices.open()] == [
        ("moved", "blog"),
        ("failing", "toinen"),
        ("failing", "blog"),
    ]


def test_a_resolved_notice_is_gone(store: Store) -> None:
    """It can be resolved once, and only what is open."""
    store.notices.note("failing", "blog", {}, now=NOW)

    assert store.notices.resolve("failing", "blog", now=NOW + HOUR)
    assert not store.notices.resolve("failing", "blog", now=NOW + HOUR)
    assert not store.notices.resolve("failing", "unknown", now=NOW)
    assert store.notices.open() == ()


def test_what_comes_back_is_news_again(store: Store) -> None:
    """With a new beginning."""
    store.notices.note("failing", "blog", {"n": 1}, now=NOW)
    store.notices.resolve("failing", "blog", now=NOW + HOUR)

    assert store.notices.note("failing", "blog", {"n": 2}, now=NOW + DAY)

    (notice,) = store.notices.open()
    assert (notice.first_at, notice.times, notice.params) == (NOW + DAY, 1, {"n": 2})
