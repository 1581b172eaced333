"""MIG on codes whose gaps are known, and mutual information against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from models.analysis.disentanglement import mig
from models.analysis.disentanglement.factors import KnownFactors, equal_width
from models.data.imageset import Factor
from tests.unit.known import case, rotated


def test_the_information_is_scikit_learns() -> None:
    given = case()
    codes = rotated(given.perfect)
    found = mig.mutual_information(codes, given.known)
    for k in range(5):
        for f in range(5):
            expected = mutual_info_score(equal_width(codes[:, k]), given.known.bins[:, f])
            assert found[k, f] == pytest.approx(expected, abs=1e-9)


def test_the_entropy_of_equal_bins_is_the_log_of_their_number() -> None:
    assert mig.entropy(np.arange(8)) == pytest.approx(math.log(8))
    assert mig.entropy(np.zeros(8, np.int64)) == 0


def test_a_perfect_code_scores_nine_tenths_on_factors_like_dsprites() -> None:
    given = case(60_000)
    gaps = mig.gaps(np.concatenate([given.perfect, given.noise], axis=1), given.known)
    # 40 values in 20 bins keep log 20 of log 40; 32 values fall into 12 bins of two and 8 of one.
    turn = math.log(20) / math.log(40)
    place = (12 * 2 / 32 * math.log(16) + 8 / 32 * math.log(32)) / math.log(32)
    assert gaps == pytest.approx([1, 1, turn, place, place], abs=0.01)
    assert gaps.mean() == pytest.approx(0.90, abs=0.01)
    assert mig.perfect(given.known) == pytest.approx(gaps, abs=0.01)


def test_two_dimensions_with_the_same_knowledge_leave_no_gap() -> None:
    given = case()
    gaps = mig.gaps(np.concatenate([given.perfect, -2 * given.perfect], axis=1), given.known)
    # Bins of the mirrored code cut elsewhere.
    assert gaps == pytest.approx(np.zeros(5), abs=0.01)


def test_chance_and_a_rotated_code_score_next_to_nothing() -> None:
    given = case()
    assert mig.gaps(given.noise, given.known).mean() < 0.01
    assert mig.gaps(rotated(given.perfect), given.known).mean() < 0.15
    assert mig.gaps(given.perfect, given.known).mean() > 0.85


def test_half_of_a_factor_in_each_of_two_dimensions_is_told_by_hand() -> None:
    # Four values as two bits, a dimension each: both tell log 2 and leave no gap. A third that tells all leaves half.
    value = np.tile(np.arange(4), 500)
    known = KnownFactors.of((Factor("f", "ordered", value.astype(np.float32)),))
    bits = np.stack([value // 2, value % 2], axis=1).astype(np.float32)
    assert mig.gaps(bits, known) == pytest.approx([0.0], abs=1e-12)
    both = np.concatenate([bits, value[:, None].astype(np.float32)], axis=1)
    assert mig.gaps(both, known) == pytest.approx([0.5], abs=1e-12)


def test_one_dimension_has_no_second() -> None:
    given = case()
    assert mig.gaps(given.perfect[:, 1:2], given.known)[1] == pytest.approx(1.0)


def test_scale_and_sign_of_a_code_do_not_matter_nor_a_dimension_that_is_constant() -> None:
    given = case()
    codes = given.perfect + 0.1 * given.noise[:, :5]
    moved = np.concatenate([5 - 3 * codes, np.ones((len(codes), 1))], axis=1).astype(np.float32)
    assert mig.gaps(moved, given.known) == pytest.approx(mig.gaps(codes, given.known), abs=0.01)
