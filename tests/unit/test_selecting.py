"""Facts of a selection where labels and factors are not known of every row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from server.catalog import Catalog
from server.errors import BadRequest
from server.grouping import groups
from server.measuring import measure
from server.opened import OpenedModel, Points
from server.runtimes import choose
from server.schemas.selections import Selected
from server.selecting import chosen, describe, direction
from tests.unit import generator_folder


@pytest.fixture
def opened(tmp_path: Path) -> OpenedModel:
    generator_folder.write(tmp_path)
    return OpenedModel(Catalog(tmp_path), choose("onnx", "cpu"), generator_folder.ID)


def half_known(opened: OpenedModel) -> Points:
    """The set, with no label and no factor for the first two hundred rows."""
    points = opened.points()
    assert points.pictures is not None
    points.pictures.labels[:200] = -1
    points.pictures.factors[0].values[:200] = np.nan
    return points


def test_unknown_labels_are_no_class(opened: OpenedModel) -> None:
    points = half_known(opened)
    known = describe(opened, points, np.arange(100, 300), None)
    assert sum(each.count for each in known.classes) == 100
    assert sum(each.share for each in known.classes) == pytest.approx(0.5)
    assert {each.name for each in known.classes} == {"dark", "bright"}
    assert points.pictures is not None
    assert known.factors[0].mean == pytest.approx(points.pictures.factors[0].values[200:300].mean(), abs=1e-5)
    nothing = describe(opened, points, np.arange(50), None)
    assert (nothing.classes, nothing.factors[0].mean) == ([], None)


def test_agreement_is_measured_among_the_rows_that_have_a_label(opened: OpenedModel) -> None:
    points = half_known(opened)
    found = measure(opened, "data")
    assert found.agrees is not None
    assert np.isnan(found.agrees[:200]).all()
    assert found.agrees[200:].mean() == 1
    assert describe(opened, points, np.arange(50), found).agreement is None
    both = describe(opened, points, np.arange(150, 250), found).agreement
    assert both is not None
    assert (both.mean, both.measured) == (1, 50)
    answer = groups(points, "label", found)
    assert sum(each.count for each in answer.groups) == 200
    points.pictures.labels[:395] = -1  # type: ignore[union-attr]
    assert measure(opened, "data").agrees is None  # five rows have no ten neighbours


def test_changes_are_those_of_what_is_known(opened: OpenedModel) -> None:
    points = half_known(opened)
    known = direction(points, np.arange(190, 300), np.arange(300, 400), 0)
    assert all(np.isfinite(change.effect) for change in known.changes)
    assert "lower" in {change.name for change in known.changes}
    assert "lower" not in {change.name for change in direction(points, np.arange(50), np.arange(50, 99), 0).changes}


def test_rows_are_each_once_and_in_order(opened: OpenedModel) -> None:
    points = opened.points()
    np.testing.assert_array_equal(chosen(points, Selected(rows=[5, 3, 5])), [3, 5])
    np.testing.assert_array_equal(chosen(points, Selected(bits="BQ==")), [0, 2])  # 00000101
    with pytest.raises(BadRequest, match="no row"):
        chosen(points, Selected(bits="AA=="))


def test_very_many_rows_are_measured_in_part(opened: OpenedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.selecting.MEASURED", 30)
    monkeypatch.setattr("server.selecting.BOOTSTRAPPED", 40)
    points = opened.points()
    known = describe(opened, points, np.arange(400), None)
    assert known.unusual is not None
    assert known.unusual.measured == 30
    assert direction(points, np.arange(20), np.arange(100, 300), 0).measured == (20, 40)


def test_a_set_without_pictures_has_neither_classes_nor_changes(opened: OpenedModel) -> None:
    points = replace(opened.points(), pictures=None)
    known = describe(opened, points, np.arange(10), None)
    assert (known.classes, known.factors) == ([], [])
    assert direction(points, np.arange(20), np.arange(20, 60), 0).changes == []
