"""Sprites: every factor does what it says, and no picture stands in both splits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.data import sprites

CENTRE = [0, 5, 0, 16, 16]  # shape, scale, orientation, x, y


def drawn(*rows: list[int]) -> NDArray[np.float64]:
    return sprites.draw(np.array(rows))[..., 0] / 255.0


def middle(picture: NDArray[np.float64]) -> tuple[float, float]:
    rows, columns = np.nonzero(picture)
    return float(columns.mean()), float(rows.mean())


def test_pictures_are_black_and_white_and_whole() -> None:
    largest = [[shape, 5, turn, x, y] for shape in range(3) for turn in (0, 5) for x in (0, 31) for y in (0, 31)]
    pictures = drawn(*largest)
    assert pictures.shape == (24, 64, 64)
    assert set(np.unique(pictures)) == {0.0, 1.0}
    for edge in (pictures[:, 0], pictures[:, -1], pictures[:, :, 0], pictures[:, :, -1]):
        assert not edge.any()  # nothing is cut off, even in the corners


def test_x_goes_right_and_y_goes_down_a_pixel_a_step() -> None:
    here, right, down = drawn(CENTRE, [0, 5, 0, 21, 16], [0, 5, 0, 16, 19])
    assert np.subtract(middle(right), middle(here)) == pytest.approx([5, 0])
    assert np.subtract(middle(down), middle(here)) == pytest.approx([0, 3])


@pytest.mark.parametrize("shape", range(3))
def test_the_area_grows_with_the_square_of_the_scale(shape: int) -> None:
    small, large = (picture.sum() for picture in drawn([shape, 0, 0, 16, 16], [shape, 5, 0, 16, 16]))
    assert large / small == pytest.approx(4.0, rel=0.25)


def test_turns_that_a_shape_does_not_show_are_the_ones_stated() -> None:
    for shape, period in ((0, 10), (1, 20)):
        same, turned = drawn([shape, 5, 3, 16, 16], [shape, 5, 3 + period, 16, 16])
        assert np.abs(same - turned).sum() <= 0.02 * same.sum()
    heart, upside_down = drawn([2, 5, 0, 16, 16], [2, 5, 20, 16, 16])
    assert np.abs(heart - upside_down).sum() > 0.1 * heart.sum()


def test_orientation_is_counter_clockwise() -> None:
    ellipse = drawn([1, 5, 4, 16, 16])[0]  # 36 degrees
    rows, columns = np.nonzero(ellipse)
    assert np.corrcoef(columns, -rows)[0, 1] > 0.3  # its right end points up


def test_places_on_the_grid_are_factors_and_back() -> None:
    places = np.array([0, 1, 32, 1024, sprites.GRID - 1])
    found = sprites.factors_of(places)
    assert found.tolist() == [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [2, 5, 39, 31, 31]]
    assert np.ravel_multi_index(tuple(found.T), tuple(sprites.COUNTS.values())).tolist() == places.tolist()


def test_a_split_has_its_factors_by_name_and_shares_no_picture_with_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sprites, "DRAWN", {"train": 300, "test": 100})
    train, test = sprites.load("train"), sprites.load("test")
    assert (len(train.images), len(test.images)) == (300, 100)
    assert [factor.name for factor in train.factors] == ["shape", "scale", "orientation", "x", "y"]
    assert train.factor("shape").categories == sprites.SHAPES
    assert np.array_equal(train.factor("shape").values, train.labels)
    rows = [np.stack([factor.values for factor in each.factors], axis=1) for each in (train, test)]
    both = np.concatenate(rows)
    assert len(np.unique(both, axis=0)) == 400
    assert np.array_equal(train.images, sprites.load("train").images)
    assert train.first(7).images.shape == (7, 64, 64, 1)
    with pytest.raises(KeyError, match="sprites knows no factor 'colour'; it knows shape, scale"):
        train.factor("colour")
    with pytest.raises(KeyError):
        sprites.load("validation")
