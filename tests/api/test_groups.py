"""Groups and histograms over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.training.resampling import probabilities
from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.waiting import found
from tests.unit import generator_folder, labelled_folder

SET = f"/api/models/{labelled_folder.ID}/sets/data"
KINDS = f"/api/models/{generator_folder.ID}/sets/data"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("groups")
    labelled_folder.write(folder, brighter=0.3)
    other = tmp_path_factory.mktemp("kinds")
    generator_folder.write(other)
    (other / generator_folder.ID).rename(folder / generator_folder.ID)
    (other / "_data" / generator_folder.DATA).rename(folder / "_data" / generator_folder.DATA)
    with make_client(Settings(checkpoints=folder, data=tmp_path_factory.mktemp("data"))) as made:
        yield made


def test_the_group_with_the_wrong_picture_has_the_error(forged: TestClient) -> None:
    known = found(forged, f"{SET}/groups").json()
    assert [each["name"] for each in known["groups"]] == list(labelled_folder.CLASSES)
    assert sum(each["count"] for each in known["groups"]) == 40
    dark, grey, bright = known["groups"]
    assert dark["error"]["value"] == pytest.approx(0.3**2 / 14, rel=0.02)  # row 3 is dark, and one of 14
    assert dark["error"]["low"] <= dark["error"]["value"] <= dark["error"]["high"]
    assert grey["error"]["value"] < 1e-4
    assert bright["unusual"] is not None
    assert known["error"]["value"] == pytest.approx(0.3**2 / 40, rel=0.02)


def test_a_factor_s_groups_are_its_thirds(forged: TestClient) -> None:
    known = found(forged, f"{KINDS}/groups?by=lower").json()
    low, middle, high = known["groups"]
    assert [each["count"] for each in known["groups"]] == pytest.approx([133, 133, 134], abs=2)
    assert low["name"].startswith("up to")
    assert high["name"].startswith("above")
    assert middle["agreement"]["value"] == 1
    # The decoder at its last step draws dark pictures bright: by labels that is what the groups show.
    dark, bright = found(forged, f"{KINDS}/groups").json()["groups"]
    assert dark["error"]["low"] > 100 * bright["error"]["high"]


def test_groups_that_nobody_knows_are_not_found(forged: TestClient) -> None:
    answer = forged.get(f"{SET}/groups?by=age")
    assert (answer.status_code, answer.json()["error"]["field"]) == (404, "by")
    assert "label" in answer.json()["error"]["message"]
    none = forged.get(f"/api/models/{labelled_folder.ID}/sets/samples/groups")
    assert (none.status_code, none.json()["error"]["field"]) == (422, "set")


def test_histograms_count_every_row_and_name_the_ends(client: TestClient) -> None:
    known = client.get("/api/models/fashion-vae-16/sets/data/histograms?bins=10").json()
    latents = np.load(ROOT / "checkpoints/fashion-vae-16/sets/data.npy").astype(np.float32)
    sliders = client.get("/api/models/fashion-vae-16").json()["sliders"]
    assert [each["dim"] for each in known["histograms"]] == [s["dim"] for s in sliders if s["active"]]
    for each in known["histograms"]:
        values = latents[:, each["dim"]]
        assert sum(each["counts"]) == len(latents)
        assert each["counts"] == np.histogram(values, 10)[0].tolist()
        assert values[each["lowest"][0]] == values.min()
        assert values[each["highest"][0]] == values.max()
    active = sorted(s["dim"] for s in sliders if s["active"])
    weights = probabilities(latents[:, active], rule="maximum") * len(latents)
    assert known["weights"][0] == pytest.approx(weights.max(), abs=0.001)
    assert known["weights"] == sorted(known["weights"], reverse=True)
    assert weights[known["rarest"][0]] == weights.max()


def test_dimensions_that_hardly_vary_count_where_there_are_no_others(client: TestClient) -> None:
    known = client.get("/api/models/fashion-gan-collapsed/sets/data/histograms").json()
    assert known["weights"][0] > 5


def test_bins_are_bounded(client: TestClient) -> None:
    assert client.get("/api/models/fashion-vae-16/sets/data/histograms?bins=1").status_code == 422
