"""model.json of a recipe's folder, as `docs/model-format.md` describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.data import ImageSet
from models.exporting.assembly import Assembly
from models.training.recipe import Recipe

LICENCE = "Apache-2.0"
PLAIN = {"start": None, "stop": None, "step": None}
GRAPH = {
    "layout": "NCHW",
    "transpose_hw": False,
    "range": [0, 1],
    "normalize": None,
    "dtype": "float32",
    "batch": "dynamic",
    "channels": None,
}


def document(
    recipe: Recipe,
    seed: int,
    test: ImageSet,
    assembly: Assembly,
    files: Mapping[str, str],
    sets: Sequence[Mapping[str, Any]] = (),
    samplers: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The manifest's JSON. `files` maps each file to its SHA-256."""
    _, height, width, channels = test.images.shape
    return {
        "format": 1,
        "name": recipe.id,
        "title": recipe.title,
        "description": recipe.description,
        "kind": recipe.kind,
        "provenance": {
            "dataset": test.title,
            "licence": LICENCE,
            "source": f"made by this project's recipe {recipe.id}, seed {seed}",
            "data_licence": test.licence,
            "data_source": test.source,
            "citation": test.citation,
        },
        "files": dict(files),
        "image": {
            "channels": channels,
            "height": height,
            "width": width,
            "colour": {1: "gray", 3: "rgb", 4: "rgba"}[channels],
            "ground": ground(test),
        },
        "latent": {"shape": [recipe.latent], "layout": "flat", "prior": recipe.prior},
        "encoder": {
            "file": "encoder.onnx",
            "input": "image",
            **GRAPH,
            "mean": {"output": "mean", **PLAIN},
            "logvar": {"output": "logvar", **PLAIN} if recipe.variational else None,
        },
        "decoder": {
            "file": "decoder.onnx",
            "input": "w" if assembly.spaces else "z",
            "output": "image",
            "pixels": "pixels",
            **GRAPH,
            "activation": "none",
        },
        "conditions": assembly.conditions,
        "spaces": assembly.spaces,
        "deterministic": True,
        "sets": list(sets),
        "samplers": list(samplers),
    }


def point_set(name: str, title: str, pictures: str | None, space: str, *, default: bool) -> dict[str, Any]:
    """One entry of `sets`."""
    return {
        "name": name,
        "title": title,
        "latents": f"sets/{name}.npy",
        "space": space,
        "data": pictures,
        "default": default,
    }


def ground(test: ImageSet) -> list[int]:
    """What usually lies behind the subject: the median of the pictures' corners in each channel."""
    corners = test.images[:, :: test.images.shape[1] - 1, :: test.images.shape[2] - 1]  # (N, 2, 2, C)
    return [int(value) for value in np.median(corners.reshape(-1, corners.shape[-1]), axis=0)]
