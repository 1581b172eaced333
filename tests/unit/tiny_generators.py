"""Recipes of the least size with classes and with styles, and what to train them on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.data import ImageSet
from models.training.recipe import Net, Recipe, Stage
from models.training.recipes import RECIPES
from tests.unit.tiny_recipes import STEPS, forged

SMALL = {"width": 4, "hidden": 16}
INVERSION = {"latent_weight": 1.0, "pixel_weight": 0.1, "prior_weight": 0.05}
CVAE = replace(
    RECIPES["digits-cvae"],
    id="tiny-cvae",
    dataset="forged",
    latent=4,
    stages=(
        Stage(
            name="autoencoder",
            task="autoencoder",
            nets={
                "encoder": Net("cond28-encoder", {"outputs": 8, **SMALL}),
                "decoder": Net("cond28-decoder", {"latent": 4, **SMALL}),
            },
            batch=32,
            steps=STEPS,
            learning_rate=1e-3,
            options={"variational": 1, "beta": 1.0, "warm_up": 4},
        ),
    ),
)
CGAN = replace(
    RECIPES["digits-cgan"],
    id="tiny-cgan",
    dataset="forged",
    latent=4,
    stages=(
        Stage(
            name="generator",
            task="gan",
            nets={
                "decoder": Net("cgan28-generator", {"latent": 4, "width": 2}),
                "critic": Net("cgan28-critic", {"width": 4, "hidden": 8}),
            },
            batch=32,
            steps=STEPS,
            learning_rate=2e-4,
            options={"r1_gamma": 1.0, "r1_every": 2, "ema": 0.9},
        ),
        Stage(
            name="encoder",
            task="inversion",
            nets={"encoder": Net("cond28-encoder", {"outputs": 4, **SMALL})},
            batch=32,
            steps=STEPS,
            learning_rate=1e-3,
            options=INVERSION,
        ),
    ),
)
CHANNELS = {"deep": 8, "middle": 6, "fine": 4}
STYLE = replace(
    RECIPES["faces-gan"],
    id="tiny-style",
    dataset="forged",
    latent=6,
    stages=(
        Stage(
            name="generator",
            task="stylegan",
            nets={
                "mapping": Net("stylegan64-mapping", {"latent": 6, "width": 5}),
                "decoder": Net("stylegan64-synthesis", {"width": 5, **CHANNELS}),
                "critic": Net("stylegan64-critic", CHANNELS),
            },
            batch=16,
            steps=STEPS,
            learning_rate=2e-3,
            options={
                "mixing": 0.9,
                "r1_gamma": 0.25,
                "r1_every": 2,
                "mapping_rate": 0.01,
                "half_life": 10_000,
            },
        ),
        Stage(
            name="encoder",
            task="style-inversion",
            nets={"encoder": Net("conv64-encoder", {"outputs": 5, "channels": 3, "width": 6, "deep": 8, "hidden": 16})},
            batch=16,
            steps=STEPS,
            learning_rate=1e-3,
            options=INVERSION,
        ),
    ),
)


def pictures(recipe: Recipe) -> ImageSet:
    """The forged pictures, in 64x64 colours for a recipe with styles."""
    plain = forged("train")
    if recipe.kind != "stylegan":
        return plain
    large = np.zeros((len(plain.images), 64, 64, 3), np.uint8)
    large[:, 4:60, 4:60] = plain.images.repeat(2, axis=1).repeat(2, axis=2)
    return replace(plain, images=large)
