"""Figures into a model folder: metrics.json, the card that repeats them, and both hashes in model.json, or nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from models.data import ImageSet
from models.data.whole import replaced
from models.exporting import card
from models.manifest import Manifest, model_hash, read
from models.training.recipe import Recipe

Figures = dict[str, Any]


def figures(folder: Path) -> Figures:
    """What is stored so far. Raises ManifestError for a folder that is not whole."""
    if "metrics.json" not in read(folder).files:
        return {}
    found: Figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return found


class Replaced(RuntimeError):
    """The folder holds another model than the one that was measured."""


def save(folder: Path, found: Figures, recipe: Recipe, dataset: ImageSet, measured: str) -> Figures:
    """Put `found` into the folder, each entry in the place of the older one of its name; returns all figures.

    `measured` is the hash of the model that was measured. Raises Replaced when the folder's is another one by now, and
    ManifestError when it is not whole; then, and when anything else fails, nothing changes.
    """
    manifest = read(folder)
    if model_hash(manifest) != measured:
        raise Replaced(f"{folder.name} was exported anew while it was measured: measure it again.")
    merged = figures(folder) | found
    contents = {
        "metrics.json": json.dumps(merged, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        "CARD.md": card.write(recipe, dataset, merged, shipped_seed(manifest, recipe)),
    }
    with replaced(folder) as made:
        shutil.copytree(folder, made, dirs_exist_ok=True)
        document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        for name, text in contents.items():
            (made / name).write_text(text, encoding="utf-8")
            document["files"][name] = hashlib.sha256(text.encode()).hexdigest()
        document["files"] = dict(sorted(document["files"].items()))
        (made / "model.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        read(made)
    return merged


def shipped_seed(manifest: Manifest, recipe: Recipe) -> int:
    """The seed of the training that ships, as export wrote it into the provenance; else the recipe's own."""
    stated = re.search(r"seed (\d+)$", manifest.provenance.source)
    return int(stated[1]) if stated else recipe.seed
