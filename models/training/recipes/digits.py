"""Models of handwritten digits that are told the class: one style, ten digits."""

from __future__ import annotations

from models.training.recipe import Net, Recipe, Stage

CVAE = Recipe(
    id="digits-cvae",
    title="Conditional VAE of digits",
    description="You choose the digit; eight numbers hold the handwriting alone: slant, width, weight of the pen.",
    kind="cvae",
    dataset="mnist",
    latent=8,
    prior="normal",
    conditional=True,
    stages=(
        Stage(
            name="autoencoder",
            task="autoencoder",
            nets={"encoder": Net("cond28-encoder", {"outputs": 16}), "decoder": Net("cond28-decoder", {"latent": 8})},
            batch=256,
            steps=30 * 234,
            learning_rate=1e-3,
            options={"variational": 1, "beta": 1.0, "warm_up": 3 * 234},
        ),
    ),
)

CGAN = Recipe(
    id="digits-cgan",
    title="Conditional GAN of digits",
    description="Draws the digit you ask for in sharp strokes; the noise decides the hand, the class the digit.",
    kind="cgan",
    dataset="mnist",
    latent=32,
    prior="normal",
    conditional=True,
    stages=(
        Stage(
            name="generator",
            task="gan",
            nets={"decoder": Net("cgan28-generator", {"latent": 32}), "critic": Net("cgan28-critic", {})},
            batch=64,
            steps=15_000,
            learning_rate=2e-4,
            options={"r1_gamma": 1.0, "r1_every": 16, "ema": 0.999},
        ),
        Stage(
            name="encoder",
            task="inversion",
            nets={"encoder": Net("cond28-encoder", {"outputs": 32, "width": 32, "hidden": 256})},
            batch=128,
            steps=3_000,
            learning_rate=1e-3,
            options={"latent_weight": 1.0, "pixel_weight": 0.1, "prior_weight": 0.05},
        ),
    ),
)

RECIPES = (CVAE, CGAN)
