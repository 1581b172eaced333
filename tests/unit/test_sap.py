"""SAP on codes whose predictability is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from models.analysis.disentanglement import sap
from tests.unit.known import TRAIN, case, rotated


def test_a_perfect_code_scores_one_and_its_double_nothing() -> None:
    given = case()
    assert sap.gaps(given.perfect, given.known, TRAIN) == pytest.approx(np.ones(5), abs=0.03)
    twice = np.concatenate([given.perfect, -given.perfect], axis=1)
    assert sap.gaps(twice, given.known, TRAIN) == pytest.approx(np.zeros(5), abs=0.01)


def test_chance_is_nothing() -> None:
    given = case()
    assert sap.predictability(given.noise, given.known, TRAIN).max() < 0.05
    assert sap.gaps(given.noise, given.known, TRAIN).max() < 0.05
    assert sap.gaps(rotated(given.perfect), given.known, TRAIN).mean() < 0.4


def test_an_ordered_factor_is_scored_as_scikit_learn_scores_a_line() -> None:
    given = case()
    codes = rotated(given.perfect)
    found = sap.predictability(codes, given.known, TRAIN)
    for k in range(5):
        for f in range(1, 5):
            line = LinearRegression().fit(codes[:, k : k + 1], given.known.values[:, f])
            expected = line.score(codes[:, k : k + 1], given.known.values[:, f])
            assert found[k, f] == pytest.approx(expected, abs=1e-5)


def test_a_category_needs_no_order_but_one_dimension() -> None:
    given = case()
    # Shape a at 1, b at 2, c at 0: no line follows it, thresholds do.
    shuffled = np.array([1, 2, 0], np.float32)[given.known.bins[:, 0], None]
    assert sap.predictability(shuffled, given.known, TRAIN)[0, 0] == 1.0
    # One shape of three told from the others: two thirds of the classes right on balance, half of the way from chance.
    half = (given.known.bins[:, 0] == 1).astype(np.float32)[:, None]
    assert sap.predictability(half, given.known, TRAIN)[0, 0] == pytest.approx(0.5, abs=0.01)


def test_a_dimension_that_never_varies_predicts_nothing() -> None:
    given = case()
    assert sap.predictability(np.ones((len(given.perfect), 1), np.float32), given.known, TRAIN).max() == 0
