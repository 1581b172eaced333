"""StyleGAN: a mapping from z to w, a synthesis from w to pictures, and a critic."""

from __future__ import annotations

import copy
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from models.nets.stylegan64 import StyleSynthesis
from models.training import losses
from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, move_average, unit, update
from models.training.trainer import Log, batch_indices, seeded

MEAN_OF = 50_000  # draws of z behind the mean of w


class StyleGanTask:
    """Non-saturating GAN with style mixing, lazy R1 and moving averages of mapping and synthesis, which are exported.

    Critic and generator learn from one pass: the critic judges every picture by itself, so the generator's gradient at
    a picture is the critic's own one times a number, and the second pass through the critic is saved.

    Options: `mixing`, the share of pictures whose style changes at a random layer; `r1_every`, the
    steps between two penalties, and `r1_gamma`, their weight; `mapping_rate`, the mapping's learning rate over the
    others'; `half_life`, of the averages in pictures, at first 5% of those seen.
    """

    def __init__(
        self, stage: Stage, modules: Modules, pictures: NDArray[np.uint8], seed: int, device: torch.device
    ) -> None:
        self.stage, self.pictures, self.seed, self.device = stage, pictures, seed, device
        self.steps = stage.steps
        self.latent = stage.nets["mapping"].arguments["latent"]
        averages = {f"average-{role}": copy.deepcopy(modules[role]) for role in ("mapping", "decoder")}
        self.modules: Modules = {**modules, **averages}
        generator: list[dict[str, Any]] = [
            {"params": list(modules["decoder"].parameters())},
            {"params": list(modules["mapping"].parameters()), "scale": stage.number("mapping_rate")},
        ]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generator": torch.optim.Adam(generator, stage.learning_rate, betas=(0.0, 0.99), fused=True),
            "critic": torch.optim.Adam(
                modules["critic"].parameters(), stage.learning_rate, betas=(0.0, 0.99), fused=True
            ),
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        critic = self.modules["critic"]
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = unit(self.pictures, rows, self.device)
        rate = self._rate(step)

        drawn = self._draw(len(real), random)
        fake = drawn.detach().requires_grad_(True)
        with bf16(self.device):
            judged_real, judged_fake = critic(real).float(), critic(fake).float()
        loss_critic = losses.critic_loss(judged_real, judged_fake).mean()
        total = loss_critic
        if step % int(self.stage.number("r1_every")) == 0:
            # Lazy regularisation: the penalty every k steps, k times as strong (Karras et al. 2020).
            penalty = losses.r1_penalty(critic, real).mean()
            total = total + 0.5 * self.stage.number("r1_gamma") * self.stage.number("r1_every") * penalty
        update(self.optimisers["critic"], total, rate)

        # d softplus(-f) / df = -exp(-f) d softplus(f) / df.
        ratio = -torch.exp(-judged_fake.detach().clamp(min=-15.0))
        # The product of a picture's gradient with the picture has that gradient.
        gradient = cast("torch.Tensor", fake.grad) * ratio[:, :, None, None]
        update(self.optimisers["generator"], (drawn * gradient).sum(), rate)
        self._average(step)
        return {
            "critic": loss_critic.item(),
            "generator": losses.generator_loss(judged_fake.detach()).mean().item(),
            "real": judged_real.mean().item(),
            "fake": judged_fake.mean().item(),
        }

    def _draw(self, count: int, random: torch.Generator) -> torch.Tensor:
        """Pictures (count, 3, 64, 64) in [0, 1] of the live networks, most of them with two styles."""
        layers = StyleSynthesis.LAYERS
        z = torch.randn((2 * count, self.latent), generator=random).to(self.device)
        noise = [torch.randn((count, 1, s, s), generator=random).to(self.device) for s in StyleSynthesis.NOISE]
        mixed = torch.rand((count, 1), generator=random) < self.stage.number("mixing")
        crossover = torch.randint(1, layers, (count, 1), generator=random)
        second = (mixed & (torch.arange(layers) >= crossover)).to(self.device)  # (count, layers)
        with bf16(self.device):
            w = self.modules["mapping"](z).view(2, count, 1, -1)
            pictures: torch.Tensor = self.modules["decoder"](torch.where(second[:, :, None], w[1], w[0]), *noise)
        return torch.sigmoid(pictures.float())

    def _rate(self, step: int) -> float:
        # The last fifth runs the rate down: the average settles and the samples sharpen.
        return self.stage.learning_rate * min(1.0, (self.steps - step) / (0.2 * self.steps))

    def _average(self, step: int) -> None:
        half_life = min(self.stage.number("half_life"), 0.05 * self.stage.batch * (step + 1))
        decay = 0.5 ** (self.stage.batch / half_life)
        for role in ("mapping", "decoder"):
            move_average(self.modules[f"average-{role}"], self.modules[role], decay)

    @torch.no_grad()
    def finish(self) -> None:
        """Store the mean of w over 50,000 z in the averaged mapping."""
        mapping = self.modules["average-mapping"]
        z = torch.randn((MEAN_OF, self.latent), generator=seeded(self.seed, 13)).to(self.device)
        mean = mapping.get_buffer("mean")
        mean.copy_(mapping(z).mean(0))

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 draws from the prior (64, 3, 64, 64) by the averaged networks, without noise."""
        z = torch.randn((64, self.latent), generator=seeded(self.seed, 17)).to(self.device)
        with bf16(self.device):
            pictures: torch.Tensor = self.modules["average-decoder"](self.modules["average-mapping"](z))
        return torch.sigmoid(pictures.float())
