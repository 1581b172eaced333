"""The same pictures in several representations, computed here and not in a job's process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from server import representing
from server.catalog import Catalog
from server.errors import NotFound
from server.representing import compare, shared
from tests.unit import generator_folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    generator_folder.write(tmp_path)
    return Catalog(tmp_path)


def test_what_tells_the_kinds_apart_agrees_and_noise_does_by_chance(catalog: Catalog) -> None:
    known = shared(catalog, generator_folder.DATA)
    noise = np.random.default_rng(0).standard_normal((400, 3)).astype(np.float32)
    document, maps = compare(known.pictures, known.rows, {**known.latents, "noise": noise})
    agreement = {fact["name"]: fact["agreement"] for fact in document["representations"]}
    assert list(agreement) == ["pixels", "pixels-pca", generator_folder.ID, "noise"]
    assert agreement[generator_folder.ID]["value"] == 1
    assert agreement["noise"]["value"] == pytest.approx(document["chance"], abs=0.1)
    assert agreement["noise"]["low"] < agreement["noise"]["value"] < agreement["noise"]["high"]
    assert {name: places.shape for name, places in maps.items()} == dict.fromkeys(agreement, (400, 2))


def test_of_many_pictures_the_same_part_is_compared_each_time(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(representing, "MEASURED", 50)
    known = shared(catalog, generator_folder.DATA)
    assert len(known.rows) == 50
    assert (np.diff(known.rows) > 0).all()
    np.testing.assert_array_equal(known.rows, shared(catalog, generator_folder.DATA).rows)


def test_pictures_of_no_model_are_not_found(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match=generator_folder.DATA):
        shared(catalog, "holidays")
