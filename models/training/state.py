"""A training's state on disk: one safetensors file, written whole or not at all. No pickle anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

Tensors = dict[str, torch.Tensor]


class DamagedState(ValueError):
    """A file is not a state that `save` wrote for these networks; the message says what to do."""


def save(path: Path, step: int, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]) -> None:
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
    save_file(plain, temporary, metadata={"step": str(step)})
    with temporary.open("rb") as stream:
        os.fsync(stream.fileno())
    temporary.replace(path)


def save_weights(path: Path, step: int, modules: dict[str, nn.Module]) -> None:
    """Write modules alone to `path`, as `restore` reads them."""
    save(path, step, modules, {})


def load(path: Path, modules: dict[str, nn.Module], optimisers: dict[str, torch.optim.Optimizer]) -> int:
    """Fill modules and optimisers from `path`; returns the number of finished steps. Raises DamagedState."""
    with _opened(path) as stream:
        step = _step(stream)
        tensors: Tensors = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 (not a mapping)
    for name, module in modules.items():
        _fill(module, tensors, path, name)
    for name, optimiser in optimisers.items():
        prefix = f"optimiser/{name}/"
        slots: dict[int, dict[str, Any]] = {}
        for key, value in tensors.items():
            if key.startswith(prefix):
                index, slot = key.removeprefix(prefix).split("/")
                slots.setdefault(int(index), {})[slot] = value
        optimiser.load_state_dict({"state": slots, "param_groups": optimiser.state_dict()["param_groups"]})
        _lay_out(optimiser)
    return step


def _lay_out(optimiser: torch.optim.Optimizer) -> None:
    """Give every moment the memory layout of its parameter: a fused optimiser walks through both side by side."""
    for parameter, slots in optimiser.state.items():
        for slot, value in slots.items():
            if value.shape == parameter.shape:
                slots[slot] = torch.empty_like(parameter).copy_(value)


def finished_steps(path: Path) -> int:
    """The number of finished steps in the file at `path`; one more than the task's own for a finished training.

    Raises DamagedState.
    """
    with _opened(path) as stream:
        return _step(stream)


def restore(path: Path, name: str, module: nn.Module) -> None:
    """Fill one module with the weights of that name in the file at `path`. Raises DamagedState."""
    with _opened(path) as stream:
        _fill(module, {key: stream.get_tensor(key) for key in stream.keys()}, path, name)  # noqa: SIM118


def _fill(module: nn.Module, tensors: Tensors, path: Path, name: str) -> None:
    prefix = f"module/{name}/"
    try:
        module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    except RuntimeError as wrong:
        raise DamagedState(
            f"{path} holds no weights that fit the {name} of this recipe. Remove the file to train this stage anew."
        ) from wrong


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as stream:
            yield stream
    except SafetensorError as wrong:
        raise DamagedState(
            f"{path} is not a whole training state ({wrong}). Remove the file to train this stage anew."
        ) from wrong


def _step(stream: Any) -> int:
    try:
        return int(stream.metadata()["step"])
    except (KeyError, TypeError, ValueError) as wrong:
        raise SafetensorError("it names no step") from wrong


def append_log(path: Path, row: dict[str, float]) -> None:
    """Append one line of JSON to the training's log."""
    with path.open("a") as stream:
        stream.write(json.dumps(row) + "\n")


def trim_log(path: Path, step: int) -> None:
    """Drop the lines after `step`, which a resumed training writes again, and one that a kill cut short."""
    if not path.exists():
        return
    kept = [line for line in path.read_text().splitlines() if (logged := _logged(line)) is not None and logged <= step]
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(f"{line}\n" for line in kept))
    temporary.replace(path)


def _logged(line: str) -> int | None:
    try:
        return int(json.loads(line)["step"])
    except ValueError:
        return None
