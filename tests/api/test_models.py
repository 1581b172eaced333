"""The list of models, their details, and what is said about the whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server import __version__
from server.catalog import PREFERRED
from server.settings import ROOT, Settings
from server.shelves import ORDER
from tests.api.conftest import make_client
from tests.api.pictures import VAE, png
from tests.api.waiting import ready

CLOTHES = "_data/fashion-mnist-test"


def test_the_list_says_what_a_picker_needs(client: TestClient) -> None:
    answer = client.get("/api/models").json()
    entry = next(model for model in answer["models"] if model["id"] == VAE)
    assert entry["kind"] == "vae"
    assert entry["dataset"] == "Fashion-MNIST"
    assert entry["latent"] == 16
    assert entry["status"] == "ready"
    assert len(entry["hash"]) == 16
    assert entry["shelf"] == "Clothing"
    ready = [model["id"] for model in answer["models"]]
    assert answer["default"] == next(name for name in PREFERRED if name in ready)


def test_every_model_has_sliders_for_all_dimensions_in_order_of_effect(client: TestClient) -> None:
    for model in client.get("/api/models").json()["models"]:
        detail = client.get(f"/api/models/{model['id']}").json()
        sliders = detail["sliders"]
        assert sorted(slider["dim"] for slider in sliders) == list(range(model["latent"]))
        effects = [slider["effect"] for slider in sliders]
        assert effects == sorted(effects, reverse=True)
        assert all(slider["low"] < slider["high"] for slider in sliders)
        assert detail["examples"]["set"] == "data"
        assert len(detail["examples"]["rows"]) == 10
        assert detail["can"]["encode"]
        assert detail["card"].startswith("# ")


def test_the_list_stands_in_the_order_of_the_shelves(client: TestClient) -> None:
    shelves = [model["shelf"] for model in client.get("/api/models").json()["models"]]
    assert shelves == sorted(shelves, key=ORDER.index)


def test_a_strip_comes_by_its_hash_without_loading_the_model(damaged: Path, tmp_path: Path) -> None:
    folder = damaged / VAE
    strip = png(np.zeros((28, 280), np.uint8))
    (folder / "strip.png").write_bytes(strip)
    document = json.loads((folder / "model.json").read_text())
    document["files"]["strip.png"] = hashlib.sha256(strip).hexdigest()
    (folder / "decoder.onnx").write_bytes(b"")  # what nothing could load
    document["files"]["decoder.onnx"] = hashlib.sha256(b"").hexdigest()
    (folder / "model.json").write_text(json.dumps(document))
    with make_client(Settings(checkpoints=damaged, data=tmp_path / "data")) as client:
        (entry,) = client.get("/api/models").json()["models"]
        assert entry["strip"] == document["files"]["strip.png"][:16]
        address = f"/api/models/{VAE}/strip"
        answer = client.get(address)
        assert answer.content == strip
        assert answer.headers["content-type"] == "image/png"
        assert "immutable" not in answer.headers["cache-control"]
        assert "immutable" in client.get(f"{address}?v={entry['strip']}").headers["cache-control"]
        assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_a_model_without_a_strip_says_so(damaged: Path, tmp_path: Path) -> None:
    folder = damaged / VAE
    document = json.loads((folder / "model.json").read_text())
    document["files"].pop("strip.png", None)
    (folder / "model.json").write_text(json.dumps(document))
    with make_client(Settings(checkpoints=damaged, data=tmp_path / "data")) as client:
        assert client.get("/api/models").json()["models"][0]["strip"] is None
        answer = client.get(f"/api/models/{VAE}/strip")
        assert answer.status_code == 404
        assert "strip" in answer.json()["error"]["message"]


def test_an_unknown_model_is_not_found(client: TestClient) -> None:
    answer = client.get("/api/models/nothing")
    assert answer.status_code == 404
    assert VAE in answer.json()["error"]["message"]


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(ROOT / "checkpoints" / VAE, checkpoints / VAE)
    shutil.copytree(ROOT / "checkpoints" / CLOTHES, checkpoints / CLOTHES)
    return checkpoints


@pytest.mark.parametrize(
    "what", ["flipped byte", "missing file", "no JSON", "no manifest", "renamed folder", "altered pictures"]
)
def test_a_broken_model_is_listed_with_its_reason_and_refused(damaged: Path, tmp_path: Path, what: str) -> None:
    folder = damaged / VAE
    match what:
        case "flipped byte":
            content = bytearray((folder / "decoder.onnx").read_bytes())
            content[len(content) // 2] ^= 1
            (folder / "decoder.onnx").write_bytes(content)
        case "missing file":
            (folder / "encoder.onnx").unlink()
        case "no JSON":
            (folder / "model.json").write_text("{")
        case "no manifest":
            (folder / "model.json").unlink()
        case "renamed folder":
            folder = folder.rename(damaged / "other")
        case "altered pictures":
            labels = damaged / CLOTHES / "labels.npy"
            labels.write_bytes(labels.read_bytes()[:-1] + b"\x63")
    with make_client(Settings(checkpoints=damaged, data=tmp_path / "data")) as client:
        (entry,) = client.get("/api/models").json()["models"]
        assert entry["status"] == "broken"
        assert entry["reason"]
        answer = client.get(f"/api/models/{entry['id']}")
        assert answer.status_code == 503
        assert entry["reason"] in answer.json()["error"]["message"]
        assert ready(client) == {"status": "ok", "models": 0, "broken": 1}


def test_a_server_without_models_answers_and_says_so(tmp_path: Path) -> None:
    with make_client(Settings(checkpoints=tmp_path / "none", data=tmp_path / "data")) as client:
        assert client.get("/api/models").json() == {"models": [], "default": None}
        assert client.get("/").status_code == 200


def test_a_model_says_what_runs_each_of_its_graphs(client: TestClient) -> None:
    running = client.get(f"/api/models/{VAE}").json()["running"]
    assert set(running) == {"decoder.onnx", "encoder.onnx"}
    for each in running.values():
        assert each["runtime"] == client.get("/api/about").json()["runtime"]
        assert (each["device"], each["precision"], each["note"]) == ("CPU", "float32", "")


def test_about_names_the_licences_of_the_manifests(client: TestClient) -> None:
    about = client.get("/api/about").json()
    assert about["version"] == __version__
    assert about["device"] == "CPU"
    assert about["runtime"].startswith("onnxruntime")
    licences = {(entry["what"], entry["licence"]) for entry in about["licences"]}
    for path in (ROOT / "checkpoints").glob("*/model.json"):
        manifest = json.loads(path.read_text())
        assert (manifest["title"], manifest["provenance"]["licence"]) in licences
    assert any(licence == "MIT" for _, licence in licences)


def test_health(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert ready(client)["models"] >= 1
