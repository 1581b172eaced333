"""Lines of equal probability, even lines, and the points where two of them cross."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.latent.grids import even_steps, gaussian_steps, grid


def test_gaussian_steps_are_the_middles_of_parts_of_equal_probability() -> None:
    (values,) = gaussian_steps(0.0, 1.0, 5)
    np.testing.assert_allclose(values, [-1.28155, -0.52440, 0, 0.52440, 1.28155], atol=1e-5)


@given(st.floats(-50, 50), st.floats(0.01, 20), st.integers(1, 64))
def test_each_part_holds_as_many_draws_as_any_other(mean: float, std: float, steps: int) -> None:
    (values,) = gaussian_steps(mean, std, steps)
    shares = [NormalDist(mean, std).cdf(float(value)) for value in values]
    np.testing.assert_allclose(shares, (np.arange(steps) + 0.5) / steps, atol=1e-4)


def test_draws_fall_evenly_into_the_cells_of_the_grid() -> None:
    steps, mean, std = 8, np.array([3.0, -1.0]), np.array([0.5, 2.0])
    draws = np.random.default_rng(0).normal(mean, std, (40_000, 2))
    edges = [[NormalDist(m, s).inv_cdf(k / steps) for k in range(1, steps)] for m, s in zip(mean, std, strict=True)]
    cells = [np.searchsorted(edge, column) for edge, column in zip(edges, draws.T, strict=True)]
    counts = np.bincount(cells[0] * steps + cells[1], minlength=steps**2)
    expected = len(draws) / steps**2
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert chi_squared < 110  # 63 degrees of freedom: more has a chance of 0.0002
    for dim, values in enumerate(gaussian_steps(mean, std, steps)):
        assert list(np.searchsorted(edges[dim], values)) == list(range(steps))  # one value in each part


@pytest.mark.parametrize(("mean", "std", "steps"), [(0, 0, 3), (0, 1, 0), ([0, 0], [1], 3), (0, float("nan"), 3)])
def test_gaussian_steps_refuse_what_is_no_gaussian(mean: object, std: object, steps: int) -> None:
    with pytest.raises(ValueError, match="expected steps"):
        gaussian_steps(mean, std, steps)  # type: ignore[arg-type]


def test_even_steps_hold_both_ends() -> None:
    np.testing.assert_allclose(even_steps([[0, 1], [-3, 3]], 3), np.array([[0, 0.5, 1], [-3, 0, 3]]))
    with pytest.raises(ValueError, match="expected spans"):
        even_steps([[0, 1]], 1)
    with pytest.raises(ValueError, match="expected spans"):
        even_steps([0, 1], 3)


def test_a_grid_moves_two_dimensions_and_leaves_the_rest() -> None:
    plane = grid([9, 8, 7, 6], (2, 0), [1, 2, 3], [-1, -2])
    assert plane.shape == (2, 3, 4)
    np.testing.assert_array_equal(plane[:, :, 1], 8)
    np.testing.assert_array_equal(plane[:, :, 3], 6)
    np.testing.assert_array_equal(plane[0, :, 2], [1, 2, 3])
    np.testing.assert_array_equal(plane[:, 1, 0], [-1, -2])


def test_a_grid_refuses_what_is_no_plane() -> None:
    with pytest.raises(ValueError, match="two different"):
        grid([0, 0], (1, 1), [0], [0])
    with pytest.raises(ValueError, match="two different"):
        grid([[0, 0]], (0, 1), [0], [0])
    with pytest.raises(IndexError, match="0 to 1"):
        grid([0, 0], (0, 2), [0], [0])
    with pytest.raises(IndexError, match="0 to 1"):
        grid([0, 0], (-1, 0), [0], [0])
