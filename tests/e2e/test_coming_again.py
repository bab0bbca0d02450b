"""When serve comes again to a server, and when a person's own run does: a scripted server under a virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.desk import Entry, Page, rss
from tests.e2e.steward import Steward

if TYPE_CHECKING:
    from tests.e2e.desk import Desk, Web

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa", START - 30 * DAY)
FEED = rss(ARTICLE)
SY = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"


def visits(desk: Desk, web: Web, *after: timedelta, path: str = "/feed.xml") -> list[int]:
    """How often the path has been asked for, after each wake at these times from the start."""
    counts = []
    for one in after:
        with Steward(desk) as steward:  # a new one each time: every wake is a restart too
            steward.wake(START + one, "collect")
        counts.append(len(web.asked(path)))
    return counts


def channel(text: str) -> bytes:
    return FEED.replace(b"<language>", text.encode() + b"<language>")


def by_hand(desk: Desk, after: timedelta) -> str:
    desk.now = START + after
    return desk.do("collect").out


def test_a_feed_that_says_nothing_is_read_every_six_hours(desk: Desk, web: Web) -> None:
    """Ten restarts within the interval cause no request; a person's own run does, and asks conditionally."""
    web.pages["/feed.xml"] = Page(FEED)
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), *[n * 0.59 * HOUR for n in range(1, 11)])[-1] == 1
    assert visits(desk, web, 6.7 * HOUR, 8 * HOUR) == [2, 2]
    by_hand(desk, 8 * HOUR)
    assert len(web.asked("/feed.xml")) == 3
    assert "if-none-match" in web.asked("/feed.xml")[-1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "max-age=43200"},
        {"Cache-Control": 'public, MAX-AGE="43260"', "Age": "60"},
        {"Date": format_datetime(START, usegmt=True), "Expires": format_datetime(START + 12 * HOUR, usegmt=True)},
    ],
)
def test_what_the_headers_ask_is_kept_on_200_and_on_304(headers: dict[str, str], desk: Desk, web: Web) -> None:
    """max-age minus Age, or Expires minus Date: twelve hours, again after the 304; a person does not wait for it."""
    web.pages["/feed.xml"] = Page(FEED, headers=headers)
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), 11.9 * HOUR, 13.3 * HOUR, 25 * HOUR, 27 * HOUR) == [1, 1, 2, 2, 3]
    by_hand(desk, 27.1 * HOUR)
    assert len(web.asked("/feed.xml")) == 4


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Cache-Control": "max-age=forever"}, "<ttl>soon</ttl>"),
        ({"Expires": "0", "Cache-Control": "max-age=-1"}, "<ttl>-60</ttl>"),
        ({"Cache-Control": "no-cache, max-age=99999"}, "<ttl>1</ttl>"),
    ],
)
def test_nonsense_is_ignored(headers: dict[str, str], said: str, desk: Desk, web: Web) -> None:
    """The own interval stands."""
    web.pages["/feed.xml"] = Page(channel(said), headers=headers)
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), 5.9 * HOUR, 6.7 * HOUR) == [1, 1, 2]


@pytest.mark.parametrize(
    ("headers", "expected"), [({}, [1, 2, 2, 3]), ({"Cache-Control": "max-age=43200"}, [1, 1, 1, 2])]
)
def test_the_own_interval_is_a_setting(headers: dict[str, str], expected: list[int], desk: Desk, web: Web) -> None:
    """collect.interval, in hours; who asks for a longer rest gets it all the same."""
    web.pages["/feed.xml"] = Page(FEED, headers=headers)
    desk.feeds("/feed.xml")
    file = desk.folder / "sources.yaml"
    file.write_text(file.read_text().replace("collect:\n", "collect:\n  interval: 2\n"))
    assert visits(desk, web, timedelta(), 2.3 * HOUR, 3.9 * HOUR, 13.3 * HOUR) == expected


def test_a_year_is_a_week(desk: Desk, web: Web) -> None:
    """Nobody is left alone for longer than seven days (and a tenth)."""
    web.pages["/feed.xml"] = Page(FEED, headers={"Cache-Control": "max-age=31536000"})
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), 6.9 * DAY, 7.8 * DAY) == [1, 1, 2]


@pytest.mark.parametrize(
    ("said", "too_early", "in_time"),
    [
        ("<ttl>720</ttl>", 11.9 * HOUR, 13.3 * HOUR),
        (f"<sy:updatePeriod {SY}>daily</sy:updatePeriod>", 23.9 * HOUR, 27 * HOUR),
        (f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(12, 24))}</skipHours>", 14.9 * HOUR, 15 * HOUR),
        ("<skipDays><day>Wednesday</day><day>Thursday</day></skipDays>", 38.9 * HOUR, 39 * HOUR),
    ],
)
def test_what_the_feed_asks_is_kept_even_when_it_is_unchanged(
    said: str, too_early: timedelta, in_time: timedelta, desk: Desk, web: Web
) -> None:
    """ttl, sy, skipHours and skipDays, though a 304 does not repeat them; a person does not wait for them."""
    web.pages["/feed.xml"] = Page(channel(said))
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), too_early, in_time) == [1, 1, 2]
    assert web.asked("/feed.xml")[1]["if-none-match"]
    assert visits(desk, web, in_time + 6.7 * HOUR)[0] == (2 if "ttl" in said or "sy:" in said else 3)
    by_hand(desk, in_time + 6.7 * HOUR)
    assert len(web.asked("/feed.xml")) >= 3


@pytest.mark.parametrize("wish", ["7200", format_datetime(START + 2 * HOUR, usegmt=True)], ids=["seconds", "date"])
def test_retry_after_holds_for_every_source_of_the_host_and_whoever_asks(wish: str, desk: Desk, web: Web) -> None:
    """503 with Retry-After: neither this source nor its neighbour is asked for two hours, by hand either."""
    headers = {"Retry-After": wish, "Date": format_datetime(START, usegmt=True)}
    web.pages["/feed.xml"] = Page(status=503, headers=headers)
    web.pages["/next.xml"] = Page(FEED)
    desk.feeds("/feed.xml", "/next.xml")
    assert visits(desk, web, timedelta(), 1.9 * HOUR) == [1, 1]
    said = by_hand(desk, 1.9 * HOUR)
    assert "asked us to wait until 2026-11-18 11:00 UTC" in said
    assert web.asked("/next.xml") == []
    web.pages["/feed.xml"] = Page(FEED)
    assert visits(desk, web, 2.1 * HOUR) == [2]
    assert len(web.asked("/next.xml")) == 1


@pytest.mark.parametrize(
    ("status", "hours"), [(429, (4, 8, 16)), (401, (4, 8, 16)), (403, (4, 8, 16)), (500, (1, 2, 4)), (503, (1, 2, 4))]
)
def test_refusals_and_faults_double_the_wait_whoever_asks_and_one_success_resets_it(
    status: int, hours: tuple[int, ...], desk: Desk, web: Web
) -> None:
    """401, 403, 429 from four hours, 5xx from one; a person's own run keeps the back-off too."""
    web.pages["/feed.xml"] = Page(b"no", status=status)
    desk.feeds("/feed.xml")
    at, asked = timedelta(), 1
    assert visits(desk, web, at) == [1]
    for wait in hours:
        assert visits(desk, web, at + 0.99 * wait * HOUR) == [asked]
        assert "not asked again before" in by_hand(desk, at + 0.99 * wait * HOUR)
        at += 1.11 * wait * HOUR
        asked += 1
        assert visits(desk, web, at) == [asked]
    web.pages["/feed.xml"] = Page(FEED)
    at += 2.3 * hours[-1] * HOUR
    assert visits(desk, web, at) == [asked + 1]
    web.pages["/feed.xml"] = Page(b"no", status=status)
    assert visits(desk, web, at + 7 * HOUR) == [asked + 2]
    assert visits(desk, web, at + 7 * HOUR + 0.99 * hours[0] * HOUR) == [asked + 2]
    assert visits(desk, web, at + 7 * HOUR + 1.11 * hours[0] * HOUR) == [asked + 3]


def test_a_404_is_tried_daily_for_ever_and_at_once_by_hand(desk: Desk, web: Web) -> None:
    """1, 2, 4, 8, 16, then every 24 hours; a notice after seven days, its end when it is back."""
    desk.feeds("/feed.xml")
    at = timedelta()
    for asked, wait in enumerate((0, 1, 2, 4, 8, 16, 24, 24, 24), start=1):
        at += 1.11 * wait * HOUR
        assert visits(desk, web, at) == [asked]
    assert "Notice" not in by_hand(desk, 6.9 * DAY)
    assert len(web.asked("/feed.xml")) == 10
    assert "Notice: feed: it has not been read since 2026-11-18" in by_hand(desk, 7.1 * DAY)
    assert "Notice" not in by_hand(desk, 7.2 * DAY)
    web.pages["/feed.xml"] = Page(FEED)
    assert "Over: feed (failing)." in by_hand(desk, 8 * DAY)


def test_a_move_is_remembered_after_three_answers_a_day_apart(desk: Desk, web: Web) -> None:
    """Then the new address is asked at once, with a notice; its items keep their identity, the file its text."""
    web.pages["/feed.xml"] = Page(FEED)
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta()) == [1]
    web.pages["/feed.xml"] = Page(status=301, headers={"Location": "/new.xml"})
    web.pages["/new.xml"] = Page(FEED)
    before = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    for after in (1 * DAY, 1.5 * DAY, 2 * DAY):
        assert "moved" not in by_hand(desk, after)
    assert f"moved for good, and is read at its new address; write url: {web.url}/new.xml" in by_hand(desk, 3 * DAY)

    old = len(web.asked("/feed.xml"))
    assert "1 source: 0 new items." in by_hand(desk, 4 * DAY)

    assert (len(web.asked("/feed.xml")), len(web.asked("/new.xml"))) == (old, 5)
    assert (desk.folder / "sources.yaml").read_text(encoding="utf-8") == before
    (source,) = desk.do("status", "--json").json()["sources"]
    assert (source["moved_to"], source["items"]) == (f"{web.url}/new.xml", 1)
    del web.pages["/new.xml"]  # it ends: the old address may know more
    web.pages["/feed.xml"] = Page(FEED)
    assert "Over: feed (redirected)." in by_hand(desk, 5 * DAY)
    by_hand(desk, 6 * DAY)
    assert len(web.asked("/feed.xml")) == old + 1


@pytest.mark.parametrize("status", [302, 303, 307])
def test_other_redirects_are_followed_and_never_remembered(status: int, desk: Desk, web: Web) -> None:
    """However often they are seen."""
    web.pages["/feed.xml"] = Page(status=status, headers={"Location": "/elsewhere.xml"})
    web.pages["/elsewhere.xml"] = Page(FEED)
    desk.feeds("/feed.xml")
    for day in range(4):
        assert "moved" not in by_hand(desk, day * DAY)
    assert len(web.asked("/feed.xml")) == 4


def test_what_is_gone_is_off_until_its_address_changes(desk: Desk, web: Web) -> None:
    """410: one notice, then no request, by hand either; under a new address it is read, and that is said too."""
    web.pages["/feed.xml"] = Page(b"gone", status=410)
    desk.feeds("/feed.xml")
    assert "Notice: feed: " in by_hand(desk, timedelta())
    assert "gone for good" in by_hand(desk, 30 * DAY)
    assert visits(desk, web, 60 * DAY) == [1]
    assert desk.do("status", "--json").json()["sources"][0]["state"] == "gone"
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    (desk.folder / "sources.yaml").write_text(text.replace("/feed.xml", "/new.xml"), encoding="utf-8")
    web.pages["/new.xml"] = Page(FEED)
    assert "Over: feed (gone)." in by_hand(desk, 61 * DAY)


def test_a_page_where_a_feed_was_is_an_error_at_once_and_a_notice_after_three(desk: Desk, web: Web) -> None:
    """Looked at again in six hours, for the server is well."""
    web.pages["/feed.xml"] = Page(b"<!doctype html><title>Etusivu</title>")
    desk.feeds("/feed.xml")
    first = by_hand(desk, timedelta())
    assert "is a web page, not a feed" in first
    assert "Notice" not in first
    assert visits(desk, web, 5.9 * HOUR, 6.7 * HOUR) == [1, 2]
    assert "Notice: feed: it has not been read since" in by_hand(desk, 7 * HOUR)


@pytest.mark.parametrize("jump", [-400 * DAY, 400 * DAY])
def test_a_clock_that_was_set_makes_neither_storm_nor_silence(jump: timedelta, desk: Desk, web: Web) -> None:
    """One request for each jump, and then the interval again."""
    web.pages["/feed.xml"] = Page(FEED)
    desk.feeds("/feed.xml")
    assert visits(desk, web, timedelta(), jump, jump + HOUR, jump + 2 * HOUR, jump + 6.7 * HOUR) == [1, 2, 2, 2, 3]
    assert visits(desk, web, 3 * HOUR, 4 * HOUR, 9.8 * HOUR) == [4, 4, 5]
