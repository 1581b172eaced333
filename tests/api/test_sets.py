"""Sets, their columns and pictures, and maps."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from models.data.folder import PictureSet
from server.settings import ROOT
from tests.api.pictures import VAE, opened

BASE = f"/api/models/{VAE}"


def floats(answer: object) -> NDArray[np.float32]:
    shape = [int(size) for size in answer.headers["x-shape"].split(",")]  # type: ignore[attr-defined]
    return np.frombuffer(answer.content, "<f4").reshape(shape)  # type: ignore[attr-defined]


def test_columns_hold_every_latent_and_label(client: TestClient) -> None:
    answer = client.get(f"{BASE}/sets/reference/columns")
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.num_rows == 10_000
    assert table["latents"].type == pa.list_(pa.float32(), 16)
    names = table["label"].combine_chunks().dictionary_decode().to_pylist()
    known = PictureSet(ROOT / "checkpoints/_data/fashion-mnist-test")
    assert names == [known.info.classes[label] for label in known.labels]
    unchanged = client.get(f"{BASE}/sets/data/columns", headers={"if-none-match": answer.headers["etag"]})
    assert unchanged.status_code == 304


def test_pictures_are_the_originals_in_the_order_asked_for(client: TestClient) -> None:
    known = PictureSet(ROOT / "checkpoints/_data/fashion-mnist-test").images
    answer = client.get(f"{BASE}/sets/data/pictures", params={"rows": "9,3,9999", "output": "raw"})
    found = np.frombuffer(answer.content, np.uint8).reshape(3, 28, 28, 1)
    np.testing.assert_array_equal(found, known[[9, 3, 9999]])
    sheet = client.get(f"{BASE}/sets/data/pictures", params={"rows": "9,3"})
    assert sheet.headers["x-sheet"] == "2,1,28,28"
    np.testing.assert_array_equal(opened(sheet.content)[:, :28], known[9, :, :, 0])


@pytest.mark.parametrize("rows", ["", "a", "-1", "1,,2", "10000", ",".join(["1"] * 401)])
def test_rows_that_are_none_are_refused(client: TestClient, rows: str) -> None:
    answer = client.get(f"{BASE}/sets/data/pictures", params={"rows": rows})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "rows"


def test_a_map_has_a_place_for_every_point_and_the_same_for_the_same_point(client: TestClient) -> None:
    answer = client.get(f"{BASE}/projection", params={"set": "reference", "method": "pca"})
    positions = floats(answer)
    assert positions.shape == (10_000, 2)
    about = json.loads(answer.headers["x-projection"])
    assert about["method"] == "pca"
    assert about["explained"][0] >= about["explained"][1] > 0
    assert positions[:, 0].var() > positions[:, 1].var()
    table = pa.ipc.open_stream(client.get(f"{BASE}/sets/data/columns").content).read_all()
    latents = table["latents"].slice(0, 5).to_pylist()
    placed = floats(client.post(f"{BASE}/projection/place", json={"latents": latents}))
    np.testing.assert_allclose(placed, positions[:5], atol=1e-5)
    unchanged = client.get(f"{BASE}/projection", headers={"if-none-match": answer.headers["etag"]})
    assert unchanged.status_code == 304


@pytest.mark.parametrize(
    ("query", "field"),
    [({"method": "magic"}, "method"), ({"dims": 7}, "dims"), ({"space": "w"}, "space"), ({"colour": "red"}, "colour")],
)
def test_a_map_that_is_none_is_refused(client: TestClient, query: dict[str, str], field: str) -> None:
    answer = client.get(f"{BASE}/projection", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_an_unknown_set_is_not_found(client: TestClient) -> None:
    for address in ("sets/none/columns", "sets/none/pictures?rows=1", "projection?set=none"):
        answer = client.get(f"{BASE}/{address}")
        assert answer.status_code == 404
        assert answer.json()["error"]["field"] == "set"


def test_every_set_of_every_model_has_columns_pictures_and_a_map(client: TestClient) -> None:
    for model in client.get("/api/models").json()["models"]:
        base = f"/api/models/{model['id']}"
        sets = client.get(f"{base}/sets").json()["sets"]
        assert sum(entry["default"] for entry in sets) == 1
        for entry in sets:
            table = pa.ipc.open_stream(client.get(f"{base}/sets/{entry['name']}/columns").content).read_all()
            assert table.num_rows == entry["count"]
            assert (table["label"].null_count == 0) == entry["labelled"]
            picture = client.get(f"{base}/sets/{entry['name']}/pictures", params={"rows": "0"})
            columns, rows, height, width = (int(size) for size in picture.headers["x-sheet"].split(","))
            assert (columns, rows) == (1, 1)
            assert opened(picture.content).shape[:2] == (height, width)
            assert floats(client.get(f"{base}/projection", params={"set": entry["name"]})).shape == (entry["count"], 2)
