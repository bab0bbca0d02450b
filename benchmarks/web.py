"""What ``serve --http`` answers: an archive page from memory, and the subscribe form, asked by wrk."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.report import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "tests/render/golden/full.fi.page.html"
LARGE = 44_000
"""Bytes of a page of sixty items."""
FILE = """\
site:
  service: https://kooste.example.fi/
mail:
  host: 127.0.0.1
  port: 9
  security: none
  from: Kooste <kooste@example.fi>
topics:
  - {id: kieli, words: [kieli]}
  - {id: some, words: [some]}
"""
CONNECTIONS = 16
# Each connection waits before it asks again, each time another while; wrk takes whole milliseconds, so that what is
# between two of them is given by chance.
PAUSE = "function delay() return math.floor({twice:.4f} * math.random() + math.random()) end\n"
NEAR = 0.02
"""A load is the wished one when it is off by no more than this share."""
_TRIES = 6
_ROUNDS = 3
"""Where the machine does something else meanwhile, both are asked again, until the half is half of the whole."""
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def run(*, seconds: int) -> None:
    """Ask for each page as fast as it goes, then at half of that; skipped where wrk is not installed."""
    if shutil.which("wrk") is None:
        print("\nServing pages: skipped, for wrk is not here (Debian package wrk)")
        return
    table = Table(
        f"Serving pages, one worker, {CONNECTIONS} connections", "page", "a second", "at half load", "p99 ms at half"
    )
    with tempfile.TemporaryDirectory() as folder:
        for url in _served(Path(folder)):
            for name, path in (
                (f"archive, from memory ({LARGE // 1000} kB)", "2026-W47/fi.html"),
                ("subscribe form", "fi/tilaa"),
            ):
                whole, half, slowest = _whole_and_half(url + path, seconds)
                table.row(name, f"{whole:,.0f}", f"{half:,.0f} ({half / whole:.0%})", f"{slowest:.1f}")
    table.print()


def _served(folder: Path) -> Iterator[str]:
    """Run ``digikooste serve`` for the length of one round, and give its address."""
    (folder / "sources.yaml").write_text(FILE)
    page = folder / "output" / "2026-W47" / "fi.html"
    page.parent.mkdir(parents=True)
    body = PAGE.read_bytes()
    page.write_bytes(body.replace(b"</main>", b"<p>" + b"sana " * ((LARGE - len(body)) // 5) + b"</p></main>"))
    command = [sys.executable, "-m", "pipeline", "serve", "-w", str(folder), "--http", "127.0.0.1:0", "--log", "plain"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if found := re.search(r"Answering at (\S+)", line):
                    urlopen(found[1] + "2026-W47/fi.html", timeout=20).close()
                    yield found[1]
                    break
        finally:
            process.terminate()
            process.wait(timeout=20)


def _whole_and_half(url: str, seconds: int) -> tuple[float, float, float]:
    """Return the answers a second as fast as it goes, those at half of that, and ``_asked``'s slowest there."""
    rounds = []
    for _ in range(_ROUNDS):
        whole, _ = _asked(url, seconds)
        rounds.append((whole, *_paced(url, whole / 2, seconds)))
        if _off(rounds[-1]) <= 2 * NEAR:
            break
    return min(rounds, key=_off)


def _off(one: tuple[float, float, float]) -> float:
    whole, half, _ = one
    return abs(2 * half / whole - 1)


def _paced(url: str, wished: float, seconds: int) -> tuple[float, float]:
    """Return what ``_asked`` does at ``wished`` answers a second: short rounds find the pause that makes that rate."""
    cycle = pause = CONNECTIONS / wished
    for _ in range(_TRIES):
        reached, _ = _asked(url, 1, pause=pause)
        if abs(reached - wished) <= NEAR * wished:
            break
        pause = max(0.0, pause + cycle - CONNECTIONS / reached)
    return _asked(url, seconds, pause=pause)


def _asked(url: str, seconds: int, *, pause: float = 0.0) -> tuple[float, float]:
    """Return the answers a second and the milliseconds of the slowest in a hundred; raises RuntimeError for others."""
    time.sleep(0.2)  # for what the last round left behind
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if pause:
            script.write(PAUSE.format(twice=2 * pause * 1000))
            script.flush()
            command += ["-s", script.name]
        said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"Not every request was answered:\n{said}")
    rate, slowest = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if rate is None or slowest is None:
        raise RuntimeError(f"wrk said something else:\n{said}")
    return float(rate[1]), float(slowest[1]) * _UNITS[slowest[2]]
