"""Facts of every row over HTTP: the file itself, or the job that finds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.waiting import found
from tests.unit import labelled_folder

SET = f"/api/models/{labelled_folder.ID}/sets"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    labelled_folder.write(tmp_path / "checkpoints")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with make_client(Settings(checkpoints=folder / "checkpoints", data=folder / "data")) as made:
        yield made


def test_they_are_a_job_at_first_and_a_file_from_then_on(client: TestClient) -> None:
    first = client.get(f"{SET}/data/facts")
    assert first.status_code == 202
    assert first.json()["kind"] == "measures"
    answer = found(client, f"{SET}/data/facts")
    assert answer.status_code == 200
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.schema.names == ["error", "unusual", "distance", "agrees"]
    assert table.num_rows == 40
    assert sum(table["agrees"].to_pylist()) >= 30  # the classes are three heaps
    assert client.get(f"{SET}/reference/facts").status_code == 200  # the same set


def test_a_set_without_labels_has_no_agreement(client: TestClient) -> None:
    table = pa.ipc.open_stream(found(client, f"{SET}/samples/facts").content).read_all()
    assert table["agrees"].null_count == table["error"].null_count == 5


def test_where_nothing_can_be_written_they_are_held_for_their_visitor(folder: Path) -> None:
    (folder / "data").write_text("not a folder")
    with make_client(Settings(checkpoints=folder / "checkpoints", data=folder / "data")) as client:
        assert found(client, f"{SET}/data/facts").status_code == 200
        client.cookies.clear()
        assert client.get(f"{SET}/data/facts").status_code == 202


def test_an_unknown_set_is_not_found(client: TestClient) -> None:
    answer = client.get(f"{SET}/none/facts")
    assert (answer.status_code, answer.json()["error"]["field"]) == (404, "set")
