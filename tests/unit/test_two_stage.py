"""The second stage learns a distribution that no normal is, and its sampler draws from it without torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.training import two_stage

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def ring(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Points on a circle of radius 5 round (10, 0), and a third dimension that is always 2."""
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, count)
    return np.stack([10 + 5 * np.cos(angle), 5 * np.sin(angle), np.full(count, 2)], axis=1).astype(np.float32)


def test_it_draws_round_a_hole_that_a_normal_would_fill() -> None:
    points = ring(2000)
    sampler = two_stage.fit(points, np.full_like(points, 0.1), seed=1, steps=600)
    drawn = sampler.draw(2000, 0)
    radius = np.hypot(drawn[:, 0] - 10, drawn[:, 1])
    assert np.median(radius) == pytest.approx(5, abs=0.6)
    assert (radius < 2.5).mean() < 0.08  # of a normal with the points' covariance: 22%
    np.testing.assert_allclose(drawn[:, :2].mean(0), [10, 0], atol=0.8)
    np.testing.assert_allclose(drawn[:, 2].mean(), 2, atol=0.1)


def test_the_sampler_is_the_trained_decoder_brought_back_to_scale() -> None:
    model = two_stage.SecondStage(2, hidden=4)
    centre, scale = np.array([5.0, -5.0], np.float32), np.array([2.0, 0.1], np.float32)
    sampler = two_stage._sampler(model, centre, scale)
    u = np.random.default_rng(0).standard_normal((10, 2))
    rows = u
    for i, (weight, bias) in enumerate(sampler.layers):
        rows = (np.maximum(rows, 0) if i else rows) @ weight.T + bias
    with torch.no_grad():
        expected = model.decoder(torch.from_numpy(u).float()).numpy() * scale + centre
    np.testing.assert_allclose(rows, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(sampler.noise, scale * np.exp(0.5 * model.logvar.detach().numpy()))


def test_the_same_seed_fits_the_same_sampler_and_leaves_the_global_generator_alone() -> None:
    points = ring(100)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first, again, other = (two_stage.fit(points, None, seed=seed, steps=5) for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    np.testing.assert_array_equal(first.draw(5, 0), again.draw(5, 0))
    assert not np.array_equal(first.draw(5, 0), other.draw(5, 0))


def test_a_training_that_diverges_is_told() -> None:
    with pytest.raises(ValueError, match="diverged"):
        two_stage.fit(np.full((10, 2), np.nan, np.float32), None, seed=1, steps=1)
