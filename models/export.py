"""Write the folders of trained recipes: `python -m models.export <recipe> ...`. Refuses files that disagree with torch.

What was measured of a model that does the same is kept; `python -m models.evaluate` measures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from models.data import DataSetDamaged, DataSetMissing
from models.exporting.exporter import export
from models.exporting.graphs import Mismatch
from models.manifest import model_hash
from models.places import CHECKPOINTS, RUNS
from models.train import run_folder
from models.training import state
from models.training.recipe import Recipe
from models.training.recipes import RECIPES
from models.training.state import DamagedState


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description=__doc__)
    parser.add_argument("recipes", nargs="*", metavar="recipe")
    parser.add_argument("--all", action="store_true", help="every trained recipe whose folder is missing or older")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="where model folders go")
    parser.add_argument("--seed", type=int, help="which training, of a recipe that was trained with several seeds")
    chosen = parser.parse_args(arguments)
    if chosen.all == bool(chosen.recipes):
        parser.error("name recipes, or say --all")
    if unknown := [name for name in chosen.recipes if name not in RECIPES]:
        parser.error(f"no recipe is called {unknown[0]}; known: {', '.join(sorted(RECIPES))}")
    names = [name for name in RECIPES if _due(RECIPES[name], chosen.checkpoints)] if chosen.all else chosen.recipes
    return max((_export(RECIPES[name], chosen.checkpoints, chosen.seed) for name in names), default=0)


def _due(recipe: Recipe, checkpoints: Path) -> bool:
    """Whether the recipe is trained, with its own seed, and its folder is missing or older than the training."""
    manifest, run = checkpoints / recipe.id / "model.json", run_folder(recipe, RUNS, recipe.seed)
    paths = [run / stage.name / "state.safetensors" for stage in recipe.stages]
    stages = zip(recipe.stages, paths, strict=True)
    if not all(path.exists() and state.finished_steps(path) > stage.steps for stage, path in stages):
        return False
    return not manifest.exists() or any(path.stat().st_mtime > manifest.stat().st_mtime for path in paths)


def _export(recipe: Recipe, checkpoints: Path, seed: int | None) -> int:
    try:
        manifest = export(recipe, runs=RUNS, checkpoints=checkpoints, seed=seed)
    except FileNotFoundError as missing:
        hint = "" if isinstance(missing, DataSetMissing) else f"Train it first: python -m models.train {recipe.id}"
        print(f"{missing}\n{hint}".strip(), file=sys.stderr)
        return 1
    except (Mismatch, DataSetDamaged, DamagedState) as wrong:
        print(f"Nothing was written. {wrong}", file=sys.stderr)
        return 1
    print(f"{checkpoints / manifest.name}: model hash {model_hash(manifest)}")
    print(f"Its maps are still to be computed: python -m models.maps {recipe.id}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
