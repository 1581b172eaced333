"""The same pictures in several representations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.waiting import found
from tests.unit import generator_folder

ADDRESS = "/api/representations"
HERE = f"{ADDRESS}?data={generator_folder.DATA}"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("representations")
    generator_folder.write(folder)
    with make_client(Settings(checkpoints=folder, data=tmp_path_factory.mktemp("data"))) as made:
        yield made


def test_two_kinds_far_apart_agree_wholly_in_each(forged: TestClient) -> None:
    known = found(forged, HERE).json()
    assert [each["name"] for each in known["representations"]] == ["pixels", "pixels-pca", generator_folder.ID]
    assert [each["size"] for each in known["representations"]] == [6, 2, 2]
    for each in known["representations"]:
        assert each["title"]
        assert each["agreement"] == {"value": 1, "low": 1, "high": 1}
    assert known["rows"] == list(range(400))
    assert known["labels"] == generator_folder.labels().tolist()
    assert known["chance"] == pytest.approx(max(np.bincount(generator_folder.labels())) / 400)


def test_each_has_a_map_that_tells_the_kinds_apart(forged: TestClient) -> None:
    found(forged, HERE)
    for name in ("pixels", "pixels-pca", generator_folder.ID):
        answer = forged.get(f"{ADDRESS}/positions?data={generator_folder.DATA}&name={name}")
        assert answer.headers["x-shape"] == "400,2"
        first = np.frombuffer(answer.content, "<f4").reshape(400, 2)[:, 0]
        dark, bright = (first[generator_folder.labels() == kind] for kind in (0, 1))
        assert dark.max() < bright.min() or bright.max() < dark.min()
    assert forged.get(f"{ADDRESS}/positions?data={generator_folder.DATA}&name=none").status_code == 404


def test_positions_come_after_the_comparison(tmp_path: Path) -> None:
    generator_folder.write(tmp_path / "checkpoints")
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        answer = client.get(f"{ADDRESS}/positions?data={generator_folder.DATA}&name=pixels")
    assert answer.status_code == 404
    assert "compared" in answer.json()["error"]["message"]


def test_pictures_that_no_model_knows_are_not_found(forged: TestClient) -> None:
    answer = forged.get(f"{ADDRESS}?data=holidays")
    assert (answer.status_code, answer.json()["error"]["field"]) == (404, "data")
    assert generator_folder.DATA in answer.json()["error"]["message"]
