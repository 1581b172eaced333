"""Compare the seeds of a recipe: `python -m models.seeds <recipe>`. Says which one ships.

Every training of the recipe's `seeds` is scored on the same pictures by the measures of disentanglement. The one with
the median MIG ships, so that neither a lucky nor an unlucky one stands for the model. The figures and their spread go
to `runs/<recipe>/seeds.json`, and into the model folder's metrics.json when there is one. A seed whose training is
gone need not be trained again: what the folder's metrics.json says of it stays, and the one that ships is scored by its
files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models import data
from models.analysis.disentanglement import TRAIN, scores
from models.data import ImageSet
from models.evaluating import store
from models.evaluating.opened import open_folder
from models.manifest import ManifestError, model_hash, read
from models.places import CHECKPOINTS, RUNS
from models.train import run_folder
from models.training import tasks
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from models.training.state import DamagedState
from models.training.tasks.common import unit

Floats = NDArray[np.float32]
Figures = dict[str, Any]
Load = Callable[[str, str], ImageSet]
RULE = "the seed with the median MIG ships; of an even number the lower of the two in the middle"
AMBIGUOUS = ("orientation",)  # a square looks the same after a quarter turn
COMPARED = {  # the figures whose spread is shown, and where they stand among the scores
    "mig": ("mig", "value"),
    "sap": ("sap", "value"),
    "disentanglement": ("dci", "disentanglement"),
    "completeness": ("dci", "completeness"),
    "informativeness": ("dci", "informativeness"),
    "factor_vae": ("factor_vae", "value"),
    "beta_vae": ("beta_vae", "value"),
    "active": ("active",),
}


def compare(
    recipe: Recipe, *, runs: Path, load: Load = data.load, seeds: Sequence[int] = (), checkpoints: Path | None = None
) -> Figures:
    """Score the trainings of a recipe (all its seeds, or those given), ready for JSON.

    Raises FileNotFoundError for a seed that is neither trained nor shipped in `checkpoints`, DamagedState,
    ManifestError, and DataSetMissing.
    """
    images, train = pictures(recipe.dataset, load)
    ambiguous = [factor.name for factor in images.factors if factor.name in AMBIGUOUS]
    shelf = None if checkpoints is None else checkpoints / recipe.id
    shelf = shelf if shelf is not None and (shelf / "model.json").exists() else None
    known = store.figures(shelf).get("seeds", {}).get("scores", {}) if shelf else {}
    found: dict[int, Figures] = {}
    for seed in seeds or recipe.seeds:
        folder = run_folder(recipe, runs, seed)
        state = folder / recipe.stage_with("encoder").name / "state.safetensors"
        if state.exists():
            codes = means(recipe, folder, images.images)
        elif str(seed) in known:
            found[seed] = known[str(seed)]
            continue
        elif shelf and store.shipped_seed(read(shelf), recipe) == seed:
            codes = open_folder(shelf, recipe, runs, load).encode(images.images, images.labels).mean
        else:
            raise FileNotFoundError(f"{recipe.id} has no training with seed {seed}: {state} is missing.")
        scored = scores(codes, images.factors, train=train, ambiguous=ambiguous)
        found[seed] = {name: _at(scored, path) for name, path in COMPARED.items()}
        found[seed]["mig_per_factor"] = scored["mig"]["per_factor"]
    return {
        "protocol": "seeds",
        "command": f"python -m models.seeds {recipe.id}",
        "rule": RULE,
        "shipped": shipped({seed: figures["mig"] for seed, figures in found.items()}),
        "spread": {name: spread([figures[name] for figures in found.values()]) for name in COMPARED},
        "scores": {str(seed): figures for seed, figures in found.items()},
    }


def pictures(dataset: str, load: Load = data.load) -> tuple[ImageSet, int]:
    """The first 10,000 training pictures followed by all held-out ones, and how many come first."""
    train, test = load(dataset, "train").first(TRAIN), load(dataset, "test")
    joined = replace(
        test,
        images=np.concatenate([train.images, test.images]),
        labels=np.concatenate([train.labels, test.labels]),
        factors=tuple(
            replace(after, values=np.concatenate([before.values, after.values]))
            for before, after in zip(train.factors, test.factors, strict=True)
        ),
    )
    return joined, len(train.images)


@torch.inference_mode()
def means(recipe: Recipe, folder: Path, images: NDArray[np.uint8]) -> Floats:
    """Posterior means (N, D) of pictures (N, H, W, C), by the network as it was trained. Raises DamagedState."""
    encoder = tasks.trained(recipe, folder, "encoder").to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    starts = range(0, len(images), 500)
    rows = (torch.arange(start, min(start + 500, len(images))) for start in starts)
    codes = torch.cat([encoder(unit(images, chosen, tasks.CPU)) for chosen in rows])
    found: Floats = codes[:, : recipe.latent].numpy()
    return found


def shipped(migs: Mapping[int, float]) -> int:
    """The seed whose MIG is the median; of an even number the lower of the two in the middle."""
    ordered = sorted(migs, key=lambda seed: migs[seed])
    return ordered[(len(ordered) - 1) // 2]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean, least, greatest and standard deviation (N - 1); of a single value the deviation is 0."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "least": min(values), "greatest": max(values), "deviation": deviation}


def _at(figures: Figures, path: Sequence[str]) -> float:
    found: Any = figures
    for name in path:
        found = found[name]
    return float(found)


def keep(found: Figures, recipe: Recipe, *, runs: Path, checkpoints: Path, load: Load = data.load) -> bool:
    """Write the figures beside the trainings, and into the model folder if there is one: whether there was.

    Raises ManifestError for a folder that is not whole, and store.Replaced.
    """
    text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (runs / recipe.id).mkdir(parents=True, exist_ok=True)
    (runs / recipe.id / "seeds.json").write_text(text, encoding="utf-8")
    folder = checkpoints / recipe.id
    if not (folder / "model.json").exists():
        return False
    store.save(folder, {"seeds": found}, recipe, load(recipe.dataset, "test"), model_hash(read(folder)))
    return True


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.seeds", description=__doc__)
    comparable = sorted(name for name, recipe in RECIPES.items() if recipe.seeds and recipe.kind != "dbvae")
    parser.add_argument("recipe", choices=comparable)
    parser.add_argument("--seeds", default="", help="some of them, with commas between (nothing is stored then)")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="where model folders are")
    chosen = parser.parse_args(arguments)
    recipe = RECIPES[chosen.recipe]
    try:
        some = tuple(int(seed) for seed in chosen.seeds.split(",") if seed)
        found = compare(recipe, runs=RUNS, seeds=some, checkpoints=chosen.checkpoints)
        print(json.dumps(found, indent=1))
        stored = not some and keep(found, recipe, runs=RUNS, checkpoints=chosen.checkpoints)
    except (FileNotFoundError, DamagedState, ManifestError, store.Replaced, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    mig = found["spread"]["mig"]
    print(
        f"MIG {mig['mean']:.3f} ({mig['least']:.3f} to {mig['greatest']:.3f}); seed {found['shipped']} ships"
        f"{'' if stored else '; no model folder was changed'}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
