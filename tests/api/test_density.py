"""The density of a map over HTTP."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.testclient import TestClient

from models.latent.contours import Contours

ADDRESS = "/api/models/fashion-vae-16/projection"


def test_its_levels_enclose_their_share_of_the_map(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}/density")
    assert answer.headers["x-shape"] == "96,96"
    about = json.loads(answer.headers["x-density"])
    values = np.frombuffer(answer.content, "<f4").reshape(96, 96)
    grid = Contours(values, tuple(about["extent"]), tuple(about["shares"]), tuple(about["levels"]))
    positions = np.frombuffer(client.get(ADDRESS).content, "<f4").reshape(-1, 2)
    for share, level in zip(grid.shares, grid.levels, strict=True):
        assert (grid.at(positions) >= level).mean() == pytest.approx(share, abs=0.005)


def test_only_flat_maps_have_contours(client: TestClient) -> None:
    answer = client.get(f"{ADDRESS}/density?dims=3")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "dims")
    assert client.get(f"{ADDRESS}/density?set=none").status_code == 404
