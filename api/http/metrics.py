"""What Prometheus reads: requests, checks by decision, degraded answers, errors of the store, the queue."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from graphfraud.errors import StoreError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5)

Gauges = Callable[[], Mapping[str, tuple[str, float]]]


class Metrics:
    """Counters of one worker; with several, `text` adds up those of all (and of workers that are gone)."""

    def __init__(self, gauges: Gauges) -> None:
        self._registry = CollectorRegistry()
        self._gauges = _Now(gauges)
        self.checks = Histogram(
            "graphfraud_check_seconds",
            "Time from the request's arrival to the answer of a check, by decision",
            ["decision"],
            registry=self._registry,
            buckets=BUCKETS,
        )
        self.degraded = Counter(
            "graphfraud_checks_degraded_total", "Checks answered without the graph", registry=self._registry
        )
        self.requests = Counter(
            "graphfraud_requests_total",
            "Requests by route, method and status",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self.seconds = Histogram(
            "graphfraud_request_seconds",
            "Time to answer a request, by route",
            ["route"],
            registry=self._registry,
            buckets=BUCKETS,
        )
        self.store_errors = Counter(
            "graphfraud_store_errors_total",
            "Errors of the graph store, tried again or not, by class",
            ["error"],
            registry=self._registry,
        )
        for cls in StoreError.__subclasses__():  # each is there from the start: a rate needs what it was before
            self.store_errors.labels(cls.__name__)

    def text(self) -> bytes:
        """Return the page of metrics."""
        registry = self._registry
        folder = os.environ.get(_FOLDER)
        if folder:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # it has no types
        page = CollectorRegistry()
        page.register(self._gauges)
        return generate_latest(registry) + generate_latest(page)


class _Now(Collector):
    """Values that are looked up when they are asked for, the same whichever worker answers."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for name, (says, value) in self._gauges().items():
            yield GaugeMetricFamily(name, says, value=value)
