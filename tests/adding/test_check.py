"""sources check: what a keeper wants to know of each source, and nothing is remembered."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from typing import TYPE_CHECKING

from tests.adding.conftest import START
from tests.e2e.desk import NOW, Entry, Page, rss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.desk import Desk, Web

TOPICS = START.partition("topics:\n")[2].partition("sources:")[0]
FEED = "- id: blogi\n  url: WEB/feed.xml\n  allow_private: true\n"


def test_a_feed_is_told_in_plain_words(desk: Desk, web: Web) -> None:
    """Items, dates, languages, topics, what the letter would show, validators, the hub, and where it moved to."""
    body = rss(Entry("Tarinankerronta auttaa virastoa"), Entry("Muuta asiaa viestinnästä tänään"), title="Blogi")
    body = body.replace(
        b"<language>", b"<link xmlns='http://www.w3.org/2005/Atom' rel='hub' href='https://hub.example/'/><language>"
    )
    web.pages["/feed.xml"] = Page(b"", status=301, headers={"Location": "/uusi.xml"})
    web.pages["/uusi.xml"] = Page(body)
    desk.write(FEED, topics=TOPICS)
    done = desk.do("sources", "check")
    assert done.code == 0, done.said
    for sentence in (
        f"blogi (feed) {web.url}/feed.xml",
        '"Blogi", 2 items; 2 dated, the newest 2026-11-17; languages: fi 2.',
        "  - Tarinankerronta auttaa virastoa (2026-11-17)",
        "Topics: tarinat 1; 1 under none.",
        "The next letter would show 2 as news (",
        "It sends ETag, so an unchanged answer costs nothing; it has a WebSub hub, https://hub.example/.",
        f"It has moved for good: write url: {web.url}/uusi.xml",
        "1 source read, 0 failed.",
    ):
        assert sentence in done.out
    found = desk.do("sources", "check", "--json").json()["sources"][0]
    assert (
        found["items"],
        found["languages"],
        found["topics"],
        found["without_topic"],
        found["etag"],
        found["last_modified"],
        found["robots"],
        found["hub"],
    ) == (2, {"fi": 2}, {"tarinat": 1}, 1, True, False, "not asked", "https://hub.example/")
    assert {name: found["letter"][name] for name in ("news", "lessons", "archive")} == {
        "news": 2,
        "lessons": 0,
        "archive": 0,
    }
    assert not (desk.folder / "var").exists()


def test_a_hub_may_stand_in_the_headers(desk: Desk, web: Web) -> None:
    """WebSub, 4: in the Link header too."""
    link = '<https://a.example/>; rel="self", <https://hub.example/x>; rel="hub"'
    web.pages["/feed.xml"] = Page(rss(Entry("Tarina")), headers={"Link": link})
    desk.write(FEED)
    assert desk.do("sources", "check", "--json").json()["sources"][0]["hub"] == "https://hub.example/x"


def test_why_nothing_is_found_is_said_and_one_failure_is_exit_2(desk: Desk, web: Web) -> None:
    """A missing feed, a page that robots.txt closes, selectors that fit nothing, an empty feed."""
    web.pages["/tyhja.xml"] = Page(rss())
    web.pages["/lista"] = Page(b"<html><p>Ei teasereita.</p></html>", headers={"Content-Type": "text/html"})
    entries = {"puuttuu": "/puuttuu.xml", "kielletty": "/salainen/lista", "lista": "/lista", "tyhja": "/tyhja.xml"}
    desk.write(
        "".join(
            f"- id: {name}\n  url: WEB{path}\n  allow_private: true\n"
            + ("  item: .teaser\n" if "lista" in path else "")
            for name, path in entries.items()
        )
    )
    done = desk.do("sources", "check")
    assert done.code == 2
    for sentence in (
        "was not found (404); check the address",
        "robots.txt asks programs not to",
        "matches item: .teaser; the page has changed or is made by scripts",
        "It answers, but holds nothing today",
        "4 sources read, 3 failed.",
    ):
        assert sentence in done.out
    found = {one["id"]: one for one in desk.do("sources", "check", "--json").json()["sources"]}
    assert found["kielletty"]["robots"] == "refuses"
    assert (found["puuttuu"]["error_code"], found["tyhja"]["error_code"]) == ("not-found", None)
    assert desk.do("sources", "check", "tyhja").code == 0


class SlowHosts:
    """Feeds on many loopback addresses, one port; each answers after ``delay`` seconds, as a network would let it."""

    def __init__(self, hosts: Sequence[str], delay: float) -> None:
        self.answered = self.most_at_once = 0
        self._hosts, self._delay = hosts, delay
        self._now = 0
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    async def _listen(self) -> asyncio.Server:
        for _ in range(20):  # a port that is free on one address may be taken on another
            with socket.create_server((self._hosts[0], 0)) as free:
                port = free.getsockname()[1]
            with contextlib.suppress(OSError):
                return await asyncio.start_server(self._answer, list(self._hosts), port)
        raise AssertionError("no port is free on every address")

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        await asyncio.sleep(self._delay)
        body = rss(Entry("Tarina", published=NOW))
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self._now -= 1
        self.answered += 1
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._server.close()
        self._loop.run_until_complete(self._server.wait_closed())
        self._loop.close()


def test_a_hundred_hosts_are_checked_side_by_side_with_progress(desk: Desk) -> None:
    """The network bounds it: as many hosts as allowed are asked at once, and all of them take a fraction of the sum."""
    delay, allowed = 0.3, 50
    hosts = [f"127.0.{a}.{b}" for a, b in itertools.product(range(1, 11), range(1, 11))]
    with contextlib.closing(SlowHosts(hosts, delay)) as server:
        desk.write(
            "".join(
                f"- {{id: s{n}, url: 'http://{host}:{server.port}/f', allow_private: true}}\n"
                for n, host in enumerate(hosts)
            )
        )
        began = time.monotonic()
        done = desk.do("sources", "check", "--hosts", str(allowed))
        took = time.monotonic() - began
    assert done.code == 0, done.said
    assert "100 sources read, 0 failed." in done.out
    assert done.err.count(" INFO s") == 100
    assert "known from now on" not in done.err, "nothing is remembered"
    assert server.answered == 100
    assert allowed / 2 < server.most_at_once <= allowed
    assert took < delay * len(hosts), f"{took:.1f} s: no faster than one after the other"
