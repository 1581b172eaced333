"""Frechet and kernel distance on cases whose answer is known, chance included."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis.fid import frechet, frechet_gaussian, kernel_distance

Floats = NDArray[np.float32]


def normal(count: int, dims: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, dims)).astype(np.float32)


class TestFrechet:
    def test_a_set_is_at_no_distance_from_itself(self) -> None:
        assert frechet(normal(500, 6), normal(500, 6)) == pytest.approx(0, abs=1e-6)

    def test_a_shift_is_its_squared_length(self) -> None:
        shift = np.array([3, 0, 4], np.float32)
        assert frechet(normal(400, 3), normal(400, 3) + shift) == pytest.approx(25, rel=1e-5)

    def test_two_gaussians_along_the_axes_are_the_sum_of_squared_differences_of_spreads(self) -> None:
        spreads, others = np.array([1.0, 2.0, 0.0]), np.array([4.0, 2.0, 1.0])
        found = frechet_gaussian(np.zeros(3), np.diag(spreads**2), np.ones(3), np.diag(others**2))
        assert found == pytest.approx(3 + 9 + 0 + 1)

    def test_a_turn_of_both_changes_nothing_and_neither_does_their_order(self) -> None:
        turn = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))[0].astype(np.float32)
        a, b = normal(300, 5), 2 * normal(300, 5, 1) + 1
        assert frechet(a @ turn, b @ turn) == pytest.approx(frechet(a, b), rel=1e-4)
        assert frechet(b, a) == pytest.approx(frechet(a, b), rel=1e-6)

    def test_fewer_rows_than_dimensions_are_no_trouble(self) -> None:
        assert np.isfinite(frechet(normal(10, 40), normal(10, 40, 1)))

    def test_few_rows_of_one_distribution_look_further_apart_than_many(self) -> None:
        few, many = (frechet(normal(n, 20), normal(n, 20, 1)) for n in (60, 4000))
        assert 0 < many < 0.2 < few

    @pytest.mark.parametrize("measure", [frechet, kernel_distance])
    def test_a_single_row_is_refused(self, measure: object) -> None:
        with pytest.raises(ValueError, match="at least two rows"):
            measure(normal(1, 3), normal(5, 3))  # type: ignore[operator]


class TestKernelDistance:
    def test_it_is_its_definition_over_all_pairs(self) -> None:
        a, b = normal(7, 3), normal(5, 3, 1) + 1

        def kernel(x: Floats, y: Floats) -> float:
            return float((x.astype(np.float64) @ y / 3 + 1) ** 3)

        own = np.mean([kernel(a[i], a[j]) for i in range(7) for j in range(7) if i != j])
        other = np.mean([kernel(b[i], b[j]) for i in range(5) for j in range(5) if i != j])
        between = np.mean([kernel(x, y) for x in a for y in b])
        assert kernel_distance(a, b) == pytest.approx(own + other - 2 * between, rel=1e-6)

    def test_of_one_distribution_it_is_zero_on_average_however_few_the_rows(self) -> None:
        found = [kernel_distance(normal(20, 4, seed), normal(20, 4, seed + 1000)) for seed in range(200)]
        assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(200)
        assert min(found) < 0 < max(found)

    def test_it_grows_with_the_distance(self) -> None:
        a = normal(200, 4)
        near, far = (kernel_distance(a, normal(200, 4, 1) + np.float32(shift)) for shift in (0.3, 1.0))
        assert 0 < near < far
