"""Drawn faces: every factor is to be seen, and where it belongs; nothing appears or vanishes on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.data import scrambled_faces
from models.data.face_drawing import BEARDS, GLASSES, HAIR_STYLES, SIZE, Face, drawn, raster
from models.data.face_factors import FACTORS, Categorical, Continuous
from models.data.face_shapes import Pose, css, mix, palette, smooth

UPPER, LOWER = slice(0, 37), slice(38, None)  # rows above the cheeks and below the eyes of a face seen from the front


def picture(face: Face) -> NDArray[np.float64]:
    return raster(drawn(face)).astype(float)


def altered(face: Face, **values: Any) -> Face:
    return replace(face, **values)


def changed(first: Face, second: Face) -> NDArray[np.float64]:
    """How far each pixel moves, (SIZE, SIZE)."""
    found: NDArray[np.float64] = np.abs(picture(first) - picture(second)).max(axis=2)
    return found


def test_a_face_is_a_picture_and_the_same_one_again() -> None:
    first, again = raster(drawn(Face())), raster(drawn(Face()))
    assert first.shape == (SIZE, SIZE, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("factor", FACTORS, ids=lambda factor: factor.name)
def test_every_factor_is_to_be_seen(factor: Continuous | Categorical) -> None:
    ends = (factor.low, factor.high) if isinstance(factor, Continuous) else (0, len(factor.categories) - 1)
    low, high = (altered(Face(), **{factor.name: end}) for end in ends)
    assert np.square(picture(low) - picture(high)).mean() > 25


@pytest.mark.parametrize(
    ("low", "high", "still"),
    [
        ({"smile": -1.0}, {"smile": 1.0}, UPPER),
        ({"mouth_opening": 0.0}, {"mouth_opening": 1.0}, UPPER),
        ({"beard": 0}, {"beard": 1}, UPPER),
        ({"eye_opening": 0.0}, {"eye_opening": 1.0}, LOWER),
        ({"brow": 0.0}, {"brow": 1.0}, LOWER),
        ({"glasses": 0}, {"glasses": 1}, slice(44, None)),
    ],
)
def test_a_feature_moves_nothing_but_its_part_of_the_face(
    low: dict[str, float], high: dict[str, float], still: slice
) -> None:
    moved = changed(altered(Face(), **low), altered(Face(), **high))
    assert moved[still].max() == 0
    assert moved.max() > 60


def test_the_background_moves_only_the_background_and_the_shirt() -> None:
    moved = changed(replace(Face(), ground=0.0), replace(Face(), ground=1.0))
    assert moved[12:52, 22:42].max() == 0
    assert moved[:4].min() > 10


@pytest.mark.parametrize("style", range(len(HAIR_STYLES)))
@pytest.mark.parametrize(
    "factor", [factor for factor in FACTORS if isinstance(factor, Continuous)], ids=lambda f: f.name
)
def test_no_part_appears_or_vanishes_while_a_factor_goes_its_way(factor: Continuous, style: int) -> None:
    face = replace(Face(), hair_style=style, glasses=1, beard=2)
    steps = [altered(face, **{factor.name: float(value)}) for value in np.linspace(factor.low, factor.high, 21)]
    parts = {drawn(step).count("<") for step in steps}
    assert len(parts) == 1 or factor.name == "yaw"  # the farther temple of the glasses fades and then is left out


def test_scrambled_faces_are_reproducible_and_differ() -> None:
    pictures = [raster(scrambled_faces.drawn(np.random.default_rng(seed))) for seed in (1, 1, 2, 3)]
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert len({one.tobytes() for one in pictures}) == 3


def test_names_of_kinds_begin_with_what_takes_nothing() -> None:
    assert (HAIR_STYLES[0], GLASSES[0], BEARDS[0]) == ("bald", "none", "none")


def test_a_head_that_looks_ahead_shows_its_points_where_they_are() -> None:
    ahead = Pose(0.0, 0.0, 1.0)
    assert ahead.on(10.0, -5.0) == pytest.approx((10.0, -5.0))
    assert ahead.rim(-7.0, 3.0, 9.0) == pytest.approx((-7.0, 3.0))
    assert Pose(0.0, 0.0, 1.1).on(10.0, 0.0)[0] == pytest.approx(11.0)


def test_a_turned_head_moves_what_stands_out_the_most() -> None:
    right, up = Pose(20.0, 0.0, 1.0), Pose(0.0, 20.0, 1.0)
    tip, cheek, bun = right.on(0.0, 8.0, 8.0)[0], right.on(0.0, 8.0)[0], right.rim(0.0, -40.0, -14.0)[0]
    assert tip > cheek > 0 > bun
    assert up.on(0.0, 0.0)[1] < 0


def test_palettes_meet_their_stops_and_colours_are_written_as_css() -> None:
    stops = ("#000000", "#ff0000", "#ffffff")
    assert [css(palette(stops, at)) for at in (0.0, 0.5, 1.0, 2.0)] == ["#000000", "#ff0000", "#ffffff", "#ffffff"]
    assert css(mix((0, 0, 0), (100, 200, 50), 0.5)) == "#326419"


def test_smooth_paths_pass_through_their_points() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    for closed, curves in ((True, 3), (False, 2)):
        data = smooth(points, closed=closed)
        assert data.startswith("M0.00 0.00C")
        assert data.count("C") == curves
        assert data.endswith("Z") == closed
        assert all(f"{x:.2f} {y:.2f}" in data for x, y in points)
