"""Delivering with every outcome on the disk, beside plain smtplib that keeps no books."""

from __future__ import annotations

import json
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import sink
from benchmarks.letter import SENT, weekly
from benchmarks.measure import Watch
from benchmarks.report import Table
from pipeline import mail
from pipeline.mail import Mailbox, Security, Server, Session
from pipeline.render import Renderer, SiteFacts, default_templates
from pipeline.store import Store

if TYPE_CHECKING:
    from pipeline.model import Edition

ROOT = Path(__file__).parents[1]
SENDER = "kooste@example.fi"
KEY = "2026-W47"


class Missing(Exception):
    """Not every letter arrived, or not every outcome is kept: there is no figure then."""


def run(*, recipients: int, items: int, connections: tuple[int, ...]) -> None:
    """Deliver one digest of so many items to so many people, with each number of connections; print a table.

    Beside each: smtplib's ``sendmail`` of letters of the same size over as many connections, in threads.
    Raises Missing.
    """
    edition = _edition(items)
    size = len(_letter(edition).to(_address(0), message_id=_identity(0), date=SENT))
    table = Table(
        f"{recipients:,} letters of {size / 1000:.0f} KB to a sink on loopback",
        "program",
        "connections",
        "letters/s",
        "CPU ms each",
        "peak MB",
    )
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.db"
        _prepare(prepared, edition, recipients)
        for number in connections:
            plain = _subject("plain", recipients, number, prepared)
            database = Path(folder) / f"{number}.db"
            shutil.copy(prepared, database)
            ours = _subject("ours", recipients, number, database)
            _check(database, recipients)
            for name, (seconds, cpu, peak) in (("smtplib alone", plain), ("digikooste", ours)):
                table.row(
                    name,
                    str(number),
                    f"{recipients / seconds:,.0f}",
                    f"{cpu / recipients * 1000:.2f}",
                    f"{peak / 1e6:.0f}",
                )
            table.note(
                f"{plain[0] / ours[0]:.2f} of the speed of smtplib without books, memory {ours[2] / 1e6:.0f} MB; "
                "every intent and outcome was on the disk before the next letter of its connection"
            )
    table.print()


def _subject(name: str, recipients: int, connections: int, database: Path) -> tuple[float, float, int]:
    """Let one program send in a process of its own; seconds, CPU seconds, bytes of memory at the most."""
    with (
        sink.serve() as port,
        subprocess.Popen(
            [sys.executable, "-c", f"from benchmarks.delivering import send_{name}; send_{name}()"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        task = {"port": port, "recipients": recipients, "connections": connections, "database": str(database)}
        print(json.dumps(task), file=process.stdin, flush=True)
        if process.stdout.readline() != "ready\n":
            raise Missing(f"{name} did not start.")
        with Watch(process.pid) as watch:
            begun = time.perf_counter()
            print("go", file=process.stdin, flush=True)
            line = process.stdout.readline()
            seconds = time.perf_counter() - begun
            cost = watch.stop()
        with smtplib.SMTP("127.0.0.1", port) as asking:
            taken = int(asking.noop()[1])
        process.communicate()
    if line != "done\n" or taken != recipients:
        raise Missing(f"{name}: {taken} of {recipients} letters arrived.")
    return seconds, cost.cpu, cost.peak


def _check(database: Path, recipients: int) -> None:
    with Store(database) as store:
        status = store.digests.status(KEY)
        if status is None or status.deliveries != {"accepted": recipients}:
            raise Missing(f"Not every outcome is kept: {status.deliveries if status else None}.")


def _prepare(database: Path, edition: Edition, recipients: int) -> None:
    """Freeze a digest that everybody is owed, and leave the file whole (no journal beside it)."""
    with Store(database) as store:
        people = [(_address(number), "fi", SENT) for number in range(recipients)]
        store.recipients.add(people, origin="benchmark", now=SENT, revive=False)
        store.digests.freeze(weekly(0), [edition], now=SENT, message_id=_identity)


# In the processes that are measured -------------------------------------------------------------------


def send_ours() -> None:
    """Deliver what the prepared database owes."""
    from pipeline.jobs import deliver  # noqa: PLC0415  # what the other program does not need

    task = json.loads(sys.stdin.readline())
    server = Server(host="127.0.0.1", port=task["port"], security=Security.NONE)
    with Store(task["database"]) as store:
        _ready()
        deliver(
            store=store,
            session=lambda: Session(server),
            letter=_letter,
            now=SENT + timedelta(minutes=1),
            connections=task["connections"],
            progress=lambda _delivery, _state: None,
        )
        _done()


def send_plain() -> None:
    """Send as many letters with nothing but smtplib."""
    task = json.loads(sys.stdin.readline())
    with Store(task["database"]) as store:
        (edition,) = store.digests.editions(KEY)
    letter = _letter(edition).to(_address(0), message_id=_identity(0), date=SENT).decode("ascii")
    waiting = deque(range(task["recipients"]))

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", task["port"]) as smtp:
            while waiting:
                try:
                    number = waiting.popleft()
                except IndexError:
                    return
                smtp.sendmail(SENDER, _address(number), letter)

    _ready()
    with ThreadPoolExecutor(task["connections"]) as threads:
        for one in [threads.submit(send) for _ in range(task["connections"])]:
            one.result()
    _done()


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _done() -> None:
    print("done", flush=True)
    sys.stdin.read()


def _address(number: int) -> str:
    return f"lukija.{number}@virasto-{number % 50}.example.fi"


def _identity(number: int) -> str:
    return mail.message_id("a workspace's own secret", KEY, number, "example.fi")


def _letter(edition: Edition) -> mail.Letter:
    return mail.compose(
        subject=edition.subject,
        html=edition.html,
        text=edition.text,
        language=edition.language,
        sender=Mailbox("Kooste", SENDER),
    )


def _edition(items: int) -> Edition:
    facts = SiteFacts(title={"fi": "Digiviestinnän viikkokooste"}, languages=("fi",), url="https://example.fi/kooste/")
    return Renderer([default_templates()], facts).edition(weekly(items), "fi", SENT.date())
