"""A model folder opened for measuring, with the held-out pictures of its data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models import data
from models.adapter import Model, Posterior
from models.adapter.drawing import draw, samplers
from models.data import ImageSet
from models.manifest import Manifest, Sampler, load_arrays, read
from models.training.recipe import Recipe

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Pictures = NDArray[np.uint8]
Figures = dict[str, Any]
CHUNK = 250  # pictures a pass
SEED = 0  # of everything that is drawn here
NOBODY = 0  # the label of pictures without a face in the debiasing sets
Load = Callable[[str, str], ImageSet]


@dataclass(frozen=True)
class Opened:
    """A folder's model, and what it is measured with. Computed parts are kept, for several protocols ask for them."""

    folder: Path
    manifest: Manifest
    model: Model
    recipe: Recipe
    runs: Path  # trainings, instruments and kept features
    load: Load = data.load

    @cached_property
    def test(self) -> ImageSet:
        """The held-out pictures."""
        return self.load(self.recipe.dataset, "test")

    @cached_property
    def train(self) -> ImageSet:
        """The pictures it was trained on."""
        return self.load(self.recipe.dataset, "train")

    @cached_property
    def unbiased(self) -> ImageSet:
        """Training pictures with independent factors, of `faces` for `faces-confounded`: for a reader to learn

        Whoever learns to read smiles where they go with the head's turn learns to read the turn.
        """
        return (
            self.load(self.recipe.dataset.partition("-")[0], "train") if "faces" in self.recipe.dataset else self.train
        )

    @cached_property
    def likely(self) -> Pictures:
        """The held-out pictures that the model should draw the like of: a debiasing VAE draws faces only."""
        return self.test.images[self.test.labels != NOBODY] if self.recipe.kind == "dbvae" else self.test.images

    @cached_property
    def posterior(self) -> Posterior:
        """Of all held-out pictures."""
        return self.encode(self.test.images, self.test.labels)

    @cached_property
    def redrawn(self) -> Pictures:
        """The held-out pictures, encoded and decoded, (N, H, W, C) uint8."""
        return self.pixels(self.posterior.mean, self.test.labels)

    @property
    def samplers(self) -> tuple[Sampler, ...]:
        """All ways to draw latents, the default first.

        Encoded pictures drawn again are left out where anything else is there: they are reconstructions.
        """
        found = samplers(self.manifest)
        if self.manifest.latent.prior != "empirical":
            return found
        return tuple(each for each in found if each.kind != "prior") or found

    def sampler(self, name: str) -> Sampler:
        """The sampler of that name. Raises KeyError naming those there are."""
        for sampler in self.samplers:
            if sampler.name == name:
                return sampler
        raise KeyError(
            f"{self.manifest.name} has no sampler {name!r}; it has {', '.join(s.name for s in self.samplers)}"
        )

    def encode(self, images: Pictures, labels: Labels) -> Posterior:
        """The posterior of pictures (N, H, W, C) uint8, each with its class where the encoder takes one."""
        takes = self.model.needs("encoder")
        parts = []
        for start in range(0, len(images), CHUNK):
            rows = slice(start, start + CHUNK)
            given = {name: values for name, values in self.given(labels[rows]).items() if name in takes}
            parts.append(self.model.encode(images[rows].astype(np.float32) / np.float32(255), conditions=given))
        logvars = [part.logvar for part in parts if part.logvar is not None]
        return Posterior(np.concatenate([part.mean for part in parts]), np.concatenate(logvars) if logvars else None)

    def pixels(
        self, latents: Floats, labels: Labels | None = None, conditions: Mapping[str, int] | None = None
    ) -> Pictures:
        """Latents (N, D) of the default space -> (N, H, W, C) uint8; without labels the classes take turns.

        `conditions` are the same for all rows, by id.
        """
        labels = np.arange(len(latents)) if labels is None else labels
        parts = []
        for start in range(0, len(latents), CHUNK):
            rows = slice(start, start + CHUNK)
            given = self.given(labels[rows])
            given |= {name: np.full(len(labels[rows]), value) for name, value in (conditions or {}).items()}
            parts.append(self.model.pixels(latents[rows], conditions=given))
        return np.concatenate(parts)

    def draws(self, sampler: Sampler, count: int, seed: int = SEED) -> Floats:
        """Latents (count, D) of the default space."""
        default = next((each for each in self.manifest.sets if each.default), None)
        reference = None if default is None else np.load(self.folder / default.latents, allow_pickle=False)
        return draw(self.model, sampler, count, seed, folder=self.folder, reference=reference)

    def given(self, labels: Labels) -> dict[str, Labels]:
        """What the conditions get for rows with these labels: `class` those, others (snapshots) their last value."""
        return {
            each.id: labels % each.classes if each.id == "class" else np.full(len(labels), each.classes - 1)
            for each in self.manifest.conditions
        }


class SingleThread:
    """A graph in onnxruntime that leaves the other cores to others."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, outputs: Sequence[str], feeds: Any) -> list[NDArray[Any]]:
        """The named outputs for these inputs."""
        return list(self.session.run(list(outputs), dict(feeds)))


def open_folder(folder: Path, recipe: Recipe, runs: Path, load: Load = data.load) -> Opened:
    """Raises ManifestError for a folder that is not whole."""
    manifest = read(folder)
    graphs = {name: SingleThread(folder / name) for name in manifest.files if name.endswith(".onnx")}
    model = Model(manifest, graphs, load_arrays(folder, manifest))
    return Opened(folder, manifest, model, recipe, runs, load)
