"""What the tasks share: pictures on their way into a network, the learning rate, bfloat16, moving averages."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import nets
from models.training.recipe import Stage

Modules = dict[str, nn.Module]


def build(stage: Stage, device: torch.device) -> Modules:
    """The stage's networks, freshly initialised, channels last."""
    modules = {role: nets.build(net.name, **net.arguments) for role, net in stage.nets.items()}
    return {role: channels_last(module, device) for role, module in modules.items()}


def channels_last(module: nn.Module, device: torch.device) -> nn.Module:
    """The module on `device`, with the layout of weights that convolutions are fastest with."""
    moved: nn.Module = module.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return moved


def unit(pictures: NDArray[np.uint8], rows: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Rows of pictures (N, H, W, C) in [0, 255] -> (batch, C, H, W) float32 in [0, 1] on `device`, channels last."""
    chosen = torch.from_numpy(pictures[rows.numpy()]).to(device)
    return chosen.permute(0, 3, 1, 2).float().div_(255.0)


def cosine(stage: Stage, step: int) -> float:
    """The learning rate of a step: from the stage's own down to 0 along half a cosine."""
    return stage.learning_rate * 0.5 * (1.0 + math.cos(math.pi * step / stage.steps))


def kl_weight(stage: Stage, step: int) -> float:
    """What multiplies the KL term at a step, 1 in the end: up from 0 over `warm_up` steps, or down over `anneal` steps.

    From below a code forms that is entangled and stays so. From `start` times the weight, falling geometrically, the
    factors enter one after the other, the dearest first, each on an axis of its own (after Burgess et al. 2018,
    arXiv:1804.03599, who raise a capacity instead).
    """
    anneal, warm_up = stage.number("anneal", 0.0), stage.number("warm_up", 0.0)
    if step < anneal:
        return float(stage.number("start") ** (1.0 - step / anneal))
    return min(1.0, step / warm_up) if warm_up else 1.0


def update(optimiser: torch.optim.Optimizer, loss: torch.Tensor, rate: float) -> None:
    """One optimisation step at the learning rate `rate`; a group's own `scale` multiplies it."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("scale", 1.0)
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    optimiser.step()


def bf16(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16, which halves the time of a convolution on a CPU and needs no loss scaling."""
    return torch.autocast(device.type, dtype=torch.bfloat16)


@torch.no_grad()
def move_average(average: nn.Module, live: nn.Module, decay: float) -> None:
    """Move the parameters of `average` towards those of `live`."""
    for slow, fast in zip(average.parameters(), live.parameters(), strict=True):
        slow.lerp_(fast, 1.0 - decay)
