"""A direction between two groups, on normal distributions whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.latent.directions import cohens_d, difference


def normal(count: int, dims: int, seed: int, shift: float = 0.0) -> NDArray[np.float64]:
    rows = np.random.default_rng(seed).standard_normal((count, dims))
    rows[:, 0] += shift
    return rows


def test_two_gaussians_two_standard_deviations_apart() -> None:
    found = difference(normal(800, 4, 0), normal(800, 4, 1, shift=2))
    np.testing.assert_allclose(found.vector, [2, 0, 0, 0], atol=0.15)
    assert found.length == pytest.approx(2, abs=0.15)
    assert found.length_interval[0] < 2 < found.length_interval[1]
    assert found.effect == pytest.approx(2, abs=0.15)
    assert found.effect_interval[0] < 2 < found.effect_interval[1]
    assert found.cosine > 0.99
    assert found.cosine_interval[0] > 0.98


def test_two_groups_that_differ_in_nothing_have_no_effect() -> None:
    one, other = normal(60, 32, 0), normal(60, 32, 1)
    found = difference(one, other)
    assert abs(found.effect) < 0.35
    assert found.effect_interval[0] < 0 < found.effect_interval[1]
    assert found.cosine < 0.8
    unit = found.vector / np.linalg.norm(found.vector)
    assert cohens_d(one @ unit, other @ unit) > 0.9  # what the same points would have claimed


def test_the_interval_of_the_length_covers_the_truth_most_of_the_time() -> None:
    inside = 0
    for seed in range(40):
        found = difference(normal(200, 2, 2 * seed), normal(200, 2, 2 * seed + 1, shift=3), repeats=100)
        inside += found.length_interval[0] <= 3 <= found.length_interval[1]
    assert inside >= 33


def test_the_same_seed_answers_the_same() -> None:
    one, other = normal(20, 3, 0), normal(30, 3, 1)
    first, again = difference(one, other, seed=5), difference(one, other, seed=5)
    assert first.effect_interval == again.effect_interval
    assert difference(one, other, seed=6).effect_interval != first.effect_interval


def test_the_way_back_is_the_opposite_way() -> None:
    one, other = normal(50, 3, 0), normal(50, 3, 1, shift=1)
    np.testing.assert_array_equal(difference(one, other).vector, -difference(other, one).vector)


def test_groups_that_lie_on_two_points_have_no_effect_size() -> None:
    found = difference(np.zeros((6, 2)), np.ones((6, 2)))
    np.testing.assert_array_equal(found.vector, [1, 1])
    assert (found.effect, found.effect_interval) == (0, (0, 0))
    assert found.cosine == pytest.approx(1)


def test_what_has_no_direction_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        difference(np.zeros((4, 2)), np.ones((9, 2)))
    with pytest.raises(ValueError, match="at least 5"):
        difference(np.zeros((9, 2)), np.ones((9, 3)))
    with pytest.raises(ValueError, match="means"):
        difference(np.ones((9, 2)), np.ones((9, 2)))


def test_cohens_d_by_hand() -> None:
    assert cohens_d([0, 2], [3, 5]) == pytest.approx(3 / np.sqrt(2))
    assert np.isnan(cohens_d([0], [1, 2]))
    assert np.isnan(cohens_d([1, 1], [2, 2]))
