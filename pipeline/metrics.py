"""What Prometheus may know: counters of this process, and how everything stands, read anew at every scrape.

Names follow Prometheus' conventions (base units, _total for counters, a moment is a timestamp). No label
ever holds anything of a person: only ids of sources, codes and states.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from pipeline import __version__
from pipeline.errors import DigikoosteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFigures:
    """One source of the file: its items, failures in a row, and when it was last read well and is read next."""

    items: int = 0
    failures: int = 0
    last_good: datetime | None = None
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFigures:
    """The newest digest that counts: when it was frozen, its items, and its deliveries by state."""

    frozen: datetime
    items: int
    deliveries: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How everything stands at a scrape; counts are by state or code, ``overdue`` and ``beat_age`` are seconds."""

    next_digest: datetime
    overdue: float
    beat_age: float
    free_bytes: int
    sources: Mapping[str, SourceFigures] = field(default_factory=dict)
    outbox: Mapping[str, int] = field(default_factory=dict)
    last_delivery: datetime | None = None
    next_delivery: datetime | None = None
    recipients: Mapping[str, int] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)
    last_digest: DigestFigures | None = None


class Metrics:
    """Counts what happens in this process, and exposes that together with what ``read`` finds at a scrape.

    ``read`` may raise DigikoosteError: then ``digikooste_store_up`` is 0, and the counters are still told.
    """

    def __init__(self, read: Callable[[], Figures]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series a counter, which nobody reads
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._fetches = Counter(
            "digikooste_fetches",
            "HTTP requests to sources by outcome: ok, not_modified, or how they failed.",
            ["outcome"],
            registry=registry,
        )
        self._durations = Histogram(
            "digikooste_fetch_duration_seconds",
            "From the start of a request to a source, redirects included, to its end.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._readings = Counter(
            "digikooste_source_readings",
            "Readings of sources by outcome: read, unchanged, incomplete, failed, waiting.",
            ["outcome"],
            registry=registry,
        )
        self._new = Counter("digikooste_items_found", "Items that were new to us.", registry=registry)
        self._deliveries = Counter(
            "digikooste_deliveries",
            "Deliveries tried by what became of them: accepted, pending (put off), refused, unknown.",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("accepted", "pending", "refused", "unknown"):
            self._deliveries.labels(outcome)
        for outcome in ("read", "unchanged", "incomplete", "failed", "waiting"):
            self._readings.labels(outcome)
        registry.register(_Standing(read))

    def fetched(self, outcome: str, seconds: float) -> None:
        """Count one request."""
        self._fetches.labels(outcome.replace("-", "_")).inc()
        self._durations.observe(seconds)

    def source_read(self, outcome: str, new: int) -> None:
        """Count one reading of a source."""
        self._readings.labels(outcome).inc()
        self._new.inc(new)

    def delivered(self, outcome: str) -> None:
        """Count one try of a delivery."""
        self._deliveries.labels(outcome).inc()

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """Return everything in the form that an Accept header asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class _Standing(Collector):
    """How everything stands, from the store: a restart loses nothing of it."""

    def __init__(self, read: Callable[[], Figures]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the store is asked at a scrape only."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read, and tell."""
        yield _gauge("build_info", "Which version this is: always 1.", {__version__: 1}, label="version")
        try:
            figures = self._read()
        except DigikoosteError as error:
            log.warning("the metrics lack what the database knows: %s", error)
            yield _gauge("store_up", "Whether the database could be read for this scrape.", 0)
            return
        yield _gauge("store_up", "Whether the database could be read for this scrape.", 1)
        yield from _schedule(figures)
        yield from _sources(figures.sources)
        yield from _letters(figures)


def _schedule(figures: Figures) -> Iterator[Metric]:
    yield _gauge(
        "next_digest_timestamp_seconds", "When the next letter is due; past while it is overdue.", figures.next_digest
    )
    yield _gauge("digest_overdue_seconds", "How long the letter is overdue; 0 while it is not.", figures.overdue)
    yield _gauge(
        "scheduler_beat_age_seconds", "Since the scheduler last looked around; grows when it hangs.", figures.beat_age
    )
    yield _gauge("free_bytes", "Free space where the workspace stands.", figures.free_bytes)
    yield _gauge("notices", "What the operator should hear of, by code.", figures.notices, label="code")


def _sources(sources: Mapping[str, SourceFigures]) -> Iterator[Metric]:
    items = {name: one.items for name, one in sources.items()}
    failures = {name: one.failures for name, one in sources.items()}
    good = {name: one.last_good for name, one in sources.items() if one.last_good}
    due = {name: one.next_due for name, one in sources.items() if one.next_due}
    yield _gauge("items", "Items that each source holds.", items, label="source")
    yield _gauge("source_failures", "Failed readings in a row.", failures, label="source")
    yield _gauge("source_last_success_timestamp_seconds", "When each source was last read well.", good, label="source")
    yield _gauge("source_next_reading_timestamp_seconds", "When each source is due.", due, label="source")


def _letters(figures: Figures) -> Iterator[Metric]:
    yield _gauge("recipients", "People known, by state: active, left, suppressed.", figures.recipients, label="state")
    yield _gauge("outbox_deliveries", "Deliveries not settled, by state.", figures.outbox, label="state")
    if figures.next_delivery:
        yield _gauge("next_delivery_timestamp_seconds", "When the outbox is tried next.", figures.next_delivery)
    if figures.last_delivery:
        yield _gauge(
            "last_delivery_timestamp_seconds", "When a mail server last accepted a letter.", figures.last_delivery
        )
    if (last := figures.last_digest) is not None:
        yield _gauge("last_digest_timestamp_seconds", "When the newest letter was made.", last.frozen)
        yield _gauge("last_digest_items", "Items in the newest letter.", last.items)
        yield _gauge(
            "last_digest_deliveries", "Deliveries of the newest letter, by state.", last.deliveries, label="state"
        )


def _gauge(
    name: str,
    words: str,
    value: float | datetime | Mapping[str, int] | Mapping[str, datetime],
    *,
    label: str | None = None,
) -> GaugeMetricFamily:
    """A gauge with one value, or with one for each value of ``label``."""
    gauge = GaugeMetricFamily(f"digikooste_{name}", words, labels=[label] if label else [])
    if isinstance(value, float | int | datetime):
        gauge.add_metric([], _number(value))
    else:
        for one, number in value.items():
            gauge.add_metric([one], _number(number))
    return gauge


def _number(value: float | datetime) -> float:
    return value.timestamp() if isinstance(value, datetime) else value
