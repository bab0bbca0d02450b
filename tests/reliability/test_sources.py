"""Sources that hang, never end, break their reader, fail together, or have far too much."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Self

from tests.counts import FULL
from tests.e2e.desk import Entry, Page, rss
from tests.reliability.bench import ARTICLE
from tests.reliability.post import Post

if TYPE_CHECKING:
    from types import TracebackType

    from tests.reliability.bench import Bench
    from tests.reliability.figures import Figures

FIVE_GB = 5 * 2**30


class Endless:
    """A web server that sends up to five gigabytes, and counts how much of it was read."""

    def __init__(self) -> None:
        self.sent = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/feed"
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        piece = b"<item>" + b" " * 65_530
        try:
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(10)
                    connection.recv(65_536)
                    try:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
                        while self.sent < FIVE_GB:
                            connection.sendall(piece)
                            self.sent += len(piece)
                    except OSError:
                        continue
        except OSError:
            return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def bomb() -> bytes:
    """A feed that a naive parser expands to a billion laughs."""
    lines = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY l0 'ha'>{lines}]><rss><channel>&l9;</channel></rss>".encode()


def test_bad_sources_cost_themselves_alone(bench: Bench, figures: Figures) -> None:
    """One hangs, one has no end, two are made to break their reader: exit 2, each named, the rest is in the letter."""
    with Post() as post, Endless() as endless, socket.create_server(("127.0.0.1", 0)) as silent:
        names = bench.ready(1, post.section)
        bench.web.pages |= {"/bomb": Page(bomb()), "/deep": Page(b"<rss>" + b"<a>" * 300_000)}
        bench.feeds("/feed.xml", "/bomb", "/deep", mail=post.section, digest="at_least: 0")
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"
        with (bench.folder / "sources.yaml").open("a", encoding="utf-8") as file:
            for name, url in (("huge", endless.url), ("hanging", hanging)):
                file.write(f"  - id: {name}\n    url: {url}\n    allow_private: true\n")
        text = (bench.folder / "sources.yaml").read_text(encoding="utf-8")
        (bench.folder / "sources.yaml").write_text(
            text.replace("collect:\n", "collect:\n  deadline: 3\n"), encoding="utf-8"
        )
        begun = time.monotonic()
        result = bench.process("run")
        took = time.monotonic() - begun
    assert result.code == 2, result.said
    for name in ("bomb", "deep", "huge", "hanging"):
        assert f"  {name}: " in result.out, name
    assert took < 120
    assert endless.sent < 200 * 2**20
    assert set(post.times()) == set(names)
    figures.record("source", "all at once, beside a good one", recipients=1, lost=0, duplicated=0)


def test_when_every_source_fails_the_operator_hears_of_it(bench: Bench, figures: Figures) -> None:
    """No letter, exit 2, one notice; when they are back, the same period gets its letter, and the notice is over."""
    with Post() as post:
        names = bench.ready(1, post.section)
        bench.web.pages["/feed.xml"] = Page(status=500)
        for _ in range(2):
            assert bench.do("run").code == 2
            assert bench.notices() == {"nothing-reached": "digest"}
            assert bench.digests() == []
        bench.web.pages["/feed.xml"] = Page(rss(ARTICLE))
        bench.later(hours=7)
        assert bench.do("run").code == 0
        assert bench.notices() == {}
        assert set(post.times()) == set(names)
        figures.record("every-source", "500 from the only one, twice, then back", recipients=1, lost=0, duplicated=0)


def test_a_flood_is_capped_counted_and_told(bench: Bench, figures: Figures) -> None:
    """5,000 new items: 60 in the letter, all of them used up, a notice that says how many."""
    with Post() as post:
        bench.ready(1, post.section)
        file = bench.folder / "sources.yaml"
        file.write_text(file.read_text(encoding="utf-8") + "    limit: 6000\n", encoding="utf-8")
        assert bench.do("collect").code == 0
        bench.later(hours=7)
        many = 5000 if FULL else 200
        entries = [
            Entry(f"Juttu {number}", bench.now, f"https://blog.example.fi/{number}", summary="")
            for number in range(many)
        ]
        bench.web.pages["/feed.xml"] = Page(rss(ARTICLE, *entries))
        assert bench.do("run").code == 0
        assert len(post.taken) == 1
        assert bench.notices() == {"flood": "2026-W47"}
        ((items,),) = bench.ask("SELECT count(*) FROM pick")
        assert items >= many
        bench.later(days=7)
        again = bench.do("run")
        assert "Nothing new" in again.out, again.said
        figures.record("flood", f"{many:,} items: {items:,} accounted for in one digest", recipients=1)
