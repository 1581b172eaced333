"""Neighbours over HTTP, against brute force."""

from __future__ import annotations

import numpy as np
from starlette.testclient import TestClient

from server.settings import ROOT
from tests.unit.test_search import brute

SET = "/api/models/fashion-vae-16/sets/data/neighbours"


def latents() -> np.ndarray:
    return np.asarray(np.load(ROOT / "checkpoints/fashion-vae-16/sets/data.npy"), np.float32)


def test_they_are_the_nearest_over_the_active_dimensions(client: TestClient) -> None:
    sliders = client.get("/api/models/fashion-vae-16").json()["sliders"]
    active = sorted(slider["dim"] for slider in sliders if slider["active"])
    asked = np.random.default_rng(0).standard_normal((3, 16)).astype(np.float32)
    answer = client.post(SET, json={"latents": asked.tolist(), "count": 7}).json()
    rows, distances = brute(latents()[:, active], asked[:, active], 7)
    assert answer["rows"] == rows.tolist()
    np.testing.assert_allclose(answer["distances"], distances, rtol=1e-4)
    assert all(isinstance(name, str) for row in answer["labels"] for name in row)


def test_a_row_of_the_set_is_not_its_own_neighbour(client: TestClient) -> None:
    answer = client.post(SET, json={"latents": latents()[5:6].tolist()}).json()
    assert 5 not in answer["rows"][0]
    assert len(answer["rows"][0]) == 10


def test_a_set_without_labels_has_none_to_name(client: TestClient) -> None:
    size = np.load(ROOT / "checkpoints/fashion-gan-64/sets/samples.npy", mmap_mode="r").shape[1]
    address = "/api/models/fashion-gan-64/sets/samples/neighbours"
    answer = client.post(address, json={"latents": [[0.0] * size], "count": 2}).json()
    assert answer["labels"] == [[None, None]]


def test_what_cannot_be_searched_is_refused(client: TestClient) -> None:
    wrong = client.post(SET, json={"latents": [[0.0] * 3]})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "latents")
    assert client.post(SET, json={"latents": [[0.0] * 16], "count": 0}).status_code == 422
    assert client.post(SET, json={"latents": [[0.0] * 16] * 65}).status_code == 422
    assert client.post(SET.replace("data", "none"), json={"latents": [[0.0] * 16]}).status_code == 404
