"""Autoencoders, plain and variational, with and without a class beside the picture."""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray

from models.training import losses
from models.training.recipe import Stage
from models.training.tasks.common import Modules, bf16, cosine, kl_weight, move_average, unit, update
from models.training.trainer import Log, batch_indices, seeded


class AutoencoderTask:
    """Minimise the reconstruction loss plus, when variational, beta times the KL term and `tc` times the correlation.

    Options: `variational` 0 or 1; `likelihood` "bernoulli" (the default) or "gaussian" with `sigma2`; `beta` with
    `warm_up`, or `start` and `anneal` (`common.kl_weight`); `tc`, the weight of the total correlation (beta-TCVAE, Chen
    et al. 2018), of which the KL term holds 1; `ema`, the decay of a moving average of the weights, which is then what
    is exported.
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
        """`labels` (N,): given to encoder and decoder beside their input; None for a model without classes."""
        self.stage, self.pictures, self.seed, self.device = stage, pictures, seed, device
        self.labels = None if labels is None else torch.from_numpy(labels)
        self.steps = stage.steps
        parameters = [*modules["encoder"].parameters(), *modules["decoder"].parameters()]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(parameters, stage.learning_rate, fused=True)
        }
        self.ema = stage.number("ema", 0.0)
        averages = {f"average-{role}": copy.deepcopy(module) for role, module in modules.items()} if self.ema else {}
        self.modules: Modules = {**modules, **averages}

    def step(self, step: int, random: torch.Generator) -> Log:
        """One step; logs the losses a picture in nats."""
        rows = batch_indices(len(self.pictures), self.stage.batch, step, self.seed)
        x = unit(self.pictures, rows, self.device)
        given = () if self.labels is None else (self.labels[rows].to(self.device),)
        code = self._run("encoder", x, *given)
        log: Log = {}
        loss = torch.zeros((), device=self.device)
        if self.stage.options["variational"]:
            mean, logvar = code.chunk(2, dim=1)
            code = mean + torch.exp(0.5 * logvar) * torch.randn(mean.shape, generator=random).to(self.device)
            kl = losses.kl_to_standard_normal(mean, logvar).sum(1).mean()
            weight = kl_weight(self.stage, step)
            loss = loss + weight * self.stage.number("beta") * kl
            log["kl"] = kl.item()
            if tc_weight := self.stage.number("tc", 0.0):
                tc = losses.total_correlation(code, mean, logvar, len(self.pictures))
                loss = loss + weight * (tc_weight - 1.0) * tc
                log["tc"] = tc.item()
        reconstruction = self._error(self._run("decoder", code, *given), x)
        update(self.optimisers["adam"], loss + reconstruction, cosine(self.stage, step))
        if self.ema:
            # Early on the average must not be slower than the training itself.
            decay = min(self.ema, (1 + step) / (10 + step))
            for role in ("encoder", "decoder"):
                move_average(self.modules[f"average-{role}"], self.modules[role], decay)
        return {"reconstruction": reconstruction.item(), **log}

    def _run(self, role: str, *inputs: torch.Tensor) -> torch.Tensor:
        with bf16(self.device):
            answered: torch.Tensor = self.modules[role](*inputs)
        return answered.float()

    def _error(self, logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        if self.stage.options.get("likelihood", "bernoulli") == "gaussian":
            return losses.gaussian_error(torch.sigmoid(logits), x, self.stage.number("sigma2")).mean()
        return losses.bernoulli_nll(logits, x).mean()

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        """64 pictures (64, C, H, W) to watch: draws from the prior of a VAE, reconstructions of an autoencoder."""
        rows = torch.arange(64) % len(self.pictures)
        given = () if self.labels is None else (self.labels[rows].to(self.device),)
        average = "average-" if self.ema else ""
        if self.stage.options["variational"]:
            outputs = self.stage.nets["decoder"].arguments["latent"]
            code = torch.randn((64, outputs), generator=seeded(self.seed, 17)).to(self.device)
        else:
            code = self._run(f"{average}encoder", unit(self.pictures, rows, self.device), *given)
        return torch.sigmoid(self._run(f"{average}decoder", code, *given))

    def finish(self) -> None:
        """Nothing is left to do."""
