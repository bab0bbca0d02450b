"""The operator hears of it, once: by mail at most once a day, by webhook at once, in status, and when it is over."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import small_disk
from tests.counts import in_full
from tests.e2e.desk import NOW, Entry, Page, mail_section, messages, rss
from tests.e2e.steward import Steward
from tests.mail.scripted import Dialogue, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPERATOR = "yllapito@example.fi"
ROOT = Path(__file__).parents[2]


class Hook:
    """A chat room's door: takes POSTs of JSON, or refuses them."""

    def __init__(self) -> None:
        self.status = 204
        self.taken: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.status < 300 and self.headers["Content-Type"].startswith("application/json"):
                    hook.taken.append(json.loads(body))
                self.send_response(hook.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks/secret"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with contextlib.closing(Hook()) as running:
        yield running


def told(box: Inbox) -> list[str]:
    """The texts of the operator's mails, on one line each."""
    return [" ".join(one.get_content().split()) for one in messages(box) if one["To"] == OPERATOR]


def test_trouble_is_told_once_a_day_by_mail_and_its_end_too(desk: Desk, web: Web, box: Inbox) -> None:
    """A second trouble waits for the next day's mail; what began and ended in between is not told at all."""
    desk.feeds("/a.xml", "/b.xml", "/c.xml", digest=f"operator: {OPERATOR}", mail=mail_section(box))
    web.pages |= {f"/{name}.xml": Page(b"gone", status=410) for name in "ab"}
    web.pages["/b.xml"] = web.pages["/c.xml"] = Page(rss(Entry("Selkeä kieli", NOW - 90 * DAY)))
    with Steward(desk) as steward:
        steward.wake(NOW)
        assert len(told(box)) == 1
        assert "a: http" in told(box)[0]
        assert "is gone for good (410)" in told(box)[0]
        web.pages["/b.xml"] = Page(b"<!doctype html><title>Etusivu</title>")
        for hours in (7, 14, 21):
            steward.wake(NOW + hours * HOUR)
        assert len(told(box)) == 1
        assert len(desk.do("status", "--json").json()["notices"]) == 2

        steward.wake(NOW + 25 * HOUR)
        assert len(told(box)) == 2
        assert "b: it has not been read since" in told(box)[1]
        assert "(410)" not in told(box)[1]

        web.pages["/b.xml"] = web.pages["/c.xml"]
        steward.wake(NOW + 32 * HOUR)
        steward.wake(NOW + 50 * HOUR)
        steward.wake(NOW + 90 * HOUR)
        assert len(told(box)) == 3
        assert "Over: b: it has not been read since" in told(box)[2]


def test_the_webhook_hears_at_once_and_again_when_it_did_not_listen(desk: Desk, web: Web, hook: Hook) -> None:
    """One POST of JSON with a text for chat rooms; refused or redirected, it is posted again later; its end too."""
    web.pages["/a.xml"] = Page(b"gone", status=410)
    desk.feeds("/a.xml", digest=f"webhook: {hook.url}")
    with Steward(desk) as steward:
        hook.status = 307
        refused = steward.wake(NOW)
        assert "The webhook answered with status 307" in refused
        assert "secret" not in refused
        hook.status = 204
        steward.wake(NOW + HOUR)
        steward.wake(NOW + 2 * HOUR)
        (document,) = hook.taken
        heard = {one["code"]: (one["subject"], one["over"]) for one in document["notices"]}
        assert heard == {"gone": ("a", None), "nothing-reached": ("digest", None)}
        assert "\n- a: http" in document["text"]
        desk.feeds("/b.xml", digest=f"webhook: {hook.url}")
        web.pages["/b.xml"] = Page(rss(Entry("Selkeä kieli", NOW - 90 * DAY)))
        steward.wake(NOW + 3 * HOUR, "collect", "compose", "housekeeping")
        assert {one["code"] for one in hook.taken[1]["notices"] if one["over"]} == {"gone", "nothing-reached"}


def test_refused_deliveries_silence_and_incomplete_feeds_are_told(desk: Desk, web: Web, box: Inbox) -> None:
    """By hand as in serve: the mail says what each is about, and names no recipient."""
    weekly = [Entry(f"Viikko {n}", NOW - (29 + 7 * n) * DAY) for n in range(6)]
    desk.feeds("/a.xml", "/b.xml", digest=f"operator: {OPERATOR}", mail=mail_section(box))
    web.pages["/a.xml"] = Page(rss(*weekly))
    web.pages["/b.xml"] = Page(rss(Entry("Uusi", NOW - 3 * DAY, "https://b.example.fi/1"), Entry("Katkeaa", NOW))[:-60])
    desk.do("recipients", "add", "maija@example.fi")
    box.refuse("maija@example.fi", "550 5.1.1 No such user")

    desk.do("run")

    (mail,) = told(box)
    assert "a: nothing new has come since 2026-10-20, though something usually comes every 7 days" in mail
    assert "b: it came incomplete" in mail
    assert "2026-W47: the mail server refused 1 of the deliveries" in mail
    assert "maija" not in mail


def test_what_happened_once_fades_from_status(desk: Desk, web: Web, box: Inbox) -> None:
    """A flood or a refusal is told once and shown for two weeks; nobody is told that it is over."""
    web.pages["/feed.xml"] = Page(rss(*(Entry(f"Artikkeli {n}", NOW - HOUR, f"https://b.fi/{n}") for n in range(5))))
    desk.feeds("/feed.xml", digest=f"operator: {OPERATOR}\nat_most: 2\nat_least: 0", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    box.refuse("maija@example.fi", "550 5.1.1 No such user")
    desk.do("run")
    (mail,) = told(box)
    assert "2026-W47: 5 items came together and the letter takes 2" in mail

    def codes() -> set[str]:
        return {one["code"] for one in desk.do("status", "--json").json()["notices"]}

    desk.later(days=13)
    desk.do("run")
    assert {"flood", "refused"} <= codes()
    desk.later(days=2)
    desk.do("run")
    assert codes().isdisjoint({"flood", "refused"})
    assert not any("Over: 2026-W47" in one for one in told(box))


def test_a_mail_server_that_stops_everything_is_told_another_way(desk: Desk, web: Web, hook: Hook) -> None:
    """By the webhook, and in status, until a letter is taken again; nobody is marked meanwhile."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli säästää kaikkien aikaa", NOW - HOUR)))
    section = "host: 127.0.0.1\nport: PORT\nsecurity: none\nfrom: kooste@example.fi\n"
    with serve(Dialogue(mail="550 5.7.1 not from you")) as refusing:
        desk.feeds("/feed.xml", digest=f"webhook: {hook.url}", mail=section.replace("PORT", str(refusing.port)))
        desk.do("recipients", "add", "maija@example.fi")
        assert desk.do("run").code == 1
    assert "the mail server stopped the delivery: " in hook.taken[-1]["text"]
    assert "550 5.7.1 not from you" in desk.do("status").out
    assert desk.do("status", "--json").json()["owed"] == 1

    with serve(Dialogue()) as taking:
        desk.feeds("/feed.xml", digest=f"webhook: {hook.url}", mail=section.replace("PORT", str(taking.port)))
        assert desk.do("run").code == 0
    assert len(taking.heard.messages) == 1
    assert hook.taken[-1]["text"].splitlines()[-1].startswith("- Over: mail: the mail server stopped the delivery")
    assert desk.do("status", "--json").json()["notices"] == []


def test_without_a_way_to_tell_notices_stand_in_status(desk: Desk, web: Web) -> None:
    """And nothing fails."""
    web.pages["/a.xml"] = Page(b"gone", status=410)
    desk.feeds("/a.xml")
    with Steward(desk) as steward:
        steward.wake(NOW)
    assert "Notice, since" in desk.do("status").out


@in_full
def test_a_disk_that_fills_is_told_until_there_is_room(desk: Desk, web: Web, tmp_path: Path) -> None:
    """On a real file system of 40 MB: under a twentieth is a notice, and room again is the end of it."""
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli säästää kaikkien aikaa")))
    desk.feeds("/feed.xml")
    place = tmp_path / "small"
    place.mkdir()
    script = """
        cp "$FILE" sources.yaml
        free=$(df --output=avail --block-size=1024 . | tail -n 1)
        head -c $(( (free - 1800) * 1024 )) /dev/zero >filling
        "$PY" -m pipeline run
        rm filling
        echo; echo "There is room."
        "$PY" -m pipeline run
    """
    said = small_disk.on(
        place,
        "40M",
        script,
        FILE=str(desk.folder / "sources.yaml"),
        PY=sys.executable,
        PYTHONPATH=str(ROOT),
        DIGIKOOSTE_NOW=NOW.isoformat(),
    )
    full, room = said.split("There is room.")
    assert re.search(r"Notice: disk: only [01] MB are free on the disk of ", full), said
    assert "Over: disk (disk)." not in full
    assert "Over: disk (disk)." in room
