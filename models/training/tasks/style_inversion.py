"""An encoder into W for a StyleGAN."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, channels_last, cosine, unit, update
from models.training.trainer import Log, batch_indices, seeded


class StyleInversionTask:
    """Train an encoder for a frozen StyleGAN: recover w from its own pictures, and redraw real pictures.

    Errors in w are measured in standard deviations of w a dimension. The prior term keeps the codes of real pictures
    where the mapping puts its own.

    Options: `latent_weight`, of the mean over dimensions; `pixel_weight`, of the squared error summed over a picture;
    `prior_weight`.
    """

    def __init__(
        self,
        stage: Stage,
        modules: Modules,
        pictures: NDArray[np.uint8],
        seed: int,
        mapping: nn.Module,
        synthesis: nn.Module,
        device: torch.device,
    ) -> None:
        self.stage, self.modules, self.pictures, self.seed, self.device = stage, modules, pictures, seed, device
        self.mapping, self.synthesis = mapping.to(device), channels_last(synthesis, device)
        self.steps = stage.steps
        self.latent = mapping.get_parameter("layers.0.weight").shape[1]
        with torch.no_grad():
            w = self.mapping(torch.randn((10_000, self.latent), generator=seeded(seed, 19)).to(device))
        self.mean, self.deviation = w.mean(0), w.std(0)
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(modules["encoder"].parameters(), stage.learning_rate, fused=True)
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        real = unit(self.pictures, rows, self.device)
        z = torch.randn((len(real), self.latent), generator=random).to(self.device)
        with bf16(self.device):
            with torch.no_grad():
                w = self.mapping(z).float()
                fake = torch.sigmoid(self.synthesis(w).float())
            found, code = self.modules["encoder"](torch.cat([fake, real])).float().chunk(2)
            redrawn = torch.sigmoid(self.synthesis(code).float())
        latent = ((found - w) / self.deviation).square().mean()
        pixel = (redrawn - real).square().flatten(1).sum(1).mean()
        scaled = (code - self.mean) / self.deviation
        prior = scaled.mean(0).square().mean() + (scaled.var(0) - 1.0).square().mean()
        loss = self.stage.number("latent_weight") * latent + self.stage.number("pixel_weight") * pixel
        loss = loss + self.stage.number("prior_weight") * prior
        update(self.optimisers["adam"], loss, cosine(self.stage, step))
        return {"latent": latent.item(), "pixel": pixel.item(), "prior": prior.item()}

    def finish(self) -> None:
        """Nothing is left to do."""

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 pictures (64, 3, 64, 64): rows of training pictures, each above its redrawing."""
        rows = torch.arange(32) % len(self.pictures)
        real = unit(self.pictures, rows, self.device)
        redrawn = torch.sigmoid(self.synthesis(self.modules["encoder"](real)).float())
        return torch.cat([real[:16], redrawn[:16], real[16:], redrawn[16:]])
