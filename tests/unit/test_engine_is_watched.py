"""What the engine tells while it draws: counted as it was, and traced under the request that it was for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.runtimes import choose
from server.settings import ROOT, Settings
from tests.unit.test_metrics import values

VAE = "fashion-vae-16"


def test_a_picture_leaves_its_figures_and_its_spans(tmp_path: Path) -> None:
    from server.tracing import Tracing

    exporter = InMemorySpanExporter()
    engine = Engine(Catalog(ROOT / "checkpoints", only=VAE), lambda: choose("onnx", "cpu"), workers=2)
    settings = Settings(checkpoints=ROOT / "checkpoints", data=tmp_path)
    app = create_app(engine, settings, Tracing(SimpleSpanProcessor(exporter)))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        latents = np.zeros((3, 16)).tolist()
        assert client.post(f"/api/models/{VAE}/decode", json={"latents": latents}).status_code == 200
        figures = values(app.state.metrics)
    assert figures[f"latent_explorer_load_seconds_count model={VAE}"] == 1
    assert figures["latent_explorer_models_held"] == 1
    assert figures["latent_explorer_models_held_bytes"] > 0
    rows = {name: value for name, value in figures.items() if name.startswith("latent_explorer_batch_rows_sum")}
    assert sum(rows.values()) >= 3
    assert sum(value for name, value in figures.items() if "wait_seconds_count" in name and VAE in name) == 1
    assert sum(value for name, value in figures.items() if "compute_seconds_sum" in name and VAE in name) > 0
    spans = exporter.get_finished_spans()
    (request,) = [span for span in spans if span.name == "POST /api/models/{model_id}/decode"]
    assert request.context is not None
    under = {span.name for span in spans if span.parent and span.parent.span_id == request.context.span_id}
    assert {"queue wait", "run"} <= under
    assert {"batch", "load"} <= {span.name for span in spans}
