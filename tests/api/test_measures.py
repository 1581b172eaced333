"""Measures of every row of a set over HTTP: a job, whose result is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.unit import labelled_folder

ADDRESS = f"/api/models/{labelled_folder.ID}/sets/{{}}/measures"
SECONDS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("labelled")
    labelled_folder.write(made / "checkpoints")
    return made


def serve(folder: Path) -> TestClient:
    return make_client(Settings(checkpoints=folder / "checkpoints", data=folder / "data"))


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with serve(folder) as made:
        yield made


def finished(client: TestClient, set_name: str) -> tuple[int, dict[str, Any]]:
    """The first answer's status, and the job once it is over."""
    answer = client.get(ADDRESS.format(set_name))
    assert answer.status_code in (200, 202), answer.text
    job: dict[str, Any] = answer.json()
    ends = time.monotonic() + SECONDS
    while job["state"] in ("queued", "running") and time.monotonic() < ends:
        time.sleep(0.05)
        job = client.get(answer.headers["location"]).json()
    assert job["state"] == "done", job
    return answer.status_code, job


def columns(client: TestClient, job: dict[str, Any]) -> dict[str, NDArray[np.float32]]:
    answer = client.get(job["result"])
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    table = pa.ipc.open_stream(answer.content).read_all()
    return {name: table[name].to_numpy() for name in table.schema.names}


def test_every_row_has_its_error_and_its_percentile(client: TestClient) -> None:
    _, job = finished(client, "data")
    assert job["kind"] == "measures"
    found = columns(client, job)
    assert list(found) == ["error", "unusual", "distance", "agrees"]
    assert [len(values) for values in found.values()] == [40, 40, 40, 40]
    assert int(found["error"].argmax()) == 3  # the picture that is not what the decoder draws
    assert int(found["distance"].argmax()) == int(found["unusual"].argmax()) == 7  # the row far from all others


def test_what_is_known_is_answered_at_once_even_after_a_restart(client: TestClient, folder: Path) -> None:
    _, first = finished(client, "data")
    status, again = finished(client, "reference")  # the same set under its other name
    assert status == 200
    assert again["id"] != first["id"]
    with serve(folder) as restarted:
        status, kept = finished(restarted, "data")
        assert status == 200
        for name, values in columns(client, first).items():
            np.testing.assert_array_equal(columns(restarted, kept)[name], values)


def test_a_set_of_the_model_s_own_pictures_has_no_errors(client: TestClient) -> None:
    _, job = finished(client, "samples")
    found = columns(client, job)
    assert np.isnan(found["error"].astype(float)).all()
    assert np.isfinite(found["unusual"]).all()


def test_other_pictures_are_measured_anew(tmp_path: Path) -> None:
    labelled_folder.write(tmp_path / "checkpoints")
    with serve(tmp_path) as client:
        assert finished(client, "data")[0] == 202
    name = labelled_folder.ID
    folder = tmp_path / "checkpoints" / name
    for path in sorted((tmp_path / "checkpoints").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    labelled_folder.write(tmp_path / "checkpoints", brighter=0.1)
    assert folder.exists()
    with serve(tmp_path) as client:
        status, job = finished(client, "data")
        assert status == 202
        assert columns(client, job)["error"][3] == pytest.approx(0.1**2, abs=0.001)


def test_an_unknown_set_is_not_found(client: TestClient) -> None:
    answer = client.get(ADDRESS.format("none"))
    assert answer.status_code == 404
    assert answer.json()["error"]["field"] == "set"
