"""Train a recipe: `python -m models.train <recipe>`. Seeded; a killed training goes on where it last saved."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from models import data
from models.data import DataSetDamaged, DataSetMissing
from models.training import tasks, trainer
from models.training.recipes import RECIPES
from models.training.state import DamagedState

RUNS = Path(__file__).resolve().parent.parent / "runs"


def train(recipe_id: str, *, runs: Path = RUNS, threads: int = 0) -> None:
    """Run every unfinished stage of a recipe.

    Raises KeyError for an unknown recipe, DataSetMissing without data, DataSetDamaged and DamagedState.
    """
    recipe = RECIPES[recipe_id]
    if threads:
        torch.set_num_threads(threads)
    images = data.load(recipe.dataset, "train")
    for stage in recipe.stages:
        task = tasks.make(recipe, stage, images, runs / recipe.id)
        trainer.run(task, runs / recipe.id / stage.name, seed=recipe.seed)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's own choice)")
    chosen = parser.parse_args(arguments)
    try:
        train(chosen.recipe, runs=RUNS, threads=chosen.threads)
    except (DataSetMissing, DataSetDamaged, DamagedState) as wrong:
        print(wrong, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
