"""A small StyleGAN of faces: coarse styles and fine ones, W beside Z."""

from __future__ import annotations

from models.training.recipe import Net, Recipe, Stage

FACES_GAN = Recipe(
    id="faces-gan",
    title="StyleGAN of faces",
    description="Noise becomes a style and a style a face: mix the styles of two faces, layer by layer.",
    kind="stylegan",
    dataset="faces",
    latent=128,
    prior="normal",
    stages=(
        Stage(
            name="generator",
            task="stylegan",
            nets={
                "mapping": Net("stylegan64-mapping", {"latent": 128, "width": 128}),
                "decoder": Net("stylegan64-synthesis", {"width": 128}),
                "critic": Net("stylegan64-critic", {}),
            },
            batch=32,
            steps=40_000,  # 1.3M pictures: two hours of one core; 480,000 gave legible, speckled faces
            learning_rate=2e-3,
            options={
                "mixing": 0.9,
                "r1_gamma": 0.02,  # begun at 0.25, eyes and mouths stayed blurred until it was let go
                "r1_every": 16,
                "mapping_rate": 0.01,
                "half_life": 10_000,
            },
        ),
        Stage(
            name="encoder",
            task="style-inversion",
            nets={
                "encoder": Net(
                    "conv64-encoder", {"outputs": 128, "channels": 3, "width": 64, "deep": 128, "hidden": 256}
                )
            },
            batch=32,
            steps=8_000,
            learning_rate=1e-3,
            options={"latent_weight": 1.0, "pixel_weight": 0.05, "prior_weight": 0.5},
        ),
    ),
)

RECIPES = (FACES_GAN,)
