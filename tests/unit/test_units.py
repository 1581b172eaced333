"""What distances between latents are measured in."""

from __future__ import annotations

import numpy as np
import pytest

from models.latent.density import Unusual
from models.latent.units import Units


def test_each_dimension_is_measured_in_its_own_spread() -> None:
    rows = np.random.default_rng(0).standard_normal((500, 3)) * (1, 10, 100) + (5, -3, 0)
    units = Units(rows)
    np.testing.assert_allclose(units.of(rows).std(axis=0), 1, rtol=1e-4)
    np.testing.assert_allclose(units.of(rows).mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(units.spread, rows.std(axis=0), rtol=1e-5)


def test_what_does_not_vary_or_is_not_active_does_not_count() -> None:
    rows = np.random.default_rng(0).standard_normal((50, 4))
    rows[:, 2] = 7
    assert Units(rows).dims.tolist() == [0, 1, 3]
    assert Units(rows, active=[True, False, True, True]).dims.tolist() == [0, 3]
    assert Units(rows, active=[True, False, True, True]).of(rows).shape == (50, 2)


def test_a_set_without_any_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="no dimension"):
        Units(np.ones((5, 2)))
    with pytest.raises(ValueError, match="finite"):
        Units([[np.nan], [1.0]])
    with pytest.raises(ValueError, match="expected latents"):
        Units(np.empty((0, 2)))
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        Units([[1, 2], [3, 4]]).of([[1, 2, 3]])


def test_the_unusual_is_measured_in_the_same_units() -> None:
    rows = np.random.default_rng(0).standard_normal((300, 2)) * (1, 50)
    np.testing.assert_array_equal(Unusual(rows).units.of(rows), Units(rows).of(rows))
