"""PCA in closed form: pictures made of a few directions come back exactly, and no other basis does better."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from models.exporting import pca
from models.latent.projection import Pca
from tests.unit.tiny_recipes import forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def redrawn(images: NDArray[np.uint8], components: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(pictures (N, C, H, W), codes, reconstructions)."""
    encoder, decoder = pca.fit(images, components)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        codes = encoder(x)
        return x, codes, decoder(codes)


def test_pictures_of_as_many_directions_come_back_but_for_rounding() -> None:
    random = np.random.default_rng(0)
    basis, codes = random.random((4, 5 * 6 * 3)), random.random((300, 4))
    images = np.rint(60 * codes @ basis).astype(np.uint8).reshape(300, 5, 6, 3)
    rounding = 2 / 255**2 / 12  # to 256 levels
    x, _, found = redrawn(images, 4)
    assert (found - x).square().mean() < rounding
    x, _, found = redrawn(images, 3)
    assert (found - x).square().mean() > 4 * rounding


def test_the_codes_are_centred_uncorrelated_and_ordered_by_variance() -> None:
    x, codes, found = redrawn(forged("train").images, 6)
    covariance = np.cov(codes.numpy().T)
    assert np.abs(codes.mean(0).numpy()).max() < 1e-3
    variances = np.diag(covariance)
    assert variances.tolist() == sorted(variances, reverse=True)
    assert np.abs(covariance - np.diag(variances)).max() < 1e-3 * variances[0]
    # What is lost is the variance along the directions left out.
    total = x.flatten(1).var(0, correction=0).sum()
    lost = (found - x).flatten(1).square().sum(1).mean()
    assert float(lost) == pytest.approx(float(total) - variances.sum() * (len(x) - 1) / len(x), rel=1e-3)


def test_it_is_the_projection_that_the_map_uses() -> None:
    images = forged("train").images
    _, codes, _ = redrawn(images, 3)
    flat = images.reshape(len(images), -1) / 255.0
    np.testing.assert_allclose(codes.numpy(), Pca.fit(flat, 3).project(flat), atol=1e-3)


def test_moments_do_not_depend_on_the_chunks() -> None:
    images = forged("test").images[:, :9, :7]
    mean, covariance = pca.moments(images, chunk=33)
    flat = images.reshape(len(images), -1) / 255.0
    np.testing.assert_allclose(mean, flat.mean(0), atol=1e-6)
    np.testing.assert_allclose(covariance, np.cov(flat.T, bias=True), atol=1e-5)
