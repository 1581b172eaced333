"""Coverage over HTTP: a generator that forgets one of its two kinds of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import Settings
from tests.api.conftest import make_client
from tests.api.waiting import found
from tests.unit import generator_folder, labelled_folder

ADDRESS = f"/api/models/{generator_folder.ID}/coverage"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("coverage")
    generator_folder.write(folder)
    with make_client(Settings(checkpoints=folder, data=tmp_path_factory.mktemp("data"))) as made:
        yield made


def test_over_the_training_a_kind_is_forgotten(client: TestClient) -> None:
    known = found(client, ADDRESS).json()
    early, late = known["steps"]
    assert (known["real"], known["samples"], known["set"]) == (400, 200, "data")
    assert [early["label"], late["label"]] == list(generator_folder.STEPS)
    assert known["classifier"] == 1
    assert known["ceiling"] > 0.85
    assert early["coverage"] == pytest.approx(known["ceiling"], abs=0.08)
    assert early["entropy"] == pytest.approx(np.log(2), abs=0.02)
    dark, bright = late["classes"]
    assert (dark["coverage"], dark["drawn"], dark["missing"]) == (0, 0, True)
    assert bright["coverage"] > 0.85
    assert not bright["missing"]
    assert late["entropy"] == 0
    assert not any(each["missing"] for each in early["classes"])


def test_the_region_that_no_sample_reaches_is_just_that_kind(client: TestClient) -> None:
    found(client, ADDRESS)
    known = client.get(f"{ADDRESS}/map").json()
    dark = np.flatnonzero(generator_folder.labels() == 0)
    assert known["step"] == 1
    assert set(dark) <= set(known["unreached"])
    (region,) = known["regions"]
    assert region["classes"] == [["dark", 1]]
    assert region["count"] >= 0.95 * len(dark)
    assert set(region["rows"]) <= set(dark.tolist())
    assert len(known["samples"]) == 200
    early = client.get(f"{ADDRESS}/map?step=0").json()
    assert early["regions"] == []
    assert (early["step"], early["judged"]) == (0, 400)
    # Encoded samples lie where encoded real pictures of their kind lie, and nowhere else at the late step.
    assert np.ptp(np.array(early["samples"]).T[0]) > 1.5
    assert min(np.ptp(np.array(known["samples"]), axis=0)) < 0.5


def test_it_is_computed_once(client: TestClient) -> None:
    first = found(client, ADDRESS)
    assert first.status_code == 200
    client.cookies.clear()
    again = client.get(ADDRESS)
    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize(("query", "field"), [("step=2", "step"), ("dims=3", "dims"), ("set=none", "set")])
def test_what_has_no_map_is_refused(client: TestClient, query: str, field: str) -> None:
    found(client, ADDRESS)
    answer = client.get(f"{ADDRESS}/map?{query}")
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["field"] == field


def test_a_model_without_encoder_has_nothing_to_compare(tmp_path: Path) -> None:
    labelled_folder.write(tmp_path / "checkpoints")
    with make_client(Settings(checkpoints=tmp_path / "checkpoints", data=tmp_path / "data")) as client:
        answer = client.get(f"/api/models/{labelled_folder.ID}/coverage")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unsupported")
