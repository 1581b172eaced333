"""Spans for OpenTelemetry: a request, its wait, its share of a pass, its jobs; each pass; each load. Off unless asked.

Nothing of OpenTelemetry is imported before `start` is called. A span's attributes are a route's template, a status, a
model's id, a lane and numbers, as in the log: never an address, a latent or a name that a person gave.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from server import __version__
from server.errors import SettingError
from server.watching import Watch

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

PATIENCE = 1.0  # seconds, for spans that are still to be sent when the server ends
MISSING = (
    "LATENT_EXPLORER_OTEL is set, but OpenTelemetry is not installed. Start with `python3 run.py`, which installs the "
    "extra `trace` then, or install it beside a Python of your own: pip install '.[trace]'"
)


class RequestSpan:
    """The span of a request, which is named once the route is known."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def over(self, route: str, method: str, status: int) -> None:
        """The request was answered."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes({"http.route": route, "http.request.method": method})
        self._span.set_attribute("http.response.status_code", status)


class Tracing(Watch):
    """Makes spans of what it is told, afterwards, with the times that it is told."""

    def __init__(self, processor: SpanProcessor) -> None:
        """`processor` takes the spans that are over. Raises SettingError without OpenTelemetry."""
        try:
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
        except ImportError as wrong:
            raise SettingError(MISSING) from wrong
        resource = Resource.create({"service.name": "latent-explorer", "service.version": __version__})
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("latent_explorer", __version__)

    @contextlib.contextmanager
    def request(self, number: str, parent: str | None = None) -> Iterator[RequestSpan]:
        """Around a request; what is told meanwhile in its context is put under it.

        `parent` is the request's `traceparent` (W3C Trace Context): the span of whoever asks, a proxy say. One that is
        not well formed counts as none.
        """
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = {} if parent is None else {"traceparent": parent}
        with self._tracer.start_as_current_span(
            "request",
            TraceContextTextMapPropagator().extract(carrier, Context()),
            kind=SpanKind.SERVER,
            attributes={"latent_explorer.request_id": number},
            record_exception=False,  # its words may quote what was sent
            set_status_on_exception=False,
        ) as span:
            yield RequestSpan(span)

    def ran(self, model: str, lane: str, rows: int, waits: Sequence[float], seconds: float) -> None:
        """A pass is for several requests, so its span begins a trace of its own."""
        from opentelemetry.context import Context

        attributes: dict[str, str | int] = {"model": model, "lane": lane, "rows": rows, "requests": len(waits)}
        end = time.time_ns()
        span = self._tracer.start_span("batch", Context(), attributes=attributes, start_time=end - _ns(seconds))
        span.end(end)

    def served(self, model: str, lane: str, waited: float, seconds: float) -> None:
        """Two spans under the request: it waited, then it ran."""
        self._two("queue wait", "run", {"model": model, "lane": lane}, waited, seconds)

    def loaded(self, model: str, seconds: float, size: int) -> None:
        """A span under the request that wanted the model first."""
        end = time.time_ns()
        attributes: dict[str, str | int] = {"model": model, "bytes": size}
        self._tracer.start_span("load", attributes=attributes, start_time=end - _ns(seconds)).end(end)

    def finished(self, kind: str, state: str, waited: float, seconds: float) -> None:
        """Two spans under the request that began it, which may be over long since."""
        self._two("job wait", "job", {"kind": kind, "state": state}, waited, seconds)

    def _two(self, first: str, then: str, attributes: dict[str, str], waited: float, seconds: float) -> None:
        """A wait, and what ran after it until now."""
        end = time.time_ns()
        began = end - _ns(seconds)
        self._tracer.start_span(first, attributes=attributes, start_time=began - _ns(waited)).end(began)
        self._tracer.start_span(then, attributes=attributes, start_time=began).end(end)

    async def finish(self) -> None:
        """Send what is left, for a moment at most: a collector that does not answer holds nobody up."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, PATIENCE)


def start(endpoint: str) -> Tracing:
    """Send spans to a collector, `http://127.0.0.1:4318` say. Raises SettingError without OpenTelemetry."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as wrong:
        raise SettingError(MISSING) from wrong
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=5)
    return Tracing(BatchSpanProcessor(exporter))


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
