"""Encoders for generators that have been trained without one."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.training import losses
from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, channels_last, cosine, unit, update
from models.training.trainer import Log, batch_indices


class InversionTask:
    """Train an encoder for a frozen generator G: recover z from G(z), and redraw real pictures through G.

    The latent term alone fits only what G draws; the pixel term adapts the encoder to real pictures, and the prior
    term keeps their latents where G was trained.
    """

    def __init__(
        self,
        stage: Stage,
        modules: Modules,
        pictures: NDArray[np.uint8],
        labels: NDArray[np.int64] | None,
        seed: int,
        generator: nn.Module,
        device: torch.device,
    ) -> None:
        """`labels` (N,): given to encoder and generator beside their input; None for a model without classes."""
        self.stage, self.modules, self.pictures, self.seed, self.device = stage, modules, pictures, seed, device
        self.labels = None if labels is None else torch.from_numpy(labels)
        self.generator = channels_last(generator, device)
        self.steps = stage.steps
        self.latent = stage.nets["encoder"].arguments["outputs"]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(modules["encoder"].parameters(), stage.learning_rate, fused=True)
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = unit(self.pictures, rows, self.device)
        given = self._given(rows)
        z = torch.randn((len(real), self.latent), generator=random).to(self.device)
        with bf16(self.device):
            with torch.no_grad():
                fake = torch.sigmoid(self.generator(z, *given).float())
            found, code = (
                self.modules["encoder"](torch.cat([fake, real]), *(each.repeat(2) for each in given)).float().chunk(2)
            )
            logits = self.generator(code, *given)
        latent = (found - z).square().sum(1).mean()
        pixel = losses.bernoulli_nll(logits.float(), real).mean()
        # Keeps the aggregate of the codes at zero mean and unit variance a dimension, as the prior's.
        prior = code.mean(0).square().sum() + (code.var(0) - 1.0).square().sum()
        loss = self.stage.number("latent_weight") * latent + self.stage.number("pixel_weight") * pixel
        loss = loss + self.stage.number("prior_weight") * prior
        update(self.optimisers["adam"], loss, cosine(self.stage, step))
        return {"latent": latent.item() / self.latent, "pixel": pixel.item(), "prior": prior.item()}

    def _given(self, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return () if self.labels is None else (self.labels[rows].to(self.device),)

    def finish(self) -> None:
        """Nothing is left to do."""

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 training pictures as the generator redraws them, (64, C, H, W)."""
        rows = torch.arange(64) % len(self.pictures)
        given = self._given(rows)
        code = self.modules["encoder"](unit(self.pictures, rows, self.device), *given)
        return torch.sigmoid(self.generator(code, *given).float())
