"""A draw is named by its seed, and has the distribution of its prior."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.latent.samplers import PRIORS, sample
from tests.properties.strategies import SEEDS, gaussian_set

REFERENCE = gaussian_set(0, 64, 8)


@pytest.mark.parametrize("prior", PRIORS)
@given(seed=SEEDS, count=st.integers(0, 50), more=st.integers(0, 50))
def test_a_seed_names_its_draws_whatever_their_number(prior: str, seed: int, count: int, more: int) -> None:
    few = sample(prior, 8, count, seed, REFERENCE)
    many = sample(prior, 8, count + more, seed, REFERENCE)
    assert few.shape == (count, 8)
    assert few.dtype == np.float32
    np.testing.assert_array_equal(few, many[:count])


@pytest.mark.parametrize("prior", PRIORS)
def test_other_seeds_draw_other_latents(prior: str) -> None:
    draws = {sample(prior, 8, 4, seed, REFERENCE).tobytes() for seed in range(50)}
    assert len(draws) == 50


def test_normal_draws_are_standard_normal() -> None:
    draws = sample("normal", 4, 50_000, seed=1)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), np.eye(4), atol=0.03)
    np.testing.assert_allclose(np.quantile(draws, [0.01, 0.25, 0.75, 0.99]), [-2.326, -0.674, 0.674, 2.326], atol=0.04)


def test_uniform_draws_fill_the_cube() -> None:
    draws = sample("uniform", 4, 50_000, seed=1)
    assert draws.min() >= -1
    assert draws.max() <= 1
    np.testing.assert_allclose(np.quantile(draws, [0.1, 0.5, 0.9]), [-0.8, 0, 0.8], atol=0.02)


@given(seed=SEEDS, size=st.integers(1, 64))
def test_sphere_draws_have_the_norm_of_a_gaussian(seed: int, size: int) -> None:
    np.testing.assert_allclose(np.linalg.norm(sample("sphere", size, 10, seed), axis=1), np.sqrt(size), rtol=1e-5)


def test_sphere_draws_prefer_no_direction() -> None:
    draws = sample("sphere", 3, 50_000, seed=1)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(np.cov(draws.T), np.eye(3), atol=0.02)


@given(seed=SEEDS)
def test_empirical_draws_are_rows_of_the_reference(seed: int) -> None:
    known = {row.tobytes() for row in REFERENCE}
    assert all(row.tobytes() in known for row in sample("empirical", 8, 20, seed, REFERENCE))


def test_empirical_draws_reach_every_row() -> None:
    assert len({row.tobytes() for row in sample("empirical", 8, 2000, 0, REFERENCE)}) == len(REFERENCE)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no prior is called 'cauchy'; known: normal, uniform, sphere, empirical"):
        sample("cauchy", 2, 1, 0)
    with pytest.raises(ValueError, match="rows of a reference"):
        sample("empirical", 8, 1, 0)
    with pytest.raises(ValueError, match="rows of a reference"):
        sample("empirical", 7, 1, 0, REFERENCE)
    with pytest.raises(ValueError, match="cannot draw -1 latents"):
        sample("normal", 2, -1, 0)
    with pytest.raises(ValueError, match="non-negative"):
        sample("normal", 2, 1, -5)
