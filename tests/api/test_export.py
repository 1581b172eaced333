"""A set as a file for other tools: every form says the same."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from server import exporting
from server.settings import ROOT

ADDRESS = "/api/models/sprites-vae/sets/data/export"


def latents() -> np.ndarray:
    return np.asarray(np.load(ROOT / "checkpoints/sprites-vae/sets/data.npy"), np.float32)


def positions(client: TestClient) -> np.ndarray:
    return np.frombuffer(client.get("/api/models/sprites-vae/projection").content, "<f4").reshape(-1, 2)


@pytest.fixture(params=[700, exporting.ROWS], ids=["in parts", "as shipped"])
def rows_a_part(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS", request.param)


@pytest.mark.usefixtures("rows_a_part")
def test_csv(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}?format=csv&method=pca")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="sprites-vae-data.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(lines) == 5000
    assert list(lines[0])[:3] == ["row", "map_x", "map_y"]
    assert {"label", "factor_scale", "factor_shape", "latent_9"} <= set(lines[0])
    np.testing.assert_allclose([float(line["latent_3"]) for line in lines], latents()[:, 3], rtol=1e-5)
    np.testing.assert_allclose([float(line["map_y"]) for line in lines], positions(client)[:, 1], rtol=1e-4)
    assert [line["row"] for line in lines] == [str(row) for row in range(5000)]


@pytest.mark.usefixtures("rows_a_part")
def test_parquet(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}?format=parquet&method=pca&dims=3")
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 5000
    assert table.schema.names[:4] == ["row", "map_x", "map_y", "map_z"]
    np.testing.assert_array_equal(table["latent_3"].to_numpy(), latents()[:, 3])
    assert set(table["label"].to_pylist()) == {"square", "ellipse", "heart"}


@pytest.mark.usefixtures("rows_a_part")
def test_npy(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}?format=npy&method=pca")
    table = np.load(io.BytesIO(answer.content), allow_pickle=False)
    np.testing.assert_array_equal(table["latents"], latents())
    np.testing.assert_array_equal(table["map"], positions(client))
    assert table["label"][0] in ("square", "ellipse", "heart")


def test_without_a_method_there_are_no_positions(client: TestClient) -> None:
    table = np.load(io.BytesIO(client.get(f"{ADDRESS}?format=npy").content), allow_pickle=False)
    assert "map" not in (table.dtype.names or ())


def test_what_cannot_be_exported_is_refused(client: TestClient) -> None:
    assert client.get(f"{ADDRESS}?format=xls").status_code == 422
    wrong = client.get(f"{ADDRESS}?method=astrology")
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "method")
    assert client.get(ADDRESS.replace("data", "none")).status_code == 404
    assert client.get(f"{ADDRESS}?colour=red").status_code == 422
