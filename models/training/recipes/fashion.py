"""Models of Fashion-MNIST: what a linear map does, what the bottleneck does, what the KL term does, what a GAN does."""

from __future__ import annotations

from models.training.recipe import Net, Recipe, Stage

EPOCH = 234  # steps of 256 pictures in an epoch of 60,000


def _autoencoder(latent: int, *, outputs: int, epochs: int, **options: float) -> tuple[Stage, ...]:
    return (
        Stage(
            name="autoencoder",
            task="autoencoder",
            nets={
                "encoder": Net("conv28-encoder", {"outputs": outputs}),
                "decoder": Net("conv28-decoder", {"latent": latent}),
            },
            batch=256,
            steps=epochs * EPOCH,
            learning_rate=1e-3,
            options=options,
        ),
    )


def _plain(latent: int, description: str, *, epochs: int = 40) -> Recipe:
    return Recipe(
        id=f"fashion-ae-{latent}",
        title=f"Autoencoder, {latent} dimensions",
        description=description,
        kind="ae",
        dataset="fashion-mnist",
        latent=latent,
        prior="empirical",
        stages=_autoencoder(latent, outputs=latent, epochs=epochs, variational=0),
    )


def _variational(
    latent: int, title: str, description: str, *, beta: str = "1", name: str = "", epochs: int = 30
) -> Recipe:
    return Recipe(
        id=f"fashion-vae-{latent}{name}",
        title=title,
        description=description,
        kind="vae" if beta == "1" else "beta-vae",
        dataset="fashion-mnist",
        latent=latent,
        prior="normal",
        stages=_autoencoder(
            latent, outputs=2 * latent, epochs=epochs, variational=1, beta=float(beta), warm_up=5 * EPOCH
        ),
    )


def _ladder(beta: str, description: str) -> Recipe:
    return _variational(16, f"VAE at beta {beta}, 16 dimensions", description, beta=beta, name=f"-beta-{beta}")


PCA = Recipe(
    id="fashion-pca-16",
    title="PCA, 16 components",
    description="The best that a straight line in each direction can do: the baseline for everything else.",
    kind="pca",
    dataset="fashion-mnist",
    latent=16,
    prior="empirical",
    stages=(),
)

NO_BOTTLENECK = Recipe(
    id="fashion-ae-1024",
    title="Autoencoder without a bottleneck, 1,024 dimensions",
    description="More numbers than pixels: it copies everything, noise too, and has nothing to say of its own.",
    kind="ae",
    dataset="fashion-mnist",
    latent=1024,
    prior="empirical",
    stages=(
        Stage(
            name="autoencoder",
            task="autoencoder",
            nets={"encoder": Net("wide28-encoder", {}), "decoder": Net("wide28-decoder", {})},
            batch=256,
            steps=15 * EPOCH,
            learning_rate=1e-3,
            options={"variational": 0},
        ),
    ),
)

GAN = Recipe(
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
            nets={"decoder": Net("dcgan28-generator", {"latent": 64}), "critic": Net("dcgan28-critic", {})},
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
)

# Fully connected and without a penalty, as GANs were at first. A convolutional one with R1 did not collapse to
# clothing: gentle imbalance left it varied, and a strong one ended in noise patterns, the same for every draw.
BALANCED = 3_000  # steps that are a healthy training's
COLLAPSED = Recipe(
    id="fashion-gan-collapsed",
    title="GAN that collapses, 32 dimensions",
    description="A healthy training is thrown off balance: every draw becomes the same thing, now one, now another.",
    kind="gan",
    dataset="fashion-mnist",
    latent=32,
    prior="normal",
    stages=(
        Stage(
            name="generator",
            task="gan",
            nets={
                "decoder": Net("mlp28-generator", {"latent": 32}),
                "critic": Net("mlp28-critic", {}),
            },
            batch=64,
            steps=BALANCED + 800,
            learning_rate=1e-3,
            options={
                "r1_gamma": 0.0,
                "r1_every": 16,
                "ema": 0.0,
                "beta1": 0.5,
                "unbalanced_from": BALANCED,
                "generator_steps": 5,
                "unbalanced_rate": 1e-3,
                "unbalanced_beta1": 0.9,
            },
            snapshots=(500, *(BALANCED + after for after in (0, 10, 25, 50, 200, 500))),
        ),
        Stage(
            name="encoder",
            task="inversion",
            nets={"encoder": Net("conv28-encoder", {"outputs": 32})},
            batch=128,
            steps=600,
            learning_rate=1e-3,
            options={"latent_weight": 1.0, "pixel_weight": 0.1, "prior_weight": 0.05},
        ),
    ),
)

RECIPES = (
    PCA,
    _plain(2, "Squeezes clothing into 2 numbers: the whole space is one picture, with holes between the clusters."),
    _plain(4, "Squeezes clothing into 4 numbers: poorer than 16, richer than 2."),
    _plain(16, "Squeezes clothing into 16 numbers and draws it again; between the clusters are holes.", epochs=60),
    NO_BOTTLENECK,
    _variational(
        2,
        "Variational autoencoder, 2 dimensions",
        "A space without holes in two numbers: the whole of it is one picture.",
        epochs=40,
    ),
    _variational(
        16,
        "Variational autoencoder, 16 dimensions",
        "Encodes clothing as a mean and a spread, so that every point in between decodes well, too.",
        epochs=60,
    ),
    _ladder(
        "0.1", "The KL term hardly counts: all dimensions are used, and draws from the prior fall between the data."
    ),
    _ladder("4", "The KL term counts four times: some dimensions fall silent."),
    _ladder("16", "The KL term counts sixteen times: few dimensions are left, and details go with the others."),
    _ladder("64", "The KL term wins: one or two dimensions are left, and nearly all pictures look alike."),
    GAN,
    COLLAPSED,
)
