"""Readiness tells the truth: not before a model can run, not when none can, not while ending."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.runtimes import Runtime, choose
from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.api.waiting import ready


def served(settings: Settings, runtime: object) -> TestClient:
    engine = Engine(Catalog(settings.checkpoints, only=VAE), runtime, workers=2)  # type: ignore[arg-type]
    return TestClient(create_app(engine, settings), base_url="http://127.0.0.1:8000")


def test_it_is_not_ready_before_the_first_model_is_loaded_and_answers_all_the_same(tmp_path: Path) -> None:
    may_load = threading.Event()

    def slow() -> Runtime:
        may_load.wait(30)
        return choose("onnx", "cpu")

    with served(Settings(checkpoints=ROOT / "checkpoints", data=tmp_path), slow) as client:
        early = client.get("/health/ready")
        assert early.status_code == 503
        assert early.json()["error"]["code"] == "unready"
        assert "still being loaded" in early.json()["error"]["message"]
        assert int(early.headers["retry-after"]) > 0
        assert client.get("/health/live").json() == {"status": "ok"}
        assert client.get("/api/models").status_code == 200
        may_load.set()
        assert ready(client) == {"status": "ok", "models": 1, "broken": 0}


def test_it_is_not_ready_when_nothing_can_run_until_something_can(tmp_path: Path) -> None:
    tries: list[bool] = []

    def broken() -> Runtime:
        tries.append(True)
        if len(tries) == 1:
            raise ImportError("no such runtime")
        return choose("onnx", "cpu")

    with served(Settings(checkpoints=ROOT / "checkpoints", data=tmp_path), broken) as client:
        while not client.app.state.standing.trouble.startswith("No model can run"):  # type: ignore[attr-defined]
            assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "no such runtime" in answer.json()["error"]["message"]
        client.app.state.watch.loaded(VAE, 0.1, 1)  # type: ignore[attr-defined]  # as the engine says at a later try
        assert client.get("/health/ready").status_code == 200


def test_a_data_folder_that_cannot_be_written_makes_it_less_and_not_unready(tmp_path: Path) -> None:
    (tmp_path / "data").touch()  # a file in the folder's place, which stops root as well
    with served(
        Settings(checkpoints=ROOT / "checkpoints", data=tmp_path / "data"), lambda: choose("onnx", "cpu")
    ) as client:
        found = ready(client)
        assert found["status"] == "degraded"
        assert "cannot be written" in found["message"]
        assert client.post(f"/api/models/{VAE}/decode", json={"latents": [[0.0] * 16]}).status_code == 200


def test_nothing_of_the_look_is_left_in_the_data_folder(tmp_path: Path) -> None:
    with make_client(Settings(checkpoints=tmp_path / "none", data=tmp_path / "data")) as client:
        ready(client)
        assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]


@pytest.mark.parametrize("method", ["get", "post"])
def test_while_it_ends_only_its_health_is_told(tmp_path: Path, method: str) -> None:
    with make_client(Settings(checkpoints=tmp_path / "none", data=tmp_path / "data")) as client:
        client.app.state.standing.ending = True  # type: ignore[attr-defined]  # as a signal does
        client.app.state.standing.trouble = "It ends."  # type: ignore[attr-defined]
        answer = client.request(method, "/api/models")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "ending"
        assert answer.headers["connection"] == "close"
        assert client.get("/health/ready").json()["error"]["code"] == "ending"
        assert client.get("/health/live").status_code == 200
        assert client.get("/metrics").status_code == 200
