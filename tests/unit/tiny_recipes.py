"""Recipes with the real tasks and networks at their least size, and forged pictures to train them on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.data import ImageSet
from models.training.recipe import Net, Recipe, Stage
from models.training.recipes import RECIPES

COUNTS = {"train": 320, "test": 200}
CLASSES = tuple(f"kind {i}" for i in range(10))
STEPS = 6


def forged(split: str) -> ImageSet:
    """28x28 gray pictures of ten classes, each a noisy bright square in a place of its own."""
    count = COUNTS[split]
    random = np.random.default_rng(len(split))
    labels = np.arange(count) % 10
    images = random.integers(0, 30, (count, 28, 28, 1), dtype=np.uint8)
    for picture, label in zip(images, labels, strict=True):
        top, left = 2 + 12 * (label // 5), 1 + 5 * (label % 5)
        picture[top : top + 10, left : left + 6] += np.uint8(random.integers(120, 200))
    return ImageSet(
        name="forged",
        title="Forged",
        images=images,
        labels=labels.astype(np.int64),
        classes=CLASSES,
        licence="CC0-1.0",
        citation="none",
        source="tests/unit/tiny_recipes.py",
    )


def _autoencoder(outputs: int, **options: float) -> Stage:
    nets = {
        "encoder": Net("conv28-encoder", {"outputs": outputs, "width": 4, "hidden": 16}),
        "decoder": Net("conv28-decoder", {"latent": 4, "width": 4, "hidden": 16}),
    }
    return Stage("autoencoder", "autoencoder", nets, batch=32, steps=STEPS, learning_rate=1e-3, options=options)


def _tiny(like: str, name: str, *stages: Stage) -> Recipe:
    return replace(RECIPES[like], id=name, dataset="forged", latent=4, stages=stages)


AE = _tiny("fashion-ae-16", "tiny-ae", _autoencoder(4, variational=0))
VAE = _tiny("fashion-vae-16", "tiny-vae", _autoencoder(8, variational=1, beta=1.0, warm_up=4))
GAN = _tiny(
    "fashion-gan-64",
    "tiny-gan",
    Stage(
        name="generator",
        task="gan",
        nets={
            "decoder": Net("dcgan28-generator", {"latent": 4, "width": 2}),
            "critic": Net("dcgan28-critic", {"width": 4}),
        },
        batch=32,
        steps=STEPS,
        learning_rate=2e-4,
        options={"r1_gamma": 1.0, "r1_every": 2, "ema": 0.9},
    ),
    Stage(
        name="encoder",
        task="inversion",
        nets={"encoder": Net("conv28-encoder", {"outputs": 4, "width": 4, "hidden": 16})},
        batch=32,
        steps=STEPS,
        learning_rate=1e-3,
        options={"latent_weight": 1.0, "pixel_weight": 0.1, "prior_weight": 0.05},
    ),
)
TINY = (AE, VAE, GAN)
