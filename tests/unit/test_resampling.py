"""Adaptive resampling: the rare is drawn more often, by both rules, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.training.resampling import Rule, effective_share, probabilities

RULES: tuple[Rule, ...] = ("product", "maximum")


def two_clusters(count: int = 1000, rare: float = 0.05) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One dimension with a rare value, as (N, 1), and which rows have it."""
    is_rare = np.arange(count) < rare * count
    return np.where(is_rare, 1.0, 0.0).astype(np.float32)[:, None], is_rare


@pytest.mark.parametrize("rule", RULES)
class TestBothRules:
    def test_two_values_are_drawn_evenly_however_rare_one_of_them_is(self, rule: Rule) -> None:
        means, rare = two_clusters()
        found = probabilities(means, rule=rule, smoothing=0.0)
        assert found.sum() == pytest.approx(1)
        assert found[rare].sum() == pytest.approx(0.5)

    def test_smoothing_holds_the_rare_back(self, rule: Rule) -> None:
        means, rare = two_clusters()
        shares = [probabilities(means, rule=rule, smoothing=s)[rare].sum() for s in (0.0, 0.01, 0.1, 10.0)]
        assert shares == sorted(shares, reverse=True)
        assert shares[0] > 0.3
        assert shares[-1] == pytest.approx(0.05, rel=0.1)

    def test_silent_dimensions_say_nothing(self, rule: Rule) -> None:
        means, _ = two_clusters()
        noise = 0.05 * np.random.default_rng(0).standard_normal((1000, 3)).astype(np.float32)
        wider = np.concatenate([noise, means], axis=1)
        np.testing.assert_array_equal(probabilities(wider, rule=rule), probabilities(means, rule=rule))
        np.testing.assert_allclose(probabilities(noise, rule=rule), 1 / 1000)

    def test_an_even_spread_is_drawn_evenly(self, rule: Rule) -> None:
        even = np.linspace(-2, 2, 1000, dtype=np.float32)[:, None]
        np.testing.assert_allclose(probabilities(even, rule=rule), 1 / 1000, rtol=0.02)

    def test_neither_the_unit_nor_the_order_of_dimensions_matters(self, rule: Rule) -> None:
        means = np.random.default_rng(1).standard_normal((500, 4)).astype(np.float32)
        expected = probabilities(means, rule=rule)
        np.testing.assert_allclose(probabilities(4 * means[:, ::-1], rule=rule), expected)


def test_the_product_multiplies_and_the_maximum_takes_the_rarest() -> None:
    means = np.zeros((100, 2), np.float32)
    means[0] = means[1, 0] = means[2, 1] = 1.0  # row 0 is rare twice, rows 1 and 2 once
    product, maximum = (probabilities(means, rule=rule, smoothing=0.0) for rule in RULES)
    assert product[0] / product[1] == pytest.approx(98 / 2)
    assert product[1] / product[3] == pytest.approx(98 / 2)
    assert maximum[0] == maximum[1] == maximum[2] > maximum[3]


def test_the_bins_lie_between_the_smallest_and_the_largest_value() -> None:
    means = np.array([0.0, 0.09, 0.11, 1.0], np.float32)[:, None]  # of ten bins the first holds two
    found = probabilities(means, rule="product", smoothing=0.0)
    np.testing.assert_allclose(found, [1 / 6, 1 / 6, 1 / 3, 1 / 3])


def test_the_effective_share_is_one_for_even_draws_and_one_nth_for_one_picture() -> None:
    assert effective_share(np.full(8, 1 / 8)) == pytest.approx(1)
    assert effective_share(np.eye(8)[0]) == pytest.approx(1 / 8)
    assert effective_share(np.repeat([0.25, 0.0], 4)) == pytest.approx(1 / 2)
