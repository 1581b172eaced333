"""Sheets of samples over HTTP, from the prior, every sampler and one class."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.unit import labelled_folder


def sheet(client: TestClient, model: str = VAE, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/models/{model}/sample/sheet", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server with the model whose classes are known."""
    folder: Path = tmp_path_factory.mktemp("labelled")
    labelled_folder.write(folder / "checkpoints", conditional=False)
    with make_client(Settings(checkpoints=folder / "checkpoints", data=folder / "data")) as made:
        yield made


def test_each_row_is_the_draw_of_its_own_seed(client: TestClient) -> None:
    samplers = [each["name"] for each in client.get(f"/api/models/{VAE}").json()["samplers"]]
    assert len(samplers) > 1
    for name in samplers:
        found = sheet(client, seed=40, count=5, sampler=name)
        assert (found["seed"], found["sampler"]) == (40, name)
        for index in (0, 4):
            alone = client.get(f"/api/models/{VAE}/sample", params={"seed": 40 + index, "sampler": name}).json()
            np.testing.assert_allclose(found["latents"][index], alone["latents"][0], atol=1e-6)


def test_a_sheet_is_repeatable_and_the_next_one_overlaps_where_the_seeds_do(client: TestClient) -> None:
    first = sheet(client)
    assert first == sheet(client, seed=1, count=24)
    assert len(first["latents"]) == len(first["unusual"]) == 24
    assert sheet(client, seed=3, count=2)["latents"] == first["latents"][2:4]


def test_a_row_is_as_unusual_as_its_picture_says_when_it_is_drawn_alone(client: TestClient) -> None:
    found = sheet(client, sampler="gaussian", count=8)
    assert len(set(found["unusual"])) > 1
    for row, percentile in zip(found["latents"], found["unusual"], strict=True):
        answer = client.post(f"/api/models/{VAE}/decode", json={"latents": [row]})
        assert float(answer.headers["x-unusual"]) == pytest.approx(percentile, abs=0.11)


def test_one_class_is_drawn_from_where_its_pictures_lie(client: TestClient) -> None:
    classes = client.get(f"/api/models/{VAE}/sets").json()["sets"][0]["classes"]
    trousers = classes.index("Trouser")
    found = sheet(client, count=40, sampler=f"class.{trousers}")
    assert found["sampler"] == f"class.{trousers}"
    drawn = client.post(f"/api/models/{VAE}/decode", json={"latents": found["latents"], "output": "raw"})
    pictures = np.frombuffer(drawn.content, np.uint8).reshape(40, 28, 28)
    # Trousers are narrow: the edges of the picture are empty, unlike those of all classes together.
    all_classes = sheet(client, count=40)
    mixed = client.post(f"/api/models/{VAE}/decode", json={"latents": all_classes["latents"], "output": "raw"})
    anything = np.frombuffer(mixed.content, np.uint8).reshape(40, 28, 28)
    assert pictures[:, :, :6].mean() < 0.3 * anything[:, :, :6].mean()
    assert np.median(found["unusual"]) < np.median(all_classes["unusual"])


def test_a_class_is_known_by_its_number_alone(labelled: TestClient) -> None:
    found = sheet(labelled, labelled_folder.ID, sampler="class.0", count=30)
    assert np.mean(found["latents"], axis=0)[0] == pytest.approx(-0.3, abs=0.15)
    refused = labelled.get(f"/api/models/{labelled_folder.ID}/sample/sheet", params={"sampler": "class.7"})
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == "sampler"
    assert "numbered from 0 to 2" in refused.json()["error"]["message"]


def test_a_style_based_model_draws_in_w_and_in_z(client: TestClient) -> None:
    in_w = sheet(client, "faces-gan", count=3, seed=5)
    in_z = sheet(client, "faces-gan", count=3, seed=5, space="z")
    mapped = client.post("/api/models/faces-gan/map", json={"latents": in_z["latents"]}).json()["latents"]
    np.testing.assert_allclose(mapped, in_w["latents"], atol=1e-4)
    assert in_w["unusual"] is not None
    assert in_z["unusual"] is None  # the data is encoded in w
    refused = client.get("/api/models/faces-gan/sample/sheet", params={"space": "z", "sampler": "class.0"})
    assert refused.json()["error"]["field"] == "sampler"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"seed": 2**32 - 3}, "seed"),
        ({"seed": -1}, "seed"),
        ({"count": 0}, "count"),
        ({"count": 257}, "count"),
        ({"sampler": "magic"}, "sampler"),
        ({"space": "y"}, "space"),
    ],
)
def test_what_cannot_be_drawn_is_refused(client: TestClient, query: dict[str, Any], field: str) -> None:
    answer = client.get(f"/api/models/{VAE}/sample/sheet", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert sheet(client, seed=2**32 - 24)["seed"] == 2**32 - 24
