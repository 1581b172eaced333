"""Groups of a set: classes, categories, the values of an ordered factor, thirds of a number."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data.imageset import Factor
from server.catalog import Catalog
from server.errors import BadRequest, NotFound
from server.grouping import groups, histograms, known
from server.measuring import measure
from server.opened import OpenedModel
from server.runtimes import choose
from tests.unit import generator_folder


@pytest.fixture
def opened(tmp_path: Path) -> OpenedModel:
    generator_folder.write(tmp_path)
    return OpenedModel(Catalog(tmp_path), choose("onnx", "cpu"), generator_folder.ID)


def test_an_ordered_factor_of_few_values_has_a_group_for_each(opened: OpenedModel) -> None:
    points = opened.points()
    assert points.pictures is not None
    sizes = Factor("size", "ordered", np.tile([0.5, 1, np.nan, 2], 100).astype(np.float32), ())
    kinds = Factor("kind", "categorical", np.tile([0, 1, -1, 1], 100).astype(np.float32), ("round", "square"))
    points.pictures.__dict__["factors"] = (sizes, kinds)
    of, names = known(points, "size")
    assert names == ["0.5", "1", "2"]
    assert of[:4].tolist() == [0, 1, -1, 2]
    measures = measure(opened, "data")
    assert [(each.name, each.count) for each in groups(points, "kind", measures).groups] == [
        ("round", 100),
        ("square", 200),
    ]
    empty = replace(measures, error=None, unusual=None, agrees=None)
    assert groups(points, "size", empty).groups[0].error is None


def test_what_is_not_known_has_no_groups(opened: OpenedModel) -> None:
    with pytest.raises(NotFound, match="label, lower"):
        known(opened.points(), "age")
    with pytest.raises(BadRequest, match="no groups"):
        known(replace(opened.points(), pictures=None), "label")


def test_a_set_without_spread_has_a_histogram_all_the_same(opened: OpenedModel) -> None:
    points = opened.points()
    one = replace(points, latents=np.ones_like(points.latents), spec=replace(points.spec, space="w"))
    found = histograms(opened, one, 5)
    assert found.histograms == []
    assert len(found.rarest) == 24
