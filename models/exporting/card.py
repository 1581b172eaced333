"""CARD.md: what a model is, how it was made, how good it measured, and where it fails."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.data import ImageSet
from models.training.recipe import Recipe

Floats = NDArray[np.float32]
Figures = dict[str, Any]

FAILURES = {
    "ae": "Nothing holds the codes near any known distribution: a point far from the encoded data decodes to an "
    "unclear mixture, and between clusters lie holes. Fine patterns (prints, stripes, logos) are smoothed away.",
    "vae": "Reconstructions are softer than the originals: prints, stripes and thin straps are lost first. Draws from "
    "the prior sometimes mix two kinds of clothing, where no training picture lies.",
    "gan": "The encoder finds a fitting point only roughly: a real picture comes back as clothing of the same kind, "
    "not as the same piece. The generator never saw a likelihood, so nothing promises that it can draw every picture.",
}


def write(recipe: Recipe, dataset: ImageSet, figures: Figures) -> str:
    """The card as Markdown. Every figure in it is one of `figures`."""
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
        f"Trained on the 60,000 training pictures of {dataset.title} ({dataset.citation}; {dataset.licence}). "
        "The weights are this project's own, under Apache-2.0.",
        "",
        "## Training",
        "",
        *(_stage(stage) for stage in recipe.stages),
        "",
        f"Made by `python -m models.train {recipe.id}` and `python -m models.export {recipe.id}`, seed {recipe.seed}.",
        "",
        "## Measured",
        "",
        "Each line names its protocol in docs/measures.md. The export command measured all of it; see metrics.json.",
        "",
        "| protocol | figure |",
        "| --- | --- |",
        *(f"| {name} | {text} |" for name, text in _rows(figures)),
        "",
        "## Known failures",
        "",
        FAILURES[recipe.kind],
        "",
    ]
    return "\n".join(lines)


def _upper(recipe: Recipe) -> str:
    return "draws from the prior" if recipe.prior == "normal" else "encoded test pictures, decoded"


def _stage(stage: Any) -> str:
    options = ", ".join(f"{key} {value:g}" for key, value in stage.options.items())
    nets = ", ".join(f"{role} `{net.name}`" for role, net in stage.nets.items())
    return (
        f"- {stage.name}: {stage.task} with {nets}; {stage.steps:,} steps of {stage.batch} pictures, learning rate "
        f"{stage.learning_rate:g}{'; ' + options if options else ''}."
    )


def _rows(figures: Figures) -> list[tuple[str, str]]:
    r = figures["reconstruction"]
    rows = [
        (
            "reconstruction",
            f"MSE {r['mse']:.4f} (PSNR {r['psnr']:.1f} dB) on {r['pictures']:,} test pictures; "
            f"PCA with as many components: {r['pca_mse']:.4f} ({r['pca_psnr']:.1f} dB)",
        ),
        ("representativeness", f"label of the 10 nearest agrees for {figures['label_agreement']['value']:.1%}"),
    ]
    if kl := figures.get("kl"):
        dims = len(kl["per_dimension"])
        rows.append(("KL per dimension", f"{kl['total']:.1f} nats in all; {kl['active']} of {dims} dimensions active"))
    if inversion := figures.get("inversion"):
        rows.append(("inversion", f"R² of z from the picture drawn with it: {inversion['r2']:.2f}"))
    if samples := figures.get("samples"):
        rows.append(
            (
                "samples",
                f"precision {samples['precision']:.2f}, recall {samples['recall']:.2f}; class entropy "
                f"{samples['class_entropy']:.2f} of {samples['class_entropy_of_equal_shares']:.2f} nats "
                f"(classifier: {samples['classifier_accuracy']:.1%} on test pictures)",
            )
        )
    p = figures["parity"]
    rows.append(
        ("parity", f"largest difference from torch {p['decoder']:.4f} in the picture, {p['encoder']:.4f} in the latent")
    )
    return rows


def picture(upper: Floats, originals: Floats, drawn: Floats, columns: int = 16) -> bytes:
    """The card's picture as PNG: four rows of `upper`, then two pairs of originals above their reconstructions."""
    rows = [upper[start : start + columns] for start in range(0, 4 * columns, columns)]
    for start in (0, columns):
        rows += [originals[start : start + columns], drawn[start : start + columns]]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    pixels = np.rint(sheet * 255).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    buffer = io.BytesIO()
    image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST).save(buffer, "png", optimize=True)
    return buffer.getvalue()
