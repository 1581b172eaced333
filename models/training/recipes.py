"""What is trained, as plain data: one recipe a model folder, one stage a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Net:
    """A network by its name in `models.nets` and its arguments."""

    name: str
    arguments: Mapping[str, int]


@dataclass(frozen=True)
class Stage:
    """One training: a task of `models.training.tasks`, the networks it trains and its numbers."""

    name: str
    task: Literal["autoencoder", "gan", "inversion"]
    nets: Mapping[str, Net]
    batch: int
    steps: int
    learning_rate: float
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A model from data to folder. `id` is the folder's name under checkpoints/."""

    id: str
    title: str
    description: str  # one plain sentence for the model picker
    kind: Literal["ae", "vae", "gan"]
    dataset: str
    latent: int
    prior: Literal["normal", "empirical"]
    stages: tuple[Stage, ...]
    seed: int = 1

    def stage_with(self, role: str) -> Stage:
        """The last stage that trains the network in `role`. Raises KeyError when none does."""
        for stage in reversed(self.stages):
            if role in stage.nets:
                return stage
        raise KeyError(f"{self.id} trains no {role}")


def _autoencoder(latent: int, *, outputs: int, **options: float) -> tuple[Stage, ...]:
    return (
        Stage(
            name="autoencoder",
            task="autoencoder",
            nets={
                "encoder": Net("conv28-encoder", {"outputs": outputs}),
                "decoder": Net("conv28-decoder", {"latent": latent}),
            },
            batch=256,
            steps=60 * 234,  # 60 epochs of 60,000 pictures
            learning_rate=1e-3,
            options=options,
        ),
    )


RECIPES = {
    recipe.id: recipe
    for recipe in (
        Recipe(
            id="fashion-ae-16",
            title="Autoencoder, 16 dimensions",
            description="Squeezes clothing into 16 numbers and draws it again; between the clusters are holes.",
            kind="ae",
            dataset="fashion-mnist",
            latent=16,
            prior="empirical",
            stages=_autoencoder(16, outputs=16, variational=0),
        ),
        Recipe(
            id="fashion-vae-16",
            title="Variational autoencoder, 16 dimensions",
            description="Encodes clothing as a mean and a spread, so that every point in between decodes well, too.",
            kind="vae",
            dataset="fashion-mnist",
            latent=16,
            prior="normal",
            stages=_autoencoder(16, outputs=32, variational=1, beta=1.0, warm_up=5 * 234),
        ),
        Recipe(
            id="fashion-gan-64",
            title="GAN, 64 dimensions",
            description="Draws sharp clothing from noise; a second network finds the noise that fits your picture.",
            kind="gan",
            dataset="fashion-mnist",
            latent=64,
            prior="normal",
            stages=(
                Stage(
                    name="generator",
                    task="gan",
                    nets={
                        "decoder": Net("dcgan28-generator", {"latent": 64}),
                        "critic": Net("dcgan28-critic", {}),
                    },
                    batch=64,
                    steps=30_000,
                    learning_rate=2e-4,
                    options={"r1_gamma": 1.0, "r1_every": 16, "ema": 0.999},
                ),
                Stage(
                    name="encoder",
                    task="inversion",
                    nets={"encoder": Net("conv28-encoder", {"outputs": 64, "width": 48, "hidden": 256})},
                    batch=128,
                    steps=8_000,
                    learning_rate=1e-3,
                    options={"latent_weight": 1.0, "pixel_weight": 0.1, "prior_weight": 0.05},
                ),
            ),
        ),
    )
}
