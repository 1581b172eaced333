"""Classifiers: instruments of the measures, never shipped."""

from __future__ import annotations

import torch
from torch import nn

from models.data import ImageSet
from models.training.tasks.common import Modules, bf16, unit, update
from models.training.trainer import Log, batch_indices


class ClassifierTask:
    """Train a classifier with cross-entropy: the instrument behind class coverage, precision and recall."""

    def __init__(self, module: nn.Module, images: ImageSet, *, batch: int, steps: int, seed: int) -> None:
        self.pictures, self.device = images.images, torch.device("cpu")
        self.labels = torch.from_numpy(images.labels)
        self.batch, self.steps, self.seed = batch, steps, seed
        self.modules: Modules = {"classifier": module}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(module.parameters(), 2e-3, fused=True)
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        rows = batch_indices(len(self.pictures), self.batch, step, self.seed)
        self.modules["classifier"].train()
        torch.manual_seed(int(torch.randint(2**62, (1,), generator=random)))  # for dropout, which takes no generator
        with bf16(self.device):
            _, logits = self.modules["classifier"](unit(self.pictures, rows, self.device))
        loss = nn.functional.cross_entropy(logits.float(), self.labels[rows])
        update(self.optimisers["adam"], loss, 2e-3 * (1.0 - step / self.steps))
        return {"loss": loss.item()}

    def finish(self) -> None:
        """Nothing is left to do."""

    def preview(self) -> None:
        """A classifier draws nothing."""
