"""Serving: everything at its time by itself, beside other commands, through edits, restarts and clocks that are set."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import pytest

from tests.counts import FULL, in_full
from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.e2e.steward import Steward

if TYPE_CHECKING:
    import subprocess
    from io import BufferedRWPair
    from types import TracebackType

    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

SLOT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
"""Monday 08:00 in Helsinki: the slot of 2026-W47."""
BEFORE = SLOT - timedelta(minutes=1)
ARTICLE = Entry("Selkeä kieli säästää kaikkien aikaa", SLOT - timedelta(days=1))
DAY = timedelta(days=1)


class Serving:
    """``digikooste serve`` as a process, with a clock that the test puts on; its log is in ``lines``."""

    def __init__(self, desk: Desk, at: datetime, *options: str) -> None:
        self._desk = desk
        self._options = options
        self._clock = desk.folder / "clock"
        self.lines: list[str] = []
        self.set(at)

    def set(self, at: datetime) -> None:
        draft = self._clock.with_suffix(".new")
        draft.write_text(at.isoformat(), encoding="ascii")
        draft.replace(self._clock)
        self._desk.now = at

    def __enter__(self) -> Self:
        self._desk.environ["DIGIKOOSTE_NOW"] = f"@{self._clock}"
        self.process: subprocess.Popen[str] = self._desk.start("serve", "--log", "plain", *self._options)
        del self._desk.environ["DIGIKOOSTE_NOW"]
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.until("Serving ")
        return self

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def until(self, words: str, *, since: int = 0, seconds: float = 60.0) -> str:
        """Wait for a line with ``words`` after the first ``since`` lines; answers it."""
        end = time.monotonic() + seconds
        while (found := next((line for line in self.lines[since:] if words in line), None)) is None:
            assert time.monotonic() < end, f"{words!r} was not said in:\n" + "\n".join(self.lines)
            assert self.process.poll() is None, "\n".join(self.lines)
            time.sleep(0.02)
        return found

    def said(self, words: str) -> int:
        return sum(words in line for line in self.lines)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        self.code = self.process.wait(timeout=60)
        self.took = time.monotonic() - begun
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.stderr.close() if self.process.stderr else None
        assert not any("Traceback" in line for line in self.lines), "\n".join(self.lines)


def prepare(desk: Desk, web: Web, box: Inbox, *, digest: str = "", mail: str = "") -> None:
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.feeds("/feed.xml", digest=digest, mail=mail_section(box, mail))
    desk.do("recipients", "add", "maija@example.fi")


def test_the_letter_goes_out_at_its_time_and_once(desk: Desk, web: Web, box: Inbox) -> None:
    """Read at once, nothing sent before the slot, one letter at it; restarts, hours and a manual run send no other.

    It says what comes next and when; `run` and `status` work beside it; SIGTERM ends it with 0 within 10 s.
    """
    prepare(desk, web, box)
    with Serving(desk, BEFORE) as served:
        assert "Next: letter 2026-W47 " in served.lines[0]
        served.until("feed: 1 item")
        assert messages(box) == []
        status = desk.do("status", "--json").json()
        assert status["serving"] == served.process.pid
        assert status["next"]["digest"] == "2026-W47"
        assert status["sources"][0]["next_due"] > BEFORE.isoformat()

        served.set(SLOT)
        served.until("Letters: sent to 1 recipient")

        assert "Next: letter 2026-W48 " in served.until("Next: letter 2026-W48")
        assert desk.do("run").code == 0
        assert desk.do("serve").code == 75
        served.set(SLOT + 2 * DAY)
        served.until("feed:", since=len(served.lines))
    assert (served.code, served.took < 10) == (0, True)
    with Serving(desk, SLOT + 2 * DAY):
        pass
    assert len(messages(box)) == 1


def test_after_days_down_only_the_latest_slot_is_made_up_and_marked_late(desk: Desk, web: Web, box: Inbox) -> None:
    """Down for two days: sent once, late; for ten: not sent, a notice, and its items are in the next letter."""
    prepare(desk, web, box)
    with Steward(desk) as steward:
        assert "sent to 1" in steward.wake(SLOT)
    fresh = Entry("Saavutettava lomake", SLOT + 6 * DAY)
    web.pages["/feed.xml"] = Page(rss(ARTICLE, fresh))
    with Steward(desk) as steward:
        late = steward.wake(SLOT + 9 * DAY)
        assert "2026-W48: it was due 2026-11-23" in late
        assert "2 days later" in late
        assert "sent to 1" in late
    newest = Entry("Kuvien vaihtoehtoiset tekstit", SLOT + 13 * DAY)
    web.pages["/feed.xml"] = Page(rss(ARTICLE, fresh, newest))
    with Steward(desk) as steward:
        skipped = steward.wake(SLOT + 19 * DAY)  # W49 passed five days ago
        assert "2026-W49 due by 2026-11-30" in skipped
        assert "W49" not in steward.wake(SLOT + 19 * DAY)
        assert len(messages(box)) == 2
        again = steward.wake(SLOT + 21 * DAY)
        assert "sent to 1" in again
        assert "Over: digest (skipped)." in again
    letters = [str(one["Subject"]) for one in messages(box)]
    assert len(letters) == 3
    assert "Kuvien vaihtoehtoiset tekstit" in letters[-1]


def test_a_holiday_moves_the_letter_and_not_its_week(desk: Desk, web: Web, box: Inbox) -> None:
    """Easter Monday 2027, `holidays: previous`: out on the Thursday before, as 2027-W13, and not again."""
    monday, thursday = datetime(2027, 3, 22, 6, 0, tzinfo=UTC), datetime(2027, 3, 25, 6, 0, tzinfo=UTC)
    prepare(desk, web, box, digest="holidays: previous")
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli", monday - DAY)))
    with Steward(desk) as steward:
        assert "Digest 2027-W12" in steward.wake(monday)
        web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli", monday - DAY), Entry("Pääsiäinen", monday + DAY)))
        assert "Digest" not in steward.wake(thursday - timedelta(seconds=1))
        assert "Digest 2027-W13" in steward.wake(thursday)
        assert "Digest" not in steward.wake(thursday + 4 * DAY)
    assert len(messages(box)) == 2


def test_an_empty_week_stays_empty_and_an_unreachable_one_stays_open(desk: Desk, web: Web, box: Inbox) -> None:
    """Nothing new at the slot: no letter, though something comes an hour later. Nothing reached: as soon as it is."""
    prepare(desk, web, box)
    web.pages["/feed.xml"] = Page(rss(Entry("Vanha", SLOT - 90 * DAY)))
    with Steward(desk) as steward:
        assert "Nothing new and nothing to hand out in 2026-W47" in steward.wake(SLOT)
        web.pages["/feed.xml"] = Page(rss(Entry("Vanha", SLOT - 90 * DAY), ARTICLE))
        assert "W47: " not in steward.wake(SLOT + timedelta(hours=8))
        web.pages["/feed.xml"] = Page(b"not here", status=404)
        assert "no source could be reached, so no letter was made for 2026-W48" in steward.wake(SLOT + 7 * DAY)
        web.pages["/feed.xml"] = Page(rss(Entry("Vanha", SLOT - 90 * DAY), ARTICLE))
        assert "Digest 2026-W48" in steward.wake(SLOT + 8 * DAY)
    assert len(messages(box)) == 1


def test_a_draft_belongs_to_its_editor(desk: Desk, web: Web, box: Inbox) -> None:
    """Serve says that its time has come, and leaves it; frozen by hand, it goes out with the next wake."""
    prepare(desk, web, box)
    desk.now = SLOT
    desk.do("collect")
    desk.do("compose", "--draft")
    with Steward(desk) as steward:
        assert "Notice: 2026-W47: a draft waits" in steward.wake(SLOT)
        assert "draft" not in steward.wake(SLOT + timedelta(hours=1))
        desk.do("compose")
        assert "Over: 2026-W47 (draft)." in steward.wake(SLOT + timedelta(hours=2))
    assert len(messages(box)) == 1


def test_an_edited_file_is_taken_up_and_a_broken_one_is_not(desk: Desk, web: Web, box: Inbox) -> None:
    """A new source is read without a restart; a mistake is named by its line, and the last good file goes on."""
    prepare(desk, web, box)
    web.pages["/more.xml"] = Page(rss(ARTICLE))
    file = desk.folder / "sources.yaml"
    with Steward(desk) as steward:
        assert "feed: 1 item" in steward.wake(SLOT - DAY)
        desk.feeds("/feed.xml", "/more.xml", mail=mail_section(box))
        taken_up = steward.wake(SLOT - DAY)
        assert "was edited and is taken up" in taken_up
        assert "more: 1 item" in taken_up
        good = file.read_text(encoding="utf-8")
        file.write_text(good + "  - url: notaurl\n", encoding="utf-8")
        broken = steward.wake(SLOT - DAY)
        assert "sources.yaml:" in broken
        assert "has mistakes, so its last good state stays in force" in broken
        assert "mistakes" not in steward.wake(SLOT - DAY)
        assert "feed: unchanged" in steward.wake(SLOT)
        file.write_text(good, encoding="utf-8")
        assert "Over: sources.yaml (file)." in steward.wake(SLOT)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-400), timedelta(days=400)])
def test_a_clock_that_was_set_makes_no_second_letter_and_no_storm(
    jump: timedelta, desk: Desk, web: Web, box: Inbox
) -> None:
    """Wrong and right again: one letter, one request for each jump at most, and the next week's letter comes."""
    prepare(desk, web, box)
    with Steward(desk) as steward:
        steward.wake(SLOT)
        for _ in range(3):
            steward.wake(SLOT + jump)
        for _ in range(3):
            steward.wake(SLOT + timedelta(minutes=5))
        assert len(messages(box)) == 1
        assert len(web.asked("/feed.xml")) <= 3
        assert ("set the clock right" in steward.out) == (jump == timedelta(days=-400))
        web.pages["/feed.xml"] = Page(rss(ARTICLE, Entry("Uusi", SLOT + DAY)))
        assert "Digest 2026-W48" in steward.wake(SLOT + 7 * DAY)


def test_a_job_that_fails_is_said_once_and_tried_again_later(desk: Desk, web: Web, box: Inbox) -> None:
    """A template with a mistake: no letter, a notice, five minutes of rest; mended, the letter goes out."""
    prepare(desk, web, box, digest="operator: yllapito@example.fi")
    (desk.folder / "templates").mkdir()
    template = desk.folder / "templates" / "letter.html"
    template.write_text("{% nonsense %}", encoding="utf-8")
    with Steward(desk) as steward:
        assert "letter.html" in steward.wake(SLOT)
        assert "letter.html" not in steward.wake(SLOT + timedelta(minutes=1))
        template.unlink()
        assert "Digest" not in steward.wake(SLOT + timedelta(minutes=4))
        mended = steward.wake(SLOT + timedelta(minutes=6))
        assert "Digest 2026-W47" in mended
        assert "Over: compose (job)." in mended
    assert [one["To"] for one in messages(box)] == ["yllapito@example.fi", "maija@example.fi"]


def test_pages_are_published_before_any_letter_leaves(desk: Desk, web: Web, box: Inbox) -> None:
    """While site.publish fails nothing is sent and the operator is told; once it works the letter goes out."""
    prepare(desk, web, box, digest="operator: yllapito@example.fi")
    text = (desk.folder / "sources.yaml").read_text(encoding="utf-8")
    command = "'test -e open && cp -r $DIGIKOOSTE_OUTPUT published'"
    (desk.folder / "sources.yaml").write_text(f"{text}site:\n  publish: {command}\n", encoding="utf-8")
    desk.now = SLOT

    held = desk.do("run")

    assert held.code == 1
    assert "site.publish failed with code 1" in held.err
    (told,) = messages(box)
    assert (told["To"], "no letter leaves before the pages are published" in told.get_content().replace("\n", " ")) == (
        "yllapito@example.fi",
        True,
    )
    assert desk.do("status", "--json").json()["owed"] == 1
    (desk.folder / "open").touch()
    done = desk.do("run")
    assert (done.code, "Published: 2026-W47." in done.out, "Over: site (unpublished)" in done.out) == (0, True, True)
    assert (desk.folder / "published" / "2026-W47" / "index.html").exists()
    assert [one["To"] for one in messages(box)] == ["yllapito@example.fi", "maija@example.fi"]
    assert "Published" not in desk.do("run").out


class SlowServer:
    """An SMTP server that takes its time, or for ever, to accept a message; ``taken`` are those that it accepted."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.reached = threading.Event()
        self.answer = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, connection.makefile("rwb") as stream, contextlib.suppress(ConnectionError):
                    self._talk(stream)

    def _talk(self, stream: BufferedRWPair) -> None:
        def say(line: bytes) -> None:
            stream.write(line + b"\r\n")
            stream.flush()

        say(b"220 slow.example")
        recipient = ""
        while line := stream.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().split("<")[1].split(">")[0]
            if verb == b"DATA":
                say(b"354 go on")
                while stream.readline() != b".\r\n":
                    pass
                self.reached.set()
                if not self.answer.wait(timeout=30):
                    return
                self.taken.append(recipient)
            say(b"221 bye" if verb == b"QUIT" else b"250 slow.example")

    def close(self) -> None:
        self.answer.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone leaves accept() waiting
        self._listener.close()
        self._thread.join()


@pytest.mark.parametrize(
    ("command", "number", "code"),
    [("serve", signal.SIGTERM, 0), ("run", signal.SIGTERM, 0), ("run", signal.SIGINT, 130)],
)
def test_a_signal_finishes_the_message_in_hand(
    command: str, number: signal.Signals, code: int, desk: Desk, web: Web
) -> None:
    """Its outcome is written down, the others stay owed, and the end comes within 10 s; the next run sends the rest."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.now = SLOT
    with contextlib.closing(SlowServer()) as server:
        mail = f"host: 127.0.0.1\nport: {server.port}\nsecurity: none\nfrom: kooste@example.fi"
        desk.feeds("/feed.xml", mail=mail)
        for name in ("aino", "eino", "vaino"):
            desk.do("recipients", "add", f"{name}@example.fi")
        process = desk.start(command)
        assert server.reached.wait(timeout=60)
        process.send_signal(number)
        begun = time.monotonic()
        time.sleep(0.3)
        server.answer.set()
        _, err = process.communicate(timeout=60)
        assert (process.returncode, time.monotonic() - begun < 10) == (code, True), err
        assert len(server.taken) == 1
        (digest,) = desk.do("status", "--json").json()["digests"]
        assert digest["deliveries"] == {"accepted": 1, "pending": 2}
        assert desk.do("run").code == 0
        assert sorted(server.taken) == ["aino@example.fi", "eino@example.fi", "vaino@example.fi"]


@pytest.mark.skipif(not FULL, reason="it takes as long as the grace: seven seconds (DIGIKOOSTE_FULL=1)")
def test_sigterm_does_not_wait_for_a_server_that_never_answers(desk: Desk, web: Web) -> None:
    """0 within 10 s; the message is unknown then, and the next start takes it up."""
    web.pages["/feed.xml"] = Page(rss(ARTICLE))
    desk.now = SLOT
    with contextlib.closing(SlowServer()) as server:
        mail = f"host: 127.0.0.1\nport: {server.port}\nsecurity: none\nfrom: kooste@example.fi"
        desk.feeds("/feed.xml", mail=mail)
        desk.do("recipients", "add", "aino@example.fi")
        process = desk.start("serve")
        assert server.reached.wait(timeout=60)
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        process.communicate(timeout=60)
        assert (process.returncode, time.monotonic() - begun < 10) == (0, True)
        server.answer.set()
        with Steward(desk) as steward:
            assert "sent to 1 recipient" in steward.wake(SLOT)
        assert server.taken[-1] == "aino@example.fi"


@in_full
def test_the_publishing_command_runs_once_a_letter(desk: Desk, web: Web, box: Inbox) -> None:
    """It takes its time; the beats that come meanwhile find the letter owed, and neither run it again nor send."""
    prepare(desk, web, box)
    with (desk.folder / "sources.yaml").open("a") as file:
        file.write("site:\n  publish: echo began >>carried; sleep 2; echo ended >>carried\n")
    with Serving(desk, SLOT) as served:
        served.until("Letters: sent to 1 recipient")
        assert (desk.folder / "carried").read_text() == "began\nended\n"
    assert (desk.folder / "carried").read_text() == "began\nended\n"
    assert served.said("Published: 2026-W47") == 1
