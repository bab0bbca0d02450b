"""The service unit and the container: what they name exists, what they start works, both are closed to strangers."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from deploy import pins
from pipeline import cli
from pipeline.metrics import DigestFigures, Figures, Metrics
from tests.project.checkout import ROOT, tracked

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ROOT / "deploy" / "digikooste.service"
CONTAINER = ROOT / "Containerfile"
WORST = 1.5
"""systemd's own score of what a broken service could still do: 10 is everything; "OK" ends at 5."""
LAUNCH = [sys.executable, "-m", "pipeline"]


def setting(name: str) -> str:
    """The value of a key of the unit that stands there once."""
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return str(value)


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions, continued lines joined, without comments."""
    text = re.sub(r"^#.*\n", "", CONTAINER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def values(instruction: str) -> list[str]:
    return [rest for word, rest in instructions() if word == instruction]


@pytest.fixture
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not here (Debian package systemd)")
    return found


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The unit with a program that is here in place of the installed one: systemd looks whether it is."""
    file = tmp_path / UNIT.name
    program = setting("ExecStart").split()[0]
    file.write_text(UNIT.read_text(encoding="utf-8").replace(program, sys.executable), encoding="utf-8")
    return file


def test_systemd_understands_every_line_of_the_unit(analyze: str, here: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    done = subprocess.run([analyze, "verify", "--man=no", str(here)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_closed_to_strangers(analyze: str, here: Path) -> None:
    """By systemd's own count of what a service that was broken into could reach."""
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", f"--threshold={WORST * 10:.0f}", str(here)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= WORST, done.stdout
    assert done.returncode == 0


def test_the_unit_starts_a_service_that_is_ready(tmp_path: Path) -> None:
    """Its very command, with the environment that systemd gives and nothing more; SIGTERM ends it with 0 in time.

    The container's own health check finds it well.
    """
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    program, *arguments = shlex.split(setting("ExecStart"))
    assert program.endswith("/bin/digikooste")
    arguments = [re.sub(r"^127\.0\.0\.1:\d+$", "127.0.0.1:0", one) for one in arguments]
    arguments = [one.replace(setting("WorkingDirectory"), str(folder)) for one in arguments]
    told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    told.bind(str(tmp_path / "notify"))
    told.settimeout(60)
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NOTIFY_SOCKET": str(tmp_path / "notify")}
    process = subprocess.Popen(
        [*LAUNCH, *arguments],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with told:
        assert told.recv(1000).startswith(b"READY=1\n")
        assert setting("Type") == "notify"
    assert process.stderr is not None
    said = next(line for line in process.stderr if "Answering at" in line)
    port = re.search(r":(\d+)/", json.loads(said)["message"])
    assert port
    (check,) = [json.loads(rest.partition("CMD ")[2]) for rest in values("HEALTHCHECK")]
    check = [word.replace(":8765/", f":{port[1]}/") for word in [sys.executable, *check[1:]]]
    assert subprocess.run(check, check=False).returncode == 0
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=float(setting("TimeoutStopSec")))
    assert process.returncode == 0
    assert subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode != 0


def test_the_container_copies_what_is_there() -> None:
    """Every path is tracked, and none is kept out of the build's context; nothing else gets into it."""
    wanted = {path for rest in values("COPY") if "--from" not in rest for path in rest.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}

    assert [path for path in wanted if not any(file.is_relative_to(ROOT / path) for file in tracked())] == []
    assert wanted == let_in
    assert "*" in ignored


def test_the_container_is_nobody_and_says_so() -> None:
    """A numeric user that is not root, before the last command; no registry is named; one folder is written to."""
    names = [word for word, _ in instructions()]
    (user,) = values("USER")
    bases = [rest.split()[0] for rest in values("FROM")]

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert {"/" in base for base in bases} == {False}
    assert set(bases) == {"python:3.11-slim"}
    assert values("VOLUME") == values("WORKDIR")[-1:] == ["/workspace"]
    assert f"--owner={user.partition(':')[0]} " in next(rest for rest in values("RUN") if "useradd" in rest)


def test_the_container_starts_a_command_that_exists(capsys: pytest.CaptureFixture[str]) -> None:
    """Its entry is ours, its options are serve's, and the health check asks where it listens."""
    (entry,), (command,) = values("ENTRYPOINT"), values("CMD")
    words = json.loads(command)
    assert json.loads(entry) == ["digikooste"]
    assert cli.run([words[0], "--help"]) == 0
    known = capsys.readouterr().out
    assert all(word in known for word in words if word.startswith("--"))
    assert words[words.index("--http") + 1] == "0.0.0.0:8765"
    assert "http://127.0.0.1:8765/readyz" in values("HEALTHCHECK")[0]
    assert "8765" in values("EXPOSE")[0].split()


def test_a_service_is_installed_from_pins_of_its_own() -> None:
    """deploy/requirements.txt is what the program needs of requirements.txt, with hashes, without developers' tools.

    Out of date? `make upgrade` writes both, `python -m deploy.pins` this one.
    """
    text = pins.TARGET.read_text(encoding="utf-8")
    assert text == pins.pins()
    names = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    assert {"click", "uvicorn", "psycopg", "libvoikko", "hatchling"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff", "playwright", "trustme"})
    assert text.count("--hash=sha256:") >= len(names)


def test_root_s_command_runs_what_the_service_runs() -> None:
    """The same program, user, environment and workspace; and the shell understands it."""
    script = ROOT / "deploy" / "digikooste"
    text = script.read_text(encoding="utf-8")
    assert subprocess.run(["/bin/sh", "-n", str(script)], check=False).returncode == 0
    assert os.access(script, os.X_OK)
    assert f"{setting('ExecStart').split()[0]} " in text
    assert f"--reuid={setting('User')} " in text
    assert f". {setting('EnvironmentFile').removeprefix('-')}\n" in text
    assert f"cd {setting('WorkingDirectory')}\n" in text


def metrics() -> set[str]:
    """Every name of ours that /metrics can tell."""
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    figures = Figures(
        next_digest=moment,
        overdue=0,
        beat_age=0,
        free_bytes=0,
        last_delivery=moment,
        next_delivery=moment,
        last_digest=DigestFigures(frozen=moment, items=1, deliveries={}),
    )
    body, _ = Metrics(lambda: figures).exposed("")
    return set(re.findall(r"^# TYPE (digikooste_\w+)", body.decode(), re.MULTILINE))


def test_the_operations_page_lists_every_metric() -> None:
    """Each once in its table, and none that is not told."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert sorted(metrics()) == sorted(re.findall(r"^\| `(digikooste_\w+)` \|", text, re.MULTILINE))


def test_alerts_are_made_of_metrics_that_are_told() -> None:
    """By their names and labels; each says what it is and what to look at, and no command in it is made up."""
    document = YAML(typ="safe").load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert set(re.findall(r"\bdigikooste_\w+", rule["expr"])) <= metrics(), rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"].keys() == {"summary", "description"}
        for command in re.findall(r"`(digikooste [^`]+)`", rule["annotations"]["description"]):
            assert cli.run([*shlex.split(command)[1:], "--help"]) == 0, command


def test_the_operations_page_tells_the_unit_s_own_figures(analyze: str, here: Path) -> None:
    """The score that it names is the one that systemd gives."""
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(here)], capture_output=True, text=True, check=False
    )
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found
    assert f"(`systemd-analyze security`, 10 is everything) is {found[1]}." in " ".join(text.split())
