"""Unusual: distances to neighbours are what brute force says, and the percentile is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.latent.density import Unusual, active_dimensions
from tests.properties.strategies import SEEDS, Floats, gaussian_set


def _brute_force(rows: Floats, unusual: Unusual, z: Floats, active: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The definition, a loop at a time: mean distance to the k nearest but itself, over active dimensions."""
    kept = np.setdiff1d(np.arange(len(rows)), unusual.held_out)
    spread = rows[:, active].astype(np.float64).std(axis=0)
    answers = []
    for point in z.astype(np.float64):
        distances = sorted(np.linalg.norm((rows[kept][:, active] - point[active]) / spread, axis=1))
        if (rows[kept][:, active] == point[active].astype(np.float32)).all(axis=1).any():
            distances = distances[1:]
        answers.append(np.mean(distances[: unusual.k]))
    return np.array(answers)


@settings(deadline=None, max_examples=40)
@given(seed=SEEDS, count=st.integers(40, 300), size=st.integers(1, 12), k=st.integers(1, 15))
def test_the_distance_is_the_one_of_brute_force(seed: int, count: int, size: int, k: int) -> None:
    rows = gaussian_set(seed, count, size)
    active = np.random.default_rng(seed).random(size) < 0.7
    active[0] = True
    unusual = Unusual(rows, active, k=k, held_out=20, seed=seed)
    z = np.concatenate([gaussian_set(seed + 1, 5, size), rows[:5]])
    np.testing.assert_allclose(unusual.distance(z), _brute_force(rows, unusual, z, active), rtol=2e-3, atol=1e-5)


def test_a_reference_point_is_not_its_own_neighbour() -> None:
    rows = gaussian_set(2, 400, 4)
    unusual = Unusual(rows, k=1, held_out=50)
    kept = np.setdiff1d(np.arange(400), unusual.held_out)
    assert (unusual.distance(rows[kept]) > 0).all()
    # And so a reference point is judged like a held-out one: neither has itself in the reference.
    assert unusual.percentile(rows[kept]).mean() == pytest.approx(50, abs=8)


def test_true_duplicates_are_neighbours() -> None:
    rows = np.repeat(gaussian_set(3, 60, 3), 4, axis=0)
    unusual = Unusual(rows, k=1, held_out=60)
    assert (unusual.distance(rows) == 0).mean() > 0.9


@pytest.mark.parametrize("size", [2, 16, 64])
def test_the_percentile_is_uniform_on_points_of_the_same_kind(size: int) -> None:
    rows = gaussian_set(5, 9000, size)
    unusual = Unusual(rows[:6000])
    fresh = unusual.percentile(rows[6000:])
    np.testing.assert_allclose(np.quantile(fresh, [0.1, 0.25, 0.5, 0.75, 0.9]), [10, 25, 50, 75, 90], atol=6)
    held_out = unusual.percentile(rows[unusual.held_out])
    np.testing.assert_allclose(np.sort(held_out), (np.arange(1000) + 0.5) / 10, atol=0.06)


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, size=st.integers(1, 12), away=st.floats(50, 1e6))
def test_a_far_outlier_is_at_100(seed: int, size: int, away: float) -> None:
    rows = gaussian_set(seed, 300, size)
    outlier = rows.mean(axis=0) + away * rows.std(axis=0)
    assert Unusual(rows, held_out=90).percentile(outlier[np.newaxis])[0] == 100


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, count=st.integers(1, 600))
def test_a_point_does_not_depend_on_its_batch(seed: int, count: int) -> None:
    rows = gaussian_set(0, 500, 7)
    z = gaussian_set(seed, count, 7)
    unusual = Unusual(rows, held_out=100)
    together = unusual.percentile(z)
    chosen = np.random.default_rng(seed).integers(0, count, 3)
    np.testing.assert_array_equal(together[chosen], np.concatenate([unusual.percentile(z[i : i + 1]) for i in chosen]))


@settings(deadline=None, max_examples=25)
@given(seed=SEEDS, factors=st.lists(st.floats(0.01, 100), min_size=5, max_size=5))
def test_units_do_not_matter(seed: int, factors: list[float]) -> None:
    rows, z = gaussian_set(seed, 200, 5), gaussian_set(seed + 1, 20, 5)
    scale = np.array(factors, np.float32)
    plain, scaled = Unusual(rows, held_out=50), Unusual(rows * scale, held_out=50)
    np.testing.assert_allclose(scaled.distance(z * scale), plain.distance(z), rtol=1e-2, atol=1e-4)


def test_inactive_and_constant_dimensions_do_not_count() -> None:
    rows = gaussian_set(6, 300, 4)
    rows[:, 2] = 0.25
    unusual = Unusual(rows, active=[True, True, True, False])
    moved = rows[:10].copy()
    moved[:, 2:] += 1000
    np.testing.assert_array_equal(unusual.distance(moved), unusual.distance(rows[:10]))


def test_the_split_follows_the_seed() -> None:
    rows = gaussian_set(7, 300, 3)
    np.testing.assert_array_equal(Unusual(rows, seed=4).held_out, Unusual(rows, seed=4).held_out)
    assert set(Unusual(rows, seed=4).held_out) != set(Unusual(rows, seed=5).held_out)


@pytest.mark.parametrize("count", [3, 4, 7, 12])
def test_small_sets_work_with_as_many_neighbours_as_they_have(count: int) -> None:
    rows = gaussian_set(8, count, 2)
    unusual = Unusual(rows)
    assert np.isfinite(unusual.distance(rows)).all()
    assert ((unusual.percentile(rows) >= 0) & (unusual.percentile(rows) <= 100)).all()


def test_no_point_has_no_percentile() -> None:
    assert Unusual(gaussian_set(0, 20, 2)).percentile(np.empty((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("rows", "active", "message"),
    [
        (np.zeros((2, 3)), None, "at least 3 latents"),
        (np.zeros((20, 3)), None, "no dimension of this set is active"),
        (np.eye(20), np.zeros(20, bool), "no dimension of this set is active"),
        (np.full((20, 3), np.nan), None, "finite"),
    ],
)
def test_a_set_that_cannot_be_judged_by_is_refused(
    rows: NDArray[np.float64], active: NDArray[np.bool_] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Unusual(rows, active)


def test_a_latent_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected latents \(N, 2\)"):
        Unusual(gaussian_set(0, 20, 2)).distance(np.zeros((1, 3)))


def test_active_dimensions_are_those_whose_mean_varies() -> None:
    means = np.random.default_rng(0).standard_normal((2000, 3)) * [1.0, 0.11, 0.05]
    assert active_dimensions(means).tolist() == [True, True, False]
