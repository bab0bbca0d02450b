"""sources check: what a keeper wants to know of each source, and nothing is remembered."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.adding.conftest import START
from tests.e2e.desk import NOW, Entry, Page, rss

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert desk.do("sources", "check", "tyhja").code == 0


@contextlib.contextmanager
def slow_hosts(delay: float) -> Iterator[int]:
    """A server on every loopback address that answers a feed after ``delay`` seconds; yields its port."""
    body = rss(Entry("Tarina", published=NOW))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(delay)  # the network that bounds the check
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_hundred_hosts_are_checked_side_by_side_with_progress(desk: Desk) -> None:
    """The network bounds it: a hundred answers of half a second each take a fraction of 50 s."""
    with slow_hosts(0.5) as port:
        hosts = [f"127.0.{a}.{b}" for a, b in itertools.product(range(1, 11), range(1, 11))]
        desk.write(
            "".join(
                f"- {{id: s{n}, url: 'http://{host}:{port}/f', allow_private: true}}\n" for n, host in enumerate(hosts)
            )
        )
        began = time.monotonic()
        done = desk.do("sources", "check", "--hosts", "50")
        took = time.monotonic() - began
    assert done.code == 0, done.said
    assert "100 sources read, 0 failed." in done.out
    assert done.err.count(" known from now on") == 100
    assert took < 15, f"{took:.1f} s"
