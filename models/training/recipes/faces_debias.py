"""The debiasing VAE after Amini et al. 2019 and its twin, which differs in nothing but that its faces are drawn evenly.

Each on faces of which 5% have dark skin, and as many pictures that are no faces. Three seeds, to show the spread.
"""

from __future__ import annotations

from models.training.recipe import Net, Recipe, Stage

# Few dimensions: the rarest bins of each compete for the draws, so that among many the rare group gains nothing.
LATENT = 6
BATCH = 128
STEPS = 3_200


def _recipe(name: str, title: str, description: str, resampling: str) -> Recipe:
    return Recipe(
        id=f"faces-{name}",
        title=title,
        description=description,
        kind="dbvae",
        dataset="faces-few-dark",
        latent=LATENT,
        prior="normal",
        seeds=(1, 2, 3),
        stages=(
            Stage(
                name="autoencoder",
                task="debiasing",
                nets={
                    "encoder": Net("face64-encoder", {"outputs": 2 * LATENT}),
                    "decoder": Net("film64-decoder", {"latent": LATENT}),
                },
                batch=BATCH,
                steps=STEPS,
                learning_rate=1e-3,
                options={
                    "resampling": resampling,
                    "bins": 10,
                    "smoothing": 0.001,
                    "refresh": 200,  # steps in which as many faces are drawn as there are: about 19,000
                    "face_share": 0.75,
                    "face_weight": 100.0,  # beside about 1,000 nats of reconstruction
                    "sigma2": 0.02,
                    "beta": 4.0,
                    "warm_up": 400,
                },
            ),
        ),
    )


RECIPES = (
    _recipe(
        "dbvae",
        "Debiasing VAE of faces",
        "One face in twenty it learns from has dark skin; it notices by itself which faces are rare, and looks at them "
        "more often.",
        "maximum",
    ),
    _recipe(
        "dbvae-twin",
        "Debiasing VAE's twin, without resampling",
        "The same network and the same faces, one in twenty with dark skin, but nobody looks twice at the rare ones.",
        "none",
    ),
)
