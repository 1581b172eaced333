"""Weights of published networks that Python packages ship: read as files, the packages' own code is not imported.

These are files of pinned packages of the extra `measure`. Nothing that a user or a model folder brings is read here.
"""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor


class MetricMissing(RuntimeError):
    """A metric's network is not installed."""


def package_file(package: str, *path: str) -> Path:
    """A file that an installed package ships. Raises MetricMissing."""
    found = find_spec(package)
    if found is None or found.origin is None or not (file := Path(found.origin).parent.joinpath(*path)).is_file():
        raise MetricMissing(f"The package {package.replace('_', '-')} is missing. Install the extra `measure`.")
    return file


def tensors(package: str, *path: str) -> dict[str, Tensor]:
    """The tensors of a `.pth` file by name, and nothing else that it may hold. Raises MetricMissing."""
    found: dict[str, Tensor] = torch.load(package_file(package, *path), map_location="cpu", weights_only=True)
    return found


def script_parameters(package: str, *path: str) -> dict[str, Tensor]:
    """The parameters of a TorchScript file by name; none of its code is run. Raises MetricMissing."""
    file = package_file(package, *path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the weights come in no other form
        network = torch.jit.load(str(file))  # type: ignore[no-untyped-call]
    return {name: value.detach() for name, value in network.named_parameters()}
