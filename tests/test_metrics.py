"""What Prometheus may know: good names, honest numbers, nothing of people."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from pipeline.errors import StoreError
from pipeline.metrics import DigestFigures, Figures, Metrics, SourceFigures

MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
FIGURES = Figures(
    next_digest=MONDAY,
    overdue=90.0,
    beat_age=3.5,
    free_bytes=10**9,
    sources={"blogi": SourceFigures(items=12, failures=2, last_good=MONDAY, next_due=MONDAY), "uusi": SourceFigures()},
    outbox={"pending": 3, "sending": 0, "unknown": 1},
    last_delivery=MONDAY,
    next_delivery=MONDAY,
    recipients={"active": 9, "left": 1},
    notices={"failing": 1, "disk": 0},
    last_digest=DigestFigures(frozen=MONDAY, items=14, deliveries={"accepted": 9}),
)
UNITS_TO_AVOID = re.compile(r"milli|micro|nano|minute|hour|day|week|kilo|mega|percent|_(ms|us|kb|mb)(_|$)")


def values(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample by name and the values of its labels."""
    body, _ = metrics.exposed("")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in plain(body.decode())
        for sample in family.samples
    }


def test_what_happens_is_counted() -> None:
    """Requests and how long they took, readings, new items and deliveries, by outcome."""
    metrics = Metrics(lambda: FIGURES)
    metrics.fetched("ok", 0.2)
    metrics.fetched("rate-limited", 0.7)
    metrics.source_read("read", 5)
    metrics.source_read("failed", 0)
    metrics.delivered("accepted")
    metrics.delivered("accepted")

    found = values(metrics)
    assert found["digikooste_fetches_total", "ok"] == found["digikooste_fetches_total", "rate_limited"] == 1
    assert found["digikooste_fetch_duration_seconds_count",] == 2
    assert found["digikooste_fetch_duration_seconds_sum",] == pytest.approx(0.9)
    assert found["digikooste_source_readings_total", "failed"] == 1
    assert found["digikooste_items_found_total",] == 5
    assert found["digikooste_deliveries_total", "accepted"] == 2
    assert found["digikooste_deliveries_total", "refused"] == 0


def test_how_everything_stands_is_read_at_the_scrape() -> None:
    """A new process tells the same as the one before: moments are timestamps, states are labels."""
    found = values(Metrics(lambda: FIGURES))

    assert found["digikooste_next_digest_timestamp_seconds",] == MONDAY.timestamp()
    assert found["digikooste_digest_overdue_seconds",] == 90
    assert found["digikooste_scheduler_beat_age_seconds",] == 3.5
    assert found["digikooste_source_last_success_timestamp_seconds", "blogi"] == MONDAY.timestamp()
    assert ("digikooste_source_last_success_timestamp_seconds", "uusi") not in found
    assert found["digikooste_source_failures", "blogi"] == 2
    assert found["digikooste_items", "uusi"] == 0
    assert found["digikooste_outbox_deliveries", "unknown"] == 1
    assert found["digikooste_last_digest_deliveries", "accepted"] == 9
    assert found["digikooste_last_delivery_timestamp_seconds",] == MONDAY.timestamp()
    assert found["digikooste_store_up",] == 1


def test_a_store_that_cannot_be_read_is_a_number_too() -> None:
    """The scrape succeeds with what this process knows by itself."""

    def gone() -> Figures:
        raise StoreError("the database is damaged.")

    metrics = Metrics(gone)
    metrics.delivered("accepted")

    found = values(metrics)
    assert found["digikooste_store_up",] == 0
    assert found["digikooste_deliveries_total", "accepted"] == 1
    assert ("digikooste_recipients", "active") not in found


def test_names_follow_the_conventions() -> None:
    """As `promtool check metrics` has it: help, base units, _total for counters and for nothing else."""
    metrics = Metrics(lambda: FIGURES)
    metrics.fetched("ok", 0.2)
    body, content_type = metrics.exposed("text/plain; version=0.0.4")
    families = [family for family in plain(body.decode()) if family.name.startswith("digikooste_")]

    assert content_type.startswith("text/plain; version=0.0.4")
    assert len(families) > 20
    for family in families:
        names = {sample.name for sample in family.samples}
        assert family.documentation.endswith("."), family.name
        assert not UNITS_TO_AVOID.search(family.name), family.name
        assert re.fullmatch(r"[a-z][a-z_]*[a-z]", family.name), family.name
        assert all(name.endswith("_total") for name in names) == (family.type == "counter"), family.name
        assert not family.name.endswith(("_count", "_sum", "_bucket", "_gauge", "_counter", "_timestamp"))


def test_it_speaks_openmetrics_to_who_asks_for_it() -> None:
    """Prometheus does; the parser of that form is strict."""
    body, content_type = Metrics(lambda: FIGURES).exposed("application/openmetrics-text; version=1.0.0")

    assert content_type.startswith("application/openmetrics-text")
    families = {family.name for family in openmetrics(body.decode())}  # type: ignore[no-untyped-call]  # has no types
    assert families >= {"digikooste_deliveries", "digikooste_store_up"}
