"""Models of the drawn faces: reconstruction against disentanglement, and what no beta can undo."""

from __future__ import annotations

from typing import Literal

from models.manifest.schema import SamplerKind
from models.training.recipe import Net, Recipe, Stage

BATCH = 64


def _recipe(
    name: str,
    title: str,
    description: str,
    kind: Literal["ae", "vae", "beta-vae"],
    *,
    latent: int,
    pictures: int,
    dataset: str = "faces",
    extra_samplers: tuple[SamplerKind, ...] = (),
    **options: float,
) -> Recipe:
    outputs = latent if kind == "ae" else 2 * latent
    return Recipe(
        id=f"faces-{name}",
        title=title,
        description=description,
        kind=kind,
        dataset=dataset,
        latent=latent,
        prior="empirical" if kind == "ae" else "normal",
        extra_samplers=extra_samplers,
        stages=(
            Stage(
                name="autoencoder",
                task="autoencoder",
                nets={
                    "encoder": Net("conv64-encoder", {"outputs": outputs, "channels": 3, "deep": 128, "hidden": 160}),
                    "decoder": Net("film64-decoder", {"latent": latent}),
                },
                batch=BATCH,
                steps=pictures // BATCH,
                learning_rate=1e-3,
                options={"likelihood": "gaussian", "ema": 0.999, **options},
            ),
        ),
    )


RECIPES = (
    _recipe(
        "ae",
        "Autoencoder of faces",
        "Squeezes a face into 32 numbers and draws it again; what lies between the faces it knows is anybody's guess.",
        "ae",
        latent=32,
        pictures=800_000,
        variational=0,
        sigma2=0.01,
    ),
    _recipe(
        "vae",
        "VAE of faces",
        "Head pose, smile, skin and hair of a face in 32 numbers; sharp where it redraws, too bold in its own draws.",
        "vae",
        latent=32,
        pictures=3_000_000,
        extra_samplers=("two-stage",),
        variational=1,
        sigma2=0.01,
        beta=1.0,
        warm_up=3_000,
    ),
    _recipe(
        "beta-vae",
        "beta-VAE of faces",
        "A KL term eight times as strong: softer faces, but pose, smile and hair on sliders of their own.",
        "beta-vae",
        latent=16,
        pictures=1_200_000,
        variational=1,
        sigma2=0.02,
        beta=8.0,
        warm_up=3_000,
    ),
    _recipe(
        "vae-confounded",
        "beta-VAE of confounded faces",
        "In its training pictures whoever looks to the right smiles: no beta can take the two apart again.",
        "beta-vae",
        latent=16,
        pictures=900_000,
        dataset="faces-confounded",
        variational=1,
        sigma2=0.02,
        beta=8.0,
        warm_up=3_000,
    ),
)
