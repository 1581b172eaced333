"""Random latents of a model: from its prior, or from a sampler that its folder brings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.adapter.model import Model
from models.latent import sampler_file
from models.latent.samplers import sample
from models.manifest import Manifest, Sampler
from models.manifest.schema import Prior

PRIOR_TITLES: dict[Prior, str] = {
    "normal": "Prior: a standard normal distribution",
    "uniform": "Prior: uniform between -1 and 1",
    "sphere": "Prior: uniform on a sphere",
    "empirical": "Points of the encoded data",
}


def samplers(manifest: Manifest) -> tuple[Sampler, ...]:
    """All that can be drawn from, the default first: what the manifest lists, with the prior added where it is missing.

    An empirical prior without a set to draw from is left out.
    """
    prior = manifest.latent.prior
    if prior == "empirical" and not manifest.sets:
        return tuple(each for each in manifest.samplers if each.kind != "prior")
    if any(each.kind == "prior" for each in manifest.samplers):
        return manifest.samplers
    return (Sampler("prior", "prior", PRIOR_TITLES[prior], None), *manifest.samplers)


def draw(
    model: Model, sampler: Sampler, count: int, seed: int, *, folder: Path, reference: ArrayLike | None = None
) -> NDArray[np.float32]:
    """-> (count, D) float32 of the default space. `folder` has the sampler's file, `reference` the default set (N, D).

    ValueError, as a sentence, when the file is not what its kind says, or the reference is missing but needed.
    """
    return source(model, sampler, folder=folder, reference=reference)(count, seed)


def source(
    model: Model, sampler: Sampler, *, folder: Path, reference: ArrayLike | None = None
) -> Callable[[int, int], NDArray[np.float32]]:
    """What turns a count and a seed into latents as `draw` does; the sampler's file is read once, now."""
    size = model.latent_size()
    if sampler.file is not None:
        return sampler_file.load(folder / sampler.file, sampler.kind, size).draw
    prior = model.manifest.latent.prior
    if prior == "empirical":
        return lambda count, seed: sample(prior, size, count, seed, reference)

    def from_prior(count: int, seed: int) -> NDArray[np.float32]:
        z = sample(prior, model.latent_size("z"), count, seed)
        return z if model.default_space == "z" else model.map_to_w(z)

    return from_prior
