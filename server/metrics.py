"""Figures of one application for Prometheus: what `Watch` is told, counted under names with bounded labels.

Models' ids come from the catalogue, routes from their templates, codes from the tree of errors, kinds from the table of
jobs: nothing that a request says becomes a label, so the number of series is bounded however many people come.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from server.standing import Standing
from server.watching import Watch

PREFIX = "latent_explorer"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LONG = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
Labelled = TypeVar("Labelled", Counter, Gauge, Histogram)
TASKS = Path("/proc/self/task")


class Metrics(Watch):
    """Counts what it is told, in a registry of its own; `text` is what a scrape is answered."""

    def __init__(self, standing: Standing) -> None:
        self._registry = registry = CollectorRegistry()
        self._known: dict[tuple[object, ...], Any] = {}

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"{PREFIX}_{name}", told, labels, registry=registry)

        def gauge(name: str, told: str, *labels: str) -> Gauge:
            return Gauge(f"{PREFIX}_{name}", told, labels, registry=registry)

        def histogram(name: str, told: str, buckets: Sequence[float], *labels: str) -> Histogram:
            return Histogram(f"{PREFIX}_{name}", told, labels, buckets=buckets, registry=registry)

        self._depth = gauge("queue_depth", "Requests that wait for a worker.", "lane")
        self._rows = histogram("batch_rows", "Rows of a pass.", ROWS, "lane")
        self._wait = _Times("wait_seconds", "Time of a request in the queue.", "model", "lane")
        self._compute = histogram("compute_seconds", "Time of a pass.", SECONDS, "model", "lane")
        self._loads = histogram(
            "load_seconds", "Time to open a model; its count is that of the loads.", SECONDS, "model"
        )
        self._evictions = counter("evictions_total", "Models let go to make room.", "model")
        self._models = gauge("models_held", "Models that are open.")
        self._bytes = gauge("models_held_bytes", "Estimate of the bytes that open models hold.")
        self._refusals = counter("refusals_total", "Errors answered, by the code of the error.", "code")
        self._dropped = counter("dropped_total", "Requests for which nobody waited any more.", "lane")
        self._sent = counter("sent_bytes_total", "Bytes of answers, headers not counted.", "route")
        self._jobs = counter("jobs_total", "Jobs that have come to a state.", "kind", "state")
        self._going = gauge("jobs_going", "Jobs that wait or run.", "kind", "state")
        self._worked = histogram("job_seconds", "Time that a job ran; no wait is in it.", LONG, "kind", "state")
        self._requests = histogram("request_seconds", "Time of an answer.", SECONDS, "route", "method", "status")
        self._sockets = counter(
            "websockets_total", "WebSockets that have ended; 101 had been accepted.", "route", "status"
        )
        self._frames = _Times("frame_seconds", "Time of a live frame, by ok or its error's code.", "code")
        gauge("requests_in_flight", "Requests and WebSockets that are open.").set_function(lambda: standing.in_flight)
        gauge("visitors", "Visitors with the page open and connected.").set_function(lambda: standing.visitors)
        gauge("ready", "1 where /health/ready says so.").set_function(lambda: float(standing.trouble is None))
        ProcessCollector(registry=registry)  # memory, processor time, open descriptors; Linux only
        for collector in (self._wait, self._frames, _Threads()):
            registry.register(collector)

    def _of(self, metric: Labelled, *labels: str) -> Labelled:
        """The series of these labels; `labels` itself takes a lock, several times for each frame of a hand."""
        key = (metric, *labels)
        if (known := self._known.get(key)) is None:
            known = self._known[key] = metric.labels(*labels)
        return known

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def queued(self, lane: str, depth: int) -> None:
        self._of(self._depth, lane).set(depth)

    def ran(self, model: str, lane: str, rows: int, waits: Sequence[float], seconds: float) -> None:
        self._of(self._rows, lane).observe(rows)
        self._wait.observe(waits, model or "none", lane)
        self._of(self._compute, model or "none", lane).observe(seconds)

    def loaded(self, model: str, seconds: float, size: int) -> None:
        self._of(self._loads, model).observe(seconds)

    def evicted(self, model: str) -> None:
        self._of(self._evictions, model).inc()

    def held(self, models: int, size: int) -> None:
        self._models.set(models)
        self._bytes.set(size)

    def refused(self, reason: str) -> None:
        self._of(self._refusals, reason).inc()

    def dropped(self, lane: str) -> None:
        self._of(self._dropped, lane).inc()

    def sent(self, route: str, size: int) -> None:
        self._of(self._sent, route).inc(size)

    def job(self, kind: str, state: str) -> None:
        self._of(self._jobs, kind, state).inc()

    def going(self, kind: str, waiting: int, running: int) -> None:
        self._of(self._going, kind, "queued").set(waiting)
        self._of(self._going, kind, "running").set(running)

    def finished(self, kind: str, state: str, waited: float, seconds: float) -> None:
        self._of(self._worked, kind, state).observe(seconds)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        if method == "WEBSOCKET":  # how long a page stays open says nothing about how fast it is answered
            self._sockets.labels(route, str(status)).inc()
        else:
            self._requests.labels(route, method, str(status)).observe(seconds)

    def frame(self, code: str, seconds: float) -> None:
        self._frames.observe((seconds,), code)


class _Times(Collector):
    """A histogram of `SECONDS` that is told of each frame of a hand, for which the library's own takes several locks.

    Observed on the event loop only, so it wants no lock; a scrape reads whole numbers at any moment.
    """

    def __init__(self, name: str, told: str, *labels: str) -> None:
        self._name, self._told, self._labels = f"{PREFIX}_{name}", told, labels
        self._series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}  # by labels: counts, and the sum

    def observe(self, times: Iterable[float], *labels: str) -> None:
        """Seconds of one series."""
        if (series := self._series.get(labels)) is None:
            series = self._series[labels] = ([0] * (len(SECONDS) + 1), [0.0])
        counts, total = series
        for seconds in times:
            counts[bisect_left(SECONDS, seconds)] += 1
            total[0] += seconds

    def collect(self) -> Iterable[Metric]:
        """At each scrape anew."""
        family = HistogramMetricFamily(self._name, self._told, labels=self._labels)
        bounds = [*map(floatToGoString, SECONDS), "+Inf"]
        for labels, (counts, total) in list(self._series.items()):
            family.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), total[0])
        yield family


class _Threads(Collector):
    """The threads of the process, those of libraries included where the system tells them."""

    def collect(self) -> Iterable[Metric]:
        """At each scrape anew."""
        try:
            count = len(os.listdir(TASKS))  # noqa: PTH208  # nothing but their number is wanted
        except OSError:
            count = threading.active_count()
        yield GaugeMetricFamily("process_threads", "Threads of the process.", value=count)
