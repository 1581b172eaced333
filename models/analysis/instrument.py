"""The classifier that generators are measured with: trained once on the data set's training pictures, kept in runs/."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models import data
from models.nets.classifier28 import Classifier28
from models.training import state, trainer
from models.training.tasks import ClassifierTask

Floats = NDArray[np.float32]
Instrument = Callable[[Floats], tuple[Floats, NDArray[np.int64]]]
STEPS = 6 * 234  # six epochs of 60,000 pictures
SEED = 3


def classifier(dataset: str, runs: Path) -> Instrument:
    """A function from pictures (N, H, W, C) float32 in [0, 1] to features (N, 128) and predicted classes (N,).

    Trains the classifier when `runs` does not hold it yet (about two minutes on one core).
    """
    folder = runs / "_instruments" / f"{dataset}-classifier"
    torch.manual_seed(SEED)
    module = Classifier28()
    if not (folder / "state.safetensors").exists() or state.finished_steps(folder / "state.safetensors") <= STEPS:
        images = data.load(dataset, "train")
        trainer.run(ClassifierTask(module, images, batch=256, steps=STEPS, seed=SEED), folder, seed=SEED)
    state.restore(folder / "state.safetensors", "classifier", module)
    module.eval()

    @torch.inference_mode()
    def measure(pictures: Floats) -> tuple[Floats, NDArray[np.int64]]:
        features, classes = [], []
        for start in range(0, len(pictures), 500):
            x = torch.from_numpy(np.ascontiguousarray(pictures[start : start + 500].transpose(0, 3, 1, 2)))
            found, logits = module(x)
            features.append(found.numpy())
            classes.append(logits.argmax(1).numpy())
        return np.concatenate(features), np.concatenate(classes)

    return measure
