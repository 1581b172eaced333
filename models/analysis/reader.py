"""A network that reads the factors off a picture: trained once on the training pictures, never shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.data import ImageSet
from models.data.imageset import Factor
from models.nets.conv64 import Conv64Encoder
from models.training import state, trainer
from models.training.tasks.common import bf16, unit, update
from models.training.trainer import Log, batch_indices

Floats = NDArray[np.float32]
BATCH = 128
STEPS = 2500
RATE = 1.5e-3
SEED = 5


@dataclass(frozen=True)
class Layout:
    """Which outputs of the network answer which factor: one number of a continuous one, a logit a category."""

    names: tuple[str, ...]
    starts: tuple[int, ...]
    widths: tuple[int, ...]
    means: tuple[float, ...]
    spreads: tuple[float, ...]

    @classmethod
    def of(cls, factors: Sequence[Factor]) -> Layout:
        """The layout for these factors."""
        widths = tuple(len(f.categories) if f.kind == "categorical" else 1 for f in factors)
        starts = tuple(int(start) for start in np.cumsum((0, *widths))[:-1])
        means = tuple(float(f.values.mean()) for f in factors)
        return cls(tuple(f.name for f in factors), starts, widths, means, tuple(float(f.values.std()) for f in factors))

    @property
    def outputs(self) -> int:
        """How many the network has."""
        return self.starts[-1] + self.widths[-1]


class ReaderTask:
    """Mean squared error of the standardised continuous factors plus the cross-entropy of the categorical ones."""

    def __init__(self, module: nn.Module, images: ImageSet, *, steps: int, batch: int) -> None:
        self.layout = Layout.of(images.factors)
        self.pictures = images.images
        self.values = torch.from_numpy(np.stack([f.values for f in images.factors], axis=1))
        self.batch, self.steps = batch, steps
        self.modules: dict[str, nn.Module] = {"reader": module}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(module.parameters(), RATE, fused=True)
        }

    def step(self, step: int, random: torch.Generator) -> Log:
        """One batch."""
        rows = batch_indices(len(self.pictures), self.batch, step, SEED)
        device = torch.device("cpu")
        with bf16(device):
            answers = self.modules["reader"](unit(self.pictures, rows, device))
        answers, values, layout = answers.float(), self.values[rows], self.layout
        loss = torch.zeros(())
        for i, (start, width) in enumerate(zip(layout.starts, layout.widths, strict=True)):
            if width > 1:
                loss = loss + nn.functional.cross_entropy(answers[:, start : start + width], values[:, i].long())
            else:
                wanted = (values[:, i] - layout.means[i]) / layout.spreads[i]
                loss = loss + nn.functional.mse_loss(answers[:, start], wanted)
        update(self.optimisers["adam"], loss, RATE * (1.0 - step / self.steps))
        return {"loss": loss.item()}

    def finish(self) -> None:
        """Nothing is left to do."""

    def preview(self) -> None:
        """A reader draws nothing."""


class Reader:
    """Pictures (N, 64, 64, C) uint8 -> the value of each factor by its name, (N,) float32; of a category its index."""

    def __init__(self, module: nn.Module, layout: Layout) -> None:
        self.module, self.layout = module.eval(), layout

    @torch.inference_mode()
    def __call__(self, pictures: NDArray[np.uint8]) -> dict[str, Floats]:
        """All of them, 250 a pass."""
        device = torch.device("cpu")
        answers = np.concatenate(
            [
                self.module(unit(pictures, torch.arange(start, min(start + 250, len(pictures))), device)).numpy()
                for start in range(0, len(pictures), 250)
            ]
        )
        layout = self.layout
        found: dict[str, Floats] = {}
        for name, start, width, mean, spread in zip(
            layout.names, layout.starts, layout.widths, layout.means, layout.spreads, strict=True
        ):
            part = answers[:, start : start + width]
            read = part.argmax(1) if width > 1 else part[:, 0] * spread + mean
            found[name] = read.astype(np.float32)
        return found


def reader(train: ImageSet, runs: Path) -> Reader:
    """The reader of a data set's factors. Trained when `runs` does not hold it: four minutes on one core."""
    layout = Layout.of(train.factors)
    torch.manual_seed(SEED)
    channels = train.images.shape[-1]
    module = Conv64Encoder(layout.outputs, channels=channels, width=64, deep=128, hidden=256)
    module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    folder = runs / "_instruments" / f"{train.name}-reader"
    path = folder / "state.safetensors"
    if not path.exists() or state.finished_steps(path) <= STEPS:
        trainer.run(ReaderTask(module, train, steps=STEPS, batch=BATCH), folder, seed=SEED)
    state.restore(path, "reader", module)
    return Reader(module, layout)
