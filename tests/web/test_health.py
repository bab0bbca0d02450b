"""/healthz and /readyz: whether the process lives, and whether it can work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.testclient import TestClient

from pipeline.errors import StoreError
from pipeline.web import health

if TYPE_CHECKING:
    import pytest

    from pipeline.web.health import Check


def client(**checks: Check) -> TestClient:
    return TestClient(Starlette(routes=health.routes(checks)))


def broken() -> str:
    raise StoreError("var/digikooste.db: the database is damaged.")


def test_ready_is_who_finds_nothing_wrong() -> None:
    """200 and one word, which nobody keeps; HEAD is answered too."""
    found = client(store=lambda: None).get("/readyz")

    assert (found.status_code, found.text) == (200, "ready\n")
    assert found.headers["cache-control"] == "no-store"
    assert client().head("/healthz").status_code == 200


def test_what_is_wrong_is_said_line_by_line() -> None:
    """503; an error is its own sentence; the process is alive all the same."""
    asked = client(store=broken, scheduler=lambda: "no beat for 95 s.", disk=lambda: None)

    assert asked.get("/readyz").status_code == 503
    assert asked.get("/readyz").text.splitlines() == [
        "store: var/digikooste.db: the database is damaged.",
        "scheduler: no beat for 95 s.",
    ]
    assert asked.get("/healthz").text == "ok\n"


def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks gets an answer: it took too long."""
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    found = client(store=lambda: time.sleep(0.5), scheduler=lambda: None).get("/readyz")

    assert (found.status_code, found.text) == (503, "store: no answer within 0 s.\n")
