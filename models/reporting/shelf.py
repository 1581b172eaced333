"""The model folders with their stored figures, in the order in which a textbook would tell of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.manifest import Manifest, read
from models.training.recipe import Recipe
from models.training.recipes import RECIPES

FAMILIES = {
    "pca": "PCA",
    "ae": "autoencoder",
    "vae": "VAE",
    "beta-vae": "beta-VAE",
    "tcvae": "beta-TCVAE",
    "dbvae": "debiasing VAE",
    "cvae": "conditional VAE",
    "gan": "GAN",
    "cgan": "conditional GAN",
    "stylegan": "StyleGAN",
}


@dataclass(frozen=True)
class Shown:
    """A model as the zoo shows it."""

    folder: Path
    recipe: Recipe
    manifest: Manifest
    figures: dict[str, Any]

    def figure(self, *path: str) -> float | None:
        """A number of metrics.json by the keys that lead to it; None where it was not measured."""
        found: Any = self.figures
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return None if found is None else float(found)


def models(checkpoints: Path) -> list[Shown]:
    """All recipes' folders that are there, by data set and then in the order of the recipes. Raises ManifestError."""
    found = []
    for recipe in RECIPES.values():
        folder = checkpoints / recipe.id
        if (folder / "model.json").exists():
            manifest = read(folder)
            figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
            found.append(Shown(folder, recipe, manifest, figures))
    order = list(FAMILIES)
    return sorted(found, key=lambda each: (each.recipe.id.split("-")[0], order.index(each.recipe.kind)))
