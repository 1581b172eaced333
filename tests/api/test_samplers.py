"""Random latents over HTTP: the prior unless another sampler of the model is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.latent import sampler_file
from models.latent.fitted import Gaussian
from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

D = HEIGHT * WIDTH
FAR = {"name": "far", "kind": "gaussian", "title": "A normal far away", "file": "samplers/far.npz"}
Serve = Callable[..., TestClient]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """A client of a server with one model of that prior and those samplers."""

    def made(*samplers: dict[str, Any], prior: str = "normal", content: bytes | None = None) -> TestClient:
        graph = Tiny("z", ("N", D)).shaped(-1, 1, HEIGHT, WIDTH).output("image").build().content
        fitted = sampler_file.pack(Gaussian(np.full(D, 9.0), 0.01 * np.eye(D))) if content is None else content
        folder = tmp_path / "checkpoints" / "tiny"
        (folder / "samplers").mkdir(parents=True)
        (folder / "decoder.onnx").write_bytes(graph)
        (folder / FAR["file"]).write_bytes(fitted)
        described = document({"decoder.onnx": graph}, decoder={}, latent={"prior": prior}, samplers=list(samplers))
        described["files"][FAR["file"]] = hashlib.sha256(fitted).hexdigest()
        (folder / "model.json").write_text(json.dumps(described))
        return make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data"))

    return made


def drawn(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/models/tiny/sample", params={"seed": 3, "count": 20, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_sampler_is_asked_for_by_its_name(serve: Serve) -> None:
    with serve(FAR) as client:
        listed = client.get("/api/models/tiny").json()["samplers"]
        assert [each["name"] for each in listed] == ["prior", "far"]
        assert listed[1] == {"name": "far", "kind": "gaussian", "title": "A normal far away"}
        fitted, prior = drawn(client, sampler="far"), drawn(client)
        np.testing.assert_allclose(fitted["latents"], 9, atol=0.1)
        assert np.abs(prior["latents"]).max() < 6
        assert prior == drawn(client, sampler="prior")
        assert (fitted["sampler"], prior["sampler"]) == ("far", "prior")
        assert fitted == drawn(client, sampler="far")
        assert fitted != drawn(client, sampler="far", seed=4)
        picture = client.post("/api/models/tiny/decode", json={"latents": fitted["latents"]})
        assert picture.status_code == 200


def test_an_unknown_sampler_is_refused_with_those_that_there_are(serve: Serve) -> None:
    with serve(FAR) as client:
        answer = client.get("/api/models/tiny/sample", params={"sampler": "mixture"})
        assert answer.status_code == 422
        assert answer.json()["error"] == {
            "code": "invalid",
            "message": "tiny has no sampler 'mixture'; its samplers: prior, far.",
            "field": "sampler",
        }
        assert client.get("/api/models/tiny/sample", params={"sampler": "../far"}).status_code == 422


def test_without_its_data_an_empirical_prior_gives_way_to_what_was_fitted(serve: Serve) -> None:
    with serve(FAR, prior="empirical") as client:
        assert client.get("/api/models/tiny").json()["can"]["sample"]
        assert drawn(client)["sampler"] == "far"


def test_without_any_sampler_nothing_is_drawn(serve: Serve) -> None:
    with serve(prior="empirical") as client:
        detail = client.get("/api/models/tiny").json()
        assert (detail["samplers"], detail["can"]["sample"]) == ([], False)
        answer = client.get("/api/models/tiny/sample")
        assert answer.status_code == 422
        assert "no encoded data came with it" in answer.json()["error"]["message"]


def test_a_file_that_does_not_fit_breaks_its_sampler_alone(serve: Serve) -> None:
    with serve(FAR, content=sampler_file.pack(Gaussian(np.zeros(2), np.eye(2)))) as client:
        answer = client.get("/api/models/tiny/sample", params={"sampler": "far"})
        assert answer.status_code == 503
        assert "far.npz draws latents of 2 numbers" in answer.json()["error"]["message"]
        assert drawn(client)["sampler"] == "prior"


def test_a_shipped_model_offers_its_prior_first(client: TestClient) -> None:
    assert client.get(f"/api/models/{VAE}").json()["samplers"][0]["name"] == "prior"
