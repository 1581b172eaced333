"""Generative adversarial networks."""

from __future__ import annotations

import copy
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.training import losses
from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, move_average, unit, update
from models.training.trainer import Log, batch_indices, seeded


class GanTask:
    """Non-saturating GAN, of pictures alone or given their classes.

    Options: `r1_gamma`, the weight of the R1 penalty, 0 for none, and `r1_every`, the steps between two; `ema`, the
    decay of a moving average of the generator, which is then what is exported, 0 for none; `beta1` of Adam, by
    default 0. For a generator that shall collapse, `unbalanced_from`: from that step on the penalty is dropped and the
    generator takes `generator_steps` steps for each one of the critic, at `unbalanced_rate` and with the momentum
    `unbalanced_beta1`.
    """

    def __init__(
        self,
        stage: Stage,
        modules: Modules,
        pictures: NDArray[np.uint8],
        labels: NDArray[np.int64] | None,
        seed: int,
        device: torch.device,
    ) -> None:
        """`labels` (N,): given to generator and critic beside their input; None for a model without classes."""
        self.stage, self.pictures, self.seed, self.device = stage, pictures, seed, device
        self.labels = None if labels is None else torch.from_numpy(labels)
        self.steps = stage.steps
        self.balanced = stage.number("unbalanced_from", math.inf)
        self.latent = stage.nets["decoder"].arguments["latent"]
        self.modules: Modules = dict(modules)
        if stage.number("ema"):
            self.modules["average"] = copy.deepcopy(modules["decoder"])
        betas = (stage.number("beta1", 0.0), 0.99)
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            role: torch.optim.Adam(modules[role].parameters(), stage.learning_rate, betas=betas, fused=True)
            for role in ("decoder", "critic")
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        generator, critic = self.modules["decoder"], self.modules["critic"]
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = unit(self.pictures, rows, self.device)
        given = self._given(rows)
        steps = 1 if step < self.balanced else int(self.stage.number("generator_steps"))
        noise = torch.randn((1 + steps, len(real), self.latent), generator=random).to(self.device)

        with torch.no_grad(), bf16(self.device):
            fake = torch.sigmoid(generator(noise[0], *given).float())
        with bf16(self.device):
            judged_real, judged_fake = critic(real, *given).float(), critic(fake, *given).float()
        loss_critic = losses.critic_loss(judged_real, judged_fake).mean()
        total = loss_critic
        gamma = self.stage.number("r1_gamma")
        if gamma > 0 and step < self.balanced and step % int(self.stage.number("r1_every")) == 0:
            # Lazy regularisation: the penalty every k steps, k times as strong (Karras et al. 2020).
            penalty = losses.r1_penalty(lambda pictures: critic(pictures, *given), real).mean()
            total = total + 0.5 * gamma * self.stage.number("r1_every") * penalty
        self._update("critic", total, step)

        for z in noise[1:]:
            with bf16(self.device):
                judged = critic(torch.sigmoid(generator(z, *given).float()), *given).float()
            loss_generator = losses.generator_loss(judged).mean()
            self._update("decoder", loss_generator, step)
        if "average" in self.modules:
            move_average(self.modules["average"], generator, self.stage.number("ema"))
        return {"critic": loss_critic.item(), "generator": loss_generator.item()}

    def _given(self, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return () if self.labels is None else (self.labels[rows].to(self.device),)

    def _update(self, role: str, loss: torch.Tensor, step: int) -> None:
        optimiser = self.optimisers[role]
        if step >= self.balanced:
            for group in optimiser.param_groups:
                group["betas"] = (self.stage.number("unbalanced_beta1"), 0.99)
        update(optimiser, loss, self._rate(step))

    def _rate(self, step: int) -> float:
        if step >= self.balanced:
            return self.stage.number("unbalanced_rate")
        if not math.isinf(self.balanced):
            return self.stage.learning_rate
        # The last fifth runs the rate down: the average settles and the samples sharpen.
        return self.stage.learning_rate * min(1.0, (self.steps - step) / (0.2 * self.steps))

    @torch.no_grad()
    def finish(self) -> None:
        """Estimate the average's batch-normalisation statistics from its own activations, 200 batches of 256.

        Those of the live generator belong to other weights.
        """
        if "average" not in self.modules:
            return
        average = self.modules["average"]
        norms = [layer for layer in average.modules() if isinstance(layer, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean over all batches
        average.train()
        random = seeded(self.seed, 13)
        for _ in range(200):
            z = torch.randn((256, self.latent), generator=random).to(self.device)
            average(z, *self._given(torch.randint(len(self.pictures), (256,), generator=random)))
        average.eval()

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 draws (64, C, H, W) of the live generator: the average has no statistics before the end."""
        z = torch.randn((64, self.latent), generator=seeded(self.seed, 17)).to(self.device)
        given = () if self.labels is None else (torch.arange(64, device=self.device) % (int(self.labels.max()) + 1),)
        return torch.sigmoid(self.modules["decoder"](z, *given).float())
