"""`serve --http` and `--metrics`: whoever watches sees how it stands, and nobody's address."""

from __future__ import annotations

import http.client
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from pipeline.cli import webbing
from pipeline.cli.workspace import Workspace
from pipeline.schedule import Timetable
from tests.counts import in_full
from tests.e2e.desk import Entry, Page, mail_section, messages, rss
from tests.e2e.test_serve import Serving

if TYPE_CHECKING:
    from pipeline.demo.inbox import Inbox
    from tests.e2e.desk import Desk, Web

SLOT = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
PEOPLE = ("maija@example.fi", "olli.meikalainen@kunta.example")


def ask(place: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(place, timeout=20)
    try:
        connection.request("GET", path)
        found = connection.getresponse()
        return found.status, found.read().decode()
    finally:
        connection.close()


def measured(place: str) -> tuple[dict[tuple[str, ...], float], str]:
    status, text = ask(place, "/metrics")
    assert status == 200
    return values(text), text


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by name and labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def prepare(desk: Desk, web: Web, box: Inbox) -> None:
    web.pages["/feed.xml"] = Page(rss(Entry("Selkeä kieli säästää kaikkien aikaa", SLOT - timedelta(days=1))))
    desk.feeds("/feed.xml", "/gone.xml", mail=mail_section(box))
    for address in PEOPLE:
        desk.do("recipients", "add", address)


@in_full
def test_whoever_watches_sees_the_letter_go_out(desk: Desk, web: Web, box: Inbox) -> None:
    """Alive and ready, everything counted, after a restart too; no address of a person anywhere."""
    prepare(desk, web, box)
    listen = ("--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
    with Serving(desk, SLOT, *listen) as served:
        place, measures = (
            served.until(words).split("http://")[1].removesuffix("metrics").strip("/")
            for words in ("Answering at ", "Metrics at ")
        )
        assert ask(place, "/healthz") == (200, "ok\n")
        assert ask(place, "/readyz") == (200, "ready\n")
        assert ask(measures, "/healthz")[0] == ask(place, "/metrics")[0] == 404
        served.until("Letters: sent to 2 recipients")
        served.until("Next: letter 2026-W48")

        found, text = measured(measures)
        assert found["digikooste_fetches_total", "ok"] == found["digikooste_fetches_total", "not_found"] == 1
        assert found["digikooste_fetch_duration_seconds_count",] == 2
        assert found["digikooste_source_readings_total", "failed"] == 1
        assert found["digikooste_deliveries_total", "accepted"] == 2
        assert found["digikooste_source_last_success_timestamp_seconds", "feed"] == SLOT.timestamp()
        assert found["digikooste_next_digest_timestamp_seconds",] == (SLOT + timedelta(days=7)).timestamp()
        assert found["digikooste_digest_overdue_seconds",] == 0

    assert (served.code, served.took < 10) == (0, True)
    workspace = Workspace(folder=desk.folder, environ={})
    with workspace.store() as store:  # another process, which has counted nothing yet
        body, _ = webbing.metrics(lambda: workspace, store, Timetable({}, clock=lambda: SLOT)).exposed("")
    found, again = values(body.decode()), body.decode()
    assert found["digikooste_deliveries_total", "accepted"] == 0
    assert found["digikooste_last_digest_deliveries", "accepted"] == 2
    assert found["digikooste_last_delivery_timestamp_seconds",] >= SLOT.timestamp()
    assert found["digikooste_recipients", "active"] == 2
    assert found["digikooste_items", "feed"] == 1
    assert len(messages(box)) == 2
    assert not any(word in text + again for address in PEOPLE for word in ("@", *address.split("@")))


def test_a_port_that_is_taken_is_said(desk: Desk, web: Web, box: Inbox) -> None:
    """One sentence, exit code 1, nothing served; an address that is none is wrong usage."""
    prepare(desk, web, box)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = desk.do("serve", "--http", place)
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert f"--http {place}: cannot listen there: Address already in use." in refused.err
    assert desk.do("serve", "--http", "8765").code == 64
    assert desk.do("serve", "--metrics", "localhost:99999").code == 64


def test_a_lost_database_or_a_hung_scheduler_is_not_ready(desk: Desk, web: Web, box: Inbox) -> None:
    """503 in words: the file's name, or for how long nothing has moved; the process is alive all the same."""
    from starlette.testclient import TestClient  # noqa: PLC0415

    prepare(desk, web, box)
    workspace = Workspace(folder=desk.folder, environ={})
    timetable = Timetable({}, clock=lambda: SLOT, beat=30.0)
    with workspace.store() as store:
        asked = TestClient(webbing.app(lambda: workspace, store, timetable))
        assert asked.get("/readyz").text == "ready\n"
        timetable.last_beat = time.monotonic() - 130
        assert asked.get("/readyz").text == "scheduler: no beat for 130 s.\n"
        timetable.last_beat = time.monotonic()
        (workspace.var / "digikooste.db").rename(workspace.var / "lost.db")
        found = asked.get("/readyz")
        assert (found.status_code, found.text[:7]) == (503, "store: ")
        assert "digikooste.db is gone; restore it from a backup" in found.text
        assert asked.get("/healthz").status_code == 200
