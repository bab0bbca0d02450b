"""What a listing tells of a video beyond its title: whether it is a Short, whether it is live."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.sources.youtube import _detailed, _items


@pytest.mark.parametrize(
    ("entry", "short", "live"),
    [
        ({"url": "https://www.youtube.com/shorts/dQw4w9WgXcQ"}, True, None),
        ({"url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "duration": 181}, False, None),
        ({"url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "duration": 60}, None, None),
        ({}, None, None),
        ({"live_status": "is_live"}, None, True),
        ({"live_status": "was_live", "duration": 4000}, False, True),
        ({"live_status": "not_live"}, None, False),
    ],
)
def test_shorts_and_streams_are_told_as_far_as_the_listing_knows(
    entry: dict[str, object],
    short: bool | None,  # noqa: FBT001 - a column of the table
    live: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    """A link to /shorts/ says yes; what is longer than three minutes is none; else nobody knows."""
    (item,) = _items([{"id": "dQw4w9WgXcQ", "title": "Otsikko", **entry}], "fi", ordered=False)
    assert (item.short, item.live) == (short, live)


def test_the_atom_link_of_a_short_says_so() -> None:
    """It is the only word of it where the playlist shows an ordinary link."""
    (item,) = _items([{"id": "dQw4w9WgXcQ", "title": "Otsikko", "duration": 60}], "fi", ordered=True)
    (atom,) = _items([{"id": "dQw4w9WgXcQ", "title": "Otsikko"}], "fi", ordered=True)
    atom = replace(atom, url="https://www.youtube.com/shorts/dQw4w9WgXcQ")
    assert _detailed(item, atom, "fi").short is True
