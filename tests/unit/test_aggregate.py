"""The aggregate posterior against the prior, on distributions whose distance is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.analysis import aggregate
from models.analysis.aggregate import Floats


def normal(count: int, dimensions: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, dimensions), np.float32)


def test_two_sets_of_one_distribution_cannot_be_told_apart() -> None:
    random = np.random.default_rng(2)
    assert aggregate.separability(normal(4000, 8), normal(4000, 8, 1), random) == pytest.approx(0.5, abs=0.03)


def test_a_shift_is_seen_as_well_as_can_be() -> None:
    # Between two normals a distance d apart the best AUC is the normal distribution function at d / sqrt 2.
    shifted = normal(4000, 4) + np.array([1, 0, 0, 0], np.float32)
    best = 0.5 * (1 + math.erf(0.5))
    found = aggregate.separability(shifted, normal(4000, 4, 1), np.random.default_rng(2))
    assert best - 0.03 < found < best + 0.02


def test_a_shell_and_a_wrong_width_are_seen() -> None:
    wide = 1.3 * normal(4000, 16)
    # The best AUC is that of the norms: the chance that F(16, 16) exceeds 1 / 1.3^2.
    assert aggregate.separability(wide, normal(4000, 16, 1), np.random.default_rng(0)) == pytest.approx(0.848, abs=0.02)
    shell = normal(4000, 16)
    shell *= 4 / np.linalg.norm(shell, axis=1, keepdims=True)
    assert aggregate.separability(shell, normal(4000, 16, 1), np.random.default_rng(0)) > 0.9


def test_a_shift_of_length_s_moves_the_sliced_distance_to_s_over_the_root_of_the_dimensions() -> None:
    points = normal(2000, 9)
    shift = np.zeros(9, np.float32)
    shift[2] = 3.0
    found = aggregate.sliced_wasserstein(points + shift, points, np.random.default_rng(0), 2000)
    assert found == pytest.approx(1.0, rel=0.05)
    assert aggregate.sliced_wasserstein(points, points[::-1], np.random.default_rng(0)) == 0


def test_in_one_dimension_the_distance_is_that_of_the_widths() -> None:
    random = np.random.default_rng(0)
    points = normal(20_000, 1)
    assert aggregate.sliced_wasserstein(2 * points, points, random) == pytest.approx(1.0, rel=0.03)


def test_sets_of_unlike_size_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        aggregate.sliced_wasserstein(normal(5, 2), normal(6, 2), np.random.default_rng(0))


def test_posteriors_that_say_nothing_are_the_prior() -> None:
    nothing = np.zeros((500, 6), np.float32)
    found = aggregate.against_prior(nothing, nothing, draws=4000)
    assert found["auc"] == pytest.approx(0.5, abs=0.03)
    assert found["sliced_wasserstein"] < 1.5 * found["sliced_wasserstein_null"]
    assert found["draws"] == 4000


def test_sharp_posteriors_at_draws_of_the_prior_are_the_prior_and_at_one_place_are_not() -> None:
    sharp = np.full((4000, 6), -12.0, np.float32)
    assert aggregate.against_prior(normal(4000, 6, 7), sharp, draws=4000)["auc"] == pytest.approx(0.5, abs=0.03)
    away = aggregate.against_prior(normal(4000, 6, 7) * 0.3, sharp, draws=4000)
    assert away["auc"] > 0.95
    assert away["sliced_wasserstein"] == pytest.approx(0.7, abs=0.05)
