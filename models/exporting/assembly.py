"""From a trained recipe to the graphs of its folder, with the inputs that they take beside picture and latent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import data, nets
from models.data import ImageSet
from models.exporting import pca
from models.exporting.networks import (
    ConditionalDecoderGraph,
    ConditionalEncoderGraph,
    DecoderGraph,
    EncoderGraph,
    SnapshotsGraph,
    SynthesisGraph,
)
from models.nets.stylegan64 import StyleSynthesis
from models.training import state
from models.training.callbacks import snapshot_file
from models.training.recipe import Recipe
from models.training.tasks import averaged, trained

ROWS = 2  # of an example: the least number that a tracer does not take for a constant
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """A graph to be: `inputs` are examples of `ROWS` rows by name, in the order of the module's arguments."""

    module: nn.Module
    inputs: dict[str, torch.Tensor]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Assembly:
    """The graphs of a model by file name, and what its manifest says of their further inputs."""

    parts: dict[str, Part]
    conditions: list[dict[str, Any]] = field(default_factory=list)
    spaces: dict[str, Any] | None = None
    mean_w: Values | None = None


def assemble(recipe: Recipe, run: Path, test: ImageSet) -> Assembly:
    """The graphs of `recipe` with the weights in the folder `run`. Raises DamagedState."""
    _, height, width, channels = test.images.shape
    example = torch.zeros(ROWS, channels, height, width)
    codes = ("mean", "logvar") if recipe.variational else ("mean",)
    if recipe.kind == "pca":
        coder, drawer = pca.fit(data.load(recipe.dataset, "train").images, recipe.latent)
        plain = EncoderGraph(coder, variational=False)
        return _pair(recipe, Part(plain, {"image": example}, codes), DecoderGraph(drawer, "clamp"))
    coder = trained(recipe, run, "encoder")
    if recipe.conditional:
        inputs = {"image": example, "label": torch.zeros(ROWS, dtype=torch.int64)}
        encoder = Part(ConditionalEncoderGraph(coder, variational=recipe.variational), inputs, codes)
        return _conditional(recipe, encoder, trained(recipe, run, "decoder"), test)
    encoder = Part(EncoderGraph(coder, variational=recipe.variational), {"image": example}, codes)
    if recipe.kind == "stylegan":
        return _style_based(recipe, encoder, run)
    if recipe.stage_with("decoder").snapshots:
        return _snapshots(recipe, encoder, run)
    return _pair(recipe, encoder, DecoderGraph(trained(recipe, run, "decoder")))


def _pair(recipe: Recipe, encoder: Part, decoder: nn.Module) -> Assembly:
    inputs = {"z": torch.zeros(ROWS, recipe.latent)}
    return Assembly({"encoder.onnx": encoder, "decoder.onnx": Part(decoder, inputs, ("image", "pixels"))})


def _conditional(recipe: Recipe, encoder: Part, decoder: nn.Module, test: ImageSet) -> Assembly:
    inputs = {"z": torch.zeros(ROWS, recipe.latent), "label": torch.zeros(ROWS, dtype=torch.int64)}
    parts = {
        "encoder.onnx": encoder,
        "decoder.onnx": Part(ConditionalDecoderGraph(decoder), inputs, ("image", "pixels")),
    }
    condition = {
        "id": "class",
        "type": "class_index",
        "classes": len(test.classes),
        "labels": list(test.classes),
        "dtype": "int64",
        "encoder_input": "label",
        "decoder_input": "label",
    }
    return Assembly(parts, [condition])


def _snapshots(recipe: Recipe, encoder: Part, run: Path) -> Assembly:
    """All snapshots of a generator in one graph, the finished one last, chosen among by a condition."""
    stage = recipe.stage_with("decoder")
    net = stage.nets["decoder"]
    steps = [step for step in sorted(stage.snapshots) if step < stage.steps]
    generators = []
    for step in steps:
        generator = nets.build(net.name, **net.arguments)
        state.restore(snapshot_file(run / stage.name, step), averaged(stage, "decoder"), generator)
        generators.append(generator.eval().requires_grad_(False))
    generators.append(trained(recipe, run, "decoder"))
    inputs = {"z": torch.zeros(ROWS, recipe.latent), "snapshot": torch.zeros(ROWS, len(generators))}
    parts = {"encoder.onnx": encoder, "decoder.onnx": Part(SnapshotsGraph(generators), inputs, ("image", "pixels"))}
    condition = {
        "id": "snapshot",
        "type": "one_hot",
        "classes": len(generators),
        "labels": [f"{step:,} steps" for step in (*steps, stage.steps)],
        "dtype": "float32",
        "encoder_input": None,
        "decoder_input": "snapshot",
    }
    return Assembly(parts, [condition])


def _style_based(recipe: Recipe, encoder: Part, run: Path) -> Assembly:
    """Mapping and synthesis; one w a layer goes into the synthesis, which opens w+."""
    mapping, synthesis = trained(recipe, run, "mapping"), trained(recipe, run, "decoder")
    mean: Values = mapping.get_buffer("mean").numpy()
    width, layers, sizes = len(mean), StyleSynthesis.LAYERS, StyleSynthesis.NOISE
    noise = {f"noise{size}": torch.zeros(ROWS, 1, size, size) for size in sizes}
    inputs = {"w": torch.zeros(ROWS, layers, width), **noise}
    parts = {
        "encoder.onnx": encoder,
        "mapping.onnx": Part(mapping, {"z": torch.zeros(ROWS, recipe.latent)}, ("w",)),
        "decoder.onnx": Part(SynthesisGraph(synthesis), inputs, ("image", "pixels")),
    }
    spaces = {
        "default": "w",
        "mapping": {"file": "mapping.onnx", "input": "z", "output": "w", "dtype": "float32", "batch": "dynamic"},
        "w": {"size": width, "layers": layers, "plus": True},
        "mean": "w_mean.npy",
        "truncation": True,
        "noise_inputs": [{"input": f"noise{size}", "shape": [1, size, size], "batched": True} for size in sizes],
    }
    return Assembly(parts, spaces=spaces, mean_w=mean)
