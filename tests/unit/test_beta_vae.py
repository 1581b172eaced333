"""The beta-VAE score on codes whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from models.analysis.disentanglement import beta_vae
from tests.unit.known import Floats, case

POINTS = 600


def score(codes: Floats) -> float:
    return beta_vae.score(codes, case().known, np.random.default_rng(0), POINTS)


def test_a_perfect_code_scores_one_with_noise_beside_it_or_not() -> None:
    given = case()
    assert score(given.perfect) == 1
    assert score(np.concatenate([given.perfect, given.noise], axis=1)) > 0.99


def test_chance_is_one_over_the_number_of_factors() -> None:
    assert score(case().noise) == pytest.approx(0.2, abs=0.06)


def test_a_factor_missing_from_the_code_is_still_named_by_what_is_left() -> None:
    # Five factors, four dimensions: when none of them is still, the fifth was held.
    assert score(case().perfect[:, 1:]) > 0.95


def test_two_factors_missing_are_taken_for_each_other() -> None:
    assert score(case().perfect[:, 2:]) == pytest.approx(0.8, abs=0.06)
