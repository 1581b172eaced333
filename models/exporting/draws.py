"""Latents that show what a model draws by itself: from its prior, or from what was fitted to its data."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.exporting.subject import Subject
from models.latent import sampler_file
from models.latent.samplers import sample
from models.training.recipe import Recipe

Floats = NDArray[np.float32]
# Of a model that has no prior, the first of these that it has.
FITTED = ("mixture", "gaussian", "pca-gaussian")


def prior(recipe: Recipe, subject: Subject, count: int, seed: int) -> Floats:
    """Draws from the prior N(0, I) of z, in the model's default space: (count, D)."""
    z = sample("normal", recipe.latent, count, seed)
    return z if subject.model.default_space == "z" else subject.model.map_to_w(z)


def shown(
    recipe: Recipe,
    subject: Subject,
    encoded: Floats,
    samplers: Sequence[Mapping[str, Any]],
    files: Mapping[str, bytes],
    count: int,
    seed: int,
) -> Floats:
    """What strip and card show, (count, D): draws from the prior; without one those of a fitted sampler, else data."""
    if recipe.prior == "normal":
        return prior(recipe, subject, count, seed)
    by_kind = {each["kind"]: each["file"] for each in samplers}
    for kind in FITTED:
        if kind in by_kind:
            with tempfile.TemporaryDirectory() as place:
                path = Path(place) / "sampler.npz"
                path.write_bytes(files[by_kind[kind]])
                return sampler_file.load(path, kind, encoded.shape[1]).draw(count, seed)
    return sample("empirical", encoded.shape[1], count, seed, encoded)
