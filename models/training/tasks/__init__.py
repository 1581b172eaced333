"""What a stage can train, one task a file; `make` builds the task that a stage names."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from models import nets
from models.data import ImageSet
from models.training import state
from models.training.recipe import Recipe, Stage
from models.training.tasks import common
from models.training.tasks.autoencoder import AutoencoderTask
from models.training.tasks.classifier import ClassifierTask
from models.training.tasks.debiasing import DebiasingTask
from models.training.tasks.gan import GanTask
from models.training.tasks.inversion import InversionTask
from models.training.tasks.style_inversion import StyleInversionTask
from models.training.tasks.stylegan import StyleGanTask
from models.training.trainer import Task

CPU = torch.device("cpu")

__all__ = [
    "AutoencoderTask",
    "ClassifierTask",
    "DebiasingTask",
    "GanTask",
    "InversionTask",
    "StyleGanTask",
    "StyleInversionTask",
    "make",
    "trained",
]


def make(
    recipe: Recipe, stage: Stage, images: ImageSet, folder: Path, *, seed: int | None = None, device: torch.device = CPU
) -> Task:
    """The task of `stage`; `folder` is the recipe's, where an earlier stage's state is found."""
    seed = recipe.seed if seed is None else seed
    torch.manual_seed(seed)
    modules = common.build(stage, device)
    labels = images.labels if recipe.conditional else None
    match stage.task:
        case "autoencoder":
            return AutoencoderTask(stage, modules, images.images, labels, seed, device)
        case "debiasing":
            return DebiasingTask(stage, modules, images, seed, device)
        case "gan":
            return GanTask(stage, modules, images.images, labels, seed, device)
        case "inversion":
            generator = trained(recipe, folder, "decoder")
            return InversionTask(stage, modules, images.images, labels, seed, generator, device)
        case "stylegan":
            return StyleGanTask(stage, modules, images.images, seed, device)
        case "style-inversion":
            mapping, synthesis = trained(recipe, folder, "mapping"), trained(recipe, folder, "decoder")
            return StyleInversionTask(stage, modules, images.images, seed, mapping, synthesis, device)
    raise NotImplementedError(f"no task is called {stage.task!r}")


def trained(recipe: Recipe, folder: Path, role: str) -> nn.Module:
    """The recipe's network in `role` with its trained weights, frozen, in evaluation mode, on the CPU.

    The weights are the moving average where the stage keeps one. Raises DamagedState.
    """
    stage = recipe.stage_with(role)
    network = nets.build(stage.nets[role].name, **stage.nets[role].arguments)
    state.restore(folder / stage.name / "state.safetensors", averaged(stage, role), network)
    return network.eval().requires_grad_(False)


def averaged(stage: Stage, role: str) -> str:
    """The name under which a stage's state holds the weights of `role` that are exported."""
    if stage.task == "gan" and role == "decoder" and stage.number("ema"):
        return "average"
    if stage.task == "stylegan" and role in ("mapping", "decoder"):
        return f"average-{role}"
    if stage.task == "autoencoder" and stage.number("ema", 0.0):
        return f"average-{role}"
    return role
