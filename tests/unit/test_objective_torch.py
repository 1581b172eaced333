"""The loss that is shown is the loss that was trained with: numpy and torch agree to the last digit that counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.latent import objective
from models.training import losses

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def test_errors_and_kl_are_those_of_the_training() -> None:
    random = torch.Generator().manual_seed(0)
    target = torch.rand((4, 3, 5, 5), generator=random)
    logits = 3 * torch.randn(target.shape, generator=random)
    drawn = torch.sigmoid(logits)
    assert objective.bernoulli(drawn.numpy(), target.numpy()) == pytest.approx(
        losses.bernoulli_nll(logits, target).numpy(), rel=1e-5
    )
    assert objective.gaussian(drawn.numpy(), target.numpy(), 0.02) == pytest.approx(
        losses.gaussian_error(drawn, target, 0.02).numpy(), rel=1e-5
    )
    mean, logvar = torch.randn((4, 6), generator=random), torch.randn((4, 6), generator=random)
    expected = losses.kl_to_standard_normal(mean, logvar).numpy()
    np.testing.assert_allclose(objective.kl(mean.numpy(), np.exp(0.5 * logvar.numpy())), expected, atol=1e-5)
