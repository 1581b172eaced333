"""Which real rows samples reach: a generator that misses a mode misses exactly that one, a perfect one none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis.reach import Real, halves
from models.analysis.regions import regions

Floats = NDArray[np.float32]
CENTRES = np.array([[0, 0], [20, 0], [0, 20], [20, 20]], np.float32)


def modes(count: int, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Four clusters far apart, and which one each point is of."""
    random = np.random.default_rng(seed)
    of = random.integers(0, 4, count)
    return CENTRES[of] + random.standard_normal((count, 2)).astype(np.float32), of


def test_a_perfect_generator_reaches_as_much_as_the_data_do() -> None:
    real, _ = modes(2000, 0)
    known = Real(real)
    found = known.reached(modes(1000, 1)[0])
    assert known.by_data.mean() > 0.95  # with k = 5, 1 - 2^-5 = 0.97 in expectation
    assert found.mean() == pytest.approx(known.by_data.mean(), abs=0.03)
    assert regions(real, ~found) == ()


def test_a_generator_that_misses_a_mode_misses_exactly_that_one() -> None:
    real, of = modes(2000, 0)
    fake, fake_of = modes(1400, 1)
    found = Real(real).reached(fake[fake_of != 2])
    assert found[of == 2].sum() == 0
    assert found[of != 2].mean() > 0.93
    (region,) = regions(real, ~found)
    assert set(of[region.rows]) == {2}
    assert len(region.rows) >= 0.97 * (of == 2).sum()
    np.testing.assert_allclose(region.centre, CENTRES[2], atol=0.3)
    assert np.linalg.norm(real[region.rows[0]] - region.centre) < 0.5  # the first row is in the middle


def test_one_sample_for_all_reaches_nearly_nothing() -> None:
    real, _ = modes(2000, 0)
    found = Real(real).reached(np.zeros((1000, 2), np.float32))
    assert 0 < found.mean() < 0.02
    assert len(regions(real, ~found)) == 4


def test_two_missing_modes_are_two_regions_the_larger_first() -> None:
    real, of = modes(3000, 0)
    keep = (of != 1) | (np.arange(3000) % 2 == 0)
    real, of = real[keep], of[keep]
    found = regions(real, np.isin(of, (1, 3)))
    assert [set(of[region.rows]) for region in found] == [{3}, {1}]


def test_points_missed_here_and_there_make_no_region() -> None:
    real, _ = modes(2000, 0)
    assert regions(real, np.random.default_rng(2).uniform(size=2000) < 0.3) == ()
    assert regions(real, np.zeros(2000, bool)) == ()
    assert regions(real[:10], np.ones(10, bool)) == ()


def test_halves_are_everything_once() -> None:
    first, second = halves(11)
    assert (len(first), len(second)) == (5, 6)
    assert sorted([*first, *second]) == list(range(11))


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        Real(np.zeros((11, 2)))
    with pytest.raises(ValueError, match=r"\(M, 2\)"):
        Real(modes(20, 0)[0]).reached(np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"\(M, 2\)"):
        Real(modes(20, 0)[0]).reached(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="marks"):
        regions(np.zeros((20, 2)), np.zeros(19, bool))
