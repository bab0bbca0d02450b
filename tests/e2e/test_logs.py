"""What serve says: plain lines for people, JSON for machines, priorities for journald; nobody's address in any."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import socket
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from pipeline.cli.lines import Lines, about
from pipeline.cli.records import speaking
from pipeline.cli.showing import Progress, say, warn
from tests.e2e.desk import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.desk import Desk

MOMENT = datetime(2026, 11, 23, 8, 0, 5, 120_000, tzinfo=timezone(timedelta(hours=2)))


def written(form: str, level: str, sentence: str, **fields: str) -> list[str]:
    stream = io.StringIO()
    Lines(lambda: MOMENT, form, stream).write(level, sentence, **fields)
    return stream.getvalue().splitlines()


def test_a_plain_line_has_its_time_and_its_level() -> None:
    """In this machine's own time; a sentence of several lines is several lines."""
    time = f"{MOMENT.astimezone():%Y-%m-%d %H:%M:%S}"
    assert written("plain", "WARNING", "one\n  two") == [f"{time} WARNING one", f"{time} WARNING two"]


def test_a_line_for_machines_is_one_json_object() -> None:
    """RFC 3339 time, level, message, and the fields of what it is about; foreign letters stay letters."""
    with about(job="collect"):
        (line,) = written("json", "INFO", "blogi: ei löydy\nja toinen", source="blogi")

    found = json.loads(line)
    assert datetime.fromisoformat(found.pop("time")) == MOMENT
    assert found == {"level": "info", "message": "blogi: ei löydy\nja toinen", "job": "collect", "source": "blogi"}
    assert "ö" in line


def test_a_terminal_gets_plain_lines_and_everything_else_json() -> None:
    """Which is what --log auto means."""
    near, far = os.openpty()
    with os.fdopen(near, "rb", buffering=0) as reader, os.fdopen(far, "w") as terminal:
        Lines(lambda: MOMENT, "auto", terminal).write("INFO", "hello")
        assert reader.read(100).strip().endswith(b"INFO hello")
    assert json.loads(written("auto", "INFO", "hello")[0])["message"] == "hello"


@pytest.mark.parametrize("form", ["plain", "json"])
def test_journald_is_told_the_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """By a prefix that it takes off; it keeps the time itself. Another stream than the journal's gets none."""
    with (tmp_path / "journal").open("w+", encoding="utf-8") as journal:
        found = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        lines = Lines(lambda: MOMENT, form, journal)
        for level in ("INFO", "WARNING", "ERROR"):
            lines.write(level, "said")
        journal.seek(0)
        said = journal.read().splitlines()
    assert [line[:3] for line in said] == ["<6>", "<4>", "<3>"]
    assert form == "json" or said[0] == "<6>said"
    assert not written("plain", "INFO", "said")[0].startswith("<")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_no_address_of_a_person_is_in_a_line(form: str) -> None:
    """Masked, wherever it comes from; no control character steers a terminal."""
    said = "\n".join(written(form, "INFO", "550 <maija.meikalainen@kunta.fi> unknown\x1b[2J", reply="for olli@x.fi"))
    assert "maija.meikalainen" not in said
    assert "olli@" not in said
    assert "m***@kunta.fi" in said
    assert "\x1b" not in said


def test_everything_that_is_said_becomes_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Answers, warnings, progress, and what a library logs, with its traceback; afterwards a command speaks again."""
    with speaking(Lines(lambda: MOMENT, "json")):
        say("done")
        warn("not done", source="blogi")
        with Progress("Reading", 1) as progress:
            progress.step("blogi: failed", is_bad=True, source="blogi")
        logging.getLogger("some.library").info("of no matter")
        try:
            int("a defect")
        except ValueError:
            logging.getLogger("pipeline.schedule").exception("collect failed")
    say("as ever")

    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert [(one["level"], one["message"]) for one in lines] == [
        ("info", "done"),
        ("warning", "not done"),
        ("warning", "blogi: failed"),
        ("error", "collect failed"),
    ]
    assert lines[1]["source"] == lines[2]["source"] == "blogi"
    assert (lines[3]["logger"], "'a defect'" in lines[3]["trace"]) == ("pipeline.schedule", True)
    assert said.out == "as ever\n"


def test_serve_logs_json_and_tells_systemd(desk: Desk, tmp_path: Path) -> None:
    """Every line of a real process whose output is no terminal; READY when it listens, WATCHDOG while it beats."""
    desk.feeds("/gone.xml")
    desk.later(days=3)  # no letter is due
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.settimeout(60)
    desk.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
    process = desk.start("serve", "--http", "127.0.0.1:0")
    assert process.stderr is not None
    with told:
        assert told.recv(1000).startswith(b"READY=1\nSTATUS=Next: ")
        said = [process.stderr.readline()]
        while '"source": "gone"' not in said[-1]:
            assert told.recv(1000) == b"WATCHDOG=1"
            said.append(process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        while (heard := told.recv(1000)) != b"STOPPING=1":
            assert heard == b"WATCHDOG=1"
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = [json.loads(line) for line in (*said, *rest.splitlines())]
    assert all(datetime.fromisoformat(one["time"]).tzinfo for one in lines)
    (failed,) = [one for one in lines if one.get("source") == "gone" and one["level"] == "warning"]
    assert failed["job"] == "collect"
    assert lines[-1]["message"] == "Stopped; everything is written down."


def test_what_keeps_serve_from_starting_is_a_line_too(desk: Desk) -> None:
    """With --log json the last line of a service that does not start can be read by the same machine."""
    (desk.folder / "sources.yaml").write_text("nonsense: 1\n")
    failed = desk.do("serve", "--log", "json")
    found = json.loads(failed.err)
    assert (failed.code, found["level"]) == (1, "error")
    assert "sources.yaml:1:1" in found["message"]
    assert datetime.fromisoformat(found["time"]) == NOW.astimezone(UTC)
    assert desk.do("serve", "--log", "plain").err.startswith("sources.yaml:1:1")
