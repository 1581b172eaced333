"""Traversals over HTTP: ranges, strips, and grids over two dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from tests.api.pictures import VAE, opened

BASE = f"/api/models/{VAE}"
START = np.random.default_rng(5).normal(size=16).tolist()


def axes(client: TestClient, model: str, **query: object) -> list[dict[str, Any]]:
    answer = client.get(f"/api/models/{model}/axes", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["axes"]
    return found


def raw(client: TestClient, path: str, body: dict[str, Any]) -> NDArray[np.uint8]:
    answer = client.post(path, json={**body, "output": "raw"})
    assert answer.status_code == 200, answer.text
    shape = [int(size) for size in answer.headers["x-shape"].split(",")]
    return np.frombuffer(answer.content, np.uint8).reshape(shape)


def refused(client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code in (413, 422), answer.text
    found: dict[str, Any] = answer.json()["error"]
    return found


def test_the_data_reach_as_far_as_the_sliders_and_in_their_order(client: TestClient) -> None:
    sliders = client.get(BASE).json()["sliders"]
    found = axes(client, VAE, steps=5)
    assert [axis["dim"] for axis in found] == [slider["dim"] for slider in sliders]
    for axis, slider in zip(found, sliders, strict=True):
        np.testing.assert_allclose(axis["values"], np.linspace(slider["low"], slider["high"], 5), atol=1e-4)
        assert axis["mean"] is None


def test_the_prior_and_a_free_range_are_the_same_for_every_dimension(client: TestClient) -> None:
    for axis in axes(client, VAE, reach="prior", steps=3):
        np.testing.assert_allclose(axis["values"], [-2.3263, 0, 2.3263], atol=1e-3)
    for axis in axes(client, VAE, reach="3.5", steps=3):
        assert axis["values"] == [-3.5, 0, 3.5]


def test_quantiles_of_the_prior_are_those_of_a_gaussian(client: TestClient) -> None:
    for axis in axes(client, "fashion-vae-2", reach="prior", spacing="quantiles", steps=5):
        np.testing.assert_allclose(axis["values"], [-1.28155, -0.5244, 0, 0.5244, 1.28155], atol=1e-4)
        assert (axis["mean"], axis["std"]) == (0, 1)


def test_an_autoencoders_free_range_and_quantiles_lie_around_its_data(client: TestClient) -> None:
    sliders = {slider["dim"]: slider for slider in client.get("/api/models/fashion-ae-2").json()["sliders"]}
    for axis in axes(client, "fashion-ae-2", spacing="quantiles", steps=21):
        slider = sliders[axis["dim"]]
        assert axis["values"][10] == pytest.approx(slider["mean"], abs=1e-4)
        assert axis["std"] == pytest.approx(slider["std"], abs=1e-4)
    for axis in axes(client, "fashion-ae-2", reach="2", steps=3):
        assert axis["values"][1] == pytest.approx(sliders[axis["dim"]]["mean"], abs=1e-4)


def test_an_autoencoder_has_no_prior(client: TestClient) -> None:
    for spacing in ("even", "quantiles"):
        answer = client.get("/api/models/fashion-ae-2/axes", params={"reach": "prior", "spacing": spacing})
        assert answer.status_code == 422
        assert "no prior" in answer.json()["error"]["message"]


def test_the_prior_of_w_is_what_the_mapping_makes_of_z(client: TestClient) -> None:
    w = axes(client, "faces-gan", reach="prior", steps=2)
    drawn = client.get("/api/models/faces-gan/sample", params={"count": 1000, "seed": 3}).json()["latents"]
    inside = [
        np.mean((np.array(drawn)[:, a["dim"]] >= a["values"][0]) & (np.array(drawn)[:, a["dim"]] <= a["values"][1]))
        for a in w
    ]
    assert np.mean(inside) == pytest.approx(0.98, abs=0.01)
    for axis in axes(client, "faces-gan", reach="prior", space="z", steps=2):
        np.testing.assert_allclose(axis["values"], [-2.3263, 2.3263], atol=1e-3)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"reach": "far"}, "reach"),
        ({"reach": "0"}, "above 0"),
        ({"reach": "2", "spacing": "quantiles"}, "free range"),
        ({"space": "w"}, "no space"),
        ({"steps": "1"}, "steps"),
    ],
)
def test_axes_that_cannot_be_are_refused_by_name(client: TestClient, query: dict[str, str], word: str) -> None:
    answer = client.get(f"{BASE}/axes", params=query)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert word in error["message"] or word in error["field"]


def test_a_strip_is_the_latents_of_its_line_decoded(client: TestClient) -> None:
    lines: list[dict[str, Any]] = [{"dim": 11, "values": [-2, 0, 2]}, {"dim": 3, "values": [1, 0.5, 0]}]
    rows = np.tile(START, (6, 1))
    rows[:3, 11], rows[3:, 3] = lines[0]["values"], lines[1]["values"]
    walked = raw(client, f"{BASE}/strips", {"latents": [START], "lines": lines})
    decoded = raw(client, f"{BASE}/decode", {"latents": rows.tolist()})
    np.testing.assert_allclose(walked.astype(int), decoded, atol=1)
    sheet = client.post(f"{BASE}/strips", json={"latents": [START], "lines": lines})
    assert sheet.headers["x-sheet"] == "3,2,28,28"


def test_a_grid_runs_across_and_from_its_top_row_down(client: TestClient) -> None:
    across: dict[str, Any] = {"dim": 11, "values": [-1, 0, 1]}
    up: dict[str, Any] = {"dim": 13, "values": [2, -2]}
    rows = np.tile(START, (6, 1))
    rows[:, 11] = np.tile(across["values"], 2)
    rows[:, 13] = np.repeat(up["values"], 3)
    spread = raw(client, f"{BASE}/grid", {"latents": [START], "across": across, "up": up})
    decoded = raw(client, f"{BASE}/decode", {"latents": rows.tolist()})
    np.testing.assert_allclose(spread.astype(int), decoded, atol=1)
    sheet = client.post(f"{BASE}/grid", json={"latents": [START], "across": across, "up": up})
    assert sheet.headers["x-sheet"] == "3,2,28,28"
    assert opened(sheet.content).shape == (56, 84)


def test_a_grid_asked_for_row_by_row_is_the_same_grid(client: TestClient) -> None:
    across = {"dim": 0, "values": [-2, -1, 0, 1, 2]}
    whole = raw(
        client,
        "/api/models/fashion-vae-2/grid",
        {"latents": [[0, 0]], "across": across, "up": {"dim": 1, "values": [2, 0, -2]}},
    )
    parts = [
        raw(
            client,
            "/api/models/fashion-vae-2/grid",
            {"latents": [[0, 0]], "across": across, "up": {"dim": 1, "values": [value]}},
        )
        for value in (2, 0, -2)
    ]
    np.testing.assert_allclose(np.concatenate(parts).astype(int), whole, atol=1)


def test_the_class_of_a_conditional_model_is_heard(client: TestClient) -> None:
    body = {"latents": [[0] * 8], "across": {"dim": 1, "values": [0, 1]}, "up": {"dim": 5, "values": [0]}}
    zero, one = (
        raw(client, "/api/models/digits-cvae/grid", {**body, "conditions": {"class": digit}}) for digit in (0, 1)
    )
    assert np.abs(zero.astype(int) - one).mean() > 5


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"up": {"dim": 11, "values": [0]}}, "up", "two different"),
        ({"up": {"dim": 16, "values": [0]}}, "dims", "0 to 15"),
        ({"latents": [[0] * 3]}, "latents", "16 numbers"),
        ({"across": {"dim": 0, "values": []}}, "across.values", ""),
        (
            {"across": {"dim": 0, "values": [float(v) for v in range(64)]}, "up": {"dim": 1, "values": [0.0] * 64}},
            "values",
            "4096",
        ),
        ({"hash": "0" * 16}, "hash", "another version"),
    ],
)
def test_a_grid_that_cannot_be_is_refused_by_name(
    client: TestClient, change: dict[str, Any], field: str, words: str
) -> None:
    body = {"latents": [START], "across": {"dim": 11, "values": [0]}, "up": {"dim": 13, "values": [0]}, **change}
    answer = client.post(f"{BASE}/grid", json=body)
    assert 400 <= answer.status_code < 500
    error = answer.json()["error"]
    assert error["field"].endswith(field), error
    assert words in error["message"]


def test_lines_of_different_lengths_are_refused(client: TestClient) -> None:
    lines = [{"dim": 0, "values": [0, 1]}, {"dim": 1, "values": [0]}]
    assert refused(client, f"{BASE}/strips", {"latents": [START], "lines": lines})["field"] == "lines"
    many = [{"dim": dim % 16, "values": [0.0] * 64} for dim in range(64)]
    assert "1024" in refused(client, f"{BASE}/strips", {"latents": [START], "lines": many})["message"]


def test_a_point_whose_styles_agree_is_walked_in_w_plus_as_in_w(client: TestClient) -> None:
    detail = client.get("/api/models/faces-gan").json()
    layers = detail["sizes"]["w+"] // detail["sizes"]["w"]
    w = client.get("/api/models/faces-gan/sample?seed=4").json()["latents"][0]
    line = {"dim": 5, "values": [-1.0, 0.5, 2.0]}
    asked: dict[str, dict[str, object]] = {
        "traverse": {"dims": [5], "steps": 3, "range": [-1.0, 2.0]},
        "strips": {"lines": [line]},
        "grid": {"across": line, "up": {"dim": 9, "values": [0.0, 1.0]}},
    }
    for route, body in asked.items():
        raw = {**body, "output": "raw"}
        one, all_ = (
            client.post(f"/api/models/faces-gan/{route}", json={**raw, "space": space, "latents": [latent]})
            for space, latent in (("w", w), ("w+", w * layers))
        )
        assert one.status_code == all_.status_code == 200, all_.text
        a, b = (np.frombuffer(each.content, np.uint8).astype(int) for each in (one, all_))
        assert np.abs(a - b).max() <= 1, route
        assert len(set(one.content)) > 20  # and it is a picture


def test_w_plus_has_the_dimensions_of_one_style(client: TestClient) -> None:
    sizes = client.get("/api/models/faces-gan").json()["sizes"]
    body = {"latents": [[0.0] * sizes["w+"]], "space": "w+", "dims": [sizes["w"]], "steps": 3}
    answer = client.post("/api/models/faces-gan/traverse", json=body)
    assert answer.status_code == 422
    assert f"0 to {sizes['w'] - 1}" in answer.json()["error"]["message"]
