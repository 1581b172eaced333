"""Roads over HTTP: measured at once, and the geodesic as a job."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.api.pictures import VAE

BASE = f"/api/models/{VAE}/paths"
PLANE = "fashion-vae-2"
ENDS = np.random.default_rng(8).normal(size=(3, 16)).tolist()


def measured(client: TestClient, **body: object) -> dict[str, Any]:
    answer = client.post(f"{BASE}/measure", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def known(client: TestClient, model: str) -> np.ndarray:
    import pyarrow as pa

    columns = client.get(f"/api/models/{model}/sets/data/columns").content
    return np.array(pa.ipc.open_stream(columns).read_all()["latents"].to_pylist(), np.float32)


def ended(client: TestClient, answer: Any) -> dict[str, Any]:
    """The job once it is over."""
    where = answer.headers["location"]
    for _ in range(600):
        job: dict[str, Any] = client.get(where).json()
        if job["state"] in ("done", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError("the job took more than a minute")


@pytest.mark.parametrize("method", ["lerp", "slerp"])
def test_a_road_through_keyframes_is_measured(client: TestClient, method: str) -> None:
    found = measured(client, latents=ENDS, method=method, steps=20)
    assert len(found["changes"]) == 40
    assert len(found["unusual"]) == 41
    assert all(0 <= share <= 100 for share in found["unusual"])
    assert found["length"] == pytest.approx(sum(found["changes"]), abs=1e-3)
    assert found["continuity"] >= 1
    assert found["sentence"].endswith("95% of real pictures.")


def test_the_points_of_a_road_are_measured_as_the_road_is(client: TestClient) -> None:
    road = client.post(
        f"/api/models/{VAE}/interpolate", json={"latents": ENDS[:2], "steps": 21, "output": "latents"}
    ).json()["latents"]
    given = measured(client, latents=road, method="points")
    walked = measured(client, latents=ENDS[:2], steps=20)
    np.testing.assert_allclose(given["changes"], walked["changes"], atol=1e-5)
    assert given["sentence"] == walked["sentence"]


def test_where_no_data_are_known_nothing_is_unusual(client: TestClient) -> None:
    entry = client.get("/api/models/faces-gan").json()
    ends = np.ones((2, entry["sizes"]["z"]))
    ends[1, :4] = -1
    answer = client.post(
        "/api/models/faces-gan/paths/measure", json={"latents": ends.tolist(), "space": "z", "steps": 4}
    )
    assert answer.json()["unusual"] is answer.json()["off"] is None
    assert "no data are known here" in answer.json()["sentence"]


def test_a_geodesic_is_found_and_known_the_second_time(client: TestClient) -> None:
    points = known(client, PLANE)
    body = {"latents": points[[3, 800]].tolist(), "weight": 1.0}
    answer = client.post(f"/api/models/{PLANE}/paths/geodesic", json=body)
    assert answer.status_code == 202
    assert answer.json()["kind"] == "geodesic"
    job = ended(client, answer)
    assert job["state"] == "done", job
    result = client.get(job["result"])
    found = result.json()
    road = np.array(found["points"], np.float32)
    assert road.shape == (257, 2)
    np.testing.assert_allclose(road[[0, -1]], points[[3, 800]], atol=1e-6)
    assert found["dense_energy"] < found["straight"]
    assert found["weight"] == 1
    again = client.post(f"/api/models/{PLANE}/paths/geodesic", json=body)
    assert again.status_code == 200
    assert client.get(again.json()["result"]).content == result.content


def test_a_geodesic_can_be_stopped(client: TestClient) -> None:
    ends = known(client, "fashion-gan-64")[[1, 2]].tolist()
    answer = client.post("/api/models/fashion-gan-64/paths/geodesic", json={"latents": ends})
    assert answer.status_code == 202
    begun = time.perf_counter()
    client.delete(answer.headers["location"])
    assert ended(client, answer)["state"] == "cancelled"
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    ("address", "body", "field", "status"),
    [
        ("measure", {"latents": ENDS[:1]}, "latents", 422),
        ("measure", {"latents": ENDS, "method": "geodesic"}, "method", 422),
        ("measure", {"latents": ENDS, "steps": 0}, "steps", 422),
        ("measure", {"latents": ENDS * 20, "steps": 512}, "steps", 413),
        ("measure", {"latents": ENDS * 30, "steps": 1}, "latents", 422),
        ("measure", {"latents": [[0.0] * 3] * 2}, "latents", 422),
        ("measure", {"latents": ENDS, "space": "w"}, "space", 422),
        ("geodesic", {"latents": ENDS}, "latents", 422),
        ("geodesic", {"latents": ENDS[:2], "weight": -1}, "weight", 422),
        ("geodesic", {"latents": [[0.0] * 3] * 2}, "latents", 422),
        ("geodesic", {"latents": ENDS[:2], "lambda": 1}, "lambda", 422),
    ],
)
def test_a_wrong_request_is_answered_with_its_field(
    client: TestClient, address: str, body: dict[str, object], field: str, status: int
) -> None:
    answer = client.post(f"{BASE}/{address}", json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["field"] == field
    assert error["message"].endswith(".")


def test_too_many_dimensions_for_a_geodesic_are_told(client: TestClient) -> None:
    size = client.get("/api/models/faces-gan").json()["sizes"]["w+"]
    body = {"latents": [[0.0] * size, [1.0] * size], "space": "w+"}
    answer = client.post("/api/models/faces-gan/paths/geodesic", json=body)
    assert answer.status_code == 422
    assert "at most 128" in answer.json()["error"]["message"]
