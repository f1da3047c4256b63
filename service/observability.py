"""One structured log line per request, and metrics by name."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from prometheus_client.core import Metric


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric: its name, its kind, its labels and its purpose, unit included."""

    name: str
    kind: str
    labels: tuple[str, ...]
    purpose: str


REQUESTS = MetricSpec("standfirst_requests_total", "counter", ("method", "route", "status"), "Requests answered.")
REQUEST_SECONDS = MetricSpec(
    "standfirst_request_seconds", "histogram", ("route", "status"), "Seconds from a request's arrival to its answer."
)
JOURNALED_EVENTS = MetricSpec(
    "standfirst_journaled_events_total",
    "counter",
    (),
    "Events kept in the journal because the store did not take them.",
)
REFUSED_EVENTS = MetricSpec(
    "standfirst_refused_events_total", "counter", (), "Events that neither the store nor the journal took."
)
HINDERED_PAGE_CALLS = MetricSpec(
    "standfirst_hindered_page_calls_total",
    "counter",
    ("reason",),
    "Page calls without paid ads because the store was away or slow, or events waited to be booked.",
)
JOURNAL_BYTES = MetricSpec("standfirst_journal_bytes", "gauge", (), "Bytes of events that wait in this host's journal.")
WAITING_EVENTS = MetricSpec(
    "standfirst_waiting_events", "gauge", ("site",), "Events in the store that the worker or the export has not taken."
)
EXPORT_LAG = MetricSpec(
    "standfirst_export_lag_seconds", "gauge", ("site",), "Seconds for which the oldest event waits that no file has."
)
STREAM_FILLED = MetricSpec(
    "standfirst_stream_filled_ratio",
    "gauge",
    ("site",),
    "Waiting events over the most that the store takes; at 1 paid ads stop.",
)
EXPORT_LEFT_OUT = MetricSpec(
    "standfirst_export_left_out_events", "gauge", ("site",), "Events that are in no file because the store was full."
)
EXPORT_FAILING = MetricSpec(
    "standfirst_export_failing", "gauge", ("site",), "1 while files of events cannot be written, else 0."
)
GAUGES = (JOURNAL_BYTES, WAITING_EVENTS, STREAM_FILLED, EXPORT_LAG, EXPORT_FAILING, EXPORT_LEFT_OUT)
METRICS = (REQUESTS, REQUEST_SECONDS, JOURNALED_EVENTS, REFUSED_EVENTS, HINDERED_PAGE_CALLS, *GAUGES)

Moment = Mapping[MetricSpec, Mapping[tuple[str, ...], float]]
"""What gauges stand at now, by the values of their labels."""

# A page call takes about a millisecond and a load may take minutes: fine steps below 50 ms, coarse above.
BUCKETS_S = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.035, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)


class Metrics:
    """Counts requests and events; several processes share theirs through files in `shared_dir`, where one is given."""

    def __init__(self, shared_dir: Path | None = None) -> None:
        """The client library decides when first imported whether it shares, so the folder must be named before."""
        if shared_dir is not None:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared_dir)
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._shared_dir = shared_dir
        self._registry = CollectorRegistry()
        self._requests: Counter = Counter(REQUESTS.name, REQUESTS.purpose, REQUESTS.labels, registry=self._registry)
        self._seconds: Histogram = Histogram(
            REQUEST_SECONDS.name,
            REQUEST_SECONDS.purpose,
            REQUEST_SECONDS.labels,
            registry=self._registry,
            buckets=BUCKETS_S,
        )
        self._journaled: Counter = Counter(JOURNALED_EVENTS.name, JOURNALED_EVENTS.purpose, registry=self._registry)
        self._refused: Counter = Counter(REFUSED_EVENTS.name, REFUSED_EVENTS.purpose, registry=self._registry)
        self._hindered: Counter = Counter(
            HINDERED_PAGE_CALLS.name, HINDERED_PAGE_CALLS.purpose, HINDERED_PAGE_CALLS.labels, registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count_request(self, method: str, route: str, status: int, took_s: float) -> None:
        """Counts one request; `route` is a rule of ours or 'unmatched', so that the series stay few."""
        series = self._series.get((method, route, status))
        if series is None:
            code = str(status)
            series = (self._requests.labels(method, route, code), self._seconds.labels(route, code))
            self._series[(method, route, status)] = series
        series[0].inc()
        series[1].observe(took_s)

    def count_journaled(self, events: int) -> None:
        """Counts events that went to the journal."""
        self._journaled.inc(events)

    def count_refused(self, events: int) -> None:
        """Counts events that were taken by nobody, so that they must be sent again."""
        self._refused.inc(events)

    def count_hindered(self, reason: str) -> None:
        """Counts a page call that got no paid ads; `reason` is one of a few."""
        self._hindered.labels(reason).inc()

    def exposition(self, moment: Moment | None = None) -> tuple[bytes, str]:
        """Returns the metrics of every process and what stands now, in Prometheus' text format, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self._registry
        if self._shared_dir is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._shared_dir))  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(_StandingNow(moment or {})), CONTENT_TYPE_LATEST


class _StandingNow:
    """A registry of gauges that were looked at just now: no process keeps them, so none can leave an old one behind."""

    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def collect(self) -> Iterator[Metric]:
        """Yields each gauge with its samples."""
        from prometheus_client.core import GaugeMetricFamily

        for spec, samples in self._moment.items():
            family = GaugeMetricFamily(spec.name, spec.purpose, labels=spec.labels)
            for labels, value in samples.items():
                family.add_metric(labels, value)
            yield family


def forget_process(pid: int) -> None:
    """Drops what an ended worker process said of the moment (its gauges); its counts stay."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


def configure_logging(level: str) -> None:
    """Makes every log line one line of JSON, on stdout; called once per process."""
    structlog.configure(
        processors=[_as_line],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )


def _as_line(logger: Any, level: str, event: MutableMapping[str, Any]) -> bytes:
    """Returns the event as JSON, with its level and time: in one step, for each request writes a line."""
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, level, event)
    return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)
