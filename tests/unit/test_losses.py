"""Losses against closed forms and against their own definitions by Monte Carlo."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from models.training import losses

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class TestKl:
    def test_it_is_zero_for_the_prior_itself_and_positive_elsewhere(self) -> None:
        assert losses.kl_to_standard_normal(torch.zeros(2, 3), torch.zeros(2, 3)).eq(0).all()
        mean, logvar = torch.randn((500, 4), generator=seeded()), torch.randn((500, 4), generator=seeded(1))
        assert losses.kl_to_standard_normal(mean, logvar).gt(0).all()

    @pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (1.5, 1.0), (0.0, 0.3), (-2.0, 0.5), (0.7, 2.0)])
    def test_it_is_the_closed_form_of_two_gaussians_and_the_mean_log_ratio_of_draws(
        self, mean: float, std: float
    ) -> None:
        found = losses.kl_to_standard_normal(torch.tensor([[mean]]), torch.tensor([[2 * math.log(std)]])).item()
        assert found == pytest.approx(0.5 * (mean**2 + std**2 - 1) - math.log(std), abs=1e-5)
        draws = mean + std * torch.randn(400_000, generator=seeded(), dtype=torch.float64)
        # log q(x) - log p(x), whose constants cancel.
        ratios = 0.5 * draws**2 - 0.5 * ((draws - mean) / std) ** 2 - math.log(std)
        error = 4 * ratios.std().item() / math.sqrt(len(ratios))
        assert found == pytest.approx(ratios.mean().item(), abs=error + 1e-5)

    def test_it_has_one_value_a_dimension(self) -> None:
        mean = torch.zeros(2, 3)
        mean[1, 2] = 4.0
        found = losses.kl_to_standard_normal(mean, torch.zeros(2, 3))
        assert found.shape == (2, 3)
        assert found.flatten().tolist() == [0, 0, 0, 0, 0, 8]


class TestBernoulli:
    def test_its_minimum_is_the_pixels_own_entropy(self) -> None:
        target = torch.rand((3, 1, 5, 4), generator=seeded()).clamp(0.02, 0.98)
        entropy = -(target * target.log() + (1 - target) * (1 - target).log()).flatten(1).sum(1)
        best = torch.logit(target)
        torch.testing.assert_close(losses.bernoulli_nll(best, target), entropy)
        for seed in range(5):
            other = best + 0.1 * torch.randn(best.shape, generator=seeded(seed))
            assert (losses.bernoulli_nll(other, target) > entropy).all()

    def test_it_sums_over_a_picture_and_keeps_the_pictures_apart(self) -> None:
        target = torch.rand((3, 2, 4, 4), generator=seeded())
        found = losses.bernoulli_nll(torch.zeros_like(target), target)
        torch.testing.assert_close(found, torch.full((3,), 32 * math.log(2)))

    def test_black_and_white_pixels_cost_nothing_when_hit_and_stay_finite_when_missed(self) -> None:
        target = torch.tensor([0.0, 1.0]).reshape(2, 1, 1, 1)
        sure = torch.full((2, 1, 1, 1), 1e4) * (2 * target - 1)
        assert losses.bernoulli_nll(sure, target).tolist() == [0, 0]
        assert losses.bernoulli_nll(-sure, target).tolist() == [1e4, 1e4]


class TestGan:
    def test_a_critic_that_knows_nothing_pays_log_two_for_each_side(self) -> None:
        nothing = torch.zeros(3, 1)
        torch.testing.assert_close(losses.critic_loss(nothing, nothing), torch.full((3,), 2 * math.log(2)))
        torch.testing.assert_close(losses.generator_loss(nothing), torch.full((3,), math.log(2)))

    def test_the_losses_are_the_negative_log_probabilities_of_the_critics_sigmoid(self) -> None:
        real, fake = torch.randn((6, 1), generator=seeded()), torch.randn((6, 1), generator=seeded(1))
        said_real, said_fake = torch.sigmoid(real)[:, 0], torch.sigmoid(fake)[:, 0]
        torch.testing.assert_close(losses.critic_loss(real, fake), -said_real.log() - (1 - said_fake).log())
        torch.testing.assert_close(losses.generator_loss(fake), -said_fake.log())

    def test_the_generators_gradient_does_not_vanish_where_the_critic_is_sure(self) -> None:
        logits = torch.tensor([[-60.0]], requires_grad=True)
        torch.autograd.backward(losses.generator_loss(logits).sum())
        assert logits.grad is not None
        assert logits.grad.item() == pytest.approx(-1)


class TestR1:
    def test_a_linear_critic_pays_the_square_of_its_weights_everywhere(self) -> None:
        critic = nn.Sequential(nn.Flatten(), nn.Linear(12, 1))
        weight = next(critic.parameters())
        found = losses.r1_penalty(critic, torch.rand((4, 1, 3, 4), generator=seeded()))
        torch.testing.assert_close(found, weight.square().sum().expand(4))

    def test_a_quadratic_critic_pays_each_pictures_own_square(self) -> None:
        pictures = torch.rand((4, 2, 3, 3), generator=seeded())
        found = losses.r1_penalty(lambda x: 0.5 * x.square().flatten(1).sum(1, keepdim=True), pictures)
        torch.testing.assert_close(found, pictures.square().flatten(1).sum(1))

    def test_the_penalty_can_be_minimised_and_leaves_the_pictures_alone(self) -> None:
        critic = nn.Sequential(nn.Flatten(), nn.Linear(12, 1, bias=False))
        pictures = torch.rand((4, 1, 3, 4), generator=seeded())
        torch.autograd.backward(losses.r1_penalty(critic, pictures).mean())
        weight = next(critic.parameters())
        assert weight.grad is not None
        torch.testing.assert_close(weight.grad, 2 * weight.detach())
        assert not pictures.requires_grad
        assert pictures.grad is None


class TestGaussian:
    def test_it_is_the_log_likelihood_without_its_constant(self) -> None:
        mean, target = torch.rand((3, 1, 4, 4), generator=seeded()), torch.rand((3, 1, 4, 4), generator=seeded(1))
        density = torch.exp(-((mean - target) ** 2) / 0.04) / math.sqrt(2 * math.pi * 0.02)
        constant = 16 * 0.5 * math.log(2 * math.pi * 0.02)
        expected = -density.log().flatten(1).sum(1) - constant
        torch.testing.assert_close(losses.gaussian_error(mean, target, 0.02), expected, rtol=1e-4, atol=1e-4)

    def test_the_density_is_the_normal_one(self) -> None:
        z, mean, logvar = (torch.randn((5, 2), generator=seeded(seed)) for seed in range(3))
        variance = logvar.exp()
        density = torch.exp(-0.5 * (z - mean) ** 2 / variance) / torch.sqrt(2 * math.pi * variance)
        torch.testing.assert_close(losses.log_normal(z, mean, logvar), density.log(), rtol=1e-4, atol=1e-4)


class TestTotalCorrelation:
    """With the whole set as the batch the estimate is that of the aggregate posterior itself, which is known here."""

    @pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
    def test_it_is_the_closed_form_for_a_gaussian_aggregate(self, correlation: float) -> None:
        covariance = torch.tensor([[1.0, correlation], [correlation, 1.0]])
        means = torch.randn((3000, 2), generator=seeded()) @ torch.linalg.cholesky(covariance).T
        logvar = torch.full_like(means, math.log(0.2))
        z = means + math.sqrt(0.2) * torch.randn(means.shape, generator=seeded(1))
        aggregate = covariance + 0.2 * torch.eye(2)
        expected = 0.5 * (aggregate.diagonal().log().sum() - aggregate.logdet())
        found = losses.total_correlation(z, means, logvar, len(means))
        assert found.item() == pytest.approx(expected.item(), abs=0.03)

    def test_a_small_batch_is_biased(self) -> None:
        means = torch.randn((512, 4), generator=seeded())
        logvar = torch.full_like(means, math.log(0.05))
        z = means + math.sqrt(0.05) * torch.randn(means.shape, generator=seeded(1))
        whole = losses.total_correlation(z, means, logvar, 512)
        part = losses.total_correlation(z[:32], means[:32], logvar[:32], 512)
        assert abs(part - whole) > 0.1
