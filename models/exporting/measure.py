"""The figures of a model's card. Each is computed here, from the exported graphs, and named by its protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import data
from models.adapter import Model, Posterior
from models.analysis import coverage, neighbours
from models.data import ImageSet
from models.latent import fidelity
from models.latent.density import active_dimensions
from models.latent.samplers import sample
from models.training.recipe import Recipe

Floats = NDArray[np.float32]
Figures = dict[str, Any]
SAMPLES = 10_000
SAMPLE_SEED = 0


@dataclass(frozen=True)
class Held:
    """The held-out pictures and what the model makes of them."""

    images: Floats  # (N, H, W, C) in [0, 1]
    labels: NDArray[np.int64]
    posterior: Posterior
    drawn: Floats  # (N, H, W, C)


def held_out(model: Model, test: ImageSet) -> Held:
    """Encode and redraw all test pictures."""
    images = test.images.astype(np.float32) / 255.0
    posterior = encode(model, images)
    return Held(images, test.labels, posterior, decode(model, posterior.mean))


def encode(model: Model, images: Floats) -> Posterior:
    """All pictures, 500 a pass."""
    parts = [model.encode(images[start : start + 500]) for start in range(0, len(images), 500)]
    logvars = [part.logvar for part in parts if part.logvar is not None]
    return Posterior(np.concatenate([part.mean for part in parts]), np.concatenate(logvars) if logvars else None)


def decode(model: Model, latents: Floats) -> Floats:
    """All latents, 500 a pass."""
    return np.concatenate([model.decode(latents[start : start + 500]) for start in range(0, len(latents), 500)])


def measure(recipe: Recipe, model: Model, held: Held, runs: Path, *, quick: bool = False) -> Figures:
    """Every figure that fits the recipe's kind; `quick` leaves out those that need a trained classifier."""
    figures: Figures = {
        "reconstruction": reconstruction(recipe, held),
        "label_agreement": {
            "protocol": "representativeness",
            "k": 10,
            "value": neighbours.label_agreement(held.posterior.mean, held.labels),
        },
    }
    if held.posterior.logvar is not None:
        figures["kl"] = divergence(held.posterior.mean, held.posterior.logvar)
    if recipe.kind == "gan":
        figures["inversion"] = inversion(model, recipe)
    if recipe.prior == "normal" and not quick:
        figures["samples"] = samples(recipe, model, held, runs)
    return figures


def reconstruction(recipe: Recipe, held: Held) -> Figures:
    """Mean squared error of the 10,000 test pictures, beside PCA with as many components fitted to the training set."""
    mse = float(fidelity.mse(held.drawn, held.images).mean())
    pca = _pca_error(data.load(recipe.dataset, "train"), held.images, recipe.latent)
    return {
        "protocol": "reconstruction",
        "pictures": len(held.images),
        "mse": mse,
        "psnr": float(fidelity.psnr(mse)),
        "pca_mse": pca,
        "pca_psnr": float(fidelity.psnr(pca)),
    }


def _pca_error(train: ImageSet, test: Floats, components: int) -> float:
    flat = train.images.reshape(len(train.images), -1).astype(np.float32) / 255.0
    mean = flat.mean(0)
    centred = flat - mean
    _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    basis = vectors[:, -components:].astype(np.float32)
    x = test.reshape(len(test), -1) - mean
    return float(np.mean((x - x @ basis @ basis.T) ** 2))


def divergence(mean: Floats, logvar: Floats) -> Figures:
    """KL to the prior a dimension in nats, averaged over the test pictures, and the active dimensions."""
    kl = 0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).mean(0)
    active = active_dimensions(mean)
    return {
        "protocol": "KL per dimension",
        "total": float(kl.sum()),
        "per_dimension": [round(float(value), 4) for value in kl],
        "active": int(active.sum()),
    }


def inversion(model: Model, recipe: Recipe) -> Figures:
    """How well the encoder recovers the z that a picture was drawn from: R^2 over 2,000 draws from the prior."""
    z = sample("normal", recipe.latent, 2000, seed=101)
    found = encode(model, decode(model, z)).mean
    return {"protocol": "inversion", "draws": len(z), "r2": float(1.0 - ((found - z) ** 2).sum() / (z**2).sum())}


def samples(recipe: Recipe, model: Model, held: Held, runs: Path) -> Figures:
    """10,000 draws from the prior against the 10,000 test pictures, seen through a classifier's features."""
    from models.analysis.instrument import classifier

    look = classifier(recipe.dataset, runs)
    drawn = decode(model, sample("normal", recipe.latent, SAMPLES, SAMPLE_SEED))
    real_features, real_classes = look(held.images)
    fake_features, fake_classes = look(drawn)
    precision, recall = neighbours.precision_recall(real_features, fake_features)
    shares = coverage.class_histogram(fake_classes, int(held.labels.max()) + 1)
    return {
        "protocol": "samples",
        "draws": SAMPLES,
        "precision": precision,
        "recall": recall,
        "class_entropy": coverage.entropy(shares),
        "class_entropy_of_equal_shares": float(np.log(len(shares))),
        "class_shares": [round(float(share), 4) for share in shares],
        "classifier_accuracy": float((real_classes == held.labels).mean()),
    }
