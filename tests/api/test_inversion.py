"""The search for the latent that draws an upload best."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.catalog import Catalog
from server.jobs import Task, Work
from server.jobs.work import inversion, video
from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE, png, sample, shirt_on_white
from tests.api.test_jobs import events

GAN = "fashion-gan-64"
PCA = "fashion-pca-16"
TWIN = sample()[0][7]


def search(client: TestClient, model: str, raw: bytes, **fields: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The result of a search and the job at each of its events."""
    data = {name: str(value) for name, value in fields.items()}
    begun = client.post(f"/api/models/{model}/inversion", files={"file": ("a", raw)}, data=data)
    assert begun.status_code == 202, begun.text
    seen = events(client, begun.headers["location"])
    assert seen[-1]["state"] == "done", seen[-1]
    found: dict[str, Any] = client.get(seen[-1]["result"]).json()
    return found, seen


def drawn(client: TestClient, model: str, body: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The picture of a latent, (28, 28) in [0, 1]."""
    answer = client.post(f"/api/models/{model}/decode", json={**body, "output": "raw"})
    assert answer.status_code == 200, answer.text
    return np.frombuffer(answer.content, np.uint8).reshape(28, 28) / 255


def test_it_draws_the_picture_better_than_the_encoders_answer_and_tells_how_it_goes(client: TestClient) -> None:
    raw = png(TWIN)
    placed = client.post(f"/api/models/{GAN}/encode", files={"file": ("a", raw)}).json()
    found, seen = search(client, GAN, raw, steps=20)
    before = placed["error"]["mse"]
    assert found["error"] < 0.6 * before
    assert np.square(drawn(client, GAN, {"latents": [found["latent"]]}) - TWIN / 255).mean() == pytest.approx(
        found["error"], abs=1e-4
    )
    assert found["space"] == "z"
    assert found["hash"] == placed["hash"]
    assert found["unusual"]["percentile"] > 0
    assert found["curve"][0] > found["curve"][-1] == found["error"]
    assert {start["name"] for start in found["starts"]} == {"encoder", "mean", "draw"}
    assert len(found["starts"]) == 5
    (encoder,) = [start for start in found["starts"] if start["name"] == "encoder"]
    assert encoder["before"] == pytest.approx(before, rel=1e-3)
    partials = [job["partial"] for job in seen if job["partial"]]
    assert partials
    assert all(set(partial) == {"latent", "error", "curve", "start"} for partial in partials)
    assert [job["progress"] for job in seen if job["progress"] is not None][-1] == 1.0


def test_of_a_linear_model_it_finds_the_encoders_answer_again(client: TestClient) -> None:
    # A projection is the best that PCA can do; only the values cut off at black and white leave something to gain.
    raw = png(TWIN)
    placed = client.post(f"/api/models/{PCA}/encode", files={"file": ("a", raw)}).json()
    found, _ = search(client, PCA, raw, steps=12)
    assert 0.5 * placed["error"]["mse"] < found["error"] <= placed["error"]["mse"]


def test_a_photograph_is_prepared_as_it_is_for_encoding(client: TestClient) -> None:
    raw = shirt_on_white(TWIN)
    found, _ = search(client, VAE, raw, steps=8)
    placed = client.post(f"/api/models/{VAE}/encode", files={"file": ("a", raw)}).json()
    assert found["error"] <= placed["error"]["mse"] * 1.001
    skipping, _ = search(client, VAE, raw, steps=8, skip="invert,crop")
    assert skipping["error"] != found["error"]


@pytest.mark.parametrize(("space", "size"), [("z", 128), ("w", 128), ("w+", 896)])
def test_each_space_of_a_style_based_generator_can_be_searched(client: TestClient, space: str, size: int) -> None:
    raw = png(np.full((64, 64, 3), (220, 180, 160), np.uint8))
    found, _ = search(client, "faces-gan", raw, steps=2, space=space, noise="false")
    assert found["space"] == space
    assert len(found["latent"]) == size
    assert ("encoder" in {start["name"] for start in found["starts"]}) == (space != "z")
    body = {"latents": [found["latent"]], "space": space, "noise": False}
    assert client.post("/api/models/faces-gan/decode", json=body).status_code == 200


def test_a_conditional_model_is_searched_with_the_class_that_fits(client: TestClient) -> None:
    found, _ = search(client, "digits-cvae", png(TWIN), steps=5)
    assert len(found["conditions"]) == 1
    (name,) = found["conditions"]
    given, _ = search(client, "digits-cvae", png(TWIN), steps=5, conditions=f'{{"{name}": 3}}')
    assert given["conditions"] == {name: 3}


def test_a_model_without_an_encoder_is_searched_all_the_same(tmp_path: Path) -> None:
    folder = without_encoder(tmp_path, GAN)
    with make_client(Settings(checkpoints=folder, data=tmp_path / "data")) as client:
        assert not client.get(f"/api/models/{GAN}").json()["can"]["encode"]
        found, _ = search(client, GAN, png(TWIN), steps=14)
        assert "encoder" not in {start["name"] for start in found["starts"]}
        assert found["error"] < 0.02


def without_encoder(folder: Path, model: str) -> Path:
    """A folder of models with a copy of this one that has lost its encoder."""
    made = folder / "checkpoints"
    shutil.copytree(ROOT / "checkpoints" / model, made / model)
    shutil.copytree(ROOT / "checkpoints" / "_data", made / "_data")
    path = made / model / "model.json"
    document = json.loads(path.read_text())
    (made / model / document["encoder"]["file"]).unlink()
    del document["files"][document["encoder"]["file"]]
    document["encoder"] = None
    path.write_text(json.dumps(document))
    return made


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"space": "w"}, "space"),
        ({"steps": "0"}, "steps"),
        ({"steps": "201"}, "steps"),
        ({"psi": "0.7"}, "psi"),
        ({"psi": "nan"}, "psi"),
        ({"noise_seed": "-1"}, "noise_seed"),
        ({"conditions": '{"class": 1}'}, "conditions"),
        ({"crop": "2,2,2,2"}, "crop"),
    ],
)
def test_what_cannot_be_searched_is_told(client: TestClient, fields: dict[str, str], field: str) -> None:
    answer = client.post(f"/api/models/{VAE}/inversion", files={"file": ("a", png(TWIN))}, data=fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == field


def test_what_is_no_picture_is_told(client: TestClient) -> None:
    answer = client.post(f"/api/models/{VAE}/inversion", files={"file": ("a", b"not a picture")})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "picture_unknown"


def test_jobs_need_neither_torch_nor_the_map_libraries(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("torch", "onnx", "scipy", "sklearn", "umap", "numba", "pandas"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('not here')")
    monkeypatch.syspath_prepend(tmp_path)  # a job's process gets this path
    found, _ = search(client, VAE, png(sample()[0][9]), steps=6)
    assert found["error"] < 0.05
    begun = client.post(f"/api/models/{VAE}/video", json={"keyframes": [[0.1] * 16, [0.7] * 16], "format": "gif"})
    assert events(client, begun.headers["location"])[-1]["state"] == "done"


def test_the_work_seen_from_inside() -> None:
    """What the job's process runs, run here."""
    folder = ROOT / "checkpoints"
    model_hash = Catalog(folder, only=VAE).checkpoints[VAE].hash
    said: list[str] = []

    def report(progress: float | None, message: str, partial: dict[str, Any] | None = None) -> None:
        said.append(message)

    shared: dict[str, Any] = {"space": "z", "psi": 1.0, "noise_seed": 0, "conditions": {}}
    target = sample()[0][0][..., np.newaxis].astype(np.float32) / 255
    work = Work("inversion", VAE, {**shared, "steps": 7}, {"target": target})
    found = inversion.run(Task(folder, work, model_hash), report)
    assert found.filename == f"{VAE}-inversion.json"
    assert said[0] == "Choosing where to start."
    points = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    asked = {**shared, "keyframes": True, "frames": 5, "method": "lerp", "ease": "smooth", "loop": "back", "fps": 10}
    for kind, start in {"webp": b"RIFF", "gif": b"GIF89a", "png-strip": b"\x89PNG", "npy": b"\x93NUMPY"}.items():
        work = Work("video", VAE, {**asked, "format": kind, "size": 28}, {"latents": points})
        assert video.run(Task(folder, work, model_hash), report).content.startswith(start)
    pytest.importorskip("av")
    work = Work("video", VAE, {**asked, "keyframes": False, "format": "mp4", "size": 64}, {"latents": points})
    assert b"ftyp" in video.run(Task(folder, work, model_hash), report).content[:32]
