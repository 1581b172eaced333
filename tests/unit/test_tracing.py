"""Spans, for who asks for them; nothing of OpenTelemetry is imported for anybody else."""

from __future__ import annotations

import contextvars
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.runtimes import choose
from server.settings import ROOT, Settings
from server.tracing import MISSING, Tracing
from server.watching import Watch
from tests.api.waiting import ready

VAE = "fashion-vae-16"
BLOCKED = """
import sys
for name in ("sdk", "exporter", "proto"):
    sys.modules[f"opentelemetry.{name}"] = None  # importing it raises ImportError
import tempfile
from pathlib import Path
from server.settings import Settings
from tests.api.conftest import make_client
with tempfile.TemporaryDirectory() as data:
    with make_client(Settings(checkpoints=Path(data), data=Path(data))) as client:
        assert client.get("/api/models").status_code == 200
theirs = ("opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto")  # FastAPI itself brings the interface
assert not [name for name, found in sys.modules.items() if found and name.startswith(theirs)]
print("served")
"""
OTHERS = """
import tempfile
from pathlib import Path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
from server.settings import Settings
from tests.api.conftest import make_client
with tempfile.TemporaryDirectory() as data:
    with make_client(Settings(checkpoints=Path(data), data=Path(data))) as client:
        assert client.get("/api/models").status_code == 200
print(len(exporter.get_finished_spans()), "spans")
"""


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def spans(exporter: InMemorySpanExporter) -> dict[str, list[ReadableSpan]]:
    found: dict[str, list[ReadableSpan]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def test_a_request_its_wait_and_its_pass_lie_under_one_another(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    tracing = Tracing(SimpleSpanProcessor(exporter))
    engine = Engine(Catalog(ROOT / "checkpoints", only=VAE), lambda: choose("onnx", "cpu"), workers=2)
    app = create_app(engine, Settings(checkpoints=ROOT / "checkpoints", data=tmp_path), tracing)

    @app.get("/api/told/{name}")
    async def told(name: str) -> str:  # what the engine tells while it serves a request
        watch: Watch = app.state.watch
        watch.loaded(VAE, 0.5, 1000)
        watch.ran(VAE, "hand", 3, [0.1, 0.2], 0.25)
        watch.served(VAE, "hand", 0.1, 0.25)
        return name

    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        ready(client)  # the first model has left its own spans
        exporter.clear()
        answer = client.get("/api/told/telling?telling=1")
        assert answer.json() == "telling"
        client.get("/telling")
        found = spans(exporter)
    (request,) = found["GET /api/told/{name}"]
    assert dict(request.attributes or {}) == {
        "latent_explorer.request_id": answer.headers["x-request-id"],
        "http.route": "/api/told/{name}",
        "http.request.method": "GET",
        "http.response.status_code": 200,
    }
    assert request.context is not None
    for name, seconds in (("queue wait", 0.1), ("run", 0.25), ("load", 0.5)):
        (span,) = [each for each in found[name] if each.parent and each.parent.span_id == request.context.span_id]
        assert span.parent is not None
        assert span.parent.span_id == request.context.span_id
        assert span.start_time is not None
        assert span.end_time is not None
        assert (span.end_time - span.start_time) / 1e9 == pytest.approx(seconds, abs=1e-6)
        assert (span.attributes or {})["model"] == VAE
    assert found["queue wait"][-1].end_time == found["run"][-1].start_time
    (batch,) = [each for each in found["batch"] if (each.attributes or {})["rows"] == 3]
    assert batch.parent is None  # it is for several requests
    assert dict(batch.attributes or {}) == {"model": VAE, "lane": "hand", "rows": 3, "requests": 2}
    assert found["GET none"][0].attributes
    assert not [span for each in found.values() for span in each if "telling" in span.to_json()]


def test_a_request_lies_under_the_span_of_whoever_asks(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    engine = Engine(Catalog(tmp_path), lambda: choose("onnx", "cpu"), workers=2)
    app = create_app(engine, Settings(checkpoints=tmp_path, data=tmp_path), Tracing(SimpleSpanProcessor(exporter)))
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        client.get("/health/live", headers={"traceparent": f"00-{trace}-{parent}-01"})
        client.get("/health/live", headers={"traceparent": "no such thing"})
        client.get("/health/live")
    asked, unclear, alone = spans(exporter)["GET /health/live"]
    assert asked.context is not None
    assert asked.parent is not None
    assert (f"{asked.context.trace_id:032x}", f"{asked.parent.span_id:016x}") == (trace, parent)
    assert (unclear.parent, alone.parent) == (None, None)


def test_a_job_lies_under_the_request_that_began_it(exporter: InMemorySpanExporter) -> None:
    tracing = Tracing(SimpleSpanProcessor(exporter))
    with tracing.request("1") as span:
        context = contextvars.copy_context()
        span.over("/api/jobs", "POST", 202)
    context.run(tracing.finished, "map", "done", 2.0, 40.0)
    found = spans(exporter)
    (request,), (wait,), (job,) = found["POST /api/jobs"], found["job wait"], found["job"]
    assert request.context is not None
    for each, seconds in ((wait, 2.0), (job, 40.0)):
        assert each.parent is not None
        assert each.parent.span_id == request.context.span_id
        assert dict(each.attributes or {}) == {"kind": "map", "state": "done"}
        assert ((each.end_time or 0) - (each.start_time or 0)) / 1e9 == pytest.approx(seconds, abs=1e-6)
    assert wait.end_time == job.start_time


def test_a_failing_request_is_told_without_its_words(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    engine = Engine(Catalog(tmp_path), lambda: choose("onnx", "cpu"), workers=2)
    app = create_app(engine, Settings(checkpoints=tmp_path, data=tmp_path), Tracing(SimpleSpanProcessor(exporter)))

    @app.get("/api/fails")
    def fails() -> None:
        raise RuntimeError("telling")

    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        client.get("/api/fails")
    (span,) = spans(exporter)["GET /api/fails"]
    assert (span.attributes or {})["http.response.status_code"] == 500
    assert "telling" not in span.to_json()


def test_spans_reach_a_collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, bytes]] = []
    came = threading.Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()
            came.set()

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        listening = threading.Thread(target=collector.serve_forever)
        listening.start()
        settings = Settings(checkpoints=tmp_path, data=tmp_path, otel=f"http://127.0.0.1:{collector.server_port}")
        engine = Engine(Catalog(tmp_path), lambda: choose("onnx", "cpu"), workers=2)
        with TestClient(create_app(engine, settings), base_url="http://127.0.0.1:8000") as client:
            client.get("/api/models")
            assert came.wait(20)
        collector.shutdown()
        listening.join()
    assert heard[0][0] == "/v1/traces"
    assert b"GET /api/models" in b"".join(body for _, body in heard)


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    known = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=known, capture_output=True, text=True, check=False, timeout=60
    )


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    done = run(BLOCKED)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "served"


def test_fastapis_own_telemetry_is_off() -> None:
    """It would record the words of errors, for whatever provider the process has."""
    done = run(OTHERS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0 spans"


def test_asked_for_and_not_installed_the_server_says_what_to_install(tmp_path: Path) -> None:
    script = 'import sys; sys.modules["opentelemetry.sdk"] = None\nfrom server.__main__ import main; sys.exit(main([]))'
    done = run(script, LATENT_EXPLORER_OTEL="http://127.0.0.1:4318", LATENT_EXPLORER_DATA=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.strip() == MISSING
    assert "pip install '.[trace]'" in MISSING


def test_latents_are_no_attribute() -> None:
    """What the engine may tell is names and numbers of its own."""
    hooks = [hook for name, hook in vars(Watch).items() if not name.startswith("_")]
    assert not [hook for hook in hooks if np.ndarray in hook.__annotations__.values()]
