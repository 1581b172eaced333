"""Test pictures shared by the models of a data set: kept where they are right, the first ones of many."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data.folder import PictureSet
from models.exporting.folder import share_pictures
from tests.unit.test_data_folder import known, pictures

pytestmark = pytest.mark.needs_torch


def test_right_pictures_are_kept_and_other_facts_about_them_are_written_anew(tmp_path: Path) -> None:
    images = known(5)
    assert share_pictures(tmp_path / "set", images) == 5
    before = (tmp_path / "set" / "set.json").stat().st_ino
    assert share_pictures(tmp_path / "set", images) == 5
    assert (tmp_path / "set" / "set.json").stat().st_ino == before
    turned = (replace(images.factors[0], values=-images.factors[0].values), images.factors[1])
    assert share_pictures(tmp_path / "set", replace(images, factors=turned)) == 5
    np.testing.assert_array_equal(PictureSet(tmp_path / "set").factors[0].values, turned[0].values)


def test_of_many_colour_pictures_the_first_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.exporting.folder.COLOURED", 3)
    assert share_pictures(tmp_path / "set", known(5)) == 3
    np.testing.assert_array_equal(PictureSet(tmp_path / "set").images, known(5).images[:3])
    assert len(PictureSet(tmp_path / "set").factors[0].values) == 3
    assert share_pictures(tmp_path / "gray", pictures(5, 4, 4, 1)) == 5


def test_a_variation_of_a_set_takes_half_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.exporting.folder.COLOURED", 4)
    monkeypatch.setattr("models.exporting.folder.VARIATIONS", (known(5).name,))
    assert share_pictures(tmp_path / "set", known(5)) == 2
