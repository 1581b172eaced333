"""A style-based generator over HTTP: z beside w, and the way from the one to the other."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

Z, W = 4, HEIGHT * WIDTH
MATRIX = np.random.default_rng(3).uniform(0, 0.5, (Z, W)).astype(np.float32)


@pytest.fixture
def style(tmp_path: Path) -> Iterator[TestClient]:
    mean = io.BytesIO()
    np.save(mean, np.full(W, 0.5, np.float32))
    files = {
        "mapping.onnx": Tiny("z", ("N", Z)).op("MatMul", MATRIX).output("w").build().content,
        "decoder.onnx": Tiny("w", ("N", W)).shaped(-1, 1, HEIGHT, WIDTH).output("image").build().content,
        "w_mean.npy": mean.getvalue(),
    }
    folder = tmp_path / "checkpoints" / "tiny"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    spaces = {
        "default": "w",
        "mapping": {"file": "mapping.onnx", "input": "z", "output": "w"},
        "w": {"size": W, "layers": 1, "plus": False},
        "mean": "w_mean.npy",
        "truncation": True,
    }
    described = document(files, decoder={"input": "w"}, latent={"shape": [Z]}, spaces=spaces)
    (folder / "model.json").write_text(json.dumps(described))
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        yield client


def test_the_model_says_how_large_each_space_is(style: TestClient) -> None:
    (entry,) = style.get("/api/models").json()["models"]
    detail = style.get("/api/models/tiny").json()
    assert entry["latent"] == detail["latent"] == W
    assert detail["sizes"] == {"z": Z, "w": W}
    assert len(detail["sliders"]) == W
    assert len(detail["z_sliders"]) == Z
    assert detail["can"]["psi"]


def test_one_seed_draws_one_picture_in_both_spaces(style: TestClient) -> None:
    z = style.get("/api/models/tiny/sample?seed=5&space=z").json()["latents"]
    w = style.get("/api/models/tiny/sample?seed=5").json()["latents"]
    mapped = style.post("/api/models/tiny/map", json={"latents": z}).json()["latents"]
    np.testing.assert_allclose(mapped, w, rtol=1e-6)
    body = {"output": "raw"}
    in_z = style.post("/api/models/tiny/decode", json={**body, "latents": z, "space": "z"}).content
    in_w = style.post("/api/models/tiny/decode", json={**body, "latents": w}).content
    assert in_z == in_w


def test_a_traversal_in_z_takes_the_priors_range(style: TestClient) -> None:
    body = {"latents": [[0.1] * Z], "dims": [1], "steps": 2, "space": "z", "output": "raw"}
    assert style.post("/api/models/tiny/traverse", json=body).headers["x-shape"] == f"2,{HEIGHT},{WIDTH},1"
    assert style.post("/api/models/tiny/traverse", json={**body, "dims": [Z]}).json()["error"]["field"] == "dims"


def test_a_sampler_of_w_is_not_drawn_in_z(style: TestClient) -> None:
    answer = style.get("/api/models/tiny/sample?space=z&sampler=prior")
    assert answer.json()["error"]["field"] == "sampler"


def test_a_model_without_w_says_so(client: TestClient) -> None:
    answer = client.post("/api/models/fashion-vae-16/map", json={"latents": [[0.0] * 16]})
    assert answer.status_code == 422
    assert "no w" in answer.json()["error"]["message"]
    detail = client.get("/api/models/fashion-vae-16").json()
    assert detail["z_sliders"] is None
    assert detail["default_conditions"] == {}
