"""Samplers fitted to a model's encoded training pictures: what the manifest lists and the files of the folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.adapter import Model, Posterior
from models.adapter.drawing import PRIOR_TITLES
from models.latent import sampler_file
from models.latent.fitted import Fitted, Gaussian
from models.latent.projection import Pca
from models.manifest.schema import SamplerKind
from models.training.recipe import Recipe

Numbers = NDArray[np.float64]

POINTS = 10_000  # more change no figure, and a mixture takes its time
MOST_COMPONENTS = 64  # principal ones
KEPT_VARIANCE = 0.95  # that the principal components hold together, where so many suffice
FACTS = "samplers/fit.json"


def fit(
    model: Model, posterior: Posterior, recipe: Recipe, rng: np.random.Generator
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The manifest's `samplers` and the files that they name, with how each was fitted in `samplers/fit.json`.

    `posterior` is of training pictures: a sampler that has seen the held-out ones could not be compared with them.
    Everything is fitted to draws from it, (N, D), not to its means, for that is what the decoder was trained on. Which
    samplers there are, `recipe.samplers` says. Raises ValueError for fewer than ten points or another D.
    """
    size = model.latent_size()
    if posterior.mean.ndim != 2 or len(posterior.mean) < 10 or posterior.mean.shape[1] != size:
        raise ValueError(f"samplers need ten or more latents of {size} numbers, got {posterior.mean.shape}")
    rows = rng.permutation(len(posterior.mean))[:POINTS]
    mean = posterior.mean[rows]
    std = None if posterior.logvar is None else np.exp(0.5 * posterior.logvar[rows])
    points = mean.astype(np.float64)
    if std is not None:
        points += std * rng.standard_normal(points.shape)
    entries: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    facts: dict[str, Any] = {"points": len(points)}
    for kind in recipe.samplers:
        if kind == "prior":
            entries.append(_entry(kind, PRIOR_TITLES[recipe.prior]))
            continue
        sampler: Fitted
        if kind == "gaussian":
            sampler, title = Gaussian.fit(points), "Normal distribution of the encoded data"
        elif kind == "pca-gaussian":
            sampler, explained = pca_gaussian(points)
            count = sampler.factor.shape[1]
            title = f"Normal distribution on {count} principal component{'s' * (count > 1)}"
            facts[kind] = {"components": count, "explained": round(explained, 4)}
        elif kind == "mixture":
            from models.exporting import mixtures  # so that other models can be exported without scikit-learn

            sampler, tried = mixtures.fit(points, rng)
            title = _mixture_title(len(sampler.weights))
            facts[kind] = {"components": len(sampler.weights), "tried": [asdict(each) for each in tried]}
        else:
            from models.training import two_stage

            sampler = two_stage.fit(mean, std, seed=int(rng.integers(2**31)))
            title = "Two-stage: a second VAE of the encoded data"
            facts[kind] = {"steps": two_stage.STEPS, "noise": round(float(sampler.noise.mean()), 4)}
        files[f"samplers/{kind}.npz"] = sampler_file.pack(sampler)
        entries.append(_entry(kind, title, f"samplers/{kind}.npz"))
    if files:
        files[FACTS] = (json.dumps(facts, indent=1) + "\n").encode()
    return entries, files


def pca_gaussian(points: Numbers) -> tuple[Gaussian, float]:
    """A normal on the fewest principal components that hold 95% of the variance, at most 64; and the share they hold.

    PCA itself assumes no distribution; that the coordinates are normal and independent is this sampler's assumption.
    """
    pca = Pca.fit(points, min(MOST_COMPONENTS, points.shape[1]))
    shares = np.cumsum(pca.explained)
    count = min(int(np.searchsorted(shares, KEPT_VARIANCE)) + 1, len(shares))
    spread = np.sqrt(pca.explained[:count] * points.var(0).sum())
    return Gaussian(pca.mean, pca.components[:count].T * spread), float(shares[count - 1])


def _mixture_title(components: int) -> str:
    return "Mixture of one normal distribution" if components == 1 else f"Mixture of {components} normal distributions"


def _entry(kind: SamplerKind, title: str, file: str | None = None) -> dict[str, Any]:
    return {"name": kind, "kind": kind, "title": title, "file": file}
