"""DCI on codes whose importances are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from models.analysis.disentanglement import dci
from tests.unit.known import TRAIN, case, rotated


def test_importances_with_known_scores() -> None:
    assert dci.disentanglement(np.eye(4)) == 1
    assert dci.completeness(np.eye(4)) == 1
    assert dci.disentanglement(np.ones((4, 4))) == pytest.approx(0)
    assert dci.completeness(np.ones((4, 4))) == pytest.approx(0)
    # Two dimensions a factor, nothing else in them: disentangled, and complete by 1 - log 2 / log 4.
    doubled = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert dci.disentanglement(doubled) == 1
    assert dci.completeness(doubled) == pytest.approx(0.5)
    # One dimension for two factors, another for nothing: complete, not disentangled.
    shared = np.array([[1.0, 1.0], [0.0, 0.0]])
    assert dci.disentanglement(shared) == pytest.approx(0)
    assert dci.completeness(shared) == 1
    assert dci.disentanglement(np.zeros((3, 2))) == 0


def test_a_dimension_counts_by_its_importance() -> None:
    # The pure dimension has weight 3, the mixed one 1: (3 * 1 + 1 * 0) / 4.
    assert dci.disentanglement(np.array([[3.0, 0.0], [0.5, 0.5]])) == pytest.approx(0.75)


def test_a_perfect_code_beside_noise_scores_one() -> None:
    given = case()
    codes = np.concatenate([given.perfect, given.noise[:, :3]], axis=1)
    found = dci.dci(codes, given.known, TRAIN)
    assert found.informativeness > 0.99
    assert found.disentanglement > 0.95
    assert found.completeness > 0.95
    assert found.importance.shape == (8, 5)
    assert found.importance.sum(axis=0) == pytest.approx(np.ones(5))
    assert found.importance[:5].argmax(axis=0).tolist() == [0, 1, 2, 3, 4]


def test_a_rotated_code_is_informative_and_neither_disentangled_nor_complete() -> None:
    given = case()
    found = dci.dci(rotated(given.perfect), given.known, TRAIN)
    assert found.informativeness > 0.6
    assert found.disentanglement < 0.4
    assert found.completeness < 0.4


def test_a_code_that_knows_nothing_is_not_informative() -> None:
    given = case()
    assert dci.dci(given.noise[:, :2], given.known, TRAIN).informativeness < 0.03


def test_r2_is_scikit_learns_and_accuracy_is_rescaled() -> None:
    random = np.random.default_rng(0)
    wanted, guess = random.standard_normal(50), random.standard_normal(50)
    assert dci.r2(guess, wanted) == pytest.approx(r2_score(wanted, guess))
    classes = np.array([0, 0, 0, 1])
    assert dci.accuracy_above_chance(classes, classes) == 1
    assert dci.accuracy_above_chance(np.zeros(4, np.int64), classes) == 0
