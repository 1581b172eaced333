"""CARD.md: what a model is, how it was made, how good it measured, and where it fails."""

from __future__ import annotations

from typing import Any

from models.data import ImageSet
from models.exporting.card_rows import rows
from models.training.recipe import Recipe

Figures = dict[str, Any]

AUTOENCODER = (
    "Reconstructions are softer than the originals: what is small or rare is lost first. Draws from the prior "
    "sometimes mix two kinds of picture, where no training picture lies."
)
FAILURES = {
    "pca": "A sum of ghosts: edges are blurred, and values below black or above white are cut off.",
    "beta-vae": AUTOENCODER + " The stronger the KL term, the more of the picture is averaged away.",
    "tcvae": AUTOENCODER,
    "dbvae": AUTOENCODER,
    "cvae": AUTOENCODER + " A picture encoded with another class than its own comes back as something between the two.",
    "cgan": "The encoder finds a fitting point only roughly: a real picture comes back as one of the same class.",
    "stylegan": "The encoder finds a fitting w only roughly: a real face comes back as a similar one, not as the same.",
    "ae": "Nothing holds the codes near any known distribution: a point far from the encoded data decodes to an "
    "unclear mixture, and between clusters lie holes. Fine detail is smoothed away.",
    "vae": AUTOENCODER,
    "gan": "The encoder finds a fitting point only roughly: a real picture comes back as clothing of the same kind, "
    "not as the same piece. The generator never saw a likelihood, so nothing promises that it can draw every picture.",
}
COLLAPSED = (
    "It has collapsed, on purpose: whatever is encoded comes back as the one thing that it still draws. Only its early "
    "training steps draw several kinds of clothing, and none of them well."
)


def write(recipe: Recipe, dataset: ImageSet, figures: Figures, seed: int) -> str:
    """The card as Markdown. Every figure in it is one of `figures`; `seed` is that of the training that ships."""
    lines = [
        f"# {recipe.title}",
        "",
        recipe.description,
        "",
        "![samples and reconstructions](card.png)",
        "",
        f"The upper half: {_upper(recipe)}. The lower half: test pictures above their reconstructions.",
        "",
        "## Data and licence",
        "",
        f"Made from the training pictures of {dataset.title} ({dataset.citation}; {dataset.licence}). "
        "The weights are this project's own, under Apache-2.0.",
        "",
        "## Training",
        "",
        *([_stage(stage) for stage in recipe.stages] or ["- in closed form: nothing is trained."]),
        "",
        f"Made by {_commands(recipe, seed)}.",
        "",
        "## Measured",
        "",
        "Each line names its protocol in docs/measures.md; all of it is in metrics.json.",
        "",
        "| protocol | figure |",
        "| --- | --- |",
        *(f"| {name} | {text} |" for name, text in rows(figures)),
        "",
        "## Known failures",
        "",
        failures(recipe),
        "",
    ]
    return "\n".join(lines)


def failures(recipe: Recipe) -> str:
    """What models of the recipe's kind are known to fail at."""
    collapsed = any("unbalanced_from" in stage.options for stage in recipe.stages)
    return COLLAPSED if collapsed else FAILURES[recipe.kind]


def _upper(recipe: Recipe) -> str:
    return "draws from the prior" if recipe.prior == "normal" else "draws from what was fitted to the encoded data"


def _commands(recipe: Recipe, seed: int) -> str:
    chosen = f" --seed {seed}" if seed != recipe.seed else ""
    names = ["train", "export"] if recipe.stages else ["export"]
    return " and ".join(f"`python -m models.{name} {recipe.id}{chosen}`" for name in names) + f", seed {seed}"


def _stage(stage: Any) -> str:
    options = ", ".join(
        f"{key} {value if isinstance(value, str) else format(value, 'g')}" for key, value in stage.options.items()
    )
    nets = ", ".join(f"{role} `{net.name}`" for role, net in stage.nets.items())
    return (
        f"- {stage.name}: {stage.task} with {nets}; {stage.steps:,} steps of {stage.batch} pictures, learning rate "
        f"{stage.learning_rate:g}{'; ' + options if options else ''}."
    )
