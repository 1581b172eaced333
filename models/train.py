"""Train a recipe: `python -m models.train <recipe>`. Seeded; a killed training goes on where it last saved.

`--all` trains every recipe one after the other. `--smoke` takes a few steps of each stage on a few pictures, to see
that it runs; what it leaves behind goes to a place of its own.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from models import data
from models.data import DataSetDamaged, DataSetMissing, ImageSet
from models.places import RUNS
from models.training import callbacks, tasks, trainer
from models.training.recipe import Recipe, Stage
from models.training.recipes import RECIPES
from models.training.state import DamagedState

SMOKE_STEPS = 3
SMOKE_PICTURES = 64
PREVIEWS = 10  # pictures to watch a stage by


def train(recipe: Recipe, *, runs: Path = RUNS, seed: int | None = None, device: torch.device = tasks.CPU) -> None:
    """Run every unfinished stage of a recipe.

    Raises DataSetMissing without data, DataSetDamaged and DamagedState.
    """
    seed = recipe.seed if seed is None else seed
    images = data.load(recipe.dataset, "train")
    folder = run_folder(recipe, runs, seed)
    for stage in recipe.stages:
        _run(recipe, stage, images, folder, seed, device)


def smoke(recipe: Recipe, *, runs: Path, images: ImageSet | None = None) -> None:
    """Take a few steps of every stage on a few pictures. Raises what `train` raises."""
    images = data.load(recipe.dataset, "train") if images is None else images
    few = images.first(SMOKE_PICTURES)
    stages = tuple(
        replace(stage, steps=SMOKE_STEPS, batch=min(stage.batch, 16), snapshots=(1,) * bool(stage.snapshots))
        for stage in recipe.stages
    )
    short = replace(recipe, stages=stages)
    for stage in stages:
        _run(short, stage, few, runs / recipe.id, recipe.seed, tasks.CPU)


def run_folder(recipe: Recipe, runs: Path, seed: int) -> Path:
    """Where a training keeps its state: `<id>`, or `<id>/seed-<n>` where several seeds are trained."""
    return runs / recipe.id / f"seed-{seed}" if recipe.seeds or seed != recipe.seed else runs / recipe.id


def _run(recipe: Recipe, stage: Stage, images: ImageSet, folder: Path, seed: int, device: torch.device) -> None:
    task = tasks.make(recipe, stage, images, folder, seed=seed, device=device)
    place = folder / stage.name
    watch = callbacks.previews(place, max(1, stage.steps // PREVIEWS))
    keep = callbacks.snapshots(place, stage.snapshots)
    trainer.run(task, place, seed=seed, callbacks=(watch, keep))


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("recipe", nargs="?", choices=sorted(RECIPES))
    parser.add_argument("--all", action="store_true", help="every recipe, one after the other")
    parser.add_argument("--smoke", action="store_true", help="a few steps of every stage, to see that it runs")
    parser.add_argument("--seed", type=int, help="another seed than the recipe's own")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's own choice)")
    parser.add_argument("--device", default="auto", help="auto (the default), cpu or cuda")
    chosen = parser.parse_args(arguments)
    if chosen.all == bool(chosen.recipe):
        parser.error("name one recipe, or say --all")
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    recipes = list(RECIPES.values()) if chosen.all else [RECIPES[chosen.recipe]]
    try:
        for recipe in recipes:
            if chosen.smoke:
                smoke(recipe, runs=RUNS / "_smoke")
            else:
                train(recipe, runs=RUNS, seed=chosen.seed, device=_device(chosen.device))
    except (DataSetMissing, DataSetDamaged, DamagedState) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
