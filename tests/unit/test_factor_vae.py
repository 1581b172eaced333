"""The FactorVAE score on codes whose votes are known."""

from __future__ import annotations

import numpy as np
import pytest

from models.analysis.disentanglement import factor_vae
from models.latent.density import active_dimensions
from tests.unit.known import Floats, case, rotated

VOTES = 1000


def score(codes: Floats, seed: int = 0) -> float:
    random = np.random.default_rng(seed)
    return factor_vae.score(codes, case().known, active_dimensions(codes), random, VOTES)


def test_a_perfect_code_scores_one_whatever_its_scale() -> None:
    perfect = case().perfect
    assert score(perfect) == 1
    assert score(perfect * np.array([0.2, 5, 1, 3, 0.5], np.float32)) == 1


def test_chance_is_one_over_the_number_of_factors_and_not_nothing() -> None:
    assert score(case().noise) == pytest.approx(0.21, abs=0.04)


def test_dimensions_that_carry_nothing_do_not_vote() -> None:
    given = case()
    dead = 0.001 * given.noise
    assert score(np.concatenate([given.perfect, dead], axis=1)) == 1
    assert score(dead) == pytest.approx(0.2)


def test_a_factor_that_no_dimension_holds_cannot_be_named() -> None:
    assert 0.75 < score(case().perfect[:, 1:]) < 0.9


def test_a_rotated_code_scores_less_than_a_perfect_one() -> None:
    assert score(rotated(case().perfect)) < 0.9
