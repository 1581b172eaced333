"""The loss of single pictures: closed forms, the twin in torch's training, and what is refused in objective.json."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from models.latent.objective import Objective, bernoulli, gaussian, kl

PICTURES = np.random.default_rng(0).uniform(0.02, 0.98, (3, 5, 4, 1))


class TestBernoulli:
    def test_a_gray_pixel_costs_its_own_entropy_and_anything_else_more(self) -> None:
        entropy = -(PICTURES * np.log(PICTURES) + (1 - PICTURES) * np.log(1 - PICTURES)).reshape(3, -1).sum(1)
        assert bernoulli(PICTURES, PICTURES) == pytest.approx(entropy)
        for seed in range(5):
            other = np.clip(PICTURES + np.random.default_rng(seed).normal(0, 0.05, PICTURES.shape), 0, 1)
            assert (bernoulli(other, PICTURES) > entropy).all()

    def test_half_gray_guesses_cost_a_bit_a_pixel(self) -> None:
        assert bernoulli(np.full_like(PICTURES, 0.5), PICTURES) == pytest.approx(np.full(3, 20 * math.log(2)))

    def test_black_and_white_drawn_as_they_are_cost_next_to_nothing_and_the_opposite_is_finite(self) -> None:
        black_and_white = np.tile([0.0, 1.0], (1, 10))
        assert bernoulli(black_and_white, black_and_white)[0] == pytest.approx(0, abs=1e-5)
        assert bernoulli(1 - black_and_white, black_and_white)[0] == pytest.approx(20 * 24 * math.log(2), rel=1e-3)


class TestGaussian:
    def test_it_is_the_squared_error_over_two_sigma_squared_summed(self) -> None:
        off = PICTURES + 0.1
        assert gaussian(off, PICTURES, 0.02) == pytest.approx(np.full(3, 20 * 0.01 / 0.04))
        assert gaussian(off, PICTURES, 0.01) == pytest.approx(2 * gaussian(off, PICTURES, 0.02))

    def test_one_picture_stands_for_all_rows(self) -> None:
        one = PICTURES[:1]
        assert gaussian(PICTURES, one, 0.5) == pytest.approx(gaussian(PICTURES, np.repeat(one, 3, axis=0), 0.5))

    def test_pictures_of_another_shape_are_refused(self) -> None:
        for wrong in (PICTURES[:2], PICTURES[:, :4], np.zeros(3)):
            with pytest.raises(ValueError, match="of one shape"):
                gaussian(PICTURES, wrong, 1.0)


class TestKl:
    def test_it_is_zero_for_the_prior_and_for_nothing_else(self) -> None:
        assert kl(0.0, 1.0) == 0
        grid = np.stack(np.meshgrid(np.linspace(-2, 2, 9), np.linspace(0.1, 3, 9)), -1).reshape(-1, 2)
        values = kl(grid[:, 0], grid[:, 1])
        assert (values[~((grid[:, 0] == 0) & (grid[:, 1] == 1))] > 0).all()

    @pytest.mark.parametrize(("mean", "std"), [(1.5, 1.0), (0.0, 0.3), (-2.0, 0.5), (0.7, 2.0)])
    def test_it_is_the_mean_log_ratio_of_draws(self, mean: float, std: float) -> None:
        draws = mean + std * np.random.default_rng(1).standard_normal(400_000)
        ratios = 0.5 * draws**2 - 0.5 * ((draws - mean) / std) ** 2 - math.log(std)
        assert kl(mean, std) == pytest.approx(ratios.mean(), abs=4 * ratios.std() / math.sqrt(len(ratios)) + 1e-5)


class TestObjective:
    def test_it_reads_back_what_it_writes(self) -> None:
        for stated in (
            Objective("bernoulli", 4.0),
            Objective("gaussian", 1.0, 0.02),
            Objective("bernoulli", 1.0, tc=6.0),
        ):
            assert Objective.parse(stated.document()) == stated

    def test_its_error_and_floor_are_those_of_its_likelihood(self) -> None:
        off = np.clip(PICTURES + 0.1, 0, 1)
        assert Objective("bernoulli", 1.0).error(off, PICTURES) == pytest.approx(bernoulli(off, PICTURES))
        assert Objective("gaussian", 1.0, 0.1).error(off, PICTURES) == pytest.approx(gaussian(off, PICTURES, 0.1))
        assert Objective("bernoulli", 1.0).floor(PICTURES) == pytest.approx(bernoulli(PICTURES, PICTURES))
        assert Objective("gaussian", 1.0, 0.1).floor(PICTURES).tolist() == [0, 0, 0]

    @pytest.mark.parametrize(
        ("document", "sentence"),
        [
            ({"likelihood": "bernoulli"}, "beta is missing"),
            ({"beta": 1}, "likelihood is missing"),
            ({"likelihood": "laplace", "beta": 1}, "must be"),
            ({"likelihood": "gaussian", "beta": 1}, "sigma2 belongs"),
            ({"likelihood": "bernoulli", "beta": 1, "sigma2": 0.1}, "sigma2 belongs"),
            ({"likelihood": "gaussian", "beta": 1, "sigma2": 0}, "sigma2 must be a number"),
            ({"likelihood": "bernoulli", "beta": "1"}, "beta must be a number"),
            ({"likelihood": "bernoulli", "beta": True}, "beta must be a number"),
            ({"likelihood": "bernoulli", "beta": float("nan")}, "beta must be a number"),
            ({"likelihood": "bernoulli", "beta": -1}, "beta must be a number"),
            ({"likelihood": "bernoulli", "beta": 1, "gamma": 2}, "'gamma' is not a key"),
        ],
    )
    def test_what_no_training_minimised_is_refused_by_name(self, document: dict[str, Any], sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            Objective.parse(document)
