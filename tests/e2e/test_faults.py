"""What goes wrong costs itself only: dead and hostile sources, kills, second starts, full outboxes."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.counts import in_full
from tests.e2e.desk import Entry, Page, mail_section, messages, rss

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa")


def nested(depth: int) -> bytes:
    return b"<?xml version='1.0'?><rss><channel>" + b"<a>" * depth + b"</a>" * depth + b"</channel></rss>"


def entities() -> bytes:
    """A feed that a naive parser expands to a billion laughs."""
    lines = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    head = f"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY l0 'ha'>{lines}]>"
    return f"{head}<rss><channel><title>&l9;</title></channel></rss>".encode()


def test_dead_and_hostile_sources_are_named_and_the_letter_goes_out(desk: Desk, web: Web, box: Inbox) -> None:
    """A refused connection, a 404, HTML, bombs, a redirect elsewhere: exit 2, each named, the rest is in the letter."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = gone.getsockname()[1]
    web.pages |= {
        "/feed.xml": Page(rss(ARTICLE)),
        "/html": Page(b"<!doctype html><title>Etusivu</title>", headers={"Content-Type": "text/html"}),
        "/nested": Page(nested(200_000)),
        "/entities": Page(entities()),
        "/spaces": Page(b" " * 200_000 + rss(Entry("Ei haittaa", link="https://blog.example.fi/s"))),
        "/away": Page(status=302, headers={"Location": "ftp://127.0.0.1/feed"}),
        "/hollow": Page(b""),
    }
    desk.feeds(
        "/feed.xml", "/missing", "/html", "/nested", "/entities", "/spaces", "/away", "/hollow", mail=mail_section(box)
    )
    with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(f"  - id: dead\n    url: http://127.0.0.1:{dead}/feed\n    allow_private: true\n")
    desk.do("recipients", "add", "maija@example.fi")

    result = desk.do("run")

    assert result.code == 2, result.said
    for name in ("missing", "html", "nested", "entities", "away", "hollow", "dead"):
        assert f"  {name}: " in result.out, name
    assert "Traceback" not in result.said
    (letter,) = messages(box)
    text = letter.get_body(("plain",))
    assert text is not None
    assert ARTICLE.title in text.get_content()
    assert "Ei haittaa" in text.get_content()


def test_when_every_source_fails_there_is_no_letter_and_the_period_stays_open(desk: Desk, web: Web, box: Inbox) -> None:
    """Exit 2 and one sentence; once the sources are back the same period gets its letter."""
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")

    broken = desk.do("run")

    assert broken.code == 2
    assert "No source could be reached" in broken.out
    assert "make demo" in broken.out
    assert messages(box) == []
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    assert desk.do("run").code == 0
    assert len(messages(box)) == 1


def test_a_mistake_in_the_file_is_named_by_line_and_nothing_is_done(desk: Desk, web: Web) -> None:
    """Every mistake at once as sources.yaml:LINE:COLUMN, exit 1; no database, no request."""
    desk.feeds("/feed.xml", "/feed.xml")
    with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("  - url: notaurl\n    languge: fi\n")

    result = desk.process("run")

    assert result.code == 1
    lines = result.err.splitlines()
    assert all(line.split(":")[0].endswith("sources.yaml") and line.split(":")[1].isdigit() for line in lines)
    assert any("languge" in line and "language" in line for line in lines)
    assert len(lines) >= 3
    assert web.requests == []
    assert not (desk.folder / "var").exists()


def test_wrong_usage_is_64(desk: Desk) -> None:
    """The 2 that click would give means something else here."""
    assert desk.process("run", "--no-such-option").code == 64
    assert desk.do("no-such-command").code == 64


class KillingServer:
    """An SMTP server that accepts messages, and kills a process between acceptance and its answer."""

    def __init__(self, kill_at: set[int]) -> None:
        self.accepted: list[tuple[str, str]] = []
        self.victim: subprocess.Popen[str] | None = None
        self._kill_at = kill_at
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    self._talk(stream)
                except (ConnectionError, ValueError):
                    continue

    def _talk(self, stream) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a socket's file
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 killer.example")
        recipient = ""
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                say(b"250 killer.example")
            elif verb == b"RCPT":
                recipient = line.decode().split("<")[1].split(">")[0]
                say(b"250 ok")
            elif verb == b"DATA":
                say(b"354 go on")
                self._take(stream, recipient)
                say(b"250 accepted")
            elif verb == b"QUIT":
                say(b"221 bye")
                return
            else:
                say(b"250 ok")

    def _take(self, stream, recipient: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # as above
        identity = ""
        while (line := stream.readline()) != b".\r\n":
            if not line:
                return
            if line.lower().startswith(b"message-id:"):
                identity = line.decode().partition(":")[2].strip()
        self.accepted.append((recipient, identity))
        if len(self.accepted) in self._kill_at and self.victim is not None:
            self.victim.kill()
            self.victim.wait()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@in_full
def test_killed_between_acceptance_and_book_keeping_the_same_message_is_sent_again(desk: Desk, web: Web) -> None:
    """Killed -9 twice: 0 lost, at most one duplicate per kill, always under the same Message-ID."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    server = KillingServer({2, 5})
    try:
        desk.feeds("/feed.xml", mail=f"host: 127.0.0.1\nport: {server.port}\nsecurity: none\nfrom: kooste@example.fi")
        names = [f"reader{n}@example.fi" for n in range(6)]
        for name in names:
            desk.do("recipients", "add", name)
        codes = []
        for _ in range(3):
            server.victim = desk.start("run")
            server.victim.communicate(timeout=60)
            codes.append(server.victim.returncode)
            desk.later(minutes=6)
    finally:
        server.close()

    assert codes == [-signal.SIGKILL, -signal.SIGKILL, 0]
    times = Counter(recipient for recipient, _ in server.accepted)
    assert set(times) == set(names)
    assert sorted(times.values()) == [1, 1, 1, 1, 2, 2]
    assert len(set(server.accepted)) == 6, "a resend is the same message"


def test_unknown_may_be_held_instead(desk: Desk, web: Web) -> None:
    """With mail.unknown: hold nobody gets a second copy, and a run does not stay owing for ever."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    server = KillingServer({1})
    mail = f"host: 127.0.0.1\nport: {server.port}\nsecurity: none\nfrom: kooste@example.fi\nunknown: hold"
    try:
        desk.feeds("/feed.xml", mail=mail)
        for name in ("a", "b"):
            desk.do("recipients", "add", f"{name}@example.fi")
        server.victim = desk.start("run")
        server.victim.communicate(timeout=60)
        desk.later(minutes=6)
        second = desk.do("run")
    finally:
        server.close()

    assert second.code == 0, second.said
    assert [recipient for recipient, _ in server.accepted] == ["a@example.fi", "b@example.fi"]
    assert desk.do("status", "--json").json()["digests"][0]["deliveries"] == {"accepted": 1, "unknown": 1}


@in_full
def test_two_runs_at_once_one_works_and_the_other_says_so(desk: Desk, web: Web, box: Inbox) -> None:
    """Started in the same second: exit 0 and exit 75 with the pid of the one that works; one letter each."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")

    runs = [desk.start("run") for _ in range(2)]
    said = [run.communicate(timeout=60) for run in runs]

    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 75], [0, 0]), said
    if codes == [0, 75]:
        busy = next(err for run, (_, err) in zip(runs, said, strict=True) if run.returncode == 75)
        worker = next(run for run in runs if run.returncode == 0)
        assert f"already running, pid {worker.pid}" in busy
    assert len(messages(box)) == 1


def test_a_second_run_beside_a_living_one_exits_75(desk: Desk, web: Web) -> None:
    """The lock is held for the whole run and freed by kill -9."""
    stuck = socket.create_server(("127.0.0.1", 0))
    try:
        desk.write(f"- url: http://127.0.0.1:{stuck.getsockname()[1]}/feed\n  allow_private: true")
        first = desk.start("run")
        stuck.settimeout(30)
        connection, _ = stuck.accept()
        second = desk.process("run")
        assert second.code == 75
        assert f"already running, pid {first.pid}" in second.err
        first.kill()
        first.communicate()
        connection.close()
    finally:
        stuck.close()
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    assert desk.do("run").code == 0


@in_full
def test_killed_while_collecting_the_next_run_goes_on(desk: Desk, web: Web, box: Inbox) -> None:
    """Killed -9 in the middle of a slow round: no half state, no child left, the next run sends the letter."""
    stuck = socket.create_server(("127.0.0.1", 0))
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    try:
        desk.feeds("/feed.xml", mail=mail_section(box))
        with (desk.folder / "sources.yaml").open("a", encoding="utf-8") as file:
            file.write(
                f"  - id: stuck\n    url: http://127.0.0.1:{stuck.getsockname()[1]}/feed\n    allow_private: true\n"
            )
        desk.do("recipients", "add", "maija@example.fi")
        victim = desk.start("run")
        stuck.settimeout(30)
        connection, _ = stuck.accept()
        children = _children(victim.pid)
        victim.kill()
        victim.communicate()
        connection.close()
    finally:
        stuck.close()

    assert desk.do("run").code == 2
    assert len(messages(box)) == 1
    deadline = time.monotonic() + 5
    while any(_is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_is_alive(child) for child in children)


def _children(pid: int) -> list[int]:
    found = [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    return found + [grandchild for child in found for grandchild in _children(child)]


def _is_alive(pid: int) -> bool:
    state = _read(f"/proc/{pid}/stat")
    return bool(state) and state.rpartition(")")[2].split()[0] != "Z"


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # /proc
            return file.read()
    except OSError:
        return ""


def test_a_failed_login_stops_at_once_and_marks_nobody(desk: Desk, web: Web, box: Inbox) -> None:
    """Our fault: exit 1, one sentence, everybody is still owed the letter."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    desk.feeds("/feed.xml", mail=f"host: 127.0.0.1\nport: {box.port}\nsecurity: starttls\nfrom: kooste@example.fi")
    for name in ("a", "b"):
        desk.do("recipients", "add", f"{name}@example.fi")

    no_tls = desk.do("run")

    assert no_tls.code == 1
    assert "STARTTLS" in no_tls.out
    assert desk.do("status", "--json").json()["digests"][0]["deliveries"] == {"pending": 2}
    desk.feeds("/feed.xml", mail=f"host: 127.0.0.1\nport: {port}\nsecurity: none\nfrom: kooste@example.fi")
    nobody_there = desk.do("run")
    assert nobody_there.code == 3
    assert "2 deliveries still owed" in nobody_there.out
    desk.feeds("/feed.xml", mail=mail_section(box))
    assert desk.do("run").code == 0
    assert len(messages(box)) == 2


def test_three_identical_refusals_in_a_row_stop_the_run(desk: Desk, web: Web, box: Inbox) -> None:
    """A policy refusal in the same words is about us: three are marked, the others keep their letter."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    for n in range(5):
        desk.do("recipients", "add", f"r{n}@example.fi")
        box.refuse(f"r{n}@example.fi", "550 5.7.1 Relaying denied")

    assert desk.do("run").code == 1

    assert desk.do("status", "--json").json()["digests"][0]["deliveries"] == {"pending": 2, "refused": 3}


def test_a_letter_that_is_taken_ends_a_row_of_refusals(desk: Desk, web: Web, box: Inbox) -> None:
    """Two, then one that arrived, then two: the policy is about those four, not about us."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    for n in range(5):
        desk.do("recipients", "add", f"r{n}@example.fi")
        if n != 2:
            box.refuse(f"r{n}@example.fi", "550 5.7.1 Relaying denied")

    assert desk.do("run").code == 0

    assert desk.do("status", "--json").json()["digests"][0]["deliveries"] == {"accepted": 1, "refused": 4}


def test_unknown_addresses_in_a_row_do_not_stop_the_run(desk: Desk, web: Web, box: Inbox) -> None:
    """Three people who are gone say nothing about the fourth."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    for n in range(4):
        desk.do("recipients", "add", f"r{n}@example.fi")
    for n in range(3):
        box.refuse(f"r{n}@example.fi", "550 5.1.1 User unknown")

    assert desk.do("run").code == 0

    assert [str(one["To"]) for one in messages(box)] == ["r3@example.fi"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; CI runs this as an unprivileged user")
def test_nothing_is_sent_before_output_is_written(desk: Desk, web: Web, box: Inbox) -> None:
    """output/ read-only: exit 1, a sentence that names it, no mail; mended, the letter goes out."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", mail=mail_section(box))
    desk.do("recipients", "add", "maija@example.fi")
    output: Path = desk.folder / "output"
    output.mkdir(mode=0o555)

    result = desk.do("run")

    assert result.code == 1
    assert "output" in result.err
    assert messages(box) == []
    output.chmod(0o755)
    assert desk.do("run").code == 0
    assert len(messages(box)) == 1


def test_retry_after_keeps_every_source_of_the_host_waiting(desk: Desk, web: Web) -> None:
    """429 with Retry-After: the host is left alone until then, over restarts, also by a run by hand."""
    web.pages |= {"/a.xml": Page(status=429, headers={"Retry-After": "3600"}), "/b.xml": Page(rss(ARTICLE))}
    desk.feeds("/a.xml", "/b.xml")
    first = desk.do("collect", "--json")
    assert first.code == 2
    assert {row["id"]: row["outcome"] for row in first.json()["sources"]} == {"a": "failed", "b": "waiting"}
    asked = len(web.requests)

    desk.later(minutes=30)
    assert desk.do("collect").code == 2
    assert len(web.requests) == asked

    web.pages["/a.xml"] = Page(rss(Entry("Taas täällä")))
    desk.later(hours=5)
    again = desk.do("collect", "--json")
    assert {row["outcome"] for row in again.json()["sources"]} == {"read"}


def test_a_database_that_is_empty_or_broken_is_refused_by_name(desk: Desk, web: Web) -> None:
    """0 bytes, garbage: never replaced by an empty one."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml")
    (desk.folder / "var").mkdir()
    database = desk.folder / "var" / "digikooste.db"
    for body in (b"", b"not a database at all, but long enough to look" * 10):
        database.write_bytes(body)
        result = desk.do("run")
        assert result.code == 1
        assert "digikooste.db" in result.err
        assert database.read_bytes() == body
    assert web.requests == []
