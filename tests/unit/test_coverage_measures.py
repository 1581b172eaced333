"""How a generator spreads over classes: histograms and entropies with known answers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.analysis.coverage import class_histogram, entropy


def test_the_histogram_holds_shares_and_missing_classes_are_zero() -> None:
    shares = class_histogram(np.array([0, 0, 2, 2, 2, 4, 0, 0]), 6)
    assert shares.tolist() == [0.5, 0, 0.375, 0, 0.125, 0]


@pytest.mark.parametrize("classes", [[], [0, 3], [-1, 0]])
def test_no_class_and_one_out_of_range_are_refused(classes: list[int]) -> None:
    with pytest.raises(ValueError, match="at least one class index, each from 0 to 2"):
        class_histogram(np.array(classes, np.int64), 3)


@pytest.mark.parametrize("count", [1, 2, 10])
def test_equal_shares_have_the_entropy_log_n(count: int) -> None:
    assert entropy(class_histogram(np.arange(count), count)) == pytest.approx(math.log(count))


def test_one_class_has_no_entropy_and_no_minus_sign() -> None:
    found = entropy(np.array([0.0, 1.0, 0.0]))
    assert f"{found:.2f}" == "0.00"


def test_the_entropy_of_uneven_shares() -> None:
    assert entropy(np.array([0.5, 0.25, 0.25, 0.0])) == pytest.approx(1.5 * math.log(2))


def test_it_does_not_depend_on_the_order_and_equal_shares_have_the_most() -> None:
    random = np.random.default_rng(0)
    for shares in random.dirichlet(np.ones(10), 50):
        assert entropy(shares) == pytest.approx(entropy(random.permutation(shares)))
        assert entropy(shares) < math.log(10)
