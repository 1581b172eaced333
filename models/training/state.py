"""A training's state on disk: one safetensors file, written whole or not at all. No pickle anywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

Tensors = dict[str, torch.Tensor]


def save(
    path: Path, step: int, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer], note: str = ""
) -> None:
    """Write modules, optimisers and the number of finished steps to `path`."""
    tensors: Tensors = {}
    for name, module in modules.items():
        tensors |= {f"module/{name}/{key}": value for key, value in module.state_dict().items()}
    for name, optimiser in optimisers.items():
        for index, slots in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser/{name}/{index}/{slot}": torch.as_tensor(value) for slot, value in slots.items()}
    temporary = path.with_suffix(".tmp")
    # Contiguous copies: safetensors refuses tensors that share memory or are laid out channels-last.
    plain = {key: value.detach().clone(memory_format=torch.contiguous_format) for key, value in tensors.items()}
    save_file(plain, temporary, metadata={"step": str(step), "note": note})
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)


def load(path: Path, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]) -> int:
    """Fill modules and optimisers from `path`; returns the number of finished steps."""
    with safe_open(path, framework="pt") as stream:
        step = int(stream.metadata()["step"])
        tensors: Tensors = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 (not a mapping)
    for name, module in modules.items():
        prefix = f"module/{name}/"
        module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    for name, optimiser in optimisers.items():
        prefix = f"optimiser/{name}/"
        slots: dict[int, dict[str, Any]] = {}
        for key, value in tensors.items():
            if key.startswith(prefix):
                index, slot = key.removeprefix(prefix).split("/")
                slots.setdefault(int(index), {})[slot] = value
        optimiser.load_state_dict({"state": slots, "param_groups": optimiser.state_dict()["param_groups"]})
    return step


def finished_steps(path: Path) -> int:
    """The number of finished steps in the file at `path`; one more than the task's own for a finished training."""
    with safe_open(path, framework="pt") as stream:
        return int(stream.metadata()["step"])


def weights(path: Path, name: str) -> Tensors:
    """The state dictionary of one module in the file at `path`."""
    prefix = f"module/{name}/"
    with safe_open(path, framework="pt") as stream:
        return {k.removeprefix(prefix): stream.get_tensor(k) for k in stream.keys() if k.startswith(prefix)}  # noqa: SIM118


def append_log(path: Path, row: dict[str, float]) -> None:
    """Append one line of JSON to the training's log."""
    with path.open("a") as stream:
        stream.write(json.dumps(row) + "\n")
