"""What roads of known geometry measure."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.latent.path_measures import PathMeasures, changes, measure, parts, sentence, through

Floats = NDArray[np.float32]


def made(steps: list[float], unusual: list[float] | None = None) -> PathMeasures:
    return PathMeasures(np.array(steps), None if unusual is None else np.array(unusual))


def test_a_linear_decoder_changes_evenly_along_a_straight_line() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    a, b = np.zeros(4, np.float32), np.ones(4, np.float32)
    measured = measure(lambda z: (z @ weights).reshape(-1, 2, 3), through([a, b], "lerp", 100))
    assert measured.changes.shape == (100,)
    assert measured.continuity == pytest.approx(1, abs=1e-3)
    distance = np.sqrt(np.square(weights.sum(axis=0)).mean())
    assert measured.length == pytest.approx(distance, rel=1e-4)
    assert measured.unusual is None
    assert measured.off is None


def test_a_decoder_that_jumps_is_told_where() -> None:
    measured = measure(lambda z: (z > 0.605).astype(np.float32), through([[0.0], [1.0]], "lerp", 100))
    assert measured.length == pytest.approx(1)
    assert measured.continuity == pytest.approx(100)
    assert measured.fastest == pytest.approx(0.605, abs=0.005)
    assert sentence(measured).startswith("Jumps at 0.6;")


def test_a_jump_is_not_a_hole() -> None:
    jump = made([0.0, 0.0, 0.0, 1.0], [10.0] * 5)
    empty = made([0.1] * 4, [10.0, 99.0, 99.0, 96.0, 10.0])
    assert jump.continuity == 4
    assert jump.off == 0
    assert empty.continuity == pytest.approx(1)
    assert empty.off == pytest.approx(0.6)


def test_the_parts_of_a_long_road_lose_no_step() -> None:
    road = np.linspace(0, 1, 300, dtype=np.float32)[:, None]
    measured = measure(lambda z: z**2, road, lambda z: 100 * z[:, 0])
    np.testing.assert_allclose(measured.changes, np.diff(road[:, 0].astype(float) ** 2), atol=1e-6)
    assert [len(part) for part in parts(road)] == [65, 65, 65, 65, 44]
    assert measured.unusual is not None
    assert measured.unusual.shape == (300,)


@pytest.mark.parametrize(
    ("steps", "unusual", "words"),
    [
        ([1, 1, 1, 1], None, "Changes evenly; no data are known here, so nothing is known to be unusual."),
        (
            [1, 1, 1, 1],
            [0] * 5,
            "Changes evenly; no part of it lies further off the data than 95% of real pictures.",
        ),
        (
            [0, 0, 9, 0, 1],
            [99, 99, 99, 0, 0, 0],
            "Jumps at 0.5; half of it lies further off the data than 95% of real pictures.",
        ),
        (
            [1, 1, 1, 2.5],
            [99] * 5,
            "Changes fastest at 0.9; all of it lies further off the data than 95% of real pictures.",
        ),
        (
            [0, 0],
            None,
            "The picture does not change at all; no data are known here, so nothing is known to be unusual.",
        ),
    ],
)
def test_one_sentence_says_it(steps: list[float], unusual: list[float] | None, words: str) -> None:
    assert sentence(made(steps, unusual)) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.02, "a small part"),
        (0.1, "a tenth"),
        (0.2, "a fifth"),
        (0.25, "a quarter"),
        (0.33, "a third"),
        (0.5, "half"),
        (0.66, "two thirds"),
        (0.75, "three quarters"),
        (0.9, "most"),
        (0.99, "all"),
    ],
)
def test_shares_are_said_in_words(share: float, words: str) -> None:
    rows = [99.0] * round(100 * share) + [1.0] * (100 - round(100 * share))
    assert f"; {words} of it lie" in sentence(made([1.0] * 99, rows), "generated pictures")


def test_a_road_through_keyframes_has_each_of_them_once() -> None:
    keyframes = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    road = through(keyframes, "slerp", 10)
    assert road.shape == (21, 2)
    np.testing.assert_array_equal(road[[0, 10, 20]], keyframes)
    np.testing.assert_allclose(np.linalg.norm(road, axis=1), 1, atol=1e-6)


def test_changes_are_root_mean_squares() -> None:
    pictures = np.zeros((3, 2, 2, 1), np.float32)
    pictures[1, 0, 0] = 1
    np.testing.assert_allclose(changes(pictures), [0.5, 0.5])


def test_too_short_roads_are_refused() -> None:
    with pytest.raises(ValueError, match="2 points"):
        measure(np.sin, np.zeros((1, 3)))
    with pytest.raises(ValueError, match="2 keyframes"):
        through(np.zeros((1, 3)), "lerp", 5)
    with pytest.raises(ValueError, match="no interpolation"):
        through(np.zeros((2, 3)), "cubic", 5)
